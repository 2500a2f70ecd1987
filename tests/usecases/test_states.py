"""The contract's table: what each decision stores, what it tells the caller to do, and whether it stops the caller."""

from __future__ import annotations

from typing import Any

import pytest

from dedupsvc.core.record import Phase
from dedupsvc.usecases.answers import Answer
from tests.usecases.builders import DAY, HOUR, World, a_person

CASES: dict[str, dict[str, Any]] = {
    "accept": {"values": a_person("李娜", "13900001111")},
    "link": {"scenario": "order"},
    "merge": {},
    "flag": {"scenario": "lead/web"},
    "reject": {"scenario": "strict"},
}
STRICT = {"lead": {}, "order": {}, "strict": {"cells": {"match_in_same": "reject"}, "across": ["lead"]}}


def shown(answer: Answer) -> tuple[str, str, str, bool]:
    return answer.decision, answer.state, answer.action, answer.blocking


async def decided(world: World, decision: str, phase: Phase, number: int, **said: Any) -> tuple[World, Answer]:
    """The case in a tenant of its own that knows 张伟 as L-1."""
    world = await world.tenant(number, scenarios=STRICT)
    await world.ingest(external_id="L-1")
    world.clock.advance(HOUR)
    return world, await world.ingest(**{**CASES[decision], **said}, phase=phase)


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        ("accept", ("accept", "claimed", "insert", False)),
        ("link", ("link", "claimed", "insert_linked", False)),
        ("merge", ("merge", "joined", "update_existing", True)),
        ("flag", ("flag", "held", "hold", True)),
        ("reject", ("reject", "", "deny", True)),
    ],
)
async def test_before_the_row_exists(world: World, decision: str, expected: tuple[str, str, str, bool]) -> None:
    world, answer = await decided(world, decision, Phase.BEFORE, 2)
    assert shown(answer) == expected
    stored = [row["state"] for row in await world.rows("records") if row["external_id"] != "L-1"]
    assert stored == ([answer.state] if answer.state else [])
    assert bool(answer.claim_id) == (answer.state == "claimed")
    assert (answer.claim_expires_at or 0) == (world.clock.now + 600_000_000 if answer.claim_id else 0)
    assert bool(answer.merge_plan) == (answer.action == "update_existing")
    assert (answer.action in answer.allowed_actions) == (answer.action != "deny")


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        ("accept", ("accept", "accepted", "none", False)),
        ("link", ("link", "accepted", "none", False)),
        ("merge", ("merge", "joined", "merge_rows", False)),
        ("flag", ("flag", "held", "review_row", False)),
        ("reject", ("reject", "held", "review_row", False)),
    ],
)
async def test_after_the_row_exists(world: World, decision: str, expected: tuple[str, str, str, bool]) -> None:
    world, answer = await decided(world, decision, Phase.AFTER, 2, external_id="L-2")
    assert shown(answer) == expected
    stored = {row["external_id"]: row["state"] for row in await world.rows("records")}
    assert stored["L-2"] == answer.state
    assert answer.claim_id == ""


@pytest.mark.parametrize("decision", ["accept", "link"])
async def test_a_row_that_has_its_id_before_it_is_inserted_needs_no_claim(world: World, decision: str) -> None:
    _, answer = await decided(world, decision, Phase.BEFORE, 2, external_id="L-2")
    assert (answer.state, answer.claim_id) == ("accepted", "")
    assert answer.action == {"accept": "insert", "link": "insert_linked"}[decision]


async def test_a_customer_without_a_row_in_the_callers_system_is_inserted_there(world: World) -> None:
    first = await world.ingest(external_id="L-1", source_system="erp")
    answer = await world.ingest()
    assert shown(answer) == ("merge", "joined", "insert_linked", False)
    assert (answer.existing_id, answer.merge_plan) == ("", ())
    assert answer.customer_id == first.customer_id


async def test_a_row_of_another_object_type_is_not_the_callers(world: World) -> None:
    await world.ingest(external_id="L-1", object_type="account")
    answer = await world.ingest()
    assert (answer.action, answer.existing_id) == ("insert_linked", "")


async def test_the_only_row_of_a_customer_has_no_rows_to_merge_with(world: World) -> None:
    await world.ingest(external_id="L-1", source_system="erp")
    answer = await world.ingest(external_id="L-1")
    assert (answer.decision, answer.action) == ("merge", "none")


async def test_a_merge_adds_to_the_customer_and_opens_no_episode(world: World) -> None:
    first = await world.ingest(external_id="L-1")
    before = await world.episodes()
    await world.ingest(a_person("张伟", "13812345678", "zw@huaxin.cn"), external_id="L-2")
    assert await world.episodes() == before
    customer = await world.service.customer(world.caller, first.customer_id)
    assert {field.field for field in customer.golden} == {"name", "phones", "emails"}


async def test_a_held_record_leaves_the_golden_record_alone(world: World) -> None:
    first = await world.ingest(external_id="L-1", owner_id="li")
    golden = (await world.service.customer(world.caller, first.customer_id)).golden
    held = await world.ingest(a_person("张伟", "13812345678", job_title="经理"), owner_id="wang", external_id="L-2")
    assert (held.state, held.customer_id) == ("held", first.customer_id)
    assert (await world.service.customer(world.caller, first.customer_id)).golden == golden
    assert len(await world.episodes()) == 1


async def test_a_held_record_keeps_the_next_one_from_being_merged_silently(world: World) -> None:
    """All states but retired are candidates: two owners' leads are no reason to accept a third."""
    await world.ingest(external_id="L-1", owner_id="li", source_system="erp")
    await world.ingest(external_id="L-2", owner_id="wang")
    third = await world.ingest(external_id="L-3", owner_id="zhao")
    assert third.decision == "flag"


async def test_a_flag_may_let_the_caller_go_on_under_review(world: World) -> None:
    lenient = await world.tenant(2, on_flag="proceed_under_review")
    await lenient.ingest(external_id="L-1", owner_id="li")
    answer = await lenient.ingest(owner_id="wang")
    assert shown(answer) == ("flag", "held", "proceed_under_review", False)


async def test_a_rejected_record_leaves_its_decision_and_nothing_else(world: World) -> None:
    world, answer = await decided(world, "reject", Phase.BEFORE, 2)
    assert len(await world.rows("records")) == 1
    assert len(await world.rows("decisions")) == 2
    view = await world.service.decision(world.caller, answer.decision_id)
    assert view.answer.decision == "reject"


async def test_two_customers_that_turn_out_to_be_one_are_joined(world: World) -> None:
    one = await world.ingest(a_person("张伟", "13812345678"), external_id="L-1")
    other = await world.ingest(a_person("张伟", "", "zhangwei1988@163.com"), external_id="L-2")
    assert other.customer_id != one.customer_id
    bridge = await world.ingest(a_person("张伟", "13812345678", "zhangwei1988@163.com"), external_id="L-3")
    assert bridge.decision == "merge"
    customers = {row["customer_id"] for row in await world.rows("records")}
    assert len(customers) == 1
    assert len(await world.rows("merges")) == 1
    assert sorted(event["type"] for event in await world.rows("outbox"))[0] == "customer.joined"
    absorbed = await world.service.customer(world.caller, other.customer_id)
    assert absorbed.customer_id == bridge.customer_id


async def test_a_bridge_that_is_flagged_leaves_one_case_for_the_pair_however_often_it_is_seen(world: World) -> None:
    careful = await world.tenant(2, on_bridge="flag")
    await careful.ingest(a_person("张伟", "13812345678"), external_id="L-1")
    await careful.ingest(a_person("张伟", "", "zhangwei1988@163.com"), external_id="L-2")
    for number in (3, 4):
        answer = await careful.ingest(
            a_person("张伟", "13812345678", "zhangwei1988@163.com"), external_id=f"L-{number}"
        )
        assert (answer.decision, answer.state) == ("flag", "held")
    pairs = [row for row in await careful.rows("reviews") if row["customer_a"] != row["customer_b"]]
    assert len(pairs) == 1
    assert await careful.rows("merges") == []


async def test_an_unknown_scenario_inherits_and_says_so(world: World) -> None:
    assert (await world.ingest(external_id="L-1")).scenario_known
    unknown = await world.ingest(external_id="L-2", scenario="lead/fair/2026")
    assert not unknown.scenario_known
    assert unknown.three_same.scenario == "related"


async def test_a_time_that_nobody_told_is_the_time_of_receipt_and_the_answer_says_so(world: World) -> None:
    assumed = await world.ingest(external_id="L-1")
    assert assumed.occurred_at_assumed
    assert await world.episodes() == [("lead", world.clock.now)]
    told = await world.ingest(a_person("李娜", "13900001111"), external_id="L-2", occurred_at=world.clock.now - DAY)
    assert not told.occurred_at_assumed


async def test_an_earlier_event_that_arrives_late_moves_no_anchor(world: World) -> None:
    await world.ingest(external_id="L-1", occurred_at=world.clock.now)
    anchors = await world.episodes()
    late = await world.ingest(external_id="L-2", occurred_at=world.clock.now - HOUR)
    assert (late.decision, late.reason_code) == ("merge", "PRECEDENCE_CONFLICT")
    assert await world.episodes() == anchors


async def test_a_session_is_renewed_by_each_event_that_joins_it(world: World) -> None:
    session = {"lead": {"window": {"mode": "session", "length": "30m", "max_span": "1h"}}}
    visits = await world.tenant(2, scenarios=session)
    decisions = []
    for number in range(4):
        decisions.append((await visits.ingest(external_id=f"L-{number}")).decision)
        visits.clock.advance(20 * 60_000_000)
    assert decisions == ["accept", "merge", "merge", "link"]


async def test_widened_scenarios_reach_as_far_back_as_master_data(world: World) -> None:
    """Master data's window never ends, and across makes it the same scenario: the larger window counts."""
    wide = await world.tenant(2, scenarios={"lead": {"across": "all"}})
    first = await wide.ingest(scenario="", external_id="C-1")
    wide.clock.advance(100 * DAY)
    answer = await wide.ingest()
    assert (answer.decision, answer.three_same.window, answer.customer_id) == ("merge", "in", first.customer_id)
