"""What it means that several customers are one: who survives, what moves, what a CRM has to do, and how to take it back.

Merges form a forest. A merged customer hangs below its survivor, a record keeps the customer it was linked to first as its home, and
where it is now is the root above its home. To undo a merge is to cut its branches off; so merges can be undone in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dedupsvc.core.entity import Id, State, StoredRecord
from dedupsvc.core.errors import Conflict, InvalidField
from dedupsvc.core.survivorship import COUNTED, VALUE_FIELDS, Survivor, Survivorship, golden, said

FEWEST, MOST = 2, 20
_ROWS = frozenset({State.ACCEPTED, State.JOINED})


class Branch(NamedTuple):
    """A merged customer, the merge that did it, and the customer that it was merged into then."""

    customer_id: Id
    merge_id: Id
    parent_id: Id


class Step(NamedTuple):
    """What the CRM does with one row: relink it to ``customer_id``, or merge it into (or split it from) the row ``keep``."""

    action: str
    """relink | merge_rows | split_rows"""
    customer_id: Id
    """Where the row belongs afterwards."""
    record_id: Id
    source_system: str
    object_type: str
    external_id: str
    keep: str = ""
    """The survivor's row of the same system and object type; empty for relink."""


@dataclass(frozen=True, slots=True)
class Member:
    """A customer that is to be merged, with all its records."""

    customer_id: Id
    records: tuple[StoredRecord, ...]


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge will do."""

    survivor: Id
    absorbed: tuple[Id, ...]
    picks: Mapping[str, Id]
    golden: tuple[Survivor, ...]
    """As it will be."""
    compensation: tuple[Step, ...]


def plan_merge(
    members: Sequence[Member],
    picks: Mapping[str, Id],
    survivorship: Survivorship,
    earlier_picks: Mapping[str, Id],
) -> MergePlan:
    """The first member survives. ``earlier_picks`` are those of the members' own merges, which stay unless picked anew.

    Raises:
        InvalidField: too few or too many, or a pick of a field or record that is none of theirs.
        Conflict: a customer comes twice.
    """
    ids = [member.customer_id for member in members]
    if not FEWEST <= len(ids) <= MOST:
        raise InvalidField("customer_ids", f"names {FEWEST} to {MOST} customers")
    if len(set(ids)) < len(ids):
        raise Conflict("Two of these ids are one customer already.")
    records = [record for member in members for record in member.records]
    _check_picks(picks, records)
    survivor, *absorbed = members
    return MergePlan(
        survivor=survivor.customer_id,
        absorbed=tuple(ids[1:]),
        picks=dict(picks),
        golden=golden(records, survivorship, {**earlier_picks, **picks}),
        compensation=compensation(survivor, absorbed),
    )


def _check_picks(picks: Mapping[str, Id], records: Sequence[StoredRecord]) -> None:
    by_id = {record.place.record_id: record for record in records}
    for name, record_id in picks.items():
        path = f"picks.{name}"
        if name not in VALUE_FIELDS:
            raise InvalidField(path, "is not a field of a customer")
        record = by_id.get(record_id)
        if record is None:
            raise InvalidField(path, "is not a record of these customers")
        if record.place.state not in COUNTED or not said(getattr(record.values, name)):
            raise InvalidField(path, "is a record that says nothing here")


def compensation(survivor: Member, absorbed: Sequence[Member]) -> tuple[Step, ...]:
    """The absorbed customers' rows, by system and object type: merged into the survivor's oldest row, or relinked to it."""
    kept: dict[tuple[str, str], str] = {}
    for record in sorted(survivor.records, key=_age):
        place = record.place
        if place.external_id and place.state in _ROWS:
            kept.setdefault((place.source_system, place.object_type), place.external_id)
    steps = []
    for member in absorbed:
        for record in member.records:
            place = record.place
            if not place.external_id or place.state is State.RETIRED:
                continue
            keep = kept.get((place.source_system, place.object_type), "")
            action = "merge_rows" if keep else "relink"
            steps.append(_step(action, survivor.customer_id, record, keep))
    return tuple(sorted(steps, key=_by_row))


def reversal(restored: Sequence[Member], absorbed_rows: Mapping[Id, str]) -> tuple[Step, ...]:
    """The way back: rows go to their customers again; ``absorbed_rows`` are records whose rows were merged into another."""
    steps = []
    for member in restored:
        for record in member.records:
            if not record.place.external_id or record.place.state is State.RETIRED:
                continue
            keep = absorbed_rows.get(record.place.record_id, "")
            steps.append(_step("split_rows" if keep else "relink", member.customer_id, record, keep))
    return tuple(sorted(steps, key=_by_row))


def _step(action: str, customer_id: Id, record: StoredRecord, keep: str) -> Step:
    place = record.place
    return Step(action, customer_id, place.record_id, place.source_system, place.object_type, place.external_id, keep)


def _by_row(step: Step) -> tuple[str, str, str]:
    return step.source_system, step.object_type, step.external_id


def _age(record: StoredRecord) -> tuple[int, Id]:
    return record.place.received_at, record.place.record_id


def cut(tree: Sequence[Branch], merge_id: Id) -> dict[Id, frozenset[Id]]:
    """The customers that stand for themselves again without this merge, each with all that hang below it, itself included.

    ``tree`` is every branch below one living customer.
    """
    children: dict[Id, list[Id]] = {}
    for branch in tree:
        if branch.merge_id != merge_id:
            children.setdefault(branch.parent_id, []).append(branch.customer_id)
    return {branch.customer_id: _below(branch.customer_id, children) for branch in tree if branch.merge_id == merge_id}


def _below(customer_id: Id, children: Mapping[Id, Sequence[Id]]) -> frozenset[Id]:
    found, open_ends = {customer_id}, [customer_id]
    while open_ends:
        for child in children.get(open_ends.pop(), ()):
            found.add(child)
            open_ends.append(child)
    return frozenset(found)
