"""SQLite under pressure: shared commits, units that fail or go away, other processes, a full disk."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dedupsvc.adapters.sql import sqlite as adapter
from dedupsvc.adapters.sql.sqlite import CHANGED_KIB, SqliteStore
from dedupsvc.adapters.sql.writer import GROUP_LIMIT
from dedupsvc.core.errors import StoreUnsafe, Unavailable
from dedupsvc.core.rules import BALANCED
from dedupsvc.usecases.ports import Contention
from tests.adapters.build import CHECK, TENANT, SqlStore, a_search, a_store, put, some_changes, stored_ids
from tests.adapters.stepped import CancelledAt, run
from tests.concurrency import checker

ROOT = Path(__file__).parents[2]
SOON = 20
"""Seconds after which a unit that has not come back counts as hanging."""


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[SqliteStore]:
    opened = await a_store(sqlite_url)
    assert isinstance(opened, SqliteStore)
    yield opened
    await opened.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that gives up on a locked file at once."""
    monkeypatch.setattr(adapter, "BUSY_MILLISECONDS", 20)


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def traced(store: SqliteStore) -> list[str]:
    """The transaction commands that the writer gives from now on."""
    given: list[str] = []
    store._writer.connection.set_trace_callback(
        lambda statement: given.append(statement) if statement.split()[0] in ("BEGIN", "COMMIT", "ROLLBACK") else None
    )
    return given


async def a_failing_unit(store: SqlStore, record_id: int) -> None:
    async with store.unit(TENANT) as unit:
        await unit.add(some_changes(record_id))
        raise LookupError(record_id)


async def test_units_that_come_together_share_their_commits(store: SqliteStore) -> None:
    given = traced(store)
    await asyncio.gather(*(put(store, 10 * number) for number in range(1, 101)))
    assert given.count("COMMIT") == given.count("BEGIN IMMEDIATE")
    assert 100 / GROUP_LIMIT <= given.count("COMMIT") <= 10
    assert len(await stored_ids(store, range(10, 1001, 10))) == 100


async def test_a_unit_alone_is_committed_at_once(store: SqliteStore) -> None:
    given = traced(store)
    await put(store, 10)
    await put(store, 20)
    assert given == ["BEGIN IMMEDIATE", "COMMIT"] * 2


async def test_what_was_answered_is_in_the_file(store: SqliteStore, sqlite_url: str) -> None:
    async def put_and_look(record_id: int) -> int:
        await put(store, record_id)
        other = sqlite3.connect(file_of(sqlite_url))
        try:
            return int(other.execute("SELECT count(*) FROM records WHERE id = ?", (record_id,)).fetchone()[0])
        finally:
            other.close()

    assert await asyncio.gather(*(put_and_look(10 * number) for number in range(1, 21))) == [1] * 20


async def test_a_unit_that_fails_does_not_take_the_others_with_it(store: SqliteStore, sqlite_url: str) -> None:
    given = traced(store)
    work = [a_failing_unit(store, 10 * n) if n % 3 == 0 else put(store, 10 * n) for n in range(1, 31)]
    results = await asyncio.wait_for(asyncio.gather(*work, return_exceptions=True), SOON)
    failed = {error.args[0] for error in results if isinstance(error, LookupError)}
    assert failed == {10 * n for n in range(3, 31, 3)}
    assert await stored_ids(store, range(10, 301, 10)) == set(range(10, 301, 10)) - failed
    assert given.count("COMMIT") < 20
    await checker.check(sqlite_url)


@pytest.mark.parametrize("fails", [False, True], ids=["that keeps", "that fails"])
async def test_changes_beyond_what_the_writer_keeps_go_into_the_log_and_count_only_once_committed(
    store: SqliteStore, sqlite_url: str, fails: bool
) -> None:
    large = some_changes(20)
    large = replace(large, decision=replace(large.decision, input=f'"{"x" * 2 * CHANGED_KIB * 1024}"'))
    log = file_of(sqlite_url + "-wal")

    async def put_large() -> None:
        with suppress(LookupError):
            async with store.unit(TENANT) as unit:
                before = log.stat().st_size
                await unit.add(large)
                assert log.stat().st_size - before > CHANGED_KIB * 1024 / 2
                assert await stored_ids(store, (20,)) == set()
                if fails:
                    raise LookupError
                await unit.commit()

    await asyncio.gather(put(store, 10), put_large(), put(store, 30))
    assert await stored_ids(store, (10, 20, 30)) == ({10, 30} if fails else {10, 20, 30})
    await checker.check(sqlite_url)


async def test_the_second_of_two_with_one_id_is_told_to_try_again_and_the_first_stays(store: SqliteStore) -> None:
    results = await asyncio.gather(put(store, 10), put(store, 10), put(store, 20), return_exceptions=True)
    assert [type(one) for one in results] == [type(None), Contention, type(None)]
    assert await stored_ids(store, (10, 20)) == {10, 20}


@pytest.mark.parametrize("position", [0, 1, 3], ids=["alone in front", "in the middle", "the last one"])
@pytest.mark.parametrize("fails", [False, True], ids=["that keeps", "that fails"])
async def test_a_unit_cancelled_anywhere_leaves_no_hang_and_nothing_half_written(
    store: SqliteStore, sqlite_url: str, position: int, fails: bool
) -> None:
    given = traced(store)
    others = [one for one in range(4) if one != position]
    for point in range(1, 40):
        base = 1000 * point
        victim = CancelledAt(a_failing_unit(store, base) if fails else put(store, base), point)
        work: list[Any] = [put(store, base + 10 * (one + 1)) for one in others]
        work.insert(position, run(victim))
        results = await asyncio.wait_for(asyncio.gather(*work, return_exceptions=True), SOON)
        told = results.pop(position)
        assert results == [None] * len(others)
        wanted = {base + 10 * (one + 1) for one in others}
        there = await stored_ids(store, [base, *wanted])
        assert there - {base} == wanted
        if told is None:
            assert base in there
        assert not store._writer.connection.in_transaction
        if not victim.was_cancelled:
            break
    assert point > 1
    assert not victim.was_cancelled
    assert given.count("BEGIN IMMEDIATE") == given.count("COMMIT") + given.count("ROLLBACK")
    await checker.check(sqlite_url)


async def test_a_group_left_open_for_a_unit_that_goes_away_is_committed(store: SqliteStore) -> None:
    async with store.unit(TENANT) as unit:
        await unit.add(some_changes(10))
        victim = asyncio.create_task(put(store, 20))
        await asyncio.sleep(0)
        # After the group has been left open for it, and before it can take its turn.
        asyncio.get_running_loop().call_soon(victim.cancel)
        await asyncio.wait_for(unit.commit(), SOON)
    with pytest.raises(asyncio.CancelledError):
        await victim
    assert await stored_ids(store, (10, 20)) == {10}
    assert not store._writer.connection.in_transaction


async def test_what_a_unit_has_read_is_durable_before_it_answers(store: SqliteStore, sqlite_url: str) -> None:
    """The second finds what the first has written in the group that they share, and would tell of it."""
    told: list[set[int]] = []

    async def asks() -> None:
        async with store.unit(TENANT) as unit:
            assert await unit.record_by_id(10) is not None
        told.append(await stored_ids(store, (10,)))

    async with store.unit(TENANT) as unit:
        await unit.add(some_changes(10))
        asking = asyncio.create_task(asks())
        later = asyncio.create_task(put(store, 20))
        await asyncio.sleep(0)
        await asyncio.wait_for(unit.commit(), SOON)
    await asyncio.gather(asking, later)
    assert told == [{10}]


async def test_nobody_else_can_write_between_the_check_and_the_change(store: SqliteStore, sqlite_url: str) -> None:
    other = sqlite3.connect(file_of(sqlite_url), isolation_level=None, timeout=0)
    async with store.unit(TENANT) as unit:
        await unit.candidates(a_search([7], 5))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        await unit.add(some_changes(10))
        await unit.commit()
    other.execute("BEGIN IMMEDIATE")
    other.close()


async def test_a_lone_unit_cancelled_anywhere_leaves_the_writer_free(store: SqliteStore, sqlite_url: str) -> None:
    for point in range(1, 40):
        victim = CancelledAt(put(store, 1000 * point), point)
        (told,) = await asyncio.gather(run(victim), return_exceptions=True)
        assert isinstance(told, asyncio.CancelledError) is victim.was_cancelled
        await asyncio.wait_for(put(store, 1000 * point + 10), SOON)
        assert not store._writer.connection.in_transaction
        if not victim.was_cancelled:
            break
    assert point > 2
    await checker.check(sqlite_url)


def a_filling_process(url: str, first: int) -> subprocess.Popen[bytes]:
    script = f"import asyncio; from tests.adapters.build import fill; asyncio.run(fill({url!r}, {first}, 60))"
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.PIPE)


async def test_two_processes_write_to_one_file(store: SqliteStore, sqlite_url: str) -> None:
    firsts = (100_000, 200_000)
    processes = [a_filling_process(sqlite_url, first) for first in firsts]
    own = 0
    while any(process.poll() is None for process in processes):
        own += 10
        await put(store, own, (7, 8))
        await asyncio.sleep(0.005)
    complaints = [process.communicate()[1].decode() for process in processes]
    assert complaints == ["", ""]
    assert own > 0
    wanted = {first + 10 * number for first in firsts for number in range(60)} | set(range(10, own + 1, 10))
    assert await stored_ids(store, wanted) == wanted
    await checker.check(sqlite_url, but=(checker.common_keys_are_hot,))


@pytest.mark.usefixtures("impatient")
async def test_a_file_that_another_process_keeps_locked_is_contention_and_then_it_goes_on(sqlite_url: str) -> None:
    store = await a_store(sqlite_url)
    await put(store, 10)
    other = sqlite3.connect(file_of(sqlite_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        results = await asyncio.gather(*(put(store, 10 * n) for n in range(2, 6)), return_exceptions=True)
        assert [type(one) for one in results] == [Contention] * 4
        assert await stored_ids(store, (10, 20)) == {10}
    finally:
        other.close()
    await put(store, 20)
    assert await stored_ids(store, (10, 20)) == {10, 20}
    await store.close()


async def test_whoever_waits_for_another_process_does_not_hold_up_the_loop(store: SqliteStore, sqlite_url: str) -> None:
    await put(store, 10)
    other = sqlite3.connect(file_of(sqlite_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(put(store, 20))
    for _ in range(10):
        await asyncio.sleep(0.01)
        assert await stored_ids(store, (10, 20)) == {10}
    assert not waiting.done()
    other.close()
    await waiting
    assert await stored_ids(store, (20,)) == {20}


@contextmanager
def no_more_pages(store: SqliteStore, url: str) -> Iterator[None]:
    """As if the disk were full for whatever makes the database grow."""
    connection = store._writer.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    yield
    connection.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def no_longer_files(store: SqliteStore, url: str) -> Iterator[None]:
    """As if the disk refused to write: no file may grow beyond what the log has now."""
    size = file_of(url).with_name(file_of(url).name + "-wal").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("full", [no_more_pages, no_longer_files])
async def test_a_full_disk_stops_writing_but_not_reading_and_heals(
    store: SqliteStore, sqlite_url: str, full: Callable[[SqliteStore, str], Any]
) -> None:
    keys = range(1, 60)
    await put(store, 10, keys)
    wanted = range(1000, 1400, 10)
    with full(store, sqlite_url):
        work = (put(store, record_id, range(record_id, record_id + 60)) for record_id in wanted)
        results = await asyncio.wait_for(asyncio.gather(*work, return_exceptions=True), SOON)
        # Whom it hits takes all of its group along; the last few may fit in again.
        assert Unavailable in {type(one) for one in results} <= {type(None), Unavailable}
        kept = {record_id for record_id, result in zip(wanted, results, strict=True) if result is None}
        assert await stored_ids(store, wanted) == kept
        assert await stored_ids(store, (10,)) == {10}
    await asyncio.wait_for(put(store, 20, keys), SOON)
    assert await stored_ids(store, (20, *wanted)) == {20, *kept}
    await checker.check(sqlite_url)


async def test_reads_see_one_moment_even_while_others_write(store: SqliteStore) -> None:
    await put(store, 10)
    async with store.reading(TENANT) as reads:
        before = await reads.candidates(a_search([7], 5))
        await put(store, 20)
        after = await reads.candidates(a_search([7], 5))
    assert len(before.candidates) == len(after.candidates) == 1


async def test_several_may_read_at_once(store: SqliteStore) -> None:
    await put(store, 10)

    async def look() -> int:
        async with store.reading(TENANT) as reads:
            await asyncio.sleep(0)
            found = await reads.candidates(a_search([7], 5))
            await asyncio.sleep(0)
            return len(found.candidates)

    assert await asyncio.gather(*(look() for _ in range(5))) == [1] * 5


async def test_a_store_that_acknowledges_too_early_is_refused(store: SqliteStore) -> None:
    assert await store.check() == {"journal_mode": "wal", "synchronous": "2"}
    store._writer.connection.execute("PRAGMA synchronous = NORMAL")
    with pytest.raises(StoreUnsafe):
        await store.check()


async def test_a_tenant_is_founded_once_however_many_do_it(store: SqliteStore, sqlite_url: str) -> None:
    await asyncio.gather(*(store.found(5, CHECK, BALANCED) for _ in range(4)))
    with pytest.raises(StoreUnsafe):
        await store.found(5, "another", BALANCED)
    tenants = [row["tenant_id"] for row in (await checker.read(sqlite_url))["tenants"]]
    assert sorted(tenants) == [TENANT, 5]
    assert not store._writer.connection.in_transaction


async def test_a_value_that_too_many_share_hides_nobody_behind_another_one(store: SqliteStore) -> None:
    for number in range(1, 6):
        await put(store, 10 * number, (7, 8, 100 + number))
    async with store.reading(TENANT) as reads:
        found = await reads.candidates(a_search([7, 8, 103], 3))
    assert [one.place.record_id for one in found.candidates] == [30]
    assert found.truncated == found.newly_hot == {7, 8}
