"""Where /match is answered: by the processes beside this one as far as they keep up, else here.

HTTP and a lookup take about the same time, and one process does one of them at a time. With a process beside it, a machine with two
cores does both at once, and a lookup keeps nobody waiting who only wants to be heard.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Sequence
from typing import NamedTuple

from dedupsvc.api import beside, translate
from dedupsvc.bootstrap import Service
from dedupsvc.core.errors import DedupError
from dedupsvc.settings import Settings
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.gathering import Gathering
from dedupsvc.wire.record import RecordBody

AT_A_TIME = 2
"""Groups that are sent to a process: it finds the next one waiting when it is done with one."""
RESTART_SECONDS = 5.0
"""After which a process that has ended, or could not be started, is tried again."""
FAILURES = logging.getLogger("dedupsvc.failures")


class Asked(NamedTuple):
    """One request for /match."""

    caller: Caller
    locale: str
    raw: bytes
    body: RecordBody


class Lookups:
    """Of one service process. What is asked in one turn of the event loop is looked up together."""

    def __init__(self, service: Service, settings: Settings, processes: int = 0) -> None:
        self._service = service
        self._beside = [Beside(settings) for _ in range(processes)]
        self._gathering = Gathering(self._look_up, under_way=AT_A_TIME * (processes + 1))

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
        idle = min(self._beside, key=lambda one: one.under_way, default=None)
        if idle is None or idle.under_way >= AT_A_TIME:
            return await self._here(tenant_id, asked)
        found = await idle.ask(tenant_id, asked)
        missing = [one for one, there in zip(asked, found, strict=True) if there is None]
        here = iter(await self._here(tenant_id, missing) if missing else ())
        return [next(here) if there is None else there for there in found]

    async def _here(self, tenant_id: int, asked: Sequence[Asked]) -> list[beside.Found | DedupError]:
        records = [(one.caller, translate.record(one.body, one.locale)) for one in asked]
        found = await self._service.match_together(tenant_id, records)
        return [one if isinstance(one, DedupError) else (translate.answer_json(one), one.blocking) for one in found]


class Beside:
    """This end of one such process: started again when it ends, and never waited for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._writer: asyncio.StreamWriter | None = None
        self._asked: dict[int, asyncio.Future[Sequence[beside.Found | None] | None]] = {}
        self._number = 0
        self._task: asyncio.Task[None] | None = None
        self.pid = 0

    @property
    def is_up(self) -> bool:
        return self._writer is not None

    @property
    def under_way(self) -> int:
        """Groups that it has not answered yet; as many as it may have, of one that cannot be asked."""
        return len(self._asked) if self.is_up else AT_A_TIME

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep())

    async def ask(self, tenant_id: int, asked: Sequence[Asked]) -> Sequence[beside.Found | None]:
        """None for whoever it has no answer to; for everybody, if it has ended."""
        if self._writer is None:
            return [None] * len(asked)
        self._number += 1
        number = self._number
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        told = [(one.caller.principal, one.caller.locale, one.locale, one.raw) for one in asked]
        beside.write(self._writer, (number, tenant_id, told))
        try:
            found = await answer
        finally:
            self._asked.pop(number, None)
        return [None] * len(asked) if found is None else found

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _keep(self) -> None:
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._run()
            FAILURES.error('{"error": "a process beside this one has ended", "restart_seconds": %d}', RESTART_SECONDS)
            await asyncio.sleep(RESTART_SECONDS)

    async def _run(self) -> None:
        """One life of the process: until it ends, or this task is cancelled."""
        here, there = socket.socketpair()
        with there:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", beside.__name__, str(there.fileno()), pass_fds=[there.fileno()]
            )
        self.pid = process.pid
        reader, writer = await asyncio.open_unix_connection(sock=here)
        try:
            beside.write(writer, self._settings.model_dump_json())
            await beside.read(reader)
            self._writer = writer
            while True:
                number, found = await beside.read(reader)
                if answer := self._asked.get(number):
                    answer.set_result(found)
        finally:
            self._writer = None
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_result(None)
            writer.close()  # which ends the process, if it has not ended yet
            await process.wait()
