"""Where /match is answered: by the processes beside this one as far as they keep up, else here.

HTTP and a lookup take about the same time, and one process does one of them at a time. With a process beside it, a machine with two
cores does both at once, and a lookup keeps nobody waiting who only wants to be heard.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

from dedupsvc.api import beside, translate
from dedupsvc.api.admission import Load
from dedupsvc.api.frames import Frames, connected
from dedupsvc.bootstrap import Service
from dedupsvc.core.errors import DedupError
from dedupsvc.settings import Settings
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.gathering import Gathering
from dedupsvc.wire.record import RecordBody

NEVER = 1 << 30
"""Requests that wait for a process that cannot be asked: more than for any other."""
UNDER_WAY = 64
"""Groups at a time where there are processes beside: as many as there can be, as nobody has to wait for them here."""
IN_A_TURN = 3
"""Requests that are begun in one turn of the event loop, and sent together: they are looked up while the next ones are read."""
ENOUGH, MANY = 3, 12
"""Requests that keep a process beside busy while one is looked up here; that keep it busy for so long that one is, even if there are
others to be read."""
RESTART_SECONDS = 5.0
"""After which a process that has ended, or could not be started, is tried again."""
PATIENCE_SECONDS = 4.0
"""With a process that is asked and says nothing. Then it is ended, and what it was asked is looked up here, before its time is up."""
GLANCE_SECONDS = 1.0
"""After which it is looked whether it says something."""
_STEP = 0.02
FAILURES = logging.getLogger("dedupsvc.failures")


class Asked(NamedTuple):
    """One request for /match."""

    caller: Caller
    locale: str
    raw: bytes
    body: RecordBody


class Lookups:
    """Of one service process. What is asked in one turn of the event loop is looked up together."""

    def __init__(self, service: Service, settings: Settings, load: Load, processes: int = 0) -> None:
        self._service = service
        self._load = load
        self._beside = [Beside(settings) for _ in range(processes)]
        self._gathering = Gathering(self._look_up, UNDER_WAY if processes else beside.AT_A_TIME)

    def start(self) -> None:
        for one in self._beside:
            one.start()

    async def answer(self, caller: Caller, locale: str, raw: bytes, body: RecordBody) -> beside.Found:
        """Raises what `usecases.match.match` raises."""
        found = await self._gathering.ask(caller.tenant_id, Asked(caller, locale, raw, body))
        if isinstance(found, DedupError):
            raise found
        return found

    def checks(self) -> dict[str, str]:
        """For /readyz: how many of the processes are up; nothing where there are none to be."""
        up = sum(one.is_up for one in self._beside)
        return {"lookup_processes": f"{up} of {len(self._beside)}"} if self._beside else {}

    async def aclose(self) -> None:
        for one in self._beside:
            await one.aclose()

    async def _look_up(self, tenant_id: int, asked: Sequence[Asked]) -> Sequence[beside.Found | DedupError]:
        idle = min(self._beside, key=lambda one: one.waiting, default=None)
        if idle is None or not idle.is_up:
            return await self._here(tenant_id, asked)
        # Where all that is in hand waits for it, and it has enough to do, this process has nothing to do but the same.
        nothing_else = self._load.requests <= len(asked) + sum(one.waiting for one in self._beside)
        spare = idle.waiting >= (ENOUGH if nothing_else else MANY)
        sent = asked[:-1] if spare else asked
        there = idle.ask(tenant_id, sent)
        here = iter(await self._here(tenant_id, asked[-1:])) if spare else iter(())
        found = [await one for one in there]
        missing = [one for one, answer in zip(sent, found, strict=True) if answer is None]
        again = iter(await self._here(tenant_id, missing) if missing else ())
        return [*(next(again) if answer is None else answer for answer in found), *here]

    async def _here(self, tenant_id: int, asked: Sequence[Asked]) -> list[beside.Found | DedupError]:
        records = [(one.caller, translate.record(one.body, one.locale)) for one in asked]
        found = await self._service.match_together(tenant_id, records)
        return [one if isinstance(one, DedupError) else (translate.answer_json(one), one.blocking) for one in found]


class Beside:
    """This end of one such process: started again when it ends, and never waited for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: Frames | None = None
        self._frames: Frames | None = None
        """The same, once the process is ready."""
        self._asked: dict[int, asyncio.Future[beside.Found | None]] = {}
        self._number = 0
        self._heard = 0.0
        """When it last said something, or began to have something to say."""
        self._task: asyncio.Task[None] | None = None
        self.pid = 0

    @property
    def is_up(self) -> bool:
        return self._frames is not None and self._frames.is_open

    @property
    def waiting(self) -> int:
        """Requests that it has not answered yet; without end, if it cannot be asked."""
        return len(self._asked) if self.is_up else NEVER

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep())

    def ask(self, tenant_id: int, asked: Sequence[Asked]) -> list[asyncio.Future[beside.Found | None]]:
        """Their answers to come: None for whoever it has none to; for everybody, if it ends."""
        if not asked:
            return []
        assert self._frames is not None
        loop = asyncio.get_running_loop()
        if not self._asked:
            self._heard = loop.time()
        told: list[beside.Asked] = []
        answers: list[asyncio.Future[beside.Found | None]] = []
        for caller, locale, raw, _ in asked:
            self._number += 1
            told.append((self._number, tenant_id, caller.principal, caller.locale, locale, raw))
            answers.append(loop.create_future())
            self._asked[self._number] = answers[-1]
        self._frames.send(told)
        return answers

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _keep(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                await self._run()
            FAILURES.error('{"error": "a process beside this one has ended", "restart_seconds": %d}', RESTART_SECONDS)
            await asyncio.sleep(RESTART_SECONDS)

    async def _run(self) -> None:
        """One life of the process: until it ends, or this task is cancelled."""
        here, there = socket.socketpair()
        with there:
            process = _begun(there.fileno())
        self.pid = process.pid
        frames: Frames | None = None
        try:
            frames = self._opened = await connected(here, self._taken)
            frames.send(self._settings.model_dump_json())
            while not frames.lost.done():
                await asyncio.wait((frames.lost,), timeout=GLANCE_SECONDS)
                if self._asked and asyncio.get_running_loop().time() - self._heard > PATIENCE_SECONDS:
                    process.kill()
        finally:
            self._frames = None
            if frames is None:
                here.close()
            else:
                frames.close()  # which ends the process, if it has not ended yet
            while self._asked:
                _, answer = self._asked.popitem()
                if not answer.done():
                    answer.set_result(None)
            await _ended(process)

    def _taken(self, message: list[tuple[int, beside.Found | None]]) -> None:
        self._heard = asyncio.get_running_loop().time()
        if not message:  # it is ready
            self._frames = self._opened
        for number, found in message:
            answer = self._asked.pop(number)
            if not answer.done():
                answer.set_result(found)


def _begun(end: int) -> subprocess.Popen[bytes]:
    """Not by asyncio, which would leave it to itself if the task were cancelled at the wrong moment."""
    command = [sys.executable, "-m", beside.__name__, str(end)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[end])  # noqa: S603 - our own


async def _ended(process: subprocess.Popen[bytes]) -> None:
    """Waits for the end of a process that has nobody to talk to any more."""
    try:
        for _ in range(round(PATIENCE_SECONDS / _STEP)):
            if process.poll() is not None:
                break
            await asyncio.sleep(_STEP)
    finally:
        process.kill()  # does nothing to one that has ended
        process.wait()
