"""A retired record is found no more; the business that it opened goes on where it was joined, and its history stays."""

from __future__ import annotations

import asyncio

import pytest

from dedupsvc.core.errors import NotFound
from dedupsvc.core.record import Phase, RecordKey
from tests.concurrency import checker
from tests.usecases.builders import HOUR, World, a_person

ROW = RecordKey("default", "customer", "L-1")


async def an_accepted_row(world: World, external_id: str = "L-1") -> str:
    return (await world.ingest(external_id=external_id, source_system="default", object_type="customer")).record_id


async def test_a_retired_record_is_found_no_more_and_keeps_its_history(world: World) -> None:
    record_id = await an_accepted_row(world)
    await world.service.retire_by_id(world.caller, record_id)
    assert await world.rows("blocking_keys") == []
    assert await world.episodes() == []
    view = await world.service.record_by_id(world.caller, record_id)
    assert (view.state, len(view.versions)) == ("retired", 1)
    assert (await world.match()).reason_code == "NEW_CUSTOMER"
    assert "record.retired" in [row["action"] for row in await world.rows("audit")]
    assert "record.retired" in [row["type"] for row in await world.rows("outbox")]


async def test_retiring_twice_changes_nothing(world: World) -> None:
    record_id = await an_accepted_row(world)
    await world.service.retire_by_id(world.caller, record_id)
    before = await world.dump()
    await world.service.retire_by_id(world.caller, record_id)
    assert await world.dump() == before


async def test_by_its_row_it_is_retired_once_and_the_row_may_come_again(world: World) -> None:
    first = await an_accepted_row(world)
    await world.service.retire_by_key(world.caller, ROW)
    with pytest.raises(NotFound):
        await world.service.retire_by_key(world.caller, ROW)
    again = await world.ingest(external_id="L-1", source_system="default", object_type="customer")
    assert (again.decision, again.record_id != first) == ("accept", True)


async def test_business_goes_on_in_the_oldest_record_that_joined_it(world: World) -> None:
    opened = await an_accepted_row(world)
    world.clock.advance(HOUR)
    joined = await world.ingest(external_id="L-2")
    world.clock.advance(HOUR)
    later = await world.ingest(external_id="L-3")
    assert [joined.state, later.state] == ["joined", "joined"]
    await world.service.retire_by_id(world.caller, opened)
    assert [await world.state_of(one) for one in (joined, later)] == ["accepted", "joined"]
    world.clock.advance(HOUR)
    repeated = await world.ingest(external_id="L-4")
    assert (repeated.decision, repeated.customer_id) == ("merge", joined.customer_id)
    await checker.check(world.url)


async def test_a_record_that_joined_other_business_does_not_take_it_over(world: World) -> None:
    opened = await world.ingest(external_id="L-1", scenario="sales/east")
    other = await world.ingest(external_id="L-2", scenario="service")
    joined = await world.ingest(external_id="L-3", scenario="service")
    assert [opened.state, other.state, joined.state] == ["accepted", "accepted", "joined"]
    await world.service.retire_by_id(world.caller, opened.record_id)
    assert await world.state_of(joined) == "joined"
    assert [scenario for scenario, _ in await world.episodes()] == ["service"]


async def test_a_claim_that_is_retired_is_given_back_and_confirmed_late_it_is_not_lost(world: World) -> None:
    claimed = await world.ingest()
    await world.service.retire_by_id(world.caller, claimed.record_id)
    assert (await world.match()).decision == "accept"
    assert [row["claim_state"] for row in await world.rows("records")] == ["released"]
    late = await world.confirm(claimed)
    assert (late.decision, late.state) == ("accept", "accepted")


async def test_nobody_is_asked_about_a_retired_record_any_more(world: World) -> None:
    await world.ingest(a_person("张伟", "0571-88886666"), external_id="L-1")
    held = await world.ingest(a_person("张伟", "0571-88886666"), external_id="L-2", phase=Phase.AFTER)
    assert held.state == "held"
    await world.service.retire_by_id(world.caller, held.record_id)
    assert {row["state"] for row in await world.rows("reviews")} == {"closed"}
    await checker.check(world.url)


async def test_what_is_not_there_cannot_be_retired(world: World) -> None:
    record_id = await an_accepted_row(world)
    other = await world.tenant(2)
    for unknown in ("rec_0000000000001", "clm_nonsense", ""):
        with pytest.raises(NotFound):
            await world.service.retire_by_id(world.caller, unknown)
    with pytest.raises(NotFound):
        await world.service.retire_by_id(other.caller, record_id)
    with pytest.raises(NotFound):
        await world.service.retire_by_key(other.caller, ROW)


async def test_whoever_comes_while_a_record_is_retired_finds_it_whole_or_not_at_all(world: World) -> None:
    for number in range(8):
        record_id = await an_accepted_row(world, f"L-{number}")
        answer, _ = await asyncio.gather(world.ingest(), world.service.retire_by_id(world.caller, record_id))
        assert answer.decision in ("accept", "merge")
        await checker.check(world.url)
        if answer.claim_id:
            await world.release(answer)
