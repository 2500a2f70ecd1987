"""A process beside the one that speaks HTTP: it only looks up. `python -m dedupsvc.api.beside FD` serves its end of a socket.

The first message holds the settings, as JSON; once the store is open it is answered with an empty list. Each further one is a list
of what is asked, and each answer a list of what was found, both by number and in any order. The process ends when the other end
is closed, however that came about.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections import deque
from typing import Any, TypeAlias

import uvloop

from dedupsvc.api import body, translate
from dedupsvc.api.frames import Frames, connected
from dedupsvc.api.startup import settled, write_log
from dedupsvc.bootstrap import Service
from dedupsvc.core.errors import DedupError
from dedupsvc.settings import Settings
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.gathering import TOGETHER
from dedupsvc.wire.record import RecordBody

Asked: TypeAlias = tuple[int, int, str, str, str, bytes]
"""Number, tenant, principal, locale of the caller, locale of the request, and the body as it was sent, found valid already."""
Found: TypeAlias = tuple[bytes, bool]
"""The answer as it is sent, and whether it is a blocking one."""
AT_A_TIME = 2
"""Groups that are looked up at a time, where that means to wait for the database, and so its connections."""


class Queue:
    """What waits to be looked up: whatever has come by the time when a group begins is looked up together."""

    def __init__(self) -> None:
        self._waiting: deque[Asked] = deque()
        self._filled = asyncio.Event()

    def put(self, asked: list[Asked]) -> None:
        self._waiting.extend(asked)
        self._filled.set()

    async def group(self) -> list[Asked]:
        """The next ones, of one tenant."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        tenant_id = self._waiting[0][1]
        found: list[Asked] = []
        while self._waiting and self._waiting[0][1] == tenant_id and len(found) < TOGETHER:
            found.append(self._waiting.popleft())
        return found


async def look_up(service: Service, asked: list[Asked]) -> list[tuple[int, Found | None]]:
    """By number; None where there is an error to be told, which whoever has asked finds by looking itself."""
    tenant_id = asked[0][1]
    records = [
        (
            Caller(tenant_id, principal, caller_locale),
            translate.record(RecordBody.model_validate(body.parse(sent)), locale),
        )
        for _, _, principal, caller_locale, locale, sent in asked
    ]
    found = await service.match_together(tenant_id, records)
    return [
        (one[0], None if isinstance(answer, DedupError) else (translate.answer_json(answer), answer.blocking))
        for one, answer in zip(asked, found, strict=True)
    ]


async def serve(connection: socket.socket) -> None:
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    queue = Queue()

    def taken(message: Any) -> None:
        if told.done():
            queue.put(message)
        else:
            told.set_result(message)

    frames = await connected(connection, taken)
    await asyncio.wait((told, frames.lost), return_when=asyncio.FIRST_COMPLETED)
    if not told.done():
        return
    settings = Settings.model_validate_json(told.result())
    write_log(settings.log_level)
    service = await settled(settings.model_copy(update={"pool_size": AT_A_TIME}))
    workers = [asyncio.create_task(_work(service, queue, frames)) for _ in range(AT_A_TIME)]
    frames.send([])
    # A worker ends only by a fault of ours: then the other end is told by the end of this process, and nobody waits for an answer.
    await asyncio.wait((frames.lost, *workers), return_when=asyncio.FIRST_COMPLETED)
    frames.close()
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    await service.aclose()


async def _work(service: Service, queue: Queue, frames: Frames) -> None:
    while True:
        frames.send(await look_up(service, await queue.group()))
        await asyncio.sleep(0)  # on SQLite nothing else lets in what has come meanwhile


if __name__ == "__main__":
    # Who stops the service by Ctrl-C reaches this process, too; it ends when nobody asks it any more.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    uvloop.run(serve(socket.socket(fileno=int(sys.argv[1]))))
