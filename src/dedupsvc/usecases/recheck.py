"""A second look at records whose search had to leave something out; what it finds is a steward's, and nothing is merged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dedupsvc.core.assess import Candidate, assess, effective, without_customer
from dedupsvc.core.entity import Id, State, StoredRecord
from dedupsvc.core.judge import Reason
from dedupsvc.core.record import Record
from dedupsvc.usecases import ids
from dedupsvc.usecases.examine import Examination
from dedupsvc.usecases.ports import Contention, Reads, Search, Unit
from dedupsvc.usecases.prepare import Prepared, prepare
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import Event, Recheck, Review

ACTOR = "recheck"
LEASE = 60_000_000
"""Microseconds for which a process has a tenant's rechecks for itself; one that was killed is replaced after that."""
WIDE_CAP = 500
"""Records behind one key: ten times what a search while somebody waits looks at."""
MOST_COMPARED = 1_000
"""Records that one is compared with, those behind its rarest keys first."""
MOST_FLAGGED = 5
"""Pairs of one record, the strongest first: more of them say something of the value they share, not of the customers."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A record, and one of another customer that is the same."""

    record: Id
    other: Id


def left_something_out(examination: Examination) -> bool:
    """Whether keys that brought nothing may have hidden a customer.

    Those that are a bonus count only where nothing else found anybody: in a large store nearly every record has one of them.
    """
    truncated = examination.retrieval.truncated
    return bool(examination.prepared.kinds(truncated)) or bool(truncated and not examination.assessment.scored)


async def take(resources: Resources, tenant_id: int, runner: Id, limit: int) -> tuple[Recheck, ...]:
    """What waits, if this runner has the tenant's rechecks for itself now."""
    async with resources.store.reading(tenant_id) as reads:
        if not await reads.rechecks(1):
            return ()
    async with resources.store.unit(tenant_id) as unit:
        await unit.claim(0, [_lock(resources, tenant_id)])
        now = await unit.now()
        if not await unit.lease(ACTOR, runner, now, now + LEASE):
            return ()
        waiting = await unit.rechecks(limit)
        await unit.commit()
    return waiting


async def give_back(resources: Resources, tenant_id: int, runner: Id) -> None:
    """Ends the lease early, so that the next process need not wait for its end."""
    async with resources.store.unit(tenant_id) as unit:
        await unit.claim(0, [_lock(resources, tenant_id)])
        now = await unit.now()
        if await unit.lease(ACTOR, runner, now, now):
            await unit.commit()


async def look(resources: Resources, tenant_id: int, recheck: Recheck) -> tuple[Pair, ...]:
    """Compares the record with all that share a key with it, hot or not; takes no locks and writes nothing."""
    async with resources.store.reading(tenant_id) as reads:
        stored = await reads.record_by_id(recheck.record_id)
        if stored is None or stored.place.state is State.RETIRED:
            return ()
        rules = await resources.rules_of(reads, tenant_id, await reads.active_version())
        prepared = prepare(resources, tenant_id, Record(stored.values, stored.envelope))
        found, unseen = await _widely(reads, prepared)
        now = (await reads.candidates(Search({}))).now
    subject = replace(
        prepared.subject(now), record_id=recheck.record_id, scenario=stored.place.scenario, at=stored.place.occurred_at
    )
    counting, _ = effective(found, subject)
    # A thousand comparisons in one go would let requests wait for longer than they may.
    assessed = await asyncio.to_thread(assess, subject, counting, rules, prepared.kinds(unseen))
    assessed = without_customer(assessed, stored.place.customer_id)
    # Among hundreds who share a common value, many may be the same, and nobody could look at all of them.
    return tuple(Pair(recheck.record_id, one.best.place.record_id) for one in assessed.matches[:MOST_FLAGGED])


async def _widely(reads: Reads, prepared: Prepared) -> tuple[tuple[Candidate, ...], frozenset[int]]:
    """The candidates, and the keys that too many share even for this."""
    behind = {key: await reads.sharing(key, WIDE_CAP + 1) for key in prepared.hashes}
    found: dict[Id, None] = {}
    unseen = set()
    for key, records in sorted(behind.items(), key=lambda one: len(one[1])):
        if len(records) > WIDE_CAP or len(found) + len(records) > MOST_COMPARED:
            unseen.add(key)
        else:
            found.update(dict.fromkeys(records))
    return await reads.features_of(found), frozenset(unseen)


async def flag(resources: Resources, tenant_id: int, recheck: Recheck, pairs: Sequence[Pair]) -> int:
    """Puts before a steward what has not been before one, and ends the recheck, in one step; how many pairs that were."""
    return await resources.retried(lambda: _flag(resources, tenant_id, recheck, pairs))


async def _flag(resources: Resources, tenant_id: int, recheck: Recheck, pairs: Sequence[Pair]) -> int:
    flagged = 0
    async with resources.store.unit(tenant_id) as unit:
        await unit.claim(0, [_lock(resources, tenant_id)])
        if not await unit.waits_for_recheck(recheck):
            return 0
        stored = await _settled(unit, recheck, pairs)
        decision = await unit.decision(recheck.decision_id)
        now = await unit.now()
        for pair in pairs:
            review = await _review(unit, resources, stored, pair)
            if review is not None and decision is not None:
                await unit.flag(review, decision, _opened(review), ACTOR, now)
                flagged += 1
        await unit.end_rechecks([recheck])
        await unit.commit()
    return flagged


async def _settled(unit: Unit, recheck: Recheck, pairs: Sequence[Pair]) -> dict[Id, StoredRecord]:
    """The records concerned, their customers locked, so that none is merged, or taken apart, before the commit."""
    concerned = {recheck.record_id, *(pair.other for pair in pairs)}
    before = await _records(unit, concerned)
    customers = {one.place.customer_id for one in before.values()}
    if not await unit.lock_customers(customers):
        return before
    after = await _records(unit, concerned)
    if {one.place.customer_id for one in after.values()} != customers:
        raise Contention("These customers are being changed by others; please try again.")
    return after


async def _records(reads: Reads, wanted: set[Id]) -> dict[Id, StoredRecord]:
    found = [await reads.record_by_id(one) for one in sorted(wanted)]
    return {one.place.record_id: one for one in found if one is not None and one.place.state is not State.RETIRED}


async def _review(unit: Unit, resources: Resources, stored: dict[Id, StoredRecord], pair: Pair) -> Review | None:
    """None for one customer, for two that a person keeps apart, and for a pair that a steward has, or had, already."""
    if pair.record not in stored or pair.other not in stored:
        return None
    first, second = sorted((stored[pair.record].place.customer_id, stored[pair.other].place.customer_id))
    if first == second or await unit.kept_apart({first, second}) or await unit.was_reviewed(first, second):
        return None
    return Review(resources.new_id(), "case", pair.record, first, second, Reason.BRIDGE.value)


def _opened(review: Review) -> Event:
    """Ids and codes only, as in every event."""
    thin = {
        "review_id": ids.public(ids.REVIEW, review.review_id),
        "kind": review.kind,
        "record_id": ids.public(ids.RECORD, review.record_id),
        "customer_ids": [ids.public(ids.CUSTOMER, one) for one in (review.customer_a, review.customer_b)],
        "reason_code": review.reason_code,
    }
    return Event("review.opened", review.review_id, json.dumps(thin))


async def end(resources: Resources, tenant_id: int, done: Sequence[Recheck]) -> None:
    """Notes that these have nothing that a steward should see."""
    async with resources.store.unit(tenant_id) as unit:
        await unit.claim(0, [_lock(resources, tenant_id)])
        await unit.end_rechecks(done)
        await unit.commit()


async def waiting(resources: Resources, tenant_id: int) -> int:
    async with resources.store.reading(tenant_id) as reads:
        return await reads.rechecks_waiting()


def _lock(resources: Resources, tenant_id: int) -> int:
    return resources.lock_of(ACTOR, tenant_id)


__all__ = ["Pair", "end", "flag", "give_back", "left_something_out", "look", "take", "waiting"]
