"""PostgreSQL: asyncpg connections from SQLAlchemy's pool, advisory locks, the candidate lookup in one round trip."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from dedupsvc.adapters.sql.reads import SqlReads
from dedupsvc.adapters.sql.rows import CANDIDATE_COLUMNS, candidate
from dedupsvc.adapters.sql.statement import Statement
from dedupsvc.adapters.sql.tenants import found_tenant
from dedupsvc.adapters.sql.unit import SqlUnit
from dedupsvc.core.entity import Id
from dedupsvc.core.errors import IdempotencyInFlight, StoreUnsafe, Unavailable
from dedupsvc.core.record import Instant
from dedupsvc.core.rules import Ruleset
from dedupsvc.usecases.ports import Contention, Reads, Retrieval, Unit

_BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
    "SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '15s'"
)
_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '5s'"
_NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

# One statement so that a lock that has to be waited for costs one round trip; the array is sorted, and a function in the select
# list is called in the order of the rows. The first element is the tenant's epoch, held shared by every decision.
_LOCK = """
SELECT CASE WHEN position = 1 THEN pg_advisory_xact_lock_shared(key)::text ELSE pg_advisory_xact_lock(key)::text END
FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted(key, position)
"""
_columns = ", ".join(f"r.{column.name}" for column in CANDIDATE_COLUMNS)
_TYPES = {str: "text", int: "bigint", bytes: "bytea"}
_nothing = ", ".join(f"NULL::{_TYPES[column.type.python_type]}" for column in CANDIDATE_COLUMNS)
_RETRIEVE = f"""
WITH wanted AS (
    SELECT key, EXISTS (SELECT 1 FROM hot_keys h WHERE h.tenant_id = $1 AND h.key_hash = key) AS hot
    FROM unnest($2::bigint[]) AS key
), hits AS MATERIALIZED (
    SELECT key, found.record_id
    FROM wanted CROSS JOIN LATERAL (
        SELECT b.record_id FROM blocking_keys b WHERE b.tenant_id = $1 AND b.key_hash = key LIMIT $3 + 1
    ) AS found
    WHERE NOT hot
), counted AS (
    SELECT key, count(*) > $3 AS over FROM hits GROUP BY key
), usable AS (
    SELECT DISTINCT hits.record_id FROM hits JOIN counted USING (key) WHERE NOT over
)
SELECT 0, {_NOW}, (SELECT rules_version FROM tenants WHERE tenant_id = $1)::bigint, {_nothing}
UNION ALL SELECT 1, key, 1, {_nothing} FROM wanted WHERE hot
UNION ALL SELECT 1, key, 0, {_nothing} FROM counted WHERE over
UNION ALL SELECT 2, 0, 0, {_columns} FROM usable JOIN records r ON r.tenant_id = $1 AND r.id = usable.record_id
"""  # noqa: S608 - column names of our own tables

_RETRYABLE = (
    asyncpg.exceptions.SerializationError,
    asyncpg.exceptions.DeadlockDetectedError,
    asyncpg.exceptions.LockNotAvailableError,
    asyncpg.exceptions.UniqueViolationError,
)
_GONE = (asyncpg.exceptions.PostgresConnectionError, asyncpg.exceptions.InterfaceError, ConnectionError)
_DOWN = (
    asyncpg.exceptions.PostgresConnectionError,
    asyncpg.exceptions.InterfaceError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.QueryCanceledError,
    asyncpg.exceptions.InvalidTransactionStateError,
    DBAPIError,  # only the pool's own attempt to connect raises it: no such database, a wrong password
    PoolTimeout,
    OSError,
    TimeoutError,
)


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
    """One asyncpg connection inside a transaction."""

    def __init__(self, connection: asyncpg.Connection[Any], clock: Callable[[], Instant] | None) -> None:
        self._connection = connection
        self._clock = clock
        self.committed = False

    async def fetch(self, statement: Statement, **parameters: Any) -> Sequence[Any]:
        found = await self._connection.fetch(statement.postgres, *statement.postgres_arguments(parameters))
        return [tuple(row) for row in found]

    async def execute(self, statement: Statement, **parameters: Any) -> None:
        await self._connection.fetch(statement.postgres, *statement.postgres_arguments(parameters))

    async def insert(self, rows: Sequence[tuple[Statement, dict[str, Any]]]) -> None:
        arguments = [value for statement, parameters in rows for value in statement.postgres_arguments(parameters)]
        await self._connection.fetch(_together(tuple(statement.postgres for statement, _ in rows)), *arguments)

    async def retrieve(self, tenant_id: int, keys: Sequence[int], cap: int) -> Retrieval:
        rows = await self._connection.fetch(_RETRIEVE, tenant_id, list(keys), cap)
        found, truncated, newly_hot = [], set(), set()
        now = version = 0
        for row in rows:
            if row[0] == 2:
                found.append(candidate(tuple(row)[3:]))
            elif row[0] == 1:
                truncated.add(row[1])
                if not row[2]:
                    newly_hot.add(row[1])
            else:
                now, version = row[1], row[2]
        if self._clock is not None:
            now = self._clock()
        return Retrieval(now, version, tuple(found), frozenset(truncated), frozenset(newly_hot))

    async def lock(self, tenant_id: int, idempotency: int, keys: Sequence[int]) -> None:
        if idempotency and not await self._connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", idempotency):
            raise IdempotencyInFlight("The first request with this Idempotency-Key has not been answered yet.")
        await self._connection.fetch(_LOCK, [_epoch(tenant_id), *keys])

    async def lock_epoch(self, tenant_id: int) -> None:
        await self._connection.fetch("SELECT pg_advisory_xact_lock($1)", _epoch(tenant_id))

    async def lock_customers(self, tenant_id: int, customers: Sequence[Id]) -> bool:
        if customers:
            await self._connection.fetch(_LOCK, [_epoch(tenant_id), *(-one for one in reversed(customers))])
        return bool(customers)

    async def now(self) -> Instant:
        if self._clock is not None:
            return self._clock()
        return int(await self._connection.fetchval(f"SELECT {_NOW}"))

    async def commit(self) -> None:
        done = await self._connection.execute("COMMIT")
        if done != "COMMIT":  # but ROLLBACK: a statement had failed, and whoever sent it went on
            raise Unavailable("The change could not be made.")
        self.committed = True


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
        self._engine: AsyncEngine = create_async_engine(
            "postgresql+asyncpg://" + url.removeprefix("postgresql://"),
            pool_size=pool_size,
            max_overflow=0,  # an overflow connection is opened and closed for each use: a third of the throughput under load
            pool_timeout=5,
            pool_reset_on_return=None,  # units end their transaction themselves; a reset would be one more round trip
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        self._new_id = new_id
        self._clock = clock

    @asynccontextmanager
    async def reading(self, tenant_id: int) -> AsyncIterator[Reads]:
        async with self._transaction(_BEGIN_READING) as driver:
            yield SqlReads(driver, tenant_id)

    @asynccontextmanager
    async def unit(self, tenant_id: int) -> AsyncIterator[Unit]:
        async with self._transaction(_BEGIN) as driver:
            yield SqlUnit(driver, tenant_id, self._new_id)

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[PostgresDriver]:
        try:
            async with self._engine.connect() as pooled:
                connection = await self._begun(pooled, begin)
                driver = PostgresDriver(connection, self._clock)
                try:
                    yield driver
                finally:
                    if not driver.committed:
                        await self._end(pooled, connection)
        except _RETRYABLE as error:
            raise Contention("Another request was in the way; please try again.") from error
        except _DOWN as error:
            raise Unavailable("The database does not answer.") from error

    async def _begun(self, pooled: AsyncConnection, begin: str) -> asyncpg.Connection[Any]:
        """The pool's connection with a transaction begun; one that died while it lay idle is replaced, once."""
        connection = (await pooled.get_raw_connection()).driver_connection
        if connection is not None:
            try:
                await connection.execute(begin)
            except _GONE:
                connection = None
        if connection is None:
            await pooled.invalidate()
            connection = (await pooled.get_raw_connection()).driver_connection
            if connection is None:
                raise Unavailable("The database connection is gone.")
            await connection.execute(begin)
        return connection

    async def _end(self, pooled: Any, connection: asyncpg.Connection[Any]) -> None:
        """Rolls back; a connection that cannot is thrown away, so that no later unit inherits its transaction."""
        try:
            await asyncio.shield(connection.execute("ROLLBACK"))
        except (*_DOWN, asyncio.CancelledError):
            await pooled.invalidate()
            raise

    async def found(self, tenant_id: int, hash_key_check: str, ruleset: Ruleset) -> None:
        async with self._transaction(_BEGIN) as driver:
            await driver.lock(tenant_id, 0, [_founding(tenant_id)])
            await found_tenant(driver, tenant_id, hash_key_check, ruleset)

    async def check(self) -> dict[str, str]:
        async with self._transaction(_BEGIN) as driver:
            connection = driver._connection
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
        await self._engine.dispose()
