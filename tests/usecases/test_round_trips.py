"""How often a request asks PostgreSQL: a round trip costs both sides as much CPU as a good part of the judging."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from dedupsvc.adapters.sql.postgres import PostgresStore
from tests.usecases.builders import HOUR, World, a_key, a_person

pytestmark = pytest.mark.parametrize("tables_url", ["postgresql"], indirect=True)

ZHANG = a_person("张伟", "13812345678", "zhang.wei@huaxin.cn")


@asynccontextmanager
async def asked(world: World) -> AsyncIterator[list[str]]:
    """The statements that are sent meanwhile, by one after the other."""
    store = world.service.resources.store
    assert isinstance(store, PostgresStore)
    (session,) = store._sessions._idle
    assert session._connection is not None
    statements: list[str] = []

    def note(said: Any) -> None:
        statements.append(said.query)

    session._connection.add_query_logger(note)
    yield statements
    await asyncio.sleep(0)  # the driver tells a turn of the loop later
    session._connection.remove_query_logger(note)


async def test_a_match_is_one_round_trip(world: World) -> None:
    await world.ingest(ZHANG, external_id="L-1")
    await world.match(ZHANG)
    for said in ({}, {"external_id": "L-2"}, {"scenario": "order"}):
        async with asked(world) as statements:
            assert (await world.match(ZHANG, **said)).decision in ("merge", "link")
        assert len(statements) == 1


@pytest.mark.parametrize("external_id", ["", "L-9"])
async def test_a_new_customer_is_four_round_trips(world: World, external_id: str) -> None:
    await world.ingest(ZHANG)
    async with asked(world) as statements:
        assert (await world.ingest(a_person("李娜", "13987654321"), external_id=external_id)).decision == "accept"
    begun, searched, written, committed = statements
    assert "pg_advisory_xact_lock" in begun
    assert "pg_advisory" not in searched
    assert written.count("INSERT INTO") >= 6
    assert committed == "COMMIT"


@pytest.mark.parametrize(("scenario", "decision"), [("order", "link"), ("lead", "merge")])
async def test_a_known_customer_is_locked_and_looked_at_again_in_two_more(
    world: World, scenario: str, decision: str
) -> None:
    await world.ingest(ZHANG, external_id="L-1")
    world.clock.advance(HOUR)
    async with asked(world) as statements:
        assert (await world.ingest(ZHANG, external_id="L-2", scenario=scenario)).decision == decision
    begun, searched, locked, again, written, committed = statements
    assert "BEGIN" in begun
    assert "pg_advisory_xact_lock" in locked
    assert "FROM records" in searched
    assert "FROM records" in again
    assert "INSERT INTO decisions" in written
    assert committed == "COMMIT"


async def test_an_idempotency_key_is_three_more(world: World) -> None:
    await world.ingest(ZHANG)
    async with asked(world) as statements:
        await world.ingest(a_person("李娜", "13987654321"), a_key())
    assert len(statements) == 4 + 3
