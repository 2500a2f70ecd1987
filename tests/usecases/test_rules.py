"""Versions of the rules in the store: the switch waits for decisions, is written whole, and stays within its tenant."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from dedupsvc.core.errors import InvalidField, NotFound, PreconditionFailed, RulesInvalid
from dedupsvc.usecases.stored import Activation, Event
from tests.adapters.build import a_search
from tests.usecases.builders import HOUR, World

OURS: dict[str, Any] = {"name": "ours", "thresholds": {"match": 0.9, "possible": 0.3}}


async def a_draft(world: World, **said: Any) -> int:
    view, _ = await world.service.create_rules(world.caller, {**OURS, **said})
    return view.version


async def activate(world: World, version: int, expected: set[int] | None = None) -> str:
    return (await world.service.activate_rules(world.caller, version, expected)).status


async def test_a_switch_waits_for_the_decision_under_way(world: World) -> None:
    version = await a_draft(world)
    store, tenant = world.service.resources.store, world.caller.tenant_id
    async with store.unit(tenant) as unit:
        await unit.claim(0, [1])
        followed = (await unit.candidates(a_search([1], 50))).rules_version
        switch = asyncio.create_task(activate(world, version))
        done, _ = await asyncio.wait([switch], timeout=0.3)
        assert not done
        assert (await unit.candidates(a_search([1], 50))).rules_version == followed == 1
        await unit.commit()
    assert await switch == "active"
    assert (await world.match()).rules_version == version


async def test_a_decision_waits_for_the_switch_under_way_and_follows_it(world: World) -> None:
    version = await a_draft(world)
    store, tenant = world.service.resources.store, world.caller.tenant_id
    async with store.unit(tenant) as unit:
        await unit.lock_rules()
        decision = asyncio.create_task(world.ingest(external_id="L-1"))
        done, _ = await asyncio.wait([decision], timeout=0.3)
        assert not done
        await unit.activate(Activation(2, version, await unit.now(), "tests"), Event("rules.activated", 0, "{}"))
        await unit.commit()
    assert (await decision).rules_version == version


async def test_a_switch_and_a_draft_are_audited_and_the_switch_is_told(world: World) -> None:
    version = await a_draft(world)
    world.clock.advance(HOUR)
    await activate(world, version)
    await activate(world, version)
    audit = [row for row in await world.rows("audit") if row["action"].startswith("rules.")]
    found = {row["action"]: (row["actor"], row["at"], json.loads(row["detail_json"])) for row in audit}
    assert found == {
        "rules.created": ("tests", world.clock.now - HOUR, {"rules_version": version}),
        "rules.activated": ("tests", world.clock.now, {"rules_version": version}),
    }
    assert len(audit) == 2
    (event,) = await world.rows("outbox")
    assert event["type"] == "rules.activated"
    assert json.loads(event["payload_json"]) == {"rules_version": version, "previous": 1}


async def test_what_is_refused_leaves_nothing_behind(world: World) -> None:
    await a_draft(world)
    before = await world.dump()
    with pytest.raises(RulesInvalid):
        await a_draft(world, window={"length": "1"})
    with pytest.raises(PreconditionFailed):
        await activate(world, 2, {7})
    with pytest.raises(NotFound):
        await activate(world, 3)
    assert await world.dump() == before


async def test_a_tenants_rules_are_its_own(world: World) -> None:
    mine, theirs = await world.tenant(2), await world.tenant(3)
    version = await a_draft(mine, cells={"match_in_same": "reject"})
    await activate(mine, version)
    with pytest.raises(NotFound):
        await theirs.service.rules_version(theirs.caller, version)
    with pytest.raises(NotFound):
        await activate(theirs, version)
    assert [each.version for each in (await theirs.service.rules_history(theirs.caller)).versions] == [1]
    for who, expected in ((mine, "reject"), (theirs, "merge")):
        await who.ingest(external_id="L-1")
        assert (await who.match(external_id="L-2")).decision == expected


async def test_refused_scenarios_follow_the_switch_too(world: World) -> None:
    assert (await world.match(scenario="nowhere")).scenario_known is False
    await activate(world, await a_draft(world, scenarios={"lead": {}}, unknown_scenarios="refuse"))
    await world.match(scenario="lead")
    with pytest.raises(InvalidField, match="not a scenario"):
        await world.match(scenario="nowhere")
