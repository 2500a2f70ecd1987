"""A row that comes again: unchanged, changed, out of date, patched, or with new business on it."""

from __future__ import annotations

from typing import Any

import pytest

from dedupsvc.core.record import Email, Phase, Phone, RecordKey, Values
from dedupsvc.usecases import ids
from dedupsvc.usecases.answers import Answer, RecordView
from tests.usecases.builders import DAY, HOUR, MINUTE, MONDAY, World, a_key, a_person


async def stored(world: World, external_id: str = "L-1") -> RecordView:
    return await world.service.record_by_key(world.caller, RecordKey("crm", "lead", external_id))


def said(answer: Answer) -> tuple[str, str, str, bool]:
    return answer.decision, answer.reason_code, answer.action, answer.blocking


async def test_an_unchanged_row_gives_its_present_state_and_stores_nothing(world: World) -> None:
    first = await world.ingest(external_id="L-1")
    before = await world.dump()
    world.clock.advance(HOUR)
    again = await world.ingest(external_id="L-1")
    assert said(again) == ("accept", "UNCHANGED", "none", False)
    assert (again.record_id, again.customer_id, again.state) == (first.record_id, first.customer_id, "accepted")
    assert (again.existing_id, again.decision_id) == ("L-1", first.decision_id)
    assert await world.dump() == before


async def test_a_changed_row_is_an_update(world: World) -> None:
    first = await world.ingest(external_id="L-1")
    world.clock.advance(HOUR)
    changed = await world.ingest(a_person("张伟", "13812345678", "zw@huaxin.cn"), external_id="L-1")
    assert said(changed) == ("accept", "UPDATED", "none", False)
    assert (changed.record_id, changed.customer_id) == (first.record_id, first.customer_id)
    view = await stored(world)
    assert (view.version, [version.version for version in view.versions]) == (2, [2, 1])
    assert view.versions[1].values.emails == ()
    assert await world.episodes() == [("lead", MONDAY)]
    assert (await world.match(a_person("张伟", "", "zw@huaxin.cn"))).customer_id == first.customer_id


async def test_what_an_update_takes_away_finds_the_row_no_longer(world: World) -> None:
    await world.ingest(external_id="L-1")
    await world.ingest(a_person("张伟", "13900001111"), external_id="L-1")
    assert (await world.match(a_person("张伟", "13812345678"))).decision == "accept"
    assert (await world.match(a_person("张伟", "13900001111"))).decision == "merge"


async def test_an_older_version_is_ignored(world: World) -> None:
    await world.ingest(external_id="L-1", updated_at=MONDAY)
    before = await world.dump()
    stale = await world.ingest(a_person("张三", "13800000000"), external_id="L-1", updated_at=MONDAY - 1)
    assert said(stale) == ("accept", "STALE_UPDATE", "none", False)
    assert await world.dump() == before
    await world.ingest(a_person("张玮", "13812345678"), external_id="L-1", updated_at=MONDAY)
    assert (await stored(world)).values.name == "张玮"


async def test_a_newer_version_that_says_the_same_makes_what_lies_between_out_of_date(world: World) -> None:
    await world.ingest(external_id="L-1", updated_at=MONDAY)
    await world.ingest(external_id="L-1", updated_at=MONDAY + 2)
    between = await world.ingest(a_person("张玮", "13812345678"), external_id="L-1", updated_at=MONDAY + 1)
    assert between.reason_code == "STALE_UPDATE"
    assert (await stored(world)).values.name == "张伟"


async def test_a_version_without_a_time_does_not_turn_the_clock_back(world: World) -> None:
    await world.ingest(external_id="L-1", updated_at=MONDAY)
    await world.ingest(a_person("张玮", "13812345678"), external_id="L-1")
    stale = await world.ingest(a_person("张三", "13812345678"), external_id="L-1", updated_at=MONDAY - 1)
    assert stale.reason_code == "STALE_UPDATE"


async def test_an_update_replaces_by_default(world: World) -> None:
    await world.ingest(a_person(job_title="经理", email="zw@huaxin.cn"), external_id="L-1")
    await world.ingest(a_person(), external_id="L-1")
    values = (await stored(world)).values
    assert (values.job_title, values.emails) == ("", ())


async def test_a_patch_keeps_what_is_absent_and_empties_what_is_cleared(world: World) -> None:
    await world.ingest(a_person(job_title="经理", email="zw@huaxin.cn", website="huaxin.cn"), external_id="L-1")
    patch = Values(company_name="华信")
    answer = await world.ingest(patch, external_id="L-1", patch=True, cleared=("job_title", "emails"))
    assert answer.reason_code == "UPDATED"
    values = (await stored(world)).values
    assert (values.name, values.phones, values.website) == ("张伟", (Phone("13812345678"),), "huaxin.cn")
    assert (values.company_name, values.job_title, values.emails) == ("华信", "", ())
    assert (await world.match(a_person("张伟"))).decision == "merge"


async def test_a_patch_that_says_nothing_new_stores_nothing(world: World) -> None:
    await world.ingest(external_id="L-1")
    before = await world.dump()
    answer = await world.ingest(Values(name="张伟"), external_id="L-1", patch=True)
    assert answer.reason_code == "UNCHANGED"
    assert await world.dump() == before


async def test_a_patch_of_an_unknown_row_is_its_first_version(world: World) -> None:
    answer = await world.ingest(external_id="L-1", patch=True)
    assert (answer.decision, answer.reason_code) == ("accept", "NEW_CUSTOMER")


@pytest.mark.parametrize(
    "envelope", [{"scenario": "order"}, {"occurred_at": MONDAY + DAY}, {"occurred_at": MONDAY - DAY}]
)
async def test_another_scenario_or_a_time_outside_the_window_is_new_business(
    world: World, envelope: dict[str, Any]
) -> None:
    first = await world.ingest(external_id="L-1", occurred_at=MONDAY)
    world.clock.advance(2 * DAY)
    second = await world.ingest(external_id="L-1", **envelope)
    assert (second.decision, second.action, second.blocking) == ("link", "none", False)
    assert (second.record_id, second.customer_id) == (first.record_id, first.customer_id)
    assert len(await world.episodes()) == 2
    assert len(await world.rows("records")) == 1


async def test_a_time_within_the_window_is_the_same_business(world: World) -> None:
    await world.ingest(external_id="L-1", occurred_at=MONDAY)
    world.clock.advance(2 * DAY)
    again = await world.ingest(external_id="L-1", occurred_at=MONDAY + DAY - 1)
    assert again.reason_code == "UNCHANGED"
    assert len(await world.episodes()) == 1


async def test_business_that_the_row_has_already_is_not_opened_twice(world: World) -> None:
    await world.ingest(external_id="L-1")
    await world.ingest(external_id="L-1", scenario="order")
    before = await world.dump()
    for scenario in ("order", "lead", "order"):
        again = await world.ingest(external_id="L-1", scenario=scenario)
        assert again.reason_code == "UNCHANGED"
    assert await world.dump() == before


async def test_what_a_resend_leaves_out_is_unchanged(world: World) -> None:
    """A CRM that sends no time and no scenario with an edit does not mean new master data."""
    await world.ingest(external_id="L-1", occurred_at=MONDAY)
    world.clock.advance(40 * DAY)
    edited = await world.ingest(a_person("张伟", "13812345678", job_title="经理"), external_id="L-1", scenario="")
    assert edited.reason_code == "UPDATED"
    assert await world.episodes() == [("lead", MONDAY)]
    assert (await stored(world)).envelope.scenario == "lead"


async def test_an_update_that_matches_another_customer_stays_and_opens_a_case(world: World) -> None:
    one = await world.ingest(external_id="L-1")
    other = await world.ingest(a_person("李娜", "13900001111"), external_id="L-2")
    changed = await world.ingest(a_person("张伟", "13812345678"), external_id="L-2")
    assert said(changed) == ("flag", "UPDATE_MATCHES_OTHER", "review_row", False)
    assert changed.customer_id == other.customer_id
    assert changed.review_id
    assert (await stored(world, "L-2")).values.name == "张伟"
    reviews = await world.rows("reviews")
    assert len(reviews) == 1
    assert reviews[0]["customer_a"] != reviews[0]["customer_b"]
    assert one.customer_id in {candidate.customer_id for candidate in changed.candidates}


async def test_a_change_that_would_block_is_not_stored_before_it_is_made(world: World) -> None:
    await world.ingest(external_id="L-1")
    await world.ingest(a_person("李娜", "13900001111"), external_id="L-2")
    records = await world.rows("records")
    asked = await world.ingest(a_person("张伟", "13812345678"), external_id="L-2", phase=Phase.BEFORE)
    assert said(asked) == ("flag", "UPDATE_MATCHES_OTHER", "hold", True)
    assert await world.rows("records") == records
    harmless = await world.ingest(a_person("李娜", "13900001111", "ln@b.cn"), external_id="L-2", phase=Phase.BEFORE)
    assert said(harmless) == ("accept", "UPDATED", "none", False)
    assert (await stored(world, "L-2")).values.emails == (Email("ln@b.cn"),)


async def test_an_update_is_not_a_duplicate_of_its_own_row(world: World) -> None:
    await world.ingest(external_id="L-1", owner_id="li")
    answer = await world.ingest(a_person(email="zw@b.cn"), external_id="L-1", owner_id="wang")
    assert (answer.decision, answer.reason_code) == ("accept", "UPDATED")
    assert answer.candidates == ()


async def test_values_do_not_depend_on_the_order_of_arrival(world: World) -> None:
    versions = [(a_person(f"张{name}", "13812345678"), MONDAY + number) for number, name in enumerate("一二三")]
    for values, at in (versions[1], versions[2], versions[0]):
        await world.ingest(values, external_id="L-1", updated_at=at)
    assert (await stored(world)).values.name == "张三"


async def test_a_held_row_that_comes_again_is_still_held(world: World) -> None:
    await world.ingest(external_id="L-1", owner_id="li")
    held = await world.ingest(external_id="L-2", owner_id="wang")
    before = await world.dump()
    world.clock.advance(MINUTE)
    again = await world.ingest(external_id="L-2", owner_id="wang")
    assert (held.state, again.state, again.decision) == ("held", "held", "flag")
    assert again.action == "review_row"
    assert await world.dump() == before


async def test_flagged_business_on_a_row_leaves_one_case_however_often_it_is_sent(world: World) -> None:
    await world.ingest(external_id="L-1")
    cases = set()
    for _ in range(3):
        answer = await world.ingest(external_id="L-1", scenario="lead/web")
        assert (answer.decision, answer.reason_code) == ("flag", "RELATED_SCENARIO")
        cases.add(answer.review_id)
    assert cases == {ids.public(ids.REVIEW, row["id"]) for row in await world.rows("reviews")}
    assert len(cases) == 1


async def test_each_further_change_that_matches_the_other_customer_names_the_open_case(world: World) -> None:
    await world.ingest(external_id="L-1")
    await world.ingest(a_person("李娜", "13900001111"), external_id="L-2")
    cases = set()
    for title in ("经理", "总监"):
        changed = await world.ingest(a_person(job_title=title), external_id="L-2")
        assert changed.reason_code == "UPDATE_MATCHES_OTHER"
        cases.add(changed.review_id)
    assert cases == {ids.public(ids.REVIEW, row["id"]) for row in await world.rows("reviews")}
    assert len(cases) == 1


async def test_a_retried_update_with_a_key_is_stored_once(world: World) -> None:
    await world.ingest(external_id="L-1")
    for _ in range(2):
        await world.ingest(a_person(email="zw@b.cn"), external_id="L-1", key=a_key())
    assert (await stored(world)).version == 2


async def test_a_patch_keeps_the_owner_and_the_department_that_it_does_not_name(world: World) -> None:
    await world.ingest(external_id="L-1", owner_id="li", department_name="华东销售部")
    await world.ingest(Values(job_title="经理"), external_id="L-1", patch=True)
    envelope = (await stored(world)).envelope
    assert (envelope.owner_id, envelope.department_name) == ("li", "华东销售部")


async def test_business_that_joined_another_rows_is_not_stored_again_when_it_is_sent_again(world: World) -> None:
    await world.ingest(external_id="L-1")
    await world.ingest(external_id="O-1", scenario="order")
    assert (await world.ingest(external_id="L-1", scenario="order")).decision == "merge"
    before = await world.dump()
    assert (await world.ingest(external_id="L-1", scenario="order")).reason_code == "UNCHANGED"
    assert await world.dump() == before


async def test_a_change_of_a_held_row_leaves_it_held_and_says_so(world: World) -> None:
    await world.ingest(external_id="L-1", owner_id="li")
    await world.ingest(external_id="L-2", owner_id="wang")
    changed = await world.ingest(a_person(email="zw@huaxin.cn"), external_id="L-2", owner_id="wang")
    assert (changed.decision, changed.action, changed.state) == ("flag", "review_row", "held")
    assert (await stored(world, "L-2")).values.emails
