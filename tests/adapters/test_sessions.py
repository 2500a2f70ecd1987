"""What becomes of a unit of work whose PostgreSQL connection ends under it."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from dedupsvc.adapters.sql.sessions import Session, translated
from dedupsvc.core.errors import Unavailable

ENDED = [
    asyncpg.exceptions.ConnectionDoesNotExistError("the connection was closed in the middle of an operation"),
    asyncpg.exceptions.InterfaceError("the connection is closed"),
    asyncpg.exceptions.InternalClientError("cannot switch to state 11; another operation is in progress"),
    ConnectionResetError(),
]
"""What asyncpg may raise; the third one when the server says good-bye in the middle of its answer."""


class Connection:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.said: list[str] = []

    async def execute(self, statement: str) -> None:
        self.said.append(statement)
        if self.error is not None:
            raise self.error


class Pooled:
    """A place in the pool: gives the next of these connections each time the last one was thrown away."""

    def __init__(self, *connections: Connection) -> None:
        self.left = list(connections)

    async def get_raw_connection(self) -> Any:
        class Raw:
            driver_connection = self.left[0]

        return Raw

    async def invalidate(self) -> None:
        self.left.pop(0)


def a_session(pooled: Pooled) -> Session:
    place: Any = pooled
    return Session(place)


@pytest.mark.parametrize("error", ENDED, ids=lambda error: type(error).__name__)
async def test_a_connection_that_ended_while_idle_is_replaced_before_anything_is_done(error: Exception) -> None:
    fresh = Connection()
    session = a_session(Pooled(Connection(error), fresh))
    await session.begun("BEGIN")
    assert fresh.said == ["BEGIN"]


@pytest.mark.parametrize("error", ENDED, ids=lambda error: type(error).__name__)
async def test_a_connection_that_cannot_roll_back_is_thrown_away_and_the_caller_may_come_again(
    error: Exception,
) -> None:
    broken, fresh = Connection(), Connection()
    session = a_session(Pooled(broken, fresh))
    await session.begun("BEGIN")
    broken.error = error
    with pytest.raises(Unavailable), translated():
        await session.rolled_back()
    await session.begun("BEGIN")
    assert broken.said == ["BEGIN", "ROLLBACK"]
    assert fresh.said == ["BEGIN"]
