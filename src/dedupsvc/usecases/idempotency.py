"""Idempotency-Key: the first answer to a key is kept in the decision's own transaction and given again."""

from __future__ import annotations

from dataclasses import replace

from dedupsvc.core.assess import has_expired
from dedupsvc.core.entity import ClaimState, Id
from dedupsvc.core.errors import IdempotencyMismatch
from dedupsvc.core.record import Instant
from dedupsvc.usecases import ids
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.answers import Answer, Idempotency, decode_answer, encode_answer
from dedupsvc.usecases.ports import Unit
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import IdempotencyRow

_ENDED = (ClaimState.EXPIRED, ClaimState.RELEASED, ClaimState.SUPERSEDED)


def lock_of(resources: Resources, caller: Caller, idempotency: Idempotency | None) -> Id:
    """0 without a key. One principal's key on one route is no other's."""
    if idempotency is None:
        return 0
    return resources.lock_of("idempotency", caller.tenant_id, caller.principal, idempotency.route, idempotency.key)


async def remembered(unit: Unit, key: Id, idempotency: Idempotency) -> Answer | None:
    """The first answer, marked as replayed; None if there is none, or if what it promised has ended since.

    Raises:
        IdempotencyMismatch: the key came with another body before.
    """
    payload = await recalled(unit, key, idempotency)
    if payload is None:
        return None
    answer = decode_answer(payload)
    if answer.claim_id:
        record = await unit.record_by_claim(ids.internal(ids.CLAIM, answer.claim_id))
        if record is None or record.claim_state in _ENDED:
            return None
        if record.claim_state is ClaimState.OPEN and has_expired(record.place, await unit.now()):
            return None
    return replace(answer, replayed=True)


async def recalled(unit: Unit, key: Id, idempotency: Idempotency) -> str | None:
    """What is kept under the key, as text; None if there is nothing, or nothing any longer.

    Raises:
        IdempotencyMismatch: the key came with another body before.
    """
    row = await unit.remembered(key)
    if row is None or row.expires_at <= await unit.now():
        return None
    if row.fingerprint != idempotency.fingerprint:
        raise IdempotencyMismatch("This Idempotency-Key was used before with another body.")
    return row.payload


async def store(
    unit: Unit, key: Id, idempotency: Idempotency, answer: Answer, expires_at: Instant, now: Instant
) -> None:
    await keep(unit, key, idempotency, encode_answer(answer), expires_at, now)


async def keep(unit: Unit, key: Id, idempotency: Idempotency, payload: str, expires_at: Instant, now: Instant) -> None:
    await unit.remember(key, IdempotencyRow(idempotency.fingerprint, payload, expires_at), now)
