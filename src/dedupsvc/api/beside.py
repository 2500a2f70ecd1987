"""A process beside the one that speaks HTTP: it only looks up. `python -m dedupsvc.api.beside FD` serves its end of a socket.

Frames both ways are a length in four bytes and as many bytes of msgpack. The first one holds the settings, as JSON; it is
answered with an empty list once the store is open. Each further one is ``(number, tenant_id, asked)`` and is answered with
``[number, found]``: see `look_up`. The process ends when the other end is closed, however that came about.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any, TypeAlias

import msgpack
import uvloop

from dedupsvc.api import body, translate
from dedupsvc.api.startup import settled, write_log
from dedupsvc.bootstrap import Service
from dedupsvc.core.errors import DedupError
from dedupsvc.settings import Settings
from dedupsvc.usecases.access import Caller
from dedupsvc.wire.record import RecordBody

Asked: TypeAlias = tuple[str, str, str, bytes]
"""Principal, locale of the caller, locale of the request, and the body as it was sent, found valid already."""
Found: TypeAlias = tuple[bytes, bool]
"""The answer as it is sent, and whether it is a blocking one."""
POOL = 2
"""Connections to PostgreSQL: as many groups are looked up at a time."""


async def look_up(service: Service, tenant_id: int, asked: Sequence[Asked]) -> list[Found | None]:
    """The answer to each, in order; None where there is an error to be told, which whoever has asked finds by looking itself."""
    records = [
        (
            Caller(tenant_id, principal, caller_locale),
            translate.record(RecordBody.model_validate(body.parse(sent)), locale),
        )
        for principal, caller_locale, locale, sent in asked
    ]
    found = await service.match_together(tenant_id, records)
    return [None if isinstance(one, DedupError) else (translate.answer_json(one), one.blocking) for one in found]


async def serve(connection: socket.socket) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    settings = Settings.model_validate_json(await read(reader))
    write_log(settings.log_level)
    service = await settled(settings.model_copy(update={"pool_size": POOL}))
    tasks: set[asyncio.Task[None]] = set()

    async def answer(number: int, tenant_id: int, asked: Sequence[Asked]) -> None:
        write(writer, [number, await look_up(service, tenant_id, asked)])

    try:
        write(writer, [])
        while True:
            task = asyncio.create_task(answer(*await read(reader)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
        await service.aclose()


async def read(reader: asyncio.StreamReader) -> Any:
    """The next frame. Raises IncompleteReadError when there is none to come."""
    length = int.from_bytes(await reader.readexactly(4), "big")
    return msgpack.unpackb(await reader.readexactly(length), use_list=False)


def write(writer: asyncio.StreamWriter, content: Any) -> None:
    packed = msgpack.packb(content)
    writer.write(len(packed).to_bytes(4, "big") + packed)


if __name__ == "__main__":
    # Who stops the service by Ctrl-C reaches this process, too; it ends when nobody asks it any more.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    uvloop.run(serve(socket.socket(fileno=int(sys.argv[1]))))
