"""Connections to PostgreSQL that are kept from one use to the next, and what their errors mean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from dedupsvc.core.errors import Unavailable
from dedupsvc.usecases.ports import Contention

STATEMENT_SECONDS = 5
SETTINGS = {
    "lock_timeout": "2s",
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    "idle_in_transaction_session_timeout": "15s",
    # PostgreSQL would plan some statements anew each time, for the very lists that they come with: 0.2 to 0.5 ms, and nothing gained.
    "plan_cache_mode": "force_generic_plan",
}
WAIT_SECONDS = 5
"""For a connection, when all are in use."""

_RETRYABLE = (
    asyncpg.exceptions.SerializationError,
    asyncpg.exceptions.DeadlockDetectedError,
    asyncpg.exceptions.LockNotAvailableError,
    asyncpg.exceptions.UniqueViolationError,
)
_GONE = (
    asyncpg.exceptions.PostgresConnectionError,
    asyncpg.exceptions.InterfaceError,
    asyncpg.exceptions.InternalClientError,  # what the driver says of a connection that was ended while it was answering
    ConnectionError,
)
_DOWN = (
    *_GONE,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.PostgresSystemError,  # its disk could not be read or written
    asyncpg.exceptions.QueryCanceledError,
    asyncpg.exceptions.InvalidTransactionStateError,
    DBAPIError,  # only the pool's own attempt to connect raises it: no such database, a wrong password
    PoolTimeout,
    OSError,
    TimeoutError,
)


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except _RETRYABLE as error:
        raise Contention("Another request was in the way; please try again.") from error
    except _DOWN as error:
        raise Unavailable("The database does not answer.") from error


class Session:
    """One connection. Taking it out of SQLAlchemy's pool for each use would cost more than a lookup, so it is taken out once."""

    __slots__ = ("_connection", "_pooled")

    def __init__(self, pooled: AsyncConnection) -> None:
        self._pooled = pooled
        self._connection: asyncpg.Connection[Any] | None = None

    async def begun(self, begin: str) -> asyncpg.Connection[Any]:
        """The driver's connection with a transaction begun; one that died while it lay idle is replaced, once."""
        connection = await self._living()
        if connection is not None:
            try:
                await connection.execute(begin)
                return connection
            except _GONE:
                pass
        connection = await self._replaced()
        await connection.execute(begin)
        return connection

    async def rolled_back(self) -> None:
        """Rolls back; a connection that cannot is thrown away, so that no later unit inherits its transaction."""
        if self._connection is None:
            return
        try:
            await asyncio.shield(self._connection.execute("ROLLBACK"))
        except (*_DOWN, asyncio.CancelledError):
            await self._thrown_away()
            raise

    async def fetch(self, statement: str, *arguments: Any) -> Sequence[Any]:
        """A statement that is a transaction of its own; it only reads, so that it can be sent again on a new connection."""
        connection = await self._living()
        if connection is not None:
            try:
                return await self._fetched(connection, statement, arguments)
            except _GONE:
                pass
        return await self._fetched(await self._replaced(), statement, arguments)

    async def _fetched(
        self, connection: asyncpg.Connection[Any], statement: str, arguments: Sequence[Any]
    ) -> Sequence[Any]:
        try:
            found: Sequence[Any] = await connection.fetch(statement, *arguments, timeout=STATEMENT_SECONDS)
        except (TimeoutError, asyncio.CancelledError):
            await self._thrown_away()
            raise
        return found

    async def close(self) -> None:
        await self._pooled.close()

    async def _living(self) -> asyncpg.Connection[Any] | None:
        if self._connection is None:
            self._connection = (await self._pooled.get_raw_connection()).driver_connection
        return self._connection

    async def _replaced(self) -> asyncpg.Connection[Any]:
        await self._thrown_away()
        connection = await self._living()
        if connection is None:
            raise Unavailable("The database connection is gone.")
        return connection

    async def _thrown_away(self) -> None:
        self._connection = None
        await self._pooled.invalidate()


class Sessions:
    """All connections of a process; whoever comes when all are in use waits in line."""

    def __init__(self, url: str, count: int) -> None:
        self._engine: AsyncEngine = create_async_engine(
            "postgresql+asyncpg://" + url.removeprefix("postgresql://"),
            pool_size=count,
            max_overflow=0,  # an overflow connection is opened and closed for each use: a third of the throughput under load
            pool_timeout=WAIT_SECONDS,
            pool_reset_on_return=None,  # units end their transaction themselves; a reset would be one more round trip
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args={"server_settings": SETTINGS},
        )
        self._turns = asyncio.Semaphore(count)
        self._idle: list[Session] = []

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Session]:
        if self._turns.locked():
            async with asyncio.timeout(WAIT_SECONDS):
                await self._turns.acquire()
        else:
            await self._turns.acquire()
        try:
            session = self._idle.pop() if self._idle else Session(await self._engine.connect())
            try:
                yield session
            finally:
                self._idle.append(session)
        finally:
            self._turns.release()

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()
        await self._engine.dispose()


__all__ = ["SETTINGS", "Session", "Sessions", "translated"]
