"""The one writing connection of a process to a SQLite file: group commit, so that many units share one wait for the disk."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor

from dedupsvc.core.errors import Unavailable
from dedupsvc.usecases.ports import Contention

GROUP_LIMIT = 64
"""Units that may share one commit: enough to hide the fsync, few enough that none waits long for it."""


class Writer:
    """The one writing connection of a process. Units take turns; those that queue up meanwhile share one commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._thread = ThreadPoolExecutor(1, "sqlite-writer")
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._members = 0
        self._group: asyncio.Future[None] | None = None
        self._flushes: set[asyncio.Task[None]] = set()

    async def enter(self) -> None:
        """Waits for the turn. The first of a group begins its transaction, the others open a savepoint in it.

        The first needs none: until it ends, the transaction is all its own. With one, SQLite would copy every page before its change.
        """
        self._waiting += 1
        try:
            await self._turn.acquire()
        except asyncio.CancelledError:
            self._flush_soon()  # a group may have been left open for this unit, which will not come
            raise
        finally:
            self._waiting -= 1
        try:
            if self._group is None:
                await self._in_thread("BEGIN IMMEDIATE")
                self._group = asyncio.get_running_loop().create_future()
                self._members = 0
            if self._members:
                self.connection.execute("SAVEPOINT unit")
        except BaseException:
            if self._group is None and self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            self._turn.release()
            raise

    async def keep(self) -> None:
        """Ends the unit and returns when its group is durable."""
        group = self._group
        try:
            if self._members:
                self.connection.execute("RELEASE unit")
            self._members += 1
            await self._end_turn()
        finally:
            self._turn.release()
        if group is not None:
            await asyncio.shield(group)

    async def drop(self) -> None:
        """Takes back what the unit has written and returns when the group that it has read from is durable."""
        group = self._group
        try:
            if self.connection.in_transaction:
                self._take_back()
                await self._end_turn()
            elif group is not None:  # a full disk makes SQLite roll back everything, the others' work too
                self._group = None
                self._fail(group, Unavailable("The database cannot be written."))
        finally:
            self._turn.release()
        if group is not None:
            await asyncio.shield(group)

    def _take_back(self) -> None:
        if self._members:
            self.connection.execute("ROLLBACK TO unit")
            self.connection.execute("RELEASE unit")
        elif self._group is not None:
            self.connection.execute("ROLLBACK")
            self._group.set_result(None)
            self._group = None

    async def _end_turn(self) -> None:
        """Commits the group unless somebody is about to join it."""
        group = self._group
        if group is None or (self._waiting and 0 < self._members < GROUP_LIMIT):
            return
        self._group = None
        try:
            await self._in_thread("COMMIT")
        except sqlite3.Error as error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            self._fail(group, unavailable(error))
            raise
        except asyncio.CancelledError:  # it was this unit that went away; the commit itself has gone through
            group.set_result(None)
            raise
        group.set_result(None)

    def _fail(self, group: asyncio.Future[None], error: Exception) -> None:
        group.set_exception(error)
        group.exception()  # nobody may be waiting any longer, and the loop must not complain about that

    def _flush_soon(self) -> None:
        async def flush() -> None:
            async with self._turn:
                await self._end_turn()

        task = asyncio.get_running_loop().create_task(flush())
        self._flushes.add(task)
        task.add_done_callback(self._flushes.discard)

    async def _in_thread(self, command: str) -> None:
        """Off the loop, because it may wait for the disk or another process.

        It is never abandoned half-way: a cancellation is passed on only after the command has succeeded, and an error of the
        command comes before a cancellation.
        """
        future = asyncio.get_running_loop().run_in_executor(self._thread, self.connection.execute, command)
        cancelled: asyncio.CancelledError | None = None
        while not future.done():
            try:
                await asyncio.wait([future])
            except asyncio.CancelledError as error:
                cancelled = error
        future.result()
        if cancelled is not None:
            raise cancelled

    def close(self) -> None:
        self._thread.shutdown()
        self.connection.close()


def unavailable(error: BaseException) -> Exception:
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return Contention("Another process is writing; please try again.")
    return Unavailable("The database cannot be written.")
