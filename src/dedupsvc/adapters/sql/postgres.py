"""PostgreSQL: asyncpg connections from SQLAlchemy's pool, advisory locks, the candidate lookup in one round trip."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import asyncpg

from dedupsvc.adapters.sql.reads import SqlReads
from dedupsvc.adapters.sql.search import NOW, RETRIEVE, Glance, retrieval
from dedupsvc.adapters.sql.sessions import Session, Sessions, translated
from dedupsvc.adapters.sql.statement import Statement
from dedupsvc.adapters.sql.tenants import found_tenant
from dedupsvc.adapters.sql.unit import SqlUnit
from dedupsvc.core.entity import Id
from dedupsvc.core.errors import IdempotencyInFlight, StoreUnsafe, Unavailable
from dedupsvc.core.record import Instant
from dedupsvc.core.rules import Ruleset
from dedupsvc.usecases.ports import Reads, Retrieval, Unit

_BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
    "SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '15s'"
)
_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '5s'"

# One statement so that a lock that has to be waited for costs one round trip; the array is sorted, and a function in the select
# list is called in the order of the rows. The first element is the tenant's epoch, held shared by every decision.
_LOCK = """
SELECT CASE WHEN position = 1 THEN pg_advisory_xact_lock_shared(key)::text ELSE pg_advisory_xact_lock(key)::text END
FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted(key, position)
"""
_PARAMETER = re.compile(r"\$(\d+)")


@lru_cache(maxsize=256)
def _together(inserts: tuple[str, ...]) -> str:
    """Several INSERTs as one statement: all but the last become WITH clauses, and parameters are counted through."""
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
        self.is_open = False

    async def begin(self, first: str = "") -> asyncpg.Connection[Any]:
        """The connection, in the transaction; ``first`` is sent along if this begins it."""
        if self._connection is None:
            self.is_open = True
            self._connection = await self._session.begun(f"{self._begin}; {first}" if first else self._begin)
        return self._connection

    async def fetch(self, statement: Statement, **parameters: Any) -> Sequence[Any]:
        connection = self._connection or await self.begin()
        found = await connection.fetch(statement.postgres, *statement.postgres_arguments(parameters))
        return [tuple(row) for row in found]

    async def execute(self, statement: Statement, **parameters: Any) -> None:
        connection = self._connection or await self.begin()
        await connection.fetch(statement.postgres, *statement.postgres_arguments(parameters))

    async def insert(self, rows: Sequence[tuple[Statement, dict[str, Any]]]) -> None:
        connection = self._connection or await self.begin()
        arguments = [value for statement, parameters in rows for value in statement.postgres_arguments(parameters)]
        await connection.fetch(_together(tuple(statement.postgres for statement, _ in rows)), *arguments)

    async def retrieve(self, tenant_id: int, caps: Mapping[int, int]) -> Retrieval:
        connection = self._connection or await self.begin()
        rows = await connection.fetch(RETRIEVE, tenant_id, list(caps), list(caps.values()))
        return retrieval(rows, self._clock() if self._clock is not None else None)

    async def lock(self, tenant_id: int, idempotency: int, keys: Sequence[int]) -> None:
        wanted = [_epoch(tenant_id), *keys]
        if idempotency:
            connection = self._connection or await self.begin()
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", idempotency):
                raise IdempotencyInFlight("The first request with this Idempotency-Key has not been answered yet.")
        if self._connection is None:
            await self.begin(_LOCK.replace("$1", f"'{{{','.join(map(str, wanted))}}}'"))
        else:
            await self._connection.fetch(_LOCK, wanted)

    async def lock_epoch(self, tenant_id: int) -> None:
        connection = self._connection or await self.begin()
        await connection.fetch("SELECT pg_advisory_xact_lock($1)", _epoch(tenant_id))

    async def lock_customers(self, tenant_id: int, customers: Sequence[Id]) -> bool:
        if customers:
            connection = self._connection or await self.begin()
            await connection.fetch(_LOCK, [_epoch(tenant_id), *(-one for one in reversed(customers))])
        return bool(customers)

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


def _epoch(tenant_id: int) -> int:
    """The lock that a switch of rules takes exclusively and every decision shares."""
    return -(1 << 62) - tenant_id


def _founding(tenant_id: int) -> int:
    """The lock under which a tenant is laid out."""
    return -(1 << 62) - (1 << 40) - tenant_id


class PostgresStore:
    """A database that several processes and machines may share."""

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
    async def glance(self, tenant_id: int, source_system: str, object_type: str) -> AsyncIterator[Reads]:
        with translated():
            async with self._sessions.one() as session:
                now = self._clock() if self._clock is not None else None
                yield Glance(session, tenant_id, (source_system, object_type), now)

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
        async with self._transaction(_BEGIN) as driver:
            connection = await driver.begin()
            shown = {
                name: str(await connection.fetchval(f"SHOW {name}"))
                for name in ("transaction_isolation", "synchronous_commit", "fsync", "server_version")
            }
        if shown["transaction_isolation"] != "read committed":
            raise StoreUnsafe("PostgreSQL does not run transactions at READ COMMITTED.")
        if shown["synchronous_commit"] in ("off", "local") or shown["fsync"] != "on":
            raise StoreUnsafe(
                "PostgreSQL is set to acknowledge commits before they are durable (synchronous_commit, fsync)."
            )
        return shown

    async def close(self) -> None:
        await self._sessions.close()
