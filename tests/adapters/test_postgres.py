"""PostgreSQL under pressure: locks, time-outs, sessions that are ended, settings that would break a promise."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from dedupsvc.adapters.sql.postgres import PostgresStore
from dedupsvc.core.errors import IdempotencyInFlight, StoreUnsafe, Unavailable
from dedupsvc.core.rules import BALANCED
from dedupsvc.usecases.ports import Contention
from tests.adapters.build import CHECK, TENANT, SqlStore, a_search, a_store, open_store, put, some_changes, stored_ids
from tests.adapters.stepped import CancelledAt, run
from tests.concurrency import checker
from tests.concurrency.server import free_port, locks_left

SOON = 30


@pytest.fixture
async def store(postgresql_url: str) -> AsyncIterator[PostgresStore]:
    opened = await a_store(postgresql_url, pool_size=4)
    assert isinstance(opened, PostgresStore)
    yield opened
    await opened.close()


@asynccontextmanager
async def another_session(url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def advisory_keys(url: str, granted: bool) -> set[int]:
    """Small positive lock numbers that somebody holds, or waits for."""
    statement = (
        "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted = $1 AND classid = 0 "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    async with another_session(url) as session:
        return {row[0] for row in await session.fetch(statement, granted)}


async def test_locks_are_taken_in_order_whatever_order_is_asked_for(store: PostgresStore, postgresql_url: str) -> None:
    async def claim() -> None:
        async with store.unit(TENANT) as unit:
            await unit.claim(0, [5, 1, 4, 2, 3, 1])

    async with another_session(postgresql_url) as session:
        await session.execute("SELECT pg_advisory_lock(3)")
        waiting = asyncio.create_task(claim())
        while 3 not in await advisory_keys(postgresql_url, granted=False):
            assert not waiting.done()
        assert await advisory_keys(postgresql_url, granted=True) >= {1, 2, 3}
        assert not await advisory_keys(postgresql_url, granted=True) & {4, 5}
        await session.execute("SELECT pg_advisory_unlock(3)")
        await waiting
    assert await locks_left(postgresql_url) == 0


async def test_crossing_sets_of_keys_never_deadlock(store: PostgresStore, postgresql_url: str) -> None:
    chance = random.Random(3)

    async def one(number: int) -> None:
        keys = chance.sample(range(-10, 10), 8)
        await put(store, 10 * number, keys)

    await asyncio.wait_for(asyncio.gather(*(one(number) for number in range(1, 81))), SOON)
    async with another_session(postgresql_url) as session:
        statement = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        assert await session.fetchval(statement) == 0
    assert len(await stored_ids(store, range(10, 801, 10))) == 80
    await checker.check(postgresql_url)


async def test_who_gets_the_lock_sees_what_its_holder_has_committed(store: PostgresStore) -> None:
    async def put_if_first(record_id: int) -> None:
        async with store.unit(TENANT) as unit:
            await unit.claim(0, [7])
            if not (await unit.candidates(a_search([7], 5))).candidates:
                await unit.add(some_changes(record_id))
                await unit.commit()

    for turn in range(5):
        await asyncio.gather(*(put_if_first(1000 * turn + 10 * number) for number in range(1, 9)))
    async with store.reading(TENANT) as reads:
        assert len((await reads.candidates(a_search([7], 5))).candidates) == 1


async def test_a_default_of_the_database_cannot_change_the_isolation(postgresql_url: str) -> None:
    first = await a_store(postgresql_url)
    await first.close()
    async with another_session(postgresql_url) as session:
        name = make_url(postgresql_url).database
        await session.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'")
        await session.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    async with another_session(postgresql_url) as session:
        assert await session.fetchval("SHOW transaction_isolation") == "repeatable read"
    store = open_store(postgresql_url)
    assert isinstance(store, PostgresStore)
    assert (await store.check())["transaction_isolation"] == "read committed"
    await test_who_gets_the_lock_sees_what_its_holder_has_committed(store)
    await store.close()


async def test_a_lock_that_is_not_to_be_had_in_time_is_contention(store: PostgresStore, postgresql_url: str) -> None:
    async with another_session(postgresql_url) as session:
        await session.execute("SELECT pg_advisory_lock(7)")
        with pytest.raises(Contention):
            await put(store, 10, (7,))
        await put(store, 20, (8,))
    await put(store, 10, (7,))
    assert await stored_ids(store, (10, 20)) == {10, 20}


async def test_a_key_in_flight_is_refused_without_waiting(store: PostgresStore) -> None:
    async with store.unit(TENANT) as unit:
        await unit.claim(99, [7])
        async with store.unit(TENANT) as other:
            with pytest.raises(IdempotencyInFlight):
                await other.claim(99, [8])
    async with store.unit(TENANT) as unit:
        await unit.claim(99, [7])


async def test_a_key_in_flight_is_refused_before_any_other_lock_is_waited_for(store: PostgresStore) -> None:
    async with store.unit(TENANT) as unit:
        await unit.claim(99, [7])
        async with store.unit(TENANT) as other:
            with pytest.raises(IdempotencyInFlight):
                await other.claim(99, [6, 7])


async def test_with_an_idempotency_key_all_other_locks_are_taken_too(store: PostgresStore, postgresql_url: str) -> None:
    async with store.unit(TENANT) as unit:
        await unit.claim(99, [8, 7])
        assert await advisory_keys(postgresql_url, granted=True) >= {7, 8, 99}
    assert await locks_left(postgresql_url) == 0


async def test_no_statement_is_planned_anew_for_what_it_comes_with(store: PostgresStore) -> None:
    for number in range(1, 8):
        await put(store, 10 * number, range(number))
        async with store.unit(TENANT) as unit:
            await unit.candidates(a_search(range(number), 5))
            await unit.kept_apart(range(number))
    async with store.unit(TENANT) as unit:
        driver: Any = unit._driver  # type: ignore[attr-defined]
        connection = await driver.begin()
        planned = "SELECT sum(custom_plans), sum(generic_plans) FROM pg_prepared_statements"
        anew, once = (await connection.fetch(planned))[0]
        assert anew == 0
        assert once > 20


@pytest.mark.parametrize("when", ["idle", "working"])
async def test_sessions_that_are_ended_cost_one_refusal_each_and_then_it_goes_on(
    store: PostgresStore, postgresql_url: str, when: str
) -> None:
    await asyncio.gather(*(put(store, 10 * number) for number in range(1, 9)))
    if when == "idle":
        await end_all_sessions(postgresql_url)
    else:
        with pytest.raises(Unavailable) as caught:
            await put_in_an_ended_session(store, postgresql_url)
        assert not isinstance(caught.value, Contention)
    results = await asyncio.gather(*(put(store, 1000 + 10 * n) for n in range(12)), return_exceptions=True)
    assert {type(one) for one in results} <= {type(None), Unavailable}
    assert sum(one is not None for one in results) <= 4
    kept = {1000 + 10 * number for number, result in enumerate(results) if result is None}
    assert await stored_ids(store, [100, *range(1000, 1120, 10)]) == kept
    await asyncio.gather(*(put(store, 2000 + 10 * number) for number in range(8)))
    await checker.check(postgresql_url)


async def put_in_an_ended_session(store: PostgresStore, url: str) -> None:
    async with store.unit(TENANT) as unit:
        await unit.add(some_changes(100))
        await end_all_sessions(url)
        await unit.commit()


async def end_all_sessions(url: str) -> None:
    statement = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with another_session(url) as session:
        await session.fetch(statement)


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    store = open_store(f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")
    with pytest.raises(Unavailable):
        await put(store, 10)
    await store.close()


async def test_a_database_that_is_not_there_is_unavailable(postgresql_url: str) -> None:
    url = make_url(postgresql_url).set(database="no_such_database").render_as_string(hide_password=False)
    store = open_store(url)
    with pytest.raises(Unavailable):
        await put(store, 10)
    await store.close()


@pytest.mark.parametrize("setting", ["synchronous_commit = off", "synchronous_commit = local"])
async def test_a_store_that_acknowledges_too_early_is_refused(postgresql_url: str, setting: str) -> None:
    first = await a_store(postgresql_url)
    assert (await first.check())["synchronous_commit"] == "on"
    await first.close()
    async with another_session(postgresql_url) as session:
        await session.execute(f"ALTER DATABASE {make_url(postgresql_url).database} SET {setting}")
    store = open_store(postgresql_url)
    with pytest.raises(StoreUnsafe):
        await store.check()
    await store.close()


@pytest.mark.parametrize("code", ["58000", "58030", "53100", "53200", "53300", "57P03"])
async def test_a_server_whose_disk_or_memory_fails_is_unavailable_and_then_it_goes_on(
    postgresql_url: str, code: str
) -> None:
    async with another_session(postgresql_url) as session:
        await session.execute(
            f"CREATE FUNCTION broken() RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE SQLSTATE ''{code}''; END'"
        )
    store = await a_store(postgresql_url, pool_size=1)
    assert isinstance(store, PostgresStore)
    with pytest.raises(Unavailable) as refused:
        async with store._transaction("BEGIN") as driver:
            await (await driver.begin()).fetch("SELECT broken()")
    assert refused.value.retry_after >= 1
    await put(store, 10)
    await store.close()


async def test_a_connection_comes_back_clean_after_an_error(postgresql_url: str) -> None:
    store = await a_store(postgresql_url, pool_size=1)
    for error in (LookupError, asyncio.CancelledError):
        with pytest.raises(error):
            await fail_with(error, store)
        assert await locks_left(postgresql_url) == 0
    with pytest.raises(Contention):
        await fail_in_the_database(store)
    await put(store, 20)
    assert await stored_ids(store, (10, 20)) == {20}
    await store.close()


async def fail_with(error: type[BaseException], store: SqlStore) -> None:
    async with store.unit(TENANT) as unit:
        await unit.claim(99, [7, 8])
        await unit.add(some_changes(10))
        raise error


async def fail_in_the_database(store: SqlStore) -> None:
    async with store.unit(TENANT) as unit:
        await unit.add(some_changes(10))
        await unit.add(some_changes(10))


async def commit_in_spite_of_a_failure(store: PostgresStore) -> None:
    async with store.unit(TENANT) as unit:
        await unit.add(some_changes(10))
        with contextlib.suppress(asyncpg.UniqueViolationError):
            await unit.add(some_changes(10))
        await unit.commit()


async def test_a_commit_that_the_server_turns_into_a_rollback_is_not_taken_for_one(store: PostgresStore) -> None:
    with pytest.raises(Unavailable):
        await commit_in_spite_of_a_failure(store)
    assert await stored_ids(store, (10,)) == set()


async def test_a_unit_cancelled_anywhere_leaves_a_clean_connection(postgresql_url: str) -> None:
    store = await a_store(postgresql_url, pool_size=1)
    for point in range(1, 60):
        victim = CancelledAt(put(store, 1000 * point, (7, 8)), point)
        (told,) = await asyncio.gather(run(victim), return_exceptions=True)
        assert isinstance(told, asyncio.CancelledError | None)
        await asyncio.wait_for(put(store, 1000 * point + 10, (7, 8)), SOON)
        there = await stored_ids(store, (1000 * point, 1000 * point + 10))
        assert 1000 * point + 10 in there
        if told is None:
            assert 1000 * point in there
        assert await locks_left(postgresql_url) == 0
        if not victim.was_cancelled:
            break
    assert not victim.was_cancelled
    assert point > 3
    await store.close()
    await checker.check(postgresql_url)


async def test_more_units_than_connections_wait_their_turn(postgresql_url: str) -> None:
    store = await a_store(postgresql_url, pool_size=2)
    await asyncio.gather(*(put(store, 10 * number, (number,)) for number in range(1, 41)))
    assert len(await stored_ids(store, range(10, 401, 10))) == 40
    await store.close()


async def test_reads_see_one_moment_even_while_others_write(store: PostgresStore) -> None:
    await put(store, 10)
    async with store.reading(TENANT) as reads:
        before = await reads.candidates(a_search([7], 5))
        await put(store, 20)
        after = await reads.candidates(a_search([7], 5))
    assert len(before.candidates) == len(after.candidates) == 1


async def test_a_reading_cannot_write(store: PostgresStore) -> None:
    async with store.reading(TENANT) as reads:
        driver: Any = reads._driver  # type: ignore[attr-defined]
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await driver._connection.execute("DELETE FROM records")


async def test_a_tenant_is_founded_once_however_many_do_it(store: PostgresStore, postgresql_url: str) -> None:
    others = [open_store(postgresql_url) for _ in range(3)]
    await asyncio.gather(*(one.found(5, CHECK, BALANCED) for one in [store, *others]))
    with pytest.raises(StoreUnsafe):
        await store.found(5, "another", BALANCED)
    for other in others:
        await other.close()
    tenants = [row["tenant_id"] for row in (await checker.read(postgresql_url))["tenants"]]
    assert sorted(tenants) == [TENANT, 5]
