"""An Idempotency-Key: the first answer again, never a second effect."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dedupsvc.core.errors import IdempotencyInFlight, IdempotencyMismatch
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.answers import Answer, Idempotency
from tests.usecases.builders import DAY, MINUTE, World, a_key, a_person, a_record


async def test_the_first_answer_is_given_again_and_nothing_is_stored(world: World) -> None:
    first = await world.ingest(external_id="L-1", key=a_key())
    stored = await world.dump()
    world.clock.advance(3 * DAY)
    again = await world.ingest(external_id="L-1", key=a_key())
    assert again == replace(first, replayed=True)
    assert await world.dump() == stored


async def test_a_claims_answer_is_given_again_while_the_claim_holds(world: World) -> None:
    first = await world.ingest(key=a_key())
    assert await world.ingest(key=a_key()) == replace(first, replayed=True)
    await world.confirm(first)
    world.clock.advance(DAY)
    assert await world.ingest(key=a_key()) == replace(first, replayed=True)


@pytest.mark.parametrize("ended", ["released", "expired", "superseded"])
async def test_an_answer_whose_claim_has_ended_is_decided_anew(world: World, ended: str) -> None:
    first = await world.ingest(key=a_key(), claim_key="tab-1")
    if ended == "released":
        await world.release(first)
    elif ended == "expired":
        world.clock.advance(10 * MINUTE)
    else:
        await world.ingest(a_person("李娜", "13900001111"), claim_key="tab-1")
    second = await world.ingest(key=a_key(), claim_key="tab-1")
    assert not second.replayed
    assert second.claim_id not in ("", first.claim_id)
    assert await world.ingest(key=a_key(), claim_key="tab-1") == replace(second, replayed=True)


async def test_another_body_under_the_same_key_is_refused(world: World) -> None:
    await world.ingest(external_id="L-1", key=a_key())
    stored = await world.dump()
    with pytest.raises(IdempotencyMismatch):
        await world.ingest(a_person("李娜", "13900001111"), key=a_key(fingerprint="body-2"))
    assert await world.dump() == stored


async def test_a_key_is_forgotten_after_its_time(world: World) -> None:
    first = await world.ingest(key=a_key(), external_id="L-1")
    world.clock.advance(7 * DAY - 1)
    assert (await world.ingest(key=a_key(), external_id="L-1")).replayed
    world.clock.advance(1)
    anew = await world.ingest(a_person("李娜", "13900001111"), key=a_key(fingerprint="body-2"), external_id="L-2")
    assert not anew.replayed
    assert anew.record_id != first.record_id
    assert len(await world.rows("idempotency")) == 1


async def test_a_key_is_one_principals_and_one_routes(world: World) -> None:
    await world.ingest(external_id="L-1", key=a_key())
    elsewhere = Idempotency("attempt-1", "POST /ingest/batch", "body-2")
    assert not (await world.ingest(a_person("李娜", "13900001111"), key=elsewhere)).replayed
    other = replace(world, caller=Caller(world.caller.tenant_id, "another"))
    assert not (await other.ingest(a_person("王芳", "13900002222"), key=a_key(fingerprint="body-3"))).replayed


async def test_being_told_to_wait_is_no_answer_to_keep(world: World) -> None:
    claimed = await world.ingest()
    assert (await world.ingest(key=a_key())).action == "wait"
    await world.release(claimed)
    assert (await world.ingest(key=a_key())).decision == "accept"


async def test_a_batch_that_broke_off_is_completed_by_sending_it_again(world: World) -> None:
    records = [a_record(external_id="L-1"), a_record(a_person("李娜", "13900001111"), external_id="L-2")]
    first = await world.batch(*records, key=a_key())
    stored = await world.dump()
    again = await world.batch(*records, key=a_key())
    assert [item.answer and item.answer.decision_id for item in again] == [
        item.answer and item.answer.decision_id for item in first
    ]
    assert all(item.answer is not None and item.answer.replayed for item in again)
    assert await world.dump() == stored


async def test_two_requests_at_once_with_one_key_have_one_effect(world: World) -> None:
    answers = await asyncio.gather(
        *(world.ingest(external_id="L-1", key=a_key()) for _ in range(2)), return_exceptions=True
    )
    given = [answer for answer in answers if isinstance(answer, Answer)]
    refused = [answer for answer in answers if isinstance(answer, IdempotencyInFlight)]
    assert len(given) + len(refused) == 2
    assert [answer.replayed for answer in given].count(False) == 1
    assert len(await world.rows("decisions")) == 1
