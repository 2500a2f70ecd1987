"""A claim holds its place while the CRM inserts, is confirmed, given back or overtaken, and nothing of it is ever lost."""

from __future__ import annotations

import pytest

from dedupsvc.core.errors import Conflict, NotFound
from tests.usecases.builders import DAY, HOUR, MINUTE, SECOND, World, a_key, a_person

OTHER = a_person("李娜", "13900001111")


async def test_a_claim_keeps_others_waiting_and_nothing_of_them_is_stored(world: World) -> None:
    claimed = await world.ingest()
    assert claimed.claim_expires_at == world.clock.now + 10 * MINUTE
    world.clock.advance(4 * MINUTE + SECOND // 2)
    before = await world.dump()
    waiting = await world.ingest(key=a_key())
    assert (waiting.action, waiting.blocking, waiting.state) == ("wait", True, "")
    assert waiting.reason_code == "PENDING_CLAIM"
    assert waiting.retry_after_s == 6 * 60
    assert await world.dump() == before


async def test_a_confirmed_claim_is_the_customer(world: World) -> None:
    claimed = await world.ingest()
    confirmed = await world.confirm(claimed)
    assert (confirmed.state, confirmed.existing_id, confirmed.record_id) == ("accepted", "L-1", claimed.record_id)
    assert not confirmed.blocking
    assert await world.state_of(claimed) == "accepted"
    world.clock.advance(HOUR)
    assert (await world.ingest()).existing_id == "L-1"


async def test_a_confirmation_may_be_repeated_with_the_same_id_and_no_other(world: World) -> None:
    claimed = await world.ingest()
    first = await world.confirm(claimed)
    stored = await world.dump()
    again = await world.confirm(claimed)
    assert (again.record_id, again.customer_id, again.state) == (first.record_id, first.customer_id, "accepted")
    with pytest.raises(Conflict):
        await world.confirm(claimed, "L-2")
    assert await world.dump() == stored


async def test_nobody_can_confirm_what_was_never_claimed(world: World) -> None:
    for unknown in ("clm_0000000000001", "clm_nonsense", "rec_0000000000001", ""):
        with pytest.raises(NotFound):
            await world.service.confirm_claim(world.caller, unknown, "L-1")
        with pytest.raises(NotFound):
            await world.service.release_claim(world.caller, unknown)


async def test_a_place_that_is_given_back_is_free(world: World) -> None:
    claimed = await world.ingest()
    await world.release(claimed)
    await world.release(claimed)
    assert await world.state_of(claimed) == "retired"
    assert await world.rows("blocking_keys") == []
    assert await world.episodes() == []
    assert (await world.ingest()).decision == "accept"


async def test_a_confirmed_claim_cannot_be_given_back(world: World) -> None:
    claimed = await world.ingest()
    await world.confirm(claimed)
    with pytest.raises(Conflict):
        await world.release(claimed)
    assert await world.state_of(claimed) == "accepted"


async def test_a_place_is_free_when_its_time_is_up(world: World) -> None:
    claimed = await world.ingest()
    world.clock.advance(10 * MINUTE - 1)
    assert (await world.ingest()).action == "wait"
    world.clock.advance(1)
    second = await world.ingest()
    assert (second.decision, second.state) == ("accept", "claimed")
    assert second.customer_id != claimed.customer_id
    assert await world.state_of(claimed) == "retired"
    assert len(await world.episodes()) == 1


async def test_a_claim_that_ran_out_is_confirmed_late_and_not_lost(world: World) -> None:
    claimed = await world.ingest()
    world.clock.advance(2 * DAY)
    late = await world.confirm(claimed)
    assert (late.decision, late.state, late.blocking) == ("accept", "accepted", False)
    record = await world.service.record_by_id(world.caller, late.record_id)
    assert (record.envelope.external_id, record.values.name) == ("L-1", "张伟")
    again = await world.confirm(claimed)
    assert again.record_id == late.record_id


async def test_whoever_confirms_after_another_took_the_place_joins_that_customer(world: World) -> None:
    claimed = await world.ingest()
    world.clock.advance(11 * MINUTE)
    other = await world.ingest(external_id="L-2")
    late = await world.confirm(claimed)
    assert (late.decision, late.state, late.action) == ("merge", "joined", "merge_rows")
    assert late.customer_id == other.customer_id
    assert not late.blocking


async def test_the_values_of_a_claim_that_was_given_back_are_not_lost_either(world: World) -> None:
    claimed = await world.ingest()
    await world.release(claimed)
    late = await world.confirm(claimed)
    assert late.state == "accepted"
    assert len(await world.episodes()) == 1


async def test_the_same_claim_key_supersedes_its_own_claim(world: World) -> None:
    first = await world.ingest(claim_key="tab-1")
    corrected = await world.ingest(a_person("张伟", "13812345678", job_title="经理"), claim_key="tab-1")
    assert (corrected.decision, corrected.state) == ("accept", "claimed")
    assert await world.state_of(first) == "retired"
    assert (await world.ingest(claim_key="tab-2")).action == "wait"


async def test_a_claim_key_supersedes_even_a_claim_on_somebody_else(world: World) -> None:
    first = await world.ingest(claim_key="tab-1")
    await world.ingest(OTHER, claim_key="tab-1")
    assert await world.state_of(first) == "retired"
    assert (await world.ingest()).decision == "accept"


async def test_a_claim_key_is_a_systems_own(world: World) -> None:
    await world.ingest(claim_key="tab-1", source_system="crm")
    assert (await world.ingest(claim_key="tab-1", source_system="erp")).action == "wait"


async def test_the_same_owner_supersedes_the_own_claim(world: World) -> None:
    first = await world.ingest(owner_id="li")
    assert (await world.ingest(owner_id="wang")).action == "wait"
    again = await world.ingest(owner_id="li")
    assert (again.decision, again.state) == ("accept", "claimed")
    assert await world.state_of(first) == "retired"


async def test_claims_without_an_owner_do_not_supersede_each_other(world: World) -> None:
    await world.ingest()
    assert (await world.ingest()).action == "wait"


async def test_a_row_reported_before_its_confirmation_is_the_same_row(world: World) -> None:
    claimed = await world.ingest()
    reported = await world.ingest(external_id="L-1")
    assert (reported.decision, reported.state, reported.blocking) == ("merge", "joined", False)
    assert reported.customer_id == claimed.customer_id
    confirmed = await world.confirm(claimed)
    assert (confirmed.record_id, confirmed.state) == (reported.record_id, "accepted")
    assert await world.state_of(reported) == "accepted"
    assert await world.state_of(claimed) == "retired"
    assert len(await world.episodes()) == 1
    again = await world.confirm(claimed)
    assert again.record_id == reported.record_id
    with pytest.raises(Conflict):
        await world.confirm(claimed, "L-9")


async def test_a_claim_cannot_be_bound_to_another_customers_row(world: World) -> None:
    claimed = await world.ingest()
    await world.ingest(OTHER, external_id="L-1")
    before = await world.dump()
    with pytest.raises(Conflict):
        await world.confirm(claimed, "L-1")
    assert await world.dump() == before


async def test_a_confirmation_is_a_decision_with_its_audit_row_and_its_event(world: World) -> None:
    claimed = await world.ingest()
    counts = {table: len(await world.rows(table)) for table in ("decisions", "audit", "outbox")}
    await world.confirm(claimed)
    assert {table: len(await world.rows(table)) for table in counts} == {
        table: count + 1 for table, count in counts.items()
    }


async def test_a_confirmation_with_a_key_is_replayed(world: World) -> None:
    claimed = await world.ingest()
    first = await world.confirm(claimed, key=a_key())
    again = await world.confirm(claimed, key=a_key())
    assert (first.replayed, again.replayed) == (False, True)
    assert again.decision_id == first.decision_id


async def test_a_confirmed_claim_can_be_confirmed_again_after_its_row_has_changed(world: World) -> None:
    claimed = await world.ingest()
    await world.confirm(claimed)
    await world.ingest(a_person(email="zw@huaxin.cn"), external_id="L-1")
    again = await world.confirm(claimed)
    assert (again.record_id, again.state) == (claimed.record_id, "accepted")


async def test_a_late_confirmation_binds_its_claim_to_that_row_and_no_other(world: World) -> None:
    claimed = await world.ingest()
    await world.release(claimed)
    late = await world.confirm(claimed)
    stored = await world.dump()
    assert (await world.confirm(claimed)).record_id == late.record_id
    with pytest.raises(Conflict):
        await world.confirm(claimed, "L-2")
    assert await world.dump() == stored


async def test_a_claim_taken_over_by_its_row_is_bound_to_it(world: World) -> None:
    claimed = await world.ingest()
    await world.ingest(external_id="L-1")
    await world.confirm(claimed)
    await world.ingest(external_id="L-2")
    with pytest.raises(Conflict):
        await world.confirm(claimed, "L-2")


async def test_a_claim_that_ends_is_told(world: World) -> None:
    claimed = await world.ingest()
    await world.release(claimed)
    assert [row["type"] for row in await world.rows("outbox")] == ["decision.made", "claim.released"]
