"""Several customers made one by a person, and taken apart again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from dedupsvc.core.entity import Id
from dedupsvc.core.errors import InvalidField, NotFound
from dedupsvc.core.merge import FEWEST, MOST, Member, MergePlan, cut, plan_merge, reversal
from dedupsvc.core.record import Instant
from dedupsvc.usecases import ids
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.answers import (
    Idempotency,
    MergeView,
    UndoView,
    decode_merge,
    decode_steps,
    decode_undo,
    encode_merge,
    encode_steps,
    encode_undo,
)
from dedupsvc.usecases.compensation import shown, told
from dedupsvc.usecases.golden import active_survivorship, fields, golden_of, picks_of
from dedupsvc.usecases.idempotency import keep, lock_of, recalled
from dedupsvc.usecases.ports import Contention, Reads, Unit
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import Apart, Event, StoredMerge


@dataclass(frozen=True, slots=True)
class _Wanted:
    customers: tuple[Id, ...]
    picks: Mapping[str, Id]


async def merge(
    resources: Resources,
    caller: Caller,
    customer_ids: Sequence[str],
    picks: Mapping[str, str],
    dry_run: bool = False,
    idempotency: Idempotency | None = None,
) -> MergeView:
    """Merges two to twenty customers into the first one; an id that was merged stands for its survivor.

    A dry run shows what would be, and writes nothing.

    Raises:
        InvalidField: too few or too many customers, or a pick that none of their records can fill.
        NotFound: there is no such customer.
        Conflict: two of the ids are one customer already.
        IdempotencyMismatch, IdempotencyInFlight: the key belongs to another body, or to a request still running.
    """
    if not FEWEST <= len(customer_ids) <= MOST:
        raise InvalidField("customer_ids", f"names {FEWEST} to {MOST} customers")
    customers = tuple(ids.internal(ids.CUSTOMER, one) for one in customer_ids)
    wanted = _Wanted(customers, {name: _picked(name, record_id) for name, record_id in picks.items()})
    if not dry_run:
        return await resources.retried(lambda: _merge(resources, caller, wanted, idempotency))
    async with resources.store.reading(caller.tenant_id) as reads:
        plan = await _plan(reads, resources, caller, await _living(reads, customers), wanted.picks)
    return replace(_previewed(plan), dry_run=True)


def _picked(name: str, record_id: str) -> Id:
    try:
        return ids.internal(ids.RECORD, record_id)
    except NotFound as error:
        raise InvalidField(f"picks.{name}", "is not a record of these customers") from error


async def _merge(resources: Resources, caller: Caller, wanted: _Wanted, idempotency: Idempotency | None) -> MergeView:
    key = lock_of(resources, caller, idempotency)
    async with resources.store.unit(caller.tenant_id) as unit:
        await unit.claim(key, [_merge_lock(resources, caller)])
        if idempotency is not None and (payload := await recalled(unit, key, idempotency)) is not None:
            return await _with_golden(unit, resources, caller, replace(decode_merge(payload), replayed=True))
        living = await _living(unit, wanted.customers)
        await unit.lock_customers(set(living))
        if await _living(unit, wanted.customers) != living:
            raise Contention("One of these customers is being merged by another request; please try again.")
        plan = await _plan(unit, resources, caller, living, wanted.picks)
        now = await unit.now()
        view = await _make(unit, resources, caller, plan, now)
        if idempotency is not None:
            await keep(unit, key, idempotency, encode_merge(view), now + resources.idempotency_lifetime, now)
        await unit.commit()
    return view


def _merge_lock(resources: Resources, caller: Caller) -> int:
    """One merge or undo at a time: two that cross could tie a knot. Decisions go on meanwhile, but for these customers."""
    return resources.lock_of("merge", caller.tenant_id)


async def _living(reads: Reads, customers: Sequence[Id]) -> tuple[Id, ...]:
    """The survivors of these customers, in this order."""
    return tuple([await _survivor(reads, one) for one in customers])


async def _survivor(reads: Reads, customer_id: Id) -> Id:
    stored = await reads.customer(customer_id)
    if stored is None:
        raise NotFound("There is no such customer.")
    return stored.customer_id


async def _plan(
    reads: Reads, resources: Resources, caller: Caller, living: Sequence[Id], picks: Mapping[str, Id]
) -> MergePlan:
    members = [Member(one, await reads.records_of(one)) for one in living]
    earlier = [made for one in set(living) for made in await reads.merges_of(one)]
    earlier.sort(key=lambda made: (made.created_at, made.merge_id))
    survivorship = await active_survivorship(reads, resources, caller.tenant_id)
    return plan_merge(members, picks, survivorship, picks_of(earlier))


def _previewed(plan: MergePlan) -> MergeView:
    return MergeView(
        merge_id="",
        survivor_id=ids.public(ids.CUSTOMER, plan.survivor),
        merged_from=_customers(plan.absorbed),
        kind="requested",
        picks={name: ids.public(ids.RECORD, record_id) for name, record_id in plan.picks.items()},
        compensation=shown(plan.compensation),
        golden=fields(plan.golden),
    )


def _customers(numbers: Sequence[Id]) -> tuple[str, ...]:
    return tuple(ids.public(ids.CUSTOMER, one) for one in numbers)


async def _make(unit: Unit, resources: Resources, caller: Caller, plan: MergePlan, now: Instant) -> MergeView:
    merge_id = resources.new_id()
    view = replace(_previewed(plan), merge_id=ids.public(ids.MERGE, merge_id), merged_at=now)
    made = StoredMerge(
        merge_id=merge_id,
        survivor=plan.survivor,
        absorbed=plan.absorbed,
        created_at=now,
        kind=view.kind,
        actor=caller.principal,
        picks=plan.picks,
        plan=encode_steps(view.compensation),
    )
    lifted = await unit.kept_apart({plan.survivor, *plan.absorbed})
    payload = told(merge_id, plan.survivor, plan.absorbed, view.compensation)
    await unit.merge_customers(made, lifted, Event("customer.merged", plan.survivor, json.dumps(payload)))
    return view


async def _with_golden(reads: Reads, resources: Resources, caller: Caller, view: MergeView) -> MergeView:
    survivor = await _survivor(reads, ids.internal(ids.CUSTOMER, view.survivor_id))
    records, merges = await reads.records_of(survivor), await reads.merges_of(survivor)
    return replace(view, golden=await golden_of(reads, resources, caller.tenant_id, records, merges))


async def merge_by_id(resources: Resources, caller: Caller, merge_id: str) -> MergeView:
    """The merge as it was made and, if it was undone, when. Raises `NotFound`."""
    number = ids.internal(ids.MERGE, merge_id)
    async with resources.store.reading(caller.tenant_id) as reads:
        made = await _made(reads, number)
        return await _with_golden(reads, resources, caller, _viewed(made))


async def _made(reads: Reads, merge_id: Id) -> StoredMerge:
    made = await reads.merge(merge_id)
    if made is None:
        raise NotFound("There is no such merge.")
    return made


def _viewed(made: StoredMerge) -> MergeView:
    return MergeView(
        merge_id=ids.public(ids.MERGE, made.merge_id),
        survivor_id=ids.public(ids.CUSTOMER, made.survivor),
        merged_from=_customers(made.absorbed),
        kind=made.kind,
        picks={name: ids.public(ids.RECORD, record_id) for name, record_id in made.picks.items()},
        compensation=decode_steps(made.plan),
        merged_at=made.created_at,
        undone_at=made.undone_at or None,
    )


async def undo(resources: Resources, caller: Caller, merge_id: str, idempotency: Idempotency | None = None) -> UndoView:
    """Takes a merge back, requested or made by a bridge: every customer is what it was, and what came since stays where it came.

    Merges can be undone in any order. The customers are kept apart from then on: no later record joins them. Undoing again changes
    nothing and gives the same answer.

    Raises:
        NotFound: there was never such a merge.
        IdempotencyMismatch, IdempotencyInFlight: the key belongs to another body, or to a request still running.
    """
    number = ids.internal(ids.MERGE, merge_id)
    return await resources.retried(lambda: _undo(resources, caller, number, idempotency))


async def _undo(resources: Resources, caller: Caller, merge_id: Id, idempotency: Idempotency | None) -> UndoView:
    key = lock_of(resources, caller, idempotency)
    async with resources.store.unit(caller.tenant_id) as unit:
        await unit.claim(key, [_merge_lock(resources, caller)])
        if idempotency is not None and (payload := await recalled(unit, key, idempotency)) is not None:
            return replace(decode_undo(payload), replayed=True)
        made = await _made(unit, merge_id)
        now = await unit.now()
        if made.undone_at:
            view = decode_undo(made.undone)
        else:
            root = await _survivor(unit, made.survivor)
            await unit.lock_customers({root, made.survivor, *made.absorbed})
            if await _survivor(unit, made.survivor) != root:
                raise Contention("This customer is being merged by another request; please try again.")
            view = await _take_back(unit, caller, made, root, now)
        if idempotency is not None:
            await keep(unit, key, idempotency, encode_undo(view), now + resources.idempotency_lifetime, now)
        await unit.commit()
    return view


async def _take_back(unit: Unit, caller: Caller, made: StoredMerge, root: Id, now: Instant) -> UndoView:
    await unit.put_back(root, cut(await unit.branches(root), made.merge_id))
    restored = [Member(one, await unit.records_of(one)) for one in made.absorbed]
    merged_rows = {ids.internal(ids.RECORD, step.record_id): step.keep for step in decode_steps(made.plan) if step.keep}
    view = UndoView(
        merge_id=ids.public(ids.MERGE, made.merge_id),
        survivor_id=ids.public(ids.CUSTOMER, root),
        restored=_customers(made.absorbed),
        compensation=shown(reversal(restored, merged_rows)),
        undone_at=now,
    )
    undone = replace(made, undone_at=now, undone_by=caller.principal, undone=encode_undo(view))
    payload = told(made.merge_id, root, made.absorbed, view.compensation)
    event = Event("customer.unmerged", root, json.dumps(payload))
    await unit.note_undone(undone, await _apart(unit, made), event)
    return view


async def _apart(unit: Unit, made: StoredMerge) -> tuple[Apart, ...]:
    """A pair of records for each two customers that the merge had brought together; records, because customers may be merged."""
    homes = [await unit.home_record(one) for one in (made.survivor, *made.absorbed)]
    return tuple(Apart(min(pair), max(pair)) for pair in combinations(homes, 2) if all(pair))
