"""A decision, its record, its keys, its audit row and its event: all of them, or nothing."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dedupsvc.adapters.sql.postgres import PostgresDriver
from dedupsvc.adapters.sql.sqlite import SqliteDriver
from dedupsvc.usecases import ids
from tests.usecases.builders import DAY, MINUTE, World, a_key, a_person

LI_NA = a_person("李娜", "13900001111")
Step = Callable[[World], Awaitable[Any]]


async def counts(world: World) -> dict[str, int]:
    return {table: len(await world.rows(table)) for table in ("decisions", "audit", "outbox")}


async def test_each_decision_leaves_one_decision_one_audit_row_and_one_event(world: World) -> None:
    strict = await world.tenant(2, scenarios={"lead": {}, "order": {"cells": {"match_in_same": "reject"}}})
    decided = [
        await strict.ingest(external_id="L-1"),
        await strict.ingest(external_id="L-2"),
        await strict.ingest(external_id="L-3", scenario="lead/web"),
        await strict.ingest(scenario="order", external_id="O-1", object_type="order"),
        await strict.ingest(scenario="order"),
        await strict.ingest(LI_NA),
        await strict.ingest(a_person(email="zw@b.cn"), external_id="L-1"),
    ]
    assert [answer.decision for answer in decided] == ["accept", "merge", "flag", "link", "reject", "accept", "accept"]
    assert await counts(strict) == {"decisions": 7, "audit": 7, "outbox": 7}
    made = {answer.decision_id: answer for answer in decided}
    assert len(made) == 7
    for row in await strict.rows("decisions"):
        answer = made[ids.public(ids.DECISION, row["id"])]
        assert (row["verdict"], row["decided_at"]) == (answer.decision, strict.clock.now)
    assert {row["decision_id"] for row in await strict.rows("audit")} == {
        row["id"] for row in await strict.rows("decisions")
    }
    assert {row["actor"] for row in await strict.rows("audit")} == {"tests-2"}
    assert {json.loads(row["payload_json"])["decision_id"] for row in await strict.rows("outbox")} == set(made)


async def test_a_claim_that_ends_with_a_decision_has_an_audit_row_of_its_own(world: World) -> None:
    await world.ingest(claim_key="tab-1")
    await world.ingest(claim_key="tab-1")
    assert await counts(world) == {"decisions": 2, "audit": 3, "outbox": 3}
    actions = sorted(row["action"] for row in await world.rows("audit"))
    assert actions == ["claim.superseded", "decision.accept", "decision.accept"]


async def test_events_and_audit_rows_carry_no_value_of_the_customer(world: World) -> None:
    await world.ingest(a_person(email="zhang.wei@huaxin.cn"), external_id="L-1")
    await world.ingest(a_person(email="zhang.wei@huaxin.cn"), owner_id="wang", department_name="华东销售部")
    for table in ("outbox", "audit", "reviews", "blocking_keys", "episodes"):
        text = repr(await world.rows(table))
        assert [value for value in ("张伟", "13812345678", "zhang.wei", "huaxin") if value in text] == []


async def test_a_stored_decision_is_the_answer_that_was_given(world: World) -> None:
    await world.ingest(external_id="L-1")
    answer = await world.ingest(a_person(email="zw@b.cn"), external_id="L-2", scenario="order")
    view = await world.service.decision(world.caller, answer.decision_id)
    assert view.answer == answer
    assert (view.current_state, view.superseded_by) == ("accepted", "")
    changed = await world.ingest(a_person(email="zw@c.cn"), external_id="L-2", scenario="order")
    view = await world.service.decision(world.caller, answer.decision_id)
    assert (view.answer, view.superseded_by) == (answer, changed.decision_id)


class PulledPlug(Exception):
    """The write went through, and then nothing does any more."""


class Plug:
    """Lets so many writes of a driver through, and fails after the last of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = -1
        for driver in (SqliteDriver, PostgresDriver):
            for name in ("execute", "insert"):
                monkeypatch.setattr(driver, name, self.counting(getattr(driver, name)))

    def counting(self, write: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def counted(*arguments: Any, **parameters: Any) -> None:
            await write(*arguments, **parameters)
            self.left -= 1
            if self.left == 0:
                raise PulledPlug

        return counted


async def a_new_customer(world: World) -> None:
    await world.ingest(LI_NA, external_id="L-7", key=a_key("new"))


async def a_claim_over_ones_own(world: World) -> None:
    await world.ingest(LI_NA, claim_key="tab-1", key=a_key("claim"))


async def an_update(world: World) -> None:
    await world.ingest(a_person(job_title="经理"), external_id="L-1", key=a_key("update"))


async def new_business(world: World) -> None:
    await world.ingest(external_id="L-1", scenario="order")


async def a_held_record(world: World) -> None:
    await world.ingest(external_id="L-7", scenario="lead/web")


async def a_bridge(world: World) -> None:
    await world.ingest(a_person(email="zhangwei1988@163.com"), external_id="L-7")


async def a_release(world: World) -> None:
    await world.service.release_claim(world.caller, await open_claim(world))


async def a_confirmation(world: World) -> None:
    await world.service.confirm_claim(world.caller, await open_claim(world), "L-8", idempotency=a_key("confirm"))


async def a_late_confirmation(world: World) -> None:
    claim = await open_claim(world)
    world.clock.now += 11 * MINUTE
    try:
        await world.service.confirm_claim(world.caller, claim, "L-8")
    finally:
        world.clock.now -= 11 * MINUTE


async def a_confirmation_after_the_report(world: World) -> None:
    await world.service.confirm_claim(world.caller, await open_claim(world, "tab-2"), "L-3")


async def open_claim(world: World, key: str = "tab-1") -> str:
    claim = next(row["claim_id"] for row in await world.rows("records") if row["claim_key"] == key)
    return ids.public(ids.CLAIM, claim)


STEPS: list[tuple[Step, int]] = [
    (a_new_customer, 1),
    (a_claim_over_ones_own, 5),
    (an_update, 3),
    (new_business, 3),
    (a_held_record, 1),
    (a_bridge, 5),
    (a_release, 4),
    (a_confirmation, 2),
    (a_late_confirmation, 5),
    (a_confirmation_after_the_report, 6),
]


@pytest.mark.parametrize(("step", "writes"), STEPS, ids=[step.__name__ for step, _ in STEPS])
async def test_a_unit_that_fails_midway_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, step: Step, writes: int
) -> None:
    """After the first write, after the second, …, until all of them go through and the change is made."""
    await world.ingest(external_id="L-1")
    await world.ingest(a_person("张伟", "", "zhangwei1988@163.com"), external_id="L-2")
    await world.ingest(LI_NA, claim_key="tab-1")
    await world.ingest(a_person("王芳", "13700002222"), claim_key="tab-2")
    await world.ingest(a_person("王芳", "13700002222"), external_id="L-3")
    before = await world.dump()
    plug = Plug(monkeypatch)
    failed = 0
    while True:
        plug.left = failed + 1
        try:
            await step(world)
        except PulledPlug:
            failed += 1
            assert await world.dump() == before
        else:
            break
    assert failed >= writes
    assert await world.dump() != before


async def test_a_failed_unit_locks_nobody_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        plug = Plug(patch)
        plug.left = 1
        with pytest.raises(PulledPlug):
            await world.ingest(key=a_key())
    world.clock.advance(DAY)
    answer = await world.ingest(key=a_key())
    assert (answer.decision, answer.replayed) == ("accept", False)
