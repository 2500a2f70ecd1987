"""A small HTTP client on plain sockets: cheap enough to overload the service from the same machine, and able to hang up."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


class Broken(Exception):
    """The connection ended, or was refused, before there was a whole answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    content: bytes

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.content) if self.content else {}
        return found


async def send(
    address: str,
    method: str,
    path: str,
    content: bytes = b"",
    headers: dict[str, str] | None = None,
    hang_up_after: float | None = None,
) -> Reply:
    """One request on a connection of its own, so that each one may end up in any of the processes.

    With ``hang_up_after`` the caller goes away after so many seconds and hears nothing.
    """
    place = urlsplit(address)
    try:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
    except OSError as error:
        raise Broken from error
    try:
        lines = {"Host": place.netloc, "Connection": "close", "Content-Length": str(len(content)), **(headers or {})}
        if content:
            lines["Content-Type"] = "application/json"
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(head.encode() + b"\r\n" + content)
        if hang_up_after is not None:
            await asyncio.sleep(hang_up_after)
            writer.transport.abort()
            raise Broken
        return _parsed(await reader.read())
    except OSError as error:
        raise Broken from error
    finally:
        writer.transport.abort()


def _parsed(raw: bytes) -> Reply:
    head, end, content = raw.partition(b"\r\n\r\n")
    if not end:
        raise Broken
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    if len(content) != int(headers.get("content-length", len(content))):
        raise Broken
    return Reply(int(first.split()[1]), headers, content)
