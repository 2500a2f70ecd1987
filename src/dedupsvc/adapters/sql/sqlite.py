"""SQLite: reads inline in the event loop, one writer per process with group commit, WAL so that readers never wait."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from dedupsvc.adapters.sql import queries as q
from dedupsvc.adapters.sql.bulk import Bulk
from dedupsvc.adapters.sql.driver import Driver
from dedupsvc.adapters.sql.reads import SqlReads
from dedupsvc.adapters.sql.search import Found
from dedupsvc.adapters.sql.search_lite import retrieved
from dedupsvc.adapters.sql.statement import Statement
from dedupsvc.adapters.sql.tenants import found_tenant
from dedupsvc.adapters.sql.unit import SqlUnit
from dedupsvc.adapters.sql.writer import Writer, unavailable
from dedupsvc.core.entity import Id
from dedupsvc.core.errors import StoreUnsafe
from dedupsvc.core.record import Instant
from dedupsvc.core.rules import Ruleset
from dedupsvc.usecases.ports import Contention, Reads, Search, Unit
from dedupsvc.usecases.stored import Retrieval

BUSY_MILLISECONDS = 5_000
MAPPED = 2**31
"""Bytes of the file that are read where the system keeps them, as much as SQLite allows: a page that has to be copied costs twice."""
CHANGED_KIB = 2_048
"""Of pages that the writer keeps until it commits. It is reached only under load, when many share a commit; what they change
beyond it goes into the log before."""
CHANGED_KIB_ALONE = 448 * 1024
"""The same of a writer that has the file to itself: all pages of the key index of a million records, and half of what a long unit
changes besides."""


def connect(path: Path, durable: bool = True) -> sqlite3.Connection:
    """A connection in autocommit mode; transactions are begun and ended by name."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_MILLISECONDS / 1000, cached_statements=256
    )
    for pragma in (
        "journal_mode = WAL",
        f"synchronous = {'FULL' if durable else 'OFF'}",
        "foreign_keys = ON",
        f"mmap_size = {MAPPED}",
        "cache_size = -8192",
        "temp_store = MEMORY",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


class SqliteDriver:
    """A connection inside a transaction. Answers at once: SQLite in the same process needs no thread."""

    def __init__(
        self, connection: sqlite3.Connection, clock: Callable[[], Instant], found: Found | None = None
    ) -> None:
        self._connection = connection
        self._clock = clock
        self.on_commit: Callable[[], Any] | None = None
        self.found = found
        self.undisturbed = False

    async def fetch(self, statement: Statement, **parameters: Any) -> Sequence[Any]:
        return self._connection.execute(statement.lite, statement.lite_arguments(parameters)).fetchall()

    async def execute(self, statement: Statement, **parameters: Any) -> None:
        self.found = None
        self._connection.execute(statement.lite, statement.lite_arguments(parameters))

    async def insert(self, rows: Sequence[tuple[Statement, dict[str, Any]]]) -> None:
        self.found = None
        for statement, parameters in rows:
            if statement is q.INSERT_KEYS:
                # One by one: a statement of several rows first copies every page, so that it could take itself back.
                tenant_id, record_id = parameters["tenant_id"], parameters["record_id"]
                each = [(tenant_id, key, record_id) for key in parameters["keys"]]
                self._connection.executemany(statement.lite, each)
            else:
                self._connection.execute(statement.lite, statement.lite_arguments(parameters))

    async def retrieve(self, tenant_id: int, search: Search) -> Found:
        (self.found,) = retrieved(self._connection, tenant_id, (search,), self._clock())
        return self.found

    async def expect(self, tenant_id: int, searches: Callable[[], Sequence[Search]], seen: object = None) -> Driver:
        bulk = Bulk(self, self._connection, self.undisturbed)
        return await bulk.expect(tenant_id, searches, seen)

    async def lock(self, tenant_id: int, idempotency: int, keys: Sequence[int]) -> None:
        """Nothing to do: BEGIN IMMEDIATE has locked the file, and whoever had the key before has committed."""

    async def lock_epoch(self, tenant_id: int) -> None:
        """Nothing to do either."""

    async def lock_customers(self, tenant_id: int, customers: Sequence[Id]) -> bool:
        return False

    async def now(self) -> Instant:
        return self._clock()

    async def commit(self) -> None:
        if self.on_commit is not None:
            await self.on_commit()


@contextmanager
def _translated() -> Any:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Contention("Another request was in the way; please try again.") from error
    except sqlite3.Error as error:
        raise unavailable(error) from error


class SqliteStore:
    """One file, any number of processes on one machine."""

    exclusive = True

    def __init__(
        self,
        path: Path,
        new_id: Callable[[], Id],
        durable: bool = True,
        clock: Callable[[], Instant] | None = None,
        alone: bool = False,
    ) -> None:
        """``alone``: units are so long that they change most pages of the key index many times, and nobody else writes."""
        self._path = path
        self._new_id = new_id
        self._durable = durable
        self._clock = clock if clock is not None else lambda: time.time_ns() // 1000
        self._alone = alone
        self._data_version = -1
        """As the last unit found it."""
        self._idle = [self._reader()]
        self._writer = Writer(self._writing(alone))

    def _writing(self, alone: bool) -> sqlite3.Connection:
        connection = connect(self._path, self._durable)
        connection.execute(f"PRAGMA cache_size = -{CHANGED_KIB_ALONE if alone else CHANGED_KIB}")
        if alone:
            # Pages that come from the file's mapping are not kept, and would count as memory besides.
            connection.execute("PRAGMA mmap_size = 0")
        return connection

    def _reader(self) -> sqlite3.Connection:
        connection = connect(self._path, self._durable)
        connection.execute("PRAGMA query_only = ON")
        return connection

    @asynccontextmanager
    async def reading(self, tenant_id: int) -> AsyncIterator[Reads]:
        with self._snapshot() as connection:
            yield SqlReads(SqliteDriver(connection, self._clock), tenant_id)

    @asynccontextmanager
    async def glance(
        self, tenant_id: int, searches: Sequence[Search]
    ) -> AsyncIterator[Sequence[tuple[Reads, Retrieval]]]:
        with self._snapshot() as connection:
            found = retrieved(connection, tenant_id, searches, self._clock())
            yield [(SqlReads(SqliteDriver(connection, self._clock, one), tenant_id), one.retrieval) for one in found]

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        with _translated():
            # Reads do not suspend by themselves, so one connection nearly always serves; whoever does suspend keeps its own moment.
            connection = self._idle.pop() if self._idle else self._reader()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")
                self._idle.append(connection)

    @asynccontextmanager
    async def unit(self, tenant_id: int) -> AsyncIterator[Unit]:
        async with self._turn() as driver:
            yield SqlUnit(driver, tenant_id, self._new_id)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[SqliteDriver]:
        with _translated():
            await self._writer.enter()
            driver = SqliteDriver(self._writer.connection, self._clock)
            if self._alone:
                before, self._data_version = self._data_version, self._read_data_version()
                driver.undisturbed = before == self._data_version
            ended = False

            async def keep() -> None:
                nonlocal ended
                ended = True
                await self._writer.keep()

            driver.on_commit = keep
            try:
                yield driver
            finally:
                if not ended:
                    await self._writer.drop()

    def _read_data_version(self) -> int:
        """Another number than before whenever another connection has committed; inside a transaction, it stays what it is."""
        return int(self._writer.connection.execute("PRAGMA data_version").fetchone()[0])

    async def found(self, tenant_id: int, hash_key_check: str, ruleset: Ruleset) -> None:
        async with self._turn() as driver:
            await found_tenant(driver, tenant_id, hash_key_check, ruleset)

    async def check(self) -> dict[str, str]:
        def pragma(name: str) -> str:
            return str(self._writer.connection.execute(f"PRAGMA {name}").fetchone()[0])

        shown = {name: pragma(name) for name in ("journal_mode", "synchronous")}
        if shown["journal_mode"] != "wal":
            raise StoreUnsafe("SQLite cannot use a write-ahead log here (a network file system?).")
        if self._durable and shown["synchronous"] not in ("2", "3"):
            raise StoreUnsafe("SQLite is set to acknowledge commits before they are durable (PRAGMA synchronous).")
        return shown

    async def close(self) -> None:
        for connection in self._idle:
            connection.close()
        self._writer.close()
