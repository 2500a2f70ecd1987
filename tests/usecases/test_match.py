"""/match is what /ingest would decide now, and leaves no trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from dedupsvc.core.errors import InvalidField
from dedupsvc.core.record import Phase
from dedupsvc.usecases.answers import Answer
from dedupsvc.usecases.mapping import record_of
from dedupsvc.usecases.ports import NotFetched, Search
from tests.usecases import made_up
from tests.usecases.builders import DAY, HOUR, MINUTE, MONDAY, World, a_person

LI_NA = a_person("李娜", "13900001111")


async def nothing(world: World) -> None:
    """An empty store."""


async def a_lead(world: World) -> None:
    await world.ingest(external_id="L-1", occurred_at=MONDAY, updated_at=MONDAY, owner_id="li")
    world.clock.advance(HOUR)


async def two_leads(world: World) -> None:
    await a_lead(world)
    await world.ingest(LI_NA, external_id="L-2")


async def a_claim(world: World) -> None:
    await world.ingest(claim_key="tab-1")
    world.clock.advance(MINUTE)


async def a_claim_that_ran_out(world: World) -> None:
    await a_claim(world)
    world.clock.advance(10 * MINUTE)


async def a_landline(world: World) -> None:
    await world.ingest(a_person("张伟", "021-50881234"), external_id="L-1")


async def a_bridge(world: World) -> None:
    await world.ingest(a_person("张伟", "13812345678"), external_id="L-1")
    await world.ingest(a_person("张伟", "", "zhangwei1988@163.com"), external_id="L-2")


Situation = Callable[[World], Awaitable[None]]
CASES: list[tuple[Situation, dict[str, Any], str]] = [
    (nothing, {}, "NEW_CUSTOMER"),
    (nothing, {"external_id": "L-1"}, "NEW_CUSTOMER"),
    (a_lead, {}, "SAME_BUSINESS"),
    (a_lead, {"external_id": "L-9"}, "SAME_BUSINESS"),
    (a_lead, {"occurred_at": MONDAY - MINUTE}, "PRECEDENCE_CONFLICT"),
    (a_lead, {"scenario": "order", "object_type": "order"}, "NEW_BUSINESS"),
    (a_lead, {"scenario": "lead/web"}, "RELATED_SCENARIO"),
    (a_lead, {"owner_id": "wang"}, "OWNER_CONFLICT"),
    (a_lead, {"source_system": "erp"}, "SAME_BUSINESS"),
    (a_lead, {"external_id": "L-1", "owner_id": "li", "updated_at": MONDAY}, "UNCHANGED"),
    (a_lead, {"external_id": "L-1", "values": a_person(email="a@b.cn")}, "UPDATED"),
    (a_lead, {"external_id": "L-1", "values": a_person(job_title="经理"), "patch": True}, "UPDATED"),
    (a_lead, {"external_id": "L-1", "updated_at": MONDAY - 1}, "STALE_UPDATE"),
    (a_lead, {"external_id": "L-1", "scenario": "order"}, "NEW_BUSINESS"),
    (two_leads, {"external_id": "L-2"}, "UPDATE_MATCHES_OTHER"),
    (two_leads, {"external_id": "L-2", "phase": Phase.BEFORE}, "UPDATE_MATCHES_OTHER"),
    (a_claim, {}, "PENDING_CLAIM"),
    (a_claim, {"claim_key": "tab-1"}, "NEW_CUSTOMER"),
    (a_claim, {"external_id": "L-1"}, "SAME_BUSINESS"),
    (a_claim_that_ran_out, {}, "NEW_CUSTOMER"),
    (a_landline, {"values": a_person("张伟", "021-50881234"), "external_id": "L-9"}, "POSSIBLE_DUPLICATE"),
    (a_landline, {"values": a_person("张伟", "021-50881234"), "scenario": "order"}, "POSSIBLE_ELSEWHERE"),
    (a_bridge, {"values": a_person(email="zhangwei1988@163.com")}, "SAME_BUSINESS"),
]


def without_ids(answer: Answer) -> Answer:
    """What only storing can give: ids, and the claim's end."""
    return replace(
        answer, decision_id="", record_id="", customer_id="", claim_id="", claim_expires_at=None, review_id=""
    )


@pytest.mark.parametrize(
    ("situation", "asked", "reason"), CASES, ids=[f"{case[0].__name__}-{number}" for number, case in enumerate(CASES)]
)
async def test_match_is_what_ingest_decides_and_leaves_every_table_as_it_was(
    world: World, situation: Situation, asked: dict[str, Any], reason: str
) -> None:
    await situation(world)
    before = await world.dump()
    foretold = await world.match(**asked)
    assert await world.dump() == before
    made = await world.ingest(**asked)
    assert without_ids(foretold) == without_ids(made)
    assert foretold.reason_code == reason
    assert foretold.customer_id in ("", made.customer_id)
    assert foretold.record_id in ("", made.record_id)
    assert (foretold.claim_id, foretold.review_id) == ("", "")


@pytest.mark.parametrize(
    ("asked", "path"), [({"occurred_at": MONDAY + DAY}, "occurred_at"), ({"scenario": "a//b"}, "scenario")]
)
async def test_what_cannot_be_ingested_cannot_be_matched_and_nothing_is_stored(
    world: World, asked: dict[str, Any], path: str
) -> None:
    before = await world.dump()
    for attempt in (world.match, world.ingest):
        with pytest.raises(InvalidField) as refused:
            await attempt(**asked)
        assert refused.value.path == path
    assert await world.dump() == before


async def test_a_scenario_that_the_ruleset_does_not_know_may_be_refused(world: World) -> None:
    strict = await world.tenant(2, unknown_scenarios="refuse")
    with pytest.raises(InvalidField) as refused:
        await strict.ingest(scenario="lead/web")
    assert refused.value.path == "scenario"
    assert (await strict.ingest()).decision == "accept"
    assert (await strict.ingest(LI_NA, scenario="")).decision == "accept"


async def test_a_glance_decides_what_a_reading_decides(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it has not enough to go by, the reading is begun anyway; so it is made to have nothing, and both are compared."""
    told = [record_of(row) for row in made_up.rows(160, seed=4)]
    for record in told[:100]:
        await world.service.ingest(world.caller, record)
    asked = [*told, *(replace(one, envelope=replace(one.envelope, external_id="")) for one in told)]
    glanced = [await world.service.match(world.caller, one) for one in asked]

    class Nothing:
        async def candidates(self, search: Search) -> NoReturn:
            raise NotFetched

    @asynccontextmanager
    async def without(_: int, searches: Sequence[Search]) -> AsyncIterator[list[tuple[Nothing, None]]]:
        yield [(Nothing(), None) for _ in searches]

    monkeypatch.setattr(world.service.resources.store, "glance", without)
    assert glanced == [await world.service.match(world.caller, one) for one in asked]
    assert {one.decision for one in glanced} > {"accept", "merge"}
