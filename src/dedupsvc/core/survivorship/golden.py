"""The golden record: which of several records' values stand for the customer. Pure: the same records give the same one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dedupsvc.core.entity import Id, State, StoredRecord
from dedupsvc.core.survivorship.strategies import VALUE_FIELDS, Survivorship, said

COUNTED = frozenset({State.ACCEPTED, State.CLAIMED, State.JOINED})
"""Held records wait for a steward; until then they say nothing about the customer."""

SHIPPED = Survivorship()
NO_PICKS: Mapping[str, Id] = {}


class Survivor(NamedTuple):
    """One field's value and the record it was taken from; lists hold every value, each from the first that said it."""

    field: str
    value: object
    record_id: Id


def golden(
    records: Sequence[StoredRecord], survivorship: Survivorship = SHIPPED, picks: Mapping[str, Id] = NO_PICKS
) -> tuple[Survivor, ...]:
    """The first said value of each single field, the union of each list, in the order of `Values`' fields.

    ``picks`` names for a field the record whose value wins, alone. A pick of a record that is not among these, or that says
    nothing there any longer, is as good as none.
    """
    counted = [one for one in records if one.place.state in COUNTED]
    survivors = (_survivor(name, survivorship.ranked(counted, name), picks.get(name, 0)) for name in VALUE_FIELDS)
    return tuple(one for one in survivors if one is not None)


def _survivor(name: str, ranked: Sequence[StoredRecord], picked: Id) -> Survivor | None:
    spoken = [(getattr(one.values, name), one.place.record_id) for one in ranked]
    spoken = [(value, record_id) for value, record_id in spoken if said(value)]
    for value, record_id in spoken:
        if record_id == picked:
            return Survivor(name, value, record_id)
    if not spoken:
        return None
    value, record_id = spoken[0]
    if isinstance(value, tuple):
        value = tuple(dict.fromkeys(item for items, _ in spoken for item in items))
    return Survivor(name, value, record_id)
