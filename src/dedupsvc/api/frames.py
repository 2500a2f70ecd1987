"""Messages between two processes of ours over a socket: a length in four bytes, and as many bytes of msgpack."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

import msgpack


class Frames(asyncio.Protocol):
    """One end. ``taken`` is called with each message as it comes; `lost` is done when there are none to come."""

    def __init__(self, taken: Callable[[Any], None]) -> None:
        self._taken = taken
        self._rest = b""
        self._transport: asyncio.WriteTransport | None = None
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is one in all but its type

    def data_received(self, data: bytes) -> None:
        rest = self._rest + data
        begin = 0
        while (end := begin + 4 + int.from_bytes(rest[begin : begin + 4], "big")) <= len(rest) >= begin + 4:
            self._taken(msgpack.unpackb(rest[begin + 4 : end], use_list=False))
            begin = end
        self._rest = rest[begin:]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)

    def send(self, message: Any) -> None:
        """Kept in memory as far as the other end does not take it."""
        assert self._transport is not None
        packed = msgpack.packb(message)
        self._transport.write(len(packed).to_bytes(4, "big") + packed)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def connected(connection: socket.socket, taken: Callable[[Any], None]) -> Frames:
    _, frames = await asyncio.get_running_loop().create_unix_connection(lambda: Frames(taken), sock=connection)
    return frames
