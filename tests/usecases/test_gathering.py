"""What is asked at the same time is worked on together, and each is answered as if it had come alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from dedupsvc.core.errors import InvalidField, Unavailable
from dedupsvc.core.record import Record
from dedupsvc.usecases.answers import Answer
from dedupsvc.usecases.gathering import TOGETHER, Gathering
from dedupsvc.usecases.mapping import record_of
from dedupsvc.usecases.match import match, match_together
from tests.usecases import made_up
from tests.usecases.builders import World, a_person, a_record


async def together(world: World, *records: Record) -> Sequence[object]:
    resources, caller = world.service.resources, world.caller
    return await match_together(resources, caller.tenant_id, [(caller, one) for one in records])


async def test_each_is_answered_as_if_it_had_come_alone(world: World) -> None:
    told = [record_of(row) for row in made_up.rows(90, seed=11)]
    for record in told[:60]:
        await world.service.ingest(world.caller, record)
    asked = [*told, *(replace(one, envelope=replace(one.envelope, external_id="")) for one in told)]
    alone = [await match(world.service.resources, world.caller, one) for one in asked]
    assert await together(world, *asked) == alone
    assert len({one.decision for one in alone}) > 2


async def test_who_leans_on_more_than_a_search_is_answered_too(world: World) -> None:
    await world.ingest(external_id="L-1")
    row = a_record(external_id="L-1", patch=True)
    asked = [a_record(claim_key="tab-1"), row, a_record(a_person("李娜", "13900001111"))]
    alone = [await match(world.service.resources, world.caller, one) for one in asked]
    assert await together(world, *asked) == alone


async def test_a_record_that_cannot_be_decided_on_fails_nobody_else(world: World) -> None:
    late = world.clock.now + 10**12
    good, bad, future = await together(world, a_record(), a_record(scenario="a//b"), a_record(occurred_at=late))
    assert isinstance(good, Answer)
    assert isinstance(bad, InvalidField)
    assert isinstance(future, InvalidField)
    assert (bad.path, future.path) == ("scenario", "occurred_at")


async def test_a_database_that_does_not_answer_is_everybodys_to_hear_of(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> object:
        raise Unavailable("The database does not answer.")

    monkeypatch.setattr(world.service.resources.store, "glance", gone)
    found = await together(world, *[a_record()] * 3)
    assert [type(one) for one in found] == [Unavailable] * 3


async def doubled(tenant_id: int, asked: Sequence[int]) -> list[int]:
    return [2 * one for one in asked]


async def test_a_fault_is_only_theirs_who_bring_it_to_light() -> None:
    async def faulty(tenant_id: int, asked: Sequence[int]) -> list[float]:
        return [1 / one for one in asked]

    gathering = Gathering(faulty, 1)
    first, second, third = await asyncio.gather(*(gathering.ask(1, one) for one in (1, 0, 2)), return_exceptions=True)
    assert (first, third) == (1, 0.5)
    assert isinstance(second, ZeroDivisionError)


async def test_whoever_gives_up_leaves_the_others_alone() -> None:
    gathering = Gathering(doubled, 1)
    tasks = [asyncio.create_task(gathering.ask(1, one)) for one in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    first, second, third = await asyncio.gather(*tasks, return_exceptions=True)
    assert (first, third) == (0, 4)
    assert isinstance(second, asyncio.CancelledError)


async def test_groups_are_of_one_tenant_no_larger_than_the_event_loop_can_bear_and_few_at_a_time() -> None:
    groups: list[tuple[int, int]] = []
    under_way: list[int] = []

    async def slow(tenant_id: int, asked: Sequence[int]) -> list[int]:
        groups.append((tenant_id, len(asked)))
        under_way.append(tenant_id)
        assert len(under_way) <= 2
        await asyncio.sleep(0.001)
        under_way.pop()
        return await doubled(tenant_id, asked)

    gathering = Gathering(slow, 2)
    tenants = [1] * (2 * TOGETHER + 5) + [2] * 3 + [1]
    found = await asyncio.gather(*(gathering.ask(tenant, number) for number, tenant in enumerate(tenants)))
    assert found == [2 * number for number in range(len(tenants))]
    assert groups == [(1, TOGETHER), (1, TOGETHER), (1, 5), (2, 3), (1, 1)]
