"""Late, repeated and shuffled deliveries of one row: what `updated_at` promises, whatever the order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedupsvc.core.record import Email, RecordKey, Values
from dedupsvc.usecases.answers import Answer, RecordView
from tests.usecases.builders import MINUTE, MONDAY, World, a_person, a_world

ROW = RecordKey("crm", "lead", "L-1")
TENANTS = count(2)
"""Each example has a tenant of its own, so that the tables need not be emptied."""
FIELDS = ("job_title", "website", "emails")


@dataclass(frozen=True)
class Delivery:
    """One version of the row as its system sends it, possibly more than once."""

    at: int
    said: tuple[tuple[str, str], ...]
    patch: bool

    @property
    def values(self) -> Values:
        given: dict[str, Any] = dict(self.said)
        if "emails" in given:
            given["emails"] = (Email(given["emails"]),)
        return Values(**given) if self.patch else a_person(**given)


def versions(patches: bool) -> st.SearchStrategy[list[Delivery]]:
    """Two to five versions, each with a time of its own; the first one is whole."""
    fields = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["a@x.cn", "b@y.cn", "c@z.cn"]), min_size=1)
    kinds = st.tuples(fields, st.booleans() if patches else st.just(False))

    def made(drawn: list[tuple[dict[str, str], bool]]) -> list[Delivery]:
        return [
            Delivery(MONDAY + number * MINUTE, tuple(sorted(said.items())), patch and number > 0)
            for number, (said, patch) in enumerate(drawn)
        ]

    return st.lists(kinds, min_size=2, max_size=5).map(made)


@st.composite
def arrivals(draw: st.DrawFn, patches: bool) -> tuple[list[Delivery], list[Delivery]]:
    """The versions in order, and an order of arrival in which some come again."""
    sent = draw(versions(patches))
    again = draw(st.lists(st.sampled_from(sent), max_size=4))
    return sent, draw(st.permutations([*sent, *again]))


async def deliver(world: World, deliveries: Sequence[Delivery]) -> list[Answer]:
    return [await world.ingest(one.values, external_id="L-1", updated_at=one.at, patch=one.patch) for one in deliveries]


async def stored(world: World) -> RecordView:
    return await world.service.record_by_key(world.caller, ROW)


def run(url: str, check: Any) -> None:
    async def whole() -> None:
        opened = await a_world(url)
        try:
            await check(await opened.tenant(next(TENANTS)))
        finally:
            await opened.service.aclose()

    asyncio.run(whole())


shuffled = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


@shuffled
@given(drawn=arrivals(patches=False))
def test_the_newest_version_stands_whatever_the_order_of_arrival(
    tables_url: str, drawn: tuple[list[Delivery], list[Delivery]]
) -> None:
    sent, arrived = drawn

    async def check(world: World) -> None:
        answers = await deliver(world, arrived)
        view = await stored(world)
        assert view.values == sent[-1].values
        assert len({answer.record_id for answer in answers}) == len({answer.customer_id for answer in answers}) == 1
        assert len(await world.episodes()) == len(await world.rows("customers")) == 1
        # Each version that was the newest when it came, once: a repetition makes none.
        newest = [one for number, one in enumerate(arrived) if all(one.at > other.at for other in arrived[:number])]
        assert view.version == len(newest)
        before = await world.dump()
        await deliver(world, sent)
        assert await world.dump() == before

    run(tables_url, check)


@shuffled
@given(drawn=arrivals(patches=True))
def test_patches_that_come_in_order_add_up_however_often_each_comes_again(
    tables_url: str, drawn: tuple[list[Delivery], list[Delivery]]
) -> None:
    sent, arrived = drawn

    async def check(world: World) -> None:
        await deliver(world, sent)
        view = await stored(world)
        assert view.values == added_up(sent)
        await deliver(world, arrived)
        assert await stored(world) == view

    run(tables_url, check)


@shuffled
@given(drawn=arrivals(patches=True))
def test_a_patch_that_comes_too_late_is_told_so_and_changes_nothing(
    tables_url: str, drawn: tuple[list[Delivery], list[Delivery]]
) -> None:
    _, arrived = drawn

    async def check(world: World) -> None:
        heeded: list[Delivery] = []
        for one in arrived:
            (answer,) = await deliver(world, [one])
            stale = bool(heeded) and one.at < max(each.at for each in heeded)
            assert (answer.reason_code == "STALE_UPDATE") is stale
            heeded += [] if stale else [one]
            assert (await stored(world)).values == added_up(heeded)

    run(tables_url, check)


def added_up(deliveries: Sequence[Delivery]) -> Values:
    """What these say one after the other, by hand."""
    said: dict[str, Any] = {}
    whole = False
    for one in deliveries:
        if not one.patch:
            said, whole = {}, True
        said |= dict(one.said)
    return Delivery(0, tuple(said.items()), patch=not whole).values
