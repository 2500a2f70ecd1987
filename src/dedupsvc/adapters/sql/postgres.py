"""PostgreSQL: asyncpg connections from SQLAlchemy's pool, advisory locks, the candidate lookup in one round trip."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import asyncpg

from dedupsvc.adapters.sql import promises
from dedupsvc.adapters.sql.driver import Driver
from dedupsvc.adapters.sql.reads import SqlReads
from dedupsvc.adapters.sql.search import AGAIN, NOW, SEARCH, Found, again, asked, found, same
from dedupsvc.adapters.sql.sessions import SETTINGS, Session, Sessions, translated
from dedupsvc.adapters.sql.statement import Statement
from dedupsvc.adapters.sql.tenants import found_tenant
from dedupsvc.adapters.sql.unit import SqlUnit
from dedupsvc.core.entity import Id
from dedupsvc.core.errors import IdempotencyInFlight, Unavailable
from dedupsvc.core.record import Instant
from dedupsvc.core.rules import Ruleset
from dedupsvc.usecases.ports import NotFetched, Reads, Search, Unit
from dedupsvc.usecases.stored import Retrieval

_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

# One statement so that a lock that has to be waited for costs one round trip; the array is sorted, and a function in the select
# list is called in the order of the rows. The first element is the tenant's epoch, held shared by every decision.
_LOCK = """
SELECT CASE WHEN position = 1 THEN pg_advisory_xact_lock_shared(key)::text ELSE pg_advisory_xact_lock(key)::text END
FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted(key, position)
"""
# The same when an idempotency key has to be had first: who does not get that waits for nothing else.
_LOCK_AFTER = """
WITH first AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($2) AS is_had)
SELECT CASE WHEN NOT is_had THEN NULL
    WHEN position = 1 THEN pg_advisory_xact_lock_shared(key)::text ELSE pg_advisory_xact_lock(key)::text END
FROM first, unnest($1::bigint[]) WITH ORDINALITY AS wanted(key, position)
"""
_PARAMETER = re.compile(r"\$(\d+)")


@lru_cache(maxsize=256)
def _together(inserts: tuple[str, ...]) -> str:
    """Several writes as one statement: all but the last become WITH clauses, and parameters are counted through."""
    parts, before = [], 0
    for text in inserts:
        offset = before
        parts.append(_PARAMETER.sub(lambda found, offset=offset: f"${int(found[1]) + offset}", text))  # type: ignore[misc]
        before += len(set(_PARAMETER.findall(text)))
    named = ", ".join(f"part_{number} AS ({part})" for number, part in enumerate(parts[:-1]))
    return f"WITH {named} {parts[-1]}" if named else parts[-1]


class PostgresDriver:
    """One transaction on an asyncpg connection. It begins with its first statement: locks are taken in the same round trip."""

    def __init__(self, session: Session, begin: str, clock: Callable[[], Instant] | None) -> None:
        self._session = session
        self._begin = begin
        self._clock = clock
        self._connection: asyncpg.Connection[Any] | None = None
        self._searched: tuple[tuple[Any, ...], Sequence[Any]] | None = None
        self.found: Found | None = None
        self.is_open = False

    async def begin(self, first: str = "") -> asyncpg.Connection[Any]:
        """The connection, in the transaction; ``first`` is sent along if this begins it."""
        if self._connection is None:
            self.is_open = True
            self._connection = await self._session.begun(f"{self._begin}; {first}" if first else self._begin)
        return self._connection

    async def fetch(self, statement: Statement, **parameters: Any) -> Sequence[Any]:
        self._searched = None
        connection = self._connection or await self.begin()
        fetched = await connection.fetch(statement.postgres, *statement.postgres_arguments(parameters))
        return [tuple(row) for row in fetched]

    async def execute(self, statement: Statement, **parameters: Any) -> None:
        self._searched = self.found = None
        connection = self._connection or await self.begin()
        await connection.fetch(statement.postgres, *statement.postgres_arguments(parameters))

    async def insert(self, rows: Sequence[tuple[Statement, dict[str, Any]]]) -> None:
        self._searched = self.found = None
        connection = self._connection or await self.begin()
        arguments = [value for statement, parameters in rows for value in statement.postgres_arguments(parameters)]
        await connection.fetch(_together(tuple(statement.postgres for statement, _ in rows)), *arguments)

    async def retrieve(self, tenant_id: int, search: Search) -> Found:
        self._searched = self.found = None
        parameters = asked(tenant_id, (search,))
        searched = await self._search(parameters)
        self._searched = parameters, searched
        (one,) = found(searched, (search,), self._clock() if self._clock is not None else None)
        self.found = one
        return one

    async def _search(self, parameters: tuple[Any, ...]) -> Sequence[Any]:
        connection = self._connection or await self.begin()
        rows: Sequence[Any] = await connection.fetch(SEARCH, *parameters)
        return rows

    async def expect(self, tenant_id: int, searches: Callable[[], Sequence[Search]], seen: object = None) -> Driver:
        """As it is: what others write meanwhile is only seen by whoever looks after the locks."""
        return self

    async def lock(self, tenant_id: int, idempotency: int, keys: Sequence[int]) -> None:
        self._searched = self.found = None
        wanted = [_epoch(tenant_id), *keys]
        if idempotency:
            connection = self._connection or await self.begin()
            # All rows, though the first one tells: a row that is not fetched locks nothing.
            if (await connection.fetch(_LOCK_AFTER, wanted, idempotency))[0][0] is None:
                raise IdempotencyInFlight("The first request with this Idempotency-Key has not been answered yet.")
        elif self._connection is None:
            await self.begin(_LOCK.replace("$1", f"'{{{','.join(map(str, wanted))}}}'"))
        else:
            await self._connection.fetch(_LOCK, wanted)

    async def lock_epoch(self, tenant_id: int) -> None:
        connection = self._connection or await self.begin()
        await connection.fetch("SELECT pg_advisory_xact_lock($1)", _epoch(tenant_id))

    async def lock_customers(self, tenant_id: int, customers: Sequence[Id]) -> bool:
        if not customers:
            return False
        connection = self._connection or await self.begin()
        await connection.fetch(_LOCK, [_epoch(tenant_id), *(-one for one in reversed(customers))])
        # Whoever held these customers has committed by now. A second look, as a statement of its own, sees that; if all that has been
        # read came from the search and is still the same, nothing needs to be judged again.
        if self._searched is not None:
            parameters, before = self._searched
            if same(before, await connection.fetch(AGAIN, *again(parameters, before))):
                return False
        self._searched = self.found = None
        return True

    async def now(self) -> Instant:
        if self._clock is not None:
            return self._clock()
        connection = self._connection or await self.begin()
        return int(await connection.fetchval(f"SELECT {NOW}"))

    async def commit(self) -> None:
        connection = self._connection or await self.begin()
        done = await connection.execute("COMMIT")
        if done != "COMMIT":  # but ROLLBACK: a statement had failed, and whoever sent it went on
            raise Unavailable("The change could not be made.")
        self.is_open = False


class GlanceDriver(Driver):
    """What one search has found, of several that were made as one statement and so of one moment without a transaction.

    A second statement would be of another.
    """

    def __init__(self, made: Found) -> None:
        self.found: Found | None = made

    async def fetch(self, *_: Any, **__: Any) -> Sequence[Any]:
        raise NotFetched

    retrieve = execute = insert = expect = lock = lock_epoch = lock_customers = now = commit = fetch  # type: ignore[assignment]


def _epoch(tenant_id: int) -> int:
    """The lock that a switch of rules takes exclusively and every decision shares."""
    return -(1 << 62) - tenant_id


def _founding(tenant_id: int) -> int:
    """The lock under which a tenant is laid out."""
    return -(1 << 62) - (1 << 40) - tenant_id


class PostgresStore:
    """A database that several processes and machines may share."""

    exclusive = False

    def __init__(
        self,
        url: str,
        new_id: Callable[[], Id],
        pool_size: int = 8,
        clock: Callable[[], Instant] | None = None,
    ) -> None:
        self._sessions = Sessions(url, pool_size)
        self._new_id = new_id
        self._clock = clock

    @asynccontextmanager
    async def reading(self, tenant_id: int) -> AsyncIterator[Reads]:
        async with self._transaction(_BEGIN_READING) as driver:
            await driver.begin()
            yield SqlReads(driver, tenant_id)

    @asynccontextmanager
    async def glance(
        self, tenant_id: int, searches: Sequence[Search]
    ) -> AsyncIterator[Sequence[tuple[Reads, Retrieval]]]:
        with translated():
            async with self._sessions.one() as session:
                searched = await session.fetch(SEARCH, *asked(tenant_id, searches))
        each = found(searched, searches, self._clock() if self._clock is not None else None)
        yield [(SqlReads(GlanceDriver(one), tenant_id), one.retrieval) for one in each]

    @asynccontextmanager
    async def unit(self, tenant_id: int) -> AsyncIterator[Unit]:
        async with self._transaction(_BEGIN) as driver:
            yield SqlUnit(driver, tenant_id, self._new_id)

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[PostgresDriver]:
        with translated():
            async with self._sessions.one() as session:
                driver = PostgresDriver(session, begin, self._clock)
                try:
                    yield driver
                finally:
                    if driver.is_open:
                        await session.rolled_back()

    async def found(self, tenant_id: int, hash_key_check: str, ruleset: Ruleset) -> None:
        async with self._transaction(_BEGIN) as driver:
            await driver.lock(tenant_id, 0, [_founding(tenant_id)])
            await found_tenant(driver, tenant_id, hash_key_check, ruleset)

    async def check(self) -> dict[str, str]:
        async with self._transaction(_BEGIN_READING) as driver:
            await promises.refuse_standby(await driver.begin())
        async with self._transaction(_BEGIN) as driver:
            return await promises.kept(await driver.begin(), SETTINGS)

    async def close(self) -> None:
        await self._sessions.close()
