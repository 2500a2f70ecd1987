"""Check and write in one atomic step: the spine of the service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dedupsvc.core.errors import DedupError
from dedupsvc.core.merge import Member
from dedupsvc.core.record import Record
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.answering import speaks_of_row
from dedupsvc.usecases.answers import Answer, BatchItem, Idempotency, encode_record
from dedupsvc.usecases.examine import Examination, examine_locked, whole
from dedupsvc.usecases.idempotency import lock_of, remembered, store
from dedupsvc.usecases.outcome import Outcome, Rows, outcome
from dedupsvc.usecases.ports import Contention, Reads, Unit
from dedupsvc.usecases.prepare import Prepared, prepare
from dedupsvc.usecases.resources import Resources


async def ingest(
    resources: Resources, caller: Caller, record: Record, idempotency: Idempotency | None = None
) -> Answer:
    """Decides on the record and stores what the decision says.

    Raises:
        InvalidField: the scenario or the time cannot be accepted.
        IdempotencyMismatch, IdempotencyInFlight: the key belongs to another body, or to a request still running.
        Unavailable: nothing was decided and nothing stored.
    """
    prepared = prepare(resources, caller.tenant_id, record)
    return await resources.retried(lambda: _attempt(resources, caller, prepared, idempotency))


async def decide(resources: Resources, caller: Caller, record: Record) -> Outcome:
    """`ingest` for callers that want to see how the decision came about (evaluation)."""
    prepared = prepare(resources, caller.tenant_id, record)
    return await resources.retried(lambda: _decide(resources, caller, prepared))


async def _attempt(resources: Resources, caller: Caller, prepared: Prepared, idempotency: Idempotency | None) -> Answer:
    key = lock_of(resources, caller, idempotency)
    async with resources.store.unit(caller.tenant_id) as unit:
        entire = await whole(unit, prepared, resources, caller.tenant_id)
        await unit.claim(key, locks_of(resources, caller, entire))
        if idempotency is not None and (first := await remembered(unit, key, idempotency)) is not None:
            return first
        if entire is not prepared and await whole(unit, prepared, resources, caller.tenant_id) != entire:
            raise Contention("This row has just been changed by another request; please try again.")
        found = await check_and_add(unit, resources, caller, entire)
        if idempotency is not None and found.answer.action != "wait":
            now = found.examination.subject.now
            await store(unit, key, idempotency, found.answer, now + resources.idempotency_lifetime, now)
        await unit.commit()
    resources.remember_hot(found.hot)
    return found.answer


async def _decide(resources: Resources, caller: Caller, prepared: Prepared) -> Outcome:
    async with resources.store.unit(caller.tenant_id) as unit:
        await unit.claim(0, locks_of(resources, caller, prepared))
        found = await check_and_add(unit, resources, caller, prepared)
        await unit.commit()
    resources.remember_hot(found.hot)
    return found


def locks_of(resources: Resources, caller: Caller, prepared: Prepared) -> list[int]:
    """The record's keys that can bring candidates, its row, and its claim key: whoever wants one of them waits."""
    envelope = prepared.record.envelope
    locks = [key for key in prepared.hashes if key not in resources.hot]
    for key in (envelope.key, envelope.replaces):
        if key is None:
            continue
        locks.append(resources.lock_of("row", caller.tenant_id, key.source_system, key.object_type, key.external_id))
    if envelope.claim_key:
        locks.append(resources.lock_of("claim_key", caller.tenant_id, envelope.source_system, envelope.claim_key))
    return locks


async def check_and_add(unit: Unit, resources: Resources, caller: Caller, prepared: Prepared) -> Outcome:
    """The check under locks and its changes, in a unit that has taken the record's locks; the caller commits."""
    examination = await examine_locked(unit, prepared, resources, caller.tenant_id)
    found = outcome(examination, caller, await rows_of(unit, examination), resources)
    if found.changes is not None:
        await unit.add(found.changes)
    return found


async def rows_of(reads: Reads, examination: Examination) -> Rows:
    """The rows that the answer speaks of; most records are new customers and need none."""
    judgement, subject = examination.judgement, examination.subject
    if judgement.chosen is None:
        return Rows()
    existing = None
    if subject.source_system and speaks_of_row(examination):
        existing = await reads.row_of(judgement.chosen.customer_id, subject.source_system, subject.object_type)
    joining = (judgement.chosen.customer_id, *judgement.joined) if judgement.joined else ()
    members = [Member(one, await reads.records_of(one)) for one in joining]
    case = 0
    if examination.stored is not None:
        own = examination.stored.place
        first, second = sorted((own.customer_id, judgement.chosen.customer_id))
        case = await reads.open_review("case", first, second, own.record_id)
    return Rows(existing, tuple(members), case)


async def ingest_batch(
    resources: Resources, caller: Caller, records: Sequence[Record], idempotency: Idempotency | None = None
) -> tuple[BatchItem, ...]:
    """Each record on its own, in the order of time, source, type, id and content, answered in the order of the input.

    That order makes the outcome independent of how the batch was shuffled. An item's error is its own. With an Idempotency-Key every
    item is remembered under the key and its content, so that a batch that broke off is completed by sending it again.
    """
    answered: dict[int, BatchItem] = {}
    for index in processing_order(records):
        own = idempotency
        if own is not None:
            own = replace(own, key=f"{own.key}\x1f{index}")
        try:
            answered[index] = BatchItem(index, answer=await ingest(resources, caller, records[index], own))
        except DedupError as error:
            answered[index] = BatchItem(index, error=error)
    return tuple(answered[index] for index in range(len(records)))


def processing_order(records: Sequence[Record]) -> list[int]:
    """Indices in the order of the contract; records without a time come last, as they count as received now."""

    def place(index: int) -> tuple[bool, int, str, str, str, str]:
        envelope = records[index].envelope
        at = envelope.occurred_at
        key = (envelope.source_system, envelope.object_type, envelope.external_id)
        return (at is None, at or 0, *key, encode_record(records[index]))

    return sorted(range(len(records)), key=place)
