"""A row that comes in the place of another one, as an account does of a lead: customer and business pass on."""

from __future__ import annotations

import asyncio

import pytest

from dedupsvc.core.record import Phase, RecordKey
from dedupsvc.usecases import ids
from dedupsvc.usecases.answers import Answer
from tests.usecases.builders import DAY, HOUR, World, a_person

LEAD = RecordKey("crm", "lead", "L-1")
ACCOUNT = a_person(email="zw@huaxin.cn")
LI_NA = a_person("李娜", "13900001111")


async def converted(world: World, external_id: str = "A-1", **said: object) -> Answer:
    """An account that takes the place of the lead."""
    said = {"values": ACCOUNT, "object_type": "account", "replaces": LEAD, **said}
    return await world.ingest(external_id=external_id, **said)  # type: ignore[arg-type]


async def test_the_new_row_has_the_old_ones_customer_and_business(world: World) -> None:
    lead = await world.ingest(external_id="L-1")
    episodes = await world.episodes()
    world.clock.advance(3 * DAY)
    account = await converted(world, scenario="order")
    assert (account.decision, account.reason_code, account.blocking) == ("accept", "UPDATED", False)
    assert account.customer_id == lead.customer_id
    assert account.record_id != lead.record_id
    assert (await world.state_of(lead), await world.state_of(account)) == ("retired", "accepted")
    assert await world.episodes() == episodes
    (episode,) = await world.rows("episodes")
    assert ids.public(ids.RECORD, episode["record_id"]) == account.record_id


async def test_the_old_row_finds_nobody_any_longer_and_its_history_stays(world: World) -> None:
    lead = await world.ingest(a_person(email="old@huaxin.cn"), external_id="L-1")
    await converted(world, values=LI_NA)
    asked = await world.match(a_person("张伟", "13812345678", "old@huaxin.cn"))
    assert asked.decision == "accept"
    old = ids.internal(ids.RECORD, lead.record_id)
    assert old not in {row["record_id"] for row in await world.rows("blocking_keys")}
    view = await world.service.record_by_id(world.caller, lead.record_id)
    assert view.state == "retired"


async def test_the_business_is_repeated_by_whoever_repeats_it_at_the_new_row(world: World) -> None:
    await world.ingest(external_id="L-1")
    await converted(world)
    world.clock.advance(HOUR)
    again = await world.ingest(object_type="account")
    assert (again.decision, again.existing_id, again.action) == ("merge", "A-1", "update_existing")


async def test_the_same_conversion_again_changes_nothing(world: World) -> None:
    await world.ingest(external_id="L-1")
    first = await converted(world)
    before = await world.dump()
    again = await converted(world)
    assert (again.reason_code, again.record_id, again.customer_id) == (
        "UNCHANGED",
        first.record_id,
        first.customer_id,
    )
    assert await world.dump() == before


async def test_what_happens_is_what_was_foretold(world: World) -> None:
    await world.ingest(external_id="L-1")
    said = {"object_type": "account", "external_id": "A-1", "replaces": LEAD}
    before = await world.dump()
    asked = await world.match(ACCOUNT, **said)
    assert await world.dump() == before
    told = await converted(world)
    assert (asked.decision, asked.reason_code, asked.customer_id) == (told.decision, told.reason_code, told.customer_id)


async def test_a_row_that_nobody_knows_leaves_the_new_one_to_be_judged_like_any_other(world: World) -> None:
    alone = await converted(world)
    assert (alone.decision, alone.reason_code) == ("accept", "NEW_CUSTOMER")
    late = await world.ingest(external_id="L-1")
    assert (late.decision, late.customer_id) == ("merge", alone.customer_id)


async def test_a_late_word_about_the_old_row_is_a_row_of_the_same_customer(world: World) -> None:
    await world.ingest(external_id="L-1")
    account = await converted(world)
    late = await world.ingest(external_id="L-1")
    assert (late.decision, late.customer_id) == ("merge", account.customer_id)
    assert len(await world.rows("episodes")) == 1


async def test_a_patch_keeps_what_the_old_row_said(world: World) -> None:
    await world.ingest(a_person(email="zw@huaxin.cn"), external_id="L-1", owner_id="wang")
    account = await converted(world, values=a_person(phone="", email="new@huaxin.cn"), patch=True)
    view = await world.service.record_by_id(world.caller, account.record_id)
    assert [phone.value for phone in view.values.phones] == ["13812345678"]
    assert [email.value for email in view.values.emails] == ["new@huaxin.cn"]


async def test_another_tenants_row_is_out_of_reach(world: World) -> None:
    other = await world.tenant(2)
    lead = await other.ingest(external_id="L-1")
    before = await other.rows("records")
    account = await converted(world)
    assert (account.reason_code, await other.state_of(lead)) == ("NEW_CUSTOMER", "accepted")
    assert await other.rows("records") == before


async def test_a_new_row_that_matches_another_customer_stays_and_opens_a_case(world: World) -> None:
    lead = await world.ingest(external_id="L-1")
    other = await world.ingest(LI_NA, external_id="L-2")
    account = await converted(world, values=LI_NA)
    assert (account.decision, account.reason_code) == ("flag", "UPDATE_MATCHES_OTHER")
    assert account.customer_id == lead.customer_id
    (review,) = await world.rows("reviews")
    assert {review["customer_a"], review["customer_b"]} == {
        ids.internal(ids.CUSTOMER, one.customer_id) for one in (lead, other)
    }


async def test_what_would_block_before_the_change_leaves_the_old_row_as_it_is(world: World) -> None:
    lead = await world.ingest(external_id="L-1")
    await world.ingest(LI_NA, external_id="L-2")
    asked = await converted(world, values=LI_NA, phase=Phase.BEFORE)
    assert (asked.decision, asked.blocking) == ("flag", True)
    assert await world.state_of(lead) == "accepted"
    assert len(await world.rows("records")) == 2


async def test_a_held_rows_case_waits_for_the_new_row(world: World) -> None:
    await world.ingest(external_id="L-0")
    held = await world.ingest(external_id="L-1", scenario="lead/web")
    assert held.state == "held"
    account = await converted(world)
    assert account.state == "held"
    for row in await world.rows("reviews"):
        assert ids.public(ids.RECORD, row["record_id"]) == account.record_id


async def test_an_undone_merge_takes_the_new_row_home(world: World) -> None:
    lead = await world.ingest(external_id="L-1")
    other = await world.ingest(LI_NA, external_id="L-2")
    merged = await world.service.merge(world.caller, [other.customer_id, lead.customer_id], {})
    account = await converted(world)
    assert account.customer_id == other.customer_id
    await world.service.undo_merge(world.caller, merged.merge_id)
    view = await world.service.record_by_id(world.caller, account.record_id)
    assert view.customer_id == lead.customer_id
    customer = ids.internal(ids.CUSTOMER, lead.customer_id)
    new = ids.internal(ids.RECORD, account.record_id)
    assert (customer, new) in {(row["customer_id"], row["record_id"]) for row in await world.rows("episodes")}


@pytest.mark.parametrize("together", [2, 6])
async def test_of_several_rows_in_the_place_of_one_only_one_takes_it(world: World, together: int) -> None:
    await world.ingest(external_id="L-1")
    answers = await asyncio.gather(*(converted(world, f"A-{number}") for number in range(together)))
    assert sorted(answer.reason_code for answer in answers).count("UPDATED") == 1
    assert len({answer.customer_id for answer in answers}) == 1
    assert len(await world.rows("episodes")) == 1


async def test_crossing_conversions_and_updates_all_end(world: World) -> None:
    for number in range(4):
        await world.ingest(external_id=f"L-{number}")
    leads = [RecordKey("crm", "lead", f"L-{number}") for number in range(4)]
    crossing = [converted(world, f"A-{number}", replaces=lead) for number, lead in enumerate(leads)]
    crossing += [converted(world, f"A-{3 - number}", replaces=lead) for number, lead in enumerate(leads)]
    answers = await asyncio.gather(*crossing)
    assert len({answer.customer_id for answer in answers}) == 1
    assert len(await world.rows("episodes")) == 1
