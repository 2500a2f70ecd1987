"""Rechecks that run in this process beside its requests, at a pace that leaves these their CPU."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from contextlib import suppress

from dedupsvc.core.entity import Id
from dedupsvc.core.errors import Unavailable
from dedupsvc.usecases import recheck
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import Recheck

FAILURES = logging.getLogger("dedupsvc.failures")
PROGRESS = logging.getLogger("dedupsvc.recheck")
BATCH = 32
BATCH_SECONDS = 20.0
"""Well below the lease, which each batch renews."""
IDLE_SECONDS = 5.0
"""Between two looks for work; also after a failure, and where another process does the work."""
PROGRESS_SECONDS = 10.0
END_SECONDS = 5.0


class Rechecks:
    """The rechecks of these tenants, one after the other, as long as the process lives."""

    def __init__(self, resources: Resources, tenants: Sequence[int], share: float, idle: float = IDLE_SECONDS) -> None:
        """``share``: of one CPU, at most."""
        self._resources = resources
        self._tenants = tenants
        self._rest = 1 / share - 1
        self._idle = idle
        self._runner: Id = resources.new_id()
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._looked = self._flagged = 0
        self._told = time.monotonic()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(_ended)

    async def aclose(self) -> None:
        """Lets the record at hand be finished, and what is left be taken up by the next process."""
        self._ending.set()
        if self._task is not None:
            _, late = await asyncio.wait([self._task], timeout=END_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while not self._ending.is_set():
                if not await self._round():
                    await self._pause(self._idle)
        finally:
            for tenant in self._tenants:
                with suppress(Unavailable):
                    await recheck.give_back(self._resources, tenant, self._runner)

    async def _round(self) -> bool:
        """Whether there was something to do, for any of the tenants."""
        worked = False
        for tenant in self._tenants:
            try:
                worked = await self._batch(tenant) or worked
            except Unavailable:
                await self._pause(self._idle)
        return worked

    async def _batch(self, tenant: int) -> bool:
        waiting = await recheck.take(self._resources, tenant, self._runner, BATCH)
        clear: list[Recheck] = []
        until = time.monotonic() + BATCH_SECONDS
        for one in waiting:
            if self._ending.is_set() or time.monotonic() > until:
                break
            before = time.process_time()
            try:
                if pairs := await recheck.look(self._resources, tenant, one):
                    self._flagged += await recheck.flag(self._resources, tenant, one, pairs)
                else:
                    clear.append(one)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - one record that cannot be looked at must not stop the others
                # Its class only: a message may hold values.
                FAILURES.error(json.dumps({"where": "recheck", "error": type(error).__name__}))
                clear.append(one)
            self._looked += 1
            # The process's time counts what requests took meanwhile, too: the busier it is, the longer the rest.
            await self._pause((time.process_time() - before) * self._rest)
        if clear:
            await recheck.end(self._resources, tenant, clear)
        await self._tell(tenant, last=len(waiting) < BATCH)
        return bool(waiting)

    async def _tell(self, tenant: int, last: bool) -> None:
        """How far it has come: now and then, and whenever nothing is left."""
        if not self._looked or not (last or time.monotonic() - self._told > PROGRESS_SECONDS):
            return
        left = await recheck.waiting(self._resources, tenant)
        said = {"job": "recheck", "tenant": tenant, "looked": self._looked, "flagged": self._flagged, "waiting": left}
        PROGRESS.info(json.dumps(said))
        self._looked = self._flagged = 0
        self._told = time.monotonic()

    async def _pause(self, seconds: float) -> None:
        """Ends early when the process ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()


def _ended(task: asyncio.Task[None]) -> None:
    """Nobody awaits the job; that it broke must be seen all the same."""
    if not task.cancelled() and (error := task.exception()) is not None:
        FAILURES.error(json.dumps({"where": "recheck", "error": type(error).__name__}))


__all__ = ["Rechecks"]
