"""Bugs on purpose, each patched into the processes of one server: what the campaigns must find, or they are worth nothing."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from dedupsvc.adapters.sql import postgres, search, sessions, sqlite, unit
from dedupsvc.adapters.sql import queries as q
from dedupsvc.adapters.sql.search import Found
from dedupsvc.api import serving
from dedupsvc.core import judge, threesame
from dedupsvc.core.record import Instant
from dedupsvc.settings import Settings
from dedupsvc.usecases import claims, idempotency, ingest
from dedupsvc.usecases.ports import Search
from tests.concurrency.server import SEEDED_BUG

LATER = 0.05
"""Seconds after which a background task gets round to what should have been done at once."""
_BACKGROUND: set[asyncio.Task[None]] = set()


def in_the_background(work: Callable[[], Awaitable[None]]) -> None:
    async def later() -> None:
        await asyncio.sleep(LATER)
        await work()

    task = asyncio.get_running_loop().create_task(later())
    _BACKGROUND.add(task)
    task.add_done_callback(_BACKGROUND.discard)


def no_lock() -> None:
    """PostgreSQL: nobody waits for anybody, but for himself."""
    lock = postgres.PostgresDriver.lock

    async def lock_nothing(
        self: postgres.PostgresDriver, tenant_id: int, idempotency: int, keys: Sequence[int]
    ) -> None:
        await lock(self, tenant_id, idempotency, [])

    postgres.PostgresDriver.lock = lock_nothing  # type: ignore[method-assign]


def lock_and_lookup_in_one_statement() -> None:
    """PostgreSQL: the lookup's snapshot is taken before the lock is had."""
    own = 1 + len(search.asked(0, ()))  # after the parameters of the search
    wanted = f"${own}::bigint[]"
    text = search.SEARCH.replace(
        "WITH wanted AS MATERIALIZED (",
        f"WITH locked AS MATERIALIZED (SELECT count(pg_advisory_xact_lock(one)) FROM unnest({wanted}) AS one), "
        "wanted AS MATERIALIZED (",
        1,
    ).replace(f"{search.NOW} AS now", f"{search.NOW} + 0 * (SELECT count FROM locked) AS now", 1)
    pending: dict[int, list[int]] = {}
    lock = postgres.PostgresDriver.lock

    async def lock_later(self: postgres.PostgresDriver, tenant_id: int, idempotency: int, keys: Sequence[int]) -> None:
        await lock(self, tenant_id, idempotency, [])
        pending[id(self)] = sorted(keys)

    async def looked_up(self: postgres.PostgresDriver, parameters: tuple[Any, ...]) -> Sequence[Any]:
        locks = pending.pop(id(self), [])
        connection = await self.begin()
        rows: Sequence[Any] = await connection.fetch(text, *parameters, locks)
        return rows

    postgres.PostgresDriver.lock = lock_later  # type: ignore[method-assign]
    postgres.PostgresDriver._search = looked_up  # type: ignore[method-assign]


def unsorted_locks() -> None:
    """PostgreSQL: two that want the same keys take them in different orders."""
    shuffled = random.Random()

    async def claim(self: unit.SqlUnit, idempotency: int, keys: Sequence[int]) -> None:
        wanted = sorted(set(keys))
        shuffled.shuffle(wanted)
        await self._driver.lock(self._tenant, idempotency, wanted)

    unit.SqlUnit.claim = claim  # type: ignore[method-assign]


def wrong_isolation() -> None:
    """PostgreSQL: REPEATABLE READ, as a default of the database's may say; the self-check at the start does not notice."""
    postgres._BEGIN = postgres._BEGIN.replace("READ COMMITTED", "REPEATABLE READ")

    async def check(self: postgres.PostgresStore) -> dict[str, str]:
        return {}

    postgres.PostgresStore.check = check  # type: ignore[method-assign]


def late_outbox() -> None:
    """The event is written in a transaction of its own, after the decision's."""
    insert = postgres.PostgresDriver.insert

    async def without_events(self: postgres.PostgresDriver, rows: Sequence[tuple[Any, dict[str, Any]]]) -> None:
        events = [row for row in rows if row[0] is q.INSERT_EVENT]
        await insert(self, [row for row in rows if row[0] is not q.INSERT_EVENT])

        async def write() -> None:
            async with _STORE[-1]._transaction(postgres._BEGIN) as driver:
                await insert(driver, events)
                await driver.commit()

        if events:
            in_the_background(write)

    _remember_the_store()
    postgres.PostgresDriver.insert = without_events  # type: ignore[method-assign]


def no_idempotency_record() -> None:
    """The first answer is not kept."""

    async def store(*_: Any) -> None:
        pass

    _replace_store(store)


def idempotency_outside_of_the_transaction() -> None:
    """The answer is kept once it has been given."""
    keep = idempotency.store

    async def store(unit_: Any, key: int, asked: Any, answer: Any, expires_at: Instant, now: Instant) -> None:
        async def write() -> None:
            async with _STORE[-1].unit(unit_._tenant) as own:
                await keep(own, key, asked, answer, expires_at, now)
                await own.commit()

        in_the_background(write)

    _remember_the_store()
    _replace_store(store)


_STORE: list[Any] = []


def _remember_the_store() -> None:
    for kind in (postgres.PostgresStore, sqlite.SqliteStore):
        made = kind.__init__

        def remembered(self: Any, *arguments: Any, made: Any = made, **named: Any) -> None:
            made(self, *arguments, **named)
            _STORE.append(self)

        kind.__init__ = remembered  # type: ignore[method-assign]


def _replace_store(store: Any) -> None:
    for module in (ingest, claims):
        module.store = store  # type: ignore[attr-defined]


def window_off_by_one() -> None:
    """Exactly one window's length apart counts as inside."""
    right = threesame.in_window

    def in_window(at: Instant, policy: Any, episode: Any) -> bool:
        return any(right(at + step, policy, episode) for step in (-1, 0, 1))

    threesame.in_window = in_window


def confirm_forgets_the_episode() -> None:
    """A confirmed claim is a record that holds no place."""
    confirm = unit.SqlUnit.confirm

    async def forgetful(self: unit.SqlUnit, record: Any, *more: Any) -> None:
        await confirm(self, record, *more)
        await self._driver.execute(q.DELETE_EPISODES, tenant_id=self._tenant, record_id=record.place.record_id)

    unit.SqlUnit.confirm = forgetful  # type: ignore[method-assign, assignment]


def answered_before_the_commit() -> None:
    """PostgreSQL: the commit is on its way when the client is answered."""

    async def commit(self: postgres.PostgresDriver) -> None:
        self.answered = True  # type: ignore[attr-defined]

    @asynccontextmanager
    async def transaction(self: postgres.PostgresStore, begin: str) -> AsyncIterator[postgres.PostgresDriver]:
        made: asyncio.Future[postgres.PostgresDriver] = asyncio.get_running_loop().create_future()
        ended = asyncio.Event()

        async def hold() -> None:
            async with self._sessions.one() as session:
                driver = postgres.PostgresDriver(session, begin, self._clock)
                made.set_result(driver)
                await ended.wait()
                if getattr(driver, "answered", False):
                    await asyncio.sleep(LATER)
                    await (await driver.begin()).execute("COMMIT")
                elif driver.is_open:
                    await session.rolled_back()

        task = asyncio.get_running_loop().create_task(hold())
        _BACKGROUND.add(task)
        task.add_done_callback(_BACKGROUND.discard)
        with sessions.translated():
            try:
                yield await made
            finally:
                ended.set()

    postgres.PostgresDriver.commit = commit  # type: ignore[method-assign]
    postgres.PostgresStore._transaction = transaction  # type: ignore[method-assign]


def a_hot_key_cools() -> None:
    """That a key is hot is known to whoever has seen it, and stored nowhere."""
    for kind in (postgres.PostgresDriver, sqlite.SqliteDriver):
        insert = kind.insert

        async def without_hot(self: Any, rows: Sequence[tuple[Any, dict[str, Any]]], insert: Any = insert) -> None:
            await insert(self, [row for row in rows if row[0] is not q.INSERT_HOT])

        kind.insert = without_hot  # type: ignore[method-assign]


def merged_records_left_behind() -> None:
    """A merge points at the survivor and moves nothing."""
    execute = postgres.PostgresDriver.execute

    async def stay(self: postgres.PostgresDriver, statement: Any, **parameters: Any) -> None:
        if statement is not q.MOVE_RECORDS:
            await execute(self, statement, **parameters)

    postgres.PostgresDriver.execute = stay  # type: ignore[method-assign]


def accepted_in_doubt() -> None:
    """An incomplete search changes nothing about the verdict."""
    right = judge._at_least_flag
    judge._at_least_flag = lambda judgement, subject, policy, complete: right(judgement, subject, policy, True)


def lookup_before_the_lock() -> None:
    """SQLite: candidates are read as they were when the unit began to wait for its turn to write."""
    retrieve = sqlite.SqliteDriver.retrieve
    turn = sqlite.SqliteStore._turn

    @asynccontextmanager
    async def too_early(self: sqlite.SqliteStore) -> AsyncIterator[sqlite.SqliteDriver]:
        snapshot = self._reader()
        snapshot.execute("BEGIN")
        snapshot.execute("SELECT count(*) FROM tenants").fetchone()
        try:
            await asyncio.sleep(0.002)
            async with turn(self) as driver:
                driver.snapshot = snapshot  # type: ignore[attr-defined]
                yield driver
        finally:
            snapshot.close()

    async def stale(self: sqlite.SqliteDriver, tenant_id: int, search: Search) -> Found:
        return await retrieve(sqlite.SqliteDriver(self.snapshot, self._clock), tenant_id, search)  # type: ignore[attr-defined]

    sqlite.SqliteStore._turn = too_early  # type: ignore[method-assign]
    sqlite.SqliteDriver.retrieve = stale  # type: ignore[method-assign]


BUGS: dict[str, Callable[[], None]] = {
    "no lock": no_lock,
    "lock and lookup in one statement": lock_and_lookup_in_one_statement,
    "unsorted locks": unsorted_locks,
    "wrong isolation": wrong_isolation,
    "late outbox": late_outbox,
    "no idempotency record": no_idempotency_record,
    "idempotency outside of the transaction": idempotency_outside_of_the_transaction,
    "window off by one": window_off_by_one,
    "confirm forgets the episode": confirm_forgets_the_episode,
    "answered before the commit": answered_before_the_commit,
    "a hot key cools": a_hot_key_cools,
    "merged records left behind": merged_records_left_behind,
    "accepted in doubt": accepted_in_doubt,
    "lookup before the lock": lookup_before_the_lock,
}


def application() -> FastAPI:
    """What each worker process of a server with a bug builds."""
    BUGS[os.environ[SEEDED_BUG]]()
    return serving.application()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--workers", type=int)
    given = parser.parse_args()
    serving.run(Settings(), "127.0.0.1", given.port, given.workers, application="tests.faults.bugs:application")
