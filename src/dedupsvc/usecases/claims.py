"""A claim: the place that an accepted record without external_id holds while the CRM inserts its row."""

from __future__ import annotations

from dataclasses import replace

from dedupsvc.core.assess import has_expired
from dedupsvc.core.entity import ClaimState, Place, State, StoredRecord
from dedupsvc.core.errors import Conflict, NotFound
from dedupsvc.core.judge import Reason
from dedupsvc.core.messages import message
from dedupsvc.core.record import Instant, Phase, Record
from dedupsvc.core.rules import Verdict
from dedupsvc.usecases import ids
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.answers import Answer, Idempotency, decode_answer, encode_answer, encode_record
from dedupsvc.usecases.idempotency import lock_of, remembered, store
from dedupsvc.usecases.ingest import check_and_add, locks_of
from dedupsvc.usecases.outcome import decision_made
from dedupsvc.usecases.ports import Unit
from dedupsvc.usecases.prepare import Prepared, prepare
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import Closing, Event, StoredDecision


async def confirm(
    resources: Resources,
    caller: Caller,
    claim_id: str,
    external_id: str,
    object_type: str = "",
    url: str = "",
    idempotency: Idempotency | None = None,
) -> Answer:
    """Binds the claimed record to the row that the CRM has inserted.

    Confirming again with the same id changes nothing. A claim that has run out, was given back or superseded is not lost: the
    claimed values are ingested as what they are now, a row that exists (phase=after).

    Raises:
        NotFound: there was never such a claim.
        Conflict: it is confirmed with another external_id, or that row belongs to another customer.
    """
    number = ids.internal(ids.CLAIM, claim_id)
    async with resources.store.reading(caller.tenant_id) as reads:
        claimed = await reads.record_by_claim(number)
    if claimed is None:
        raise NotFound("There is no such claim.")
    envelope = replace(
        claimed.envelope,
        external_id=external_id,
        object_type=object_type or claimed.envelope.object_type,
        url=url or claimed.envelope.url,
        occurred_at=claimed.place.occurred_at,
        phase=Phase.AFTER,
        claim_key="",
    )
    record = Record(claimed.values, envelope)
    return await resources.retried(lambda: _confirm(resources, caller, number, record, idempotency))


async def _confirm(
    resources: Resources, caller: Caller, number: int, record: Record, idempotency: Idempotency | None
) -> Answer:
    prepared = prepare(resources, caller.tenant_id, record)
    key = lock_of(resources, caller, idempotency)
    external_id, object_type = record.envelope.external_id, record.envelope.object_type
    async with resources.store.unit(caller.tenant_id) as unit:
        await unit.claim(key, locks_of(resources, caller, prepared))
        if idempotency is not None and (first := await remembered(unit, key, idempotency)) is not None:
            return first
        claimed = await unit.record_by_claim(number)
        if claimed is None:
            raise NotFound("There is no such claim.")
        await unit.lock_customers({claimed.place.customer_id})
        claimed = await unit.record_by_claim(number) or claimed
        now = await unit.now()
        answer = await _bound(unit, resources, caller, claimed, record, now)
        if answer is None:
            answer = (await check_and_add(unit, resources, caller, prepared)).answer
            await unit.bind_ended(claimed.place.record_id, external_id, object_type)
        if idempotency is not None:
            await store(unit, key, idempotency, answer, now + resources.idempotency_lifetime, now)
        await unit.commit()
    return answer


async def _bound(
    unit: Unit, resources: Resources, caller: Caller, claimed: StoredRecord, record: Record, now: Instant
) -> Answer | None:
    """The claim bound to its row; None if the claim has ended and the record is to be judged as it is now."""
    wanted = record.envelope.key
    assert wanted is not None
    row = await unit.record(wanted)
    if claimed.claim_state is ClaimState.CONFIRMED:
        if claimed.place.key == wanted:
            return await _present(unit, row or claimed)
        raise Conflict("This claim is confirmed with another external_id.")
    open_still = claimed.claim_state is ClaimState.OPEN and not has_expired(claimed.place, now)
    if row is not None and not open_still:
        await unit.bind_ended(claimed.place.record_id, wanted.external_id, wanted.object_type)
        return await _present(unit, row)
    if not open_still:
        if claimed.claim_state is ClaimState.OPEN:
            await unit.close_claim(Closing(claimed.place.record_id, ClaimState.EXPIRED), now, caller.principal)
        return None
    if row is not None and row.place.customer_id != claimed.place.customer_id:
        raise Conflict("A row of this external_id is stored already, for another customer.")
    place = (row or claimed).place._replace(
        state=State.ACCEPTED,
        external_id=wanted.external_id,
        object_type=wanted.object_type,
    )
    decision, event = await _decision(unit, resources, caller, claimed, place, record, now)
    if row is not None:
        await unit.hand_over(claimed.place.record_id, row, decision, event, caller.principal)
    else:
        confirmed = replace(claimed, place=place, envelope=record.envelope, claim_state=ClaimState.CONFIRMED)
        await unit.confirm(confirmed, decision, event, caller.principal)
    return decode_answer(decision.answer)


async def _present(unit: Unit, record: StoredRecord) -> Answer:
    """The answer that the row has, for a confirmation that comes again."""
    decision = await unit.decision(record.decision_id)
    if decision is None:
        raise NotFound("There is no such claim.")
    return replace(decode_answer(decision.answer), state=record.place.state.value)


async def _decision(
    unit: Unit, resources: Resources, caller: Caller, claimed: StoredRecord, place: Place, record: Record, now: Instant
) -> tuple[StoredDecision, Event]:
    """The confirmation as a decision of its own: the first one's verdict, now with the row."""
    first = await unit.decision(claimed.decision_id)
    made = decode_answer(first.answer) if first is not None else Answer("accept", "", False, "", "")
    decision_id = resources.new_id()
    verdict = Verdict(made.decision)
    answer = replace(
        made,
        action="none",
        blocking=False,
        reason_code=Reason.CLAIM_CONFIRMED.value,
        message=message(record.envelope.locale or caller.locale, verdict, Reason.CLAIM_CONFIRMED),
        record_id=ids.public(ids.RECORD, place.record_id),
        customer_id=ids.public(ids.CUSTOMER, place.customer_id),
        existing_id=place.external_id,
        claim_expires_at=None,
        decision_id=ids.public(ids.DECISION, decision_id),
        state=State.ACCEPTED.value,
        allowed_actions=(),
    )
    decision = StoredDecision(
        decision_id=decision_id,
        record_id=place.record_id,
        customer_id=place.customer_id,
        decided_at=now,
        rules_version=made.rules_version,
        verdict=verdict.value,
        reason_code=answer.reason_code,
        stored=True,
        input=encode_record(record),
        answer=encode_answer(answer),
    )
    return decision, decision_made(decision_id, answer)


async def release(resources: Resources, caller: Caller, claim_id: str) -> None:
    """Gives the place back; a claim that has ended already is left as it is.

    Raises:
        NotFound: there was never such a claim.
        Conflict: it is confirmed.
    """
    number = ids.internal(ids.CLAIM, claim_id)
    async with resources.store.reading(caller.tenant_id) as reads:
        claimed = await reads.record_by_claim(number)
    if claimed is None:
        raise NotFound("There is no such claim.")
    prepared = prepare(resources, caller.tenant_id, Record(claimed.values, claimed.envelope))
    await resources.retried(lambda: _release(resources, caller, number, prepared))


async def _release(resources: Resources, caller: Caller, number: int, prepared: Prepared) -> None:
    async with resources.store.unit(caller.tenant_id) as unit:
        await unit.claim(0, locks_of(resources, caller, prepared))
        claimed = await unit.record_by_claim(number)
        if claimed is None:
            raise NotFound("There is no such claim.")
        await unit.lock_customers({claimed.place.customer_id})
        claimed = await unit.record_by_claim(number) or claimed
        if claimed.claim_state is ClaimState.CONFIRMED:
            raise Conflict("This claim is confirmed; its record is a customer now.")
        if claimed.claim_state is ClaimState.OPEN:
            closing = Closing(claimed.place.record_id, ClaimState.RELEASED)
            await unit.close_claim(closing, await unit.now(), caller.principal)
            await unit.commit()
