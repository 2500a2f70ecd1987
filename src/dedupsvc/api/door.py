"""Where connections come in: whoever there is no room for is told so at once, before anything is made for the request.

Under load most requests are refused. As tasks they waited for their turn among all others, and kept all that belongs to a connection
meanwhile; refused at once, but out of the server's own protocol, each still cost 0.2 ms. So a connection becomes the server's with the
first request that is let in, and those refused before are read and answered here, for two thirds of that.
"""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import httptools
from starlette.types import ASGIApp, Message
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from dedupsvc.api.admission import Gates

DOOR = "dedupsvc.door"
"""Where the application's state, as its lifespan gives it to the server, has its `Doorkeeper`."""


class Doorkeeper:
    """Of one application: who may come in, and what answers those who may not."""

    __slots__ = ("gates", "refusal")

    def __init__(self, gates: Gates, refusal: ASGIApp) -> None:
        """``refusal`` answers without waiting for anything, the request's body included."""
        self.gates = gates
        self.refusal = refusal


class Inside(HttpToolsProtocol):
    """A connection that is the server's; later requests on it may still be refused.

    ``Any``: uvicorn has types of its own for what Starlette calls scope and application.
    """

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        keeper: Doorkeeper | None = self.app_state.get(DOOR)
        scope: Any = cycle.scope
        # Where the answer would have to wait until its reader has taken in earlier ones, only a task can do that.
        if keeper is None or self.flow.write_paused or keeper.gates.let_in(scope):
            super()._start_asgi_task(cycle, app)
            return
        refusal: Any = keeper.refusal
        with contextlib.suppress(StopIteration):
            cycle.run_asgi(refusal).send(None)


class Door(asyncio.Protocol):
    """One connection until a request is let in. The server makes it, and ends it, like a protocol of its own."""

    __slots__ = ("_idle", "_inside", "_keep_alive", "_keeper", "_state", "_transport")

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._inside = (config, server_state, app_state, _loop)
        self._keeper: Doorkeeper | None = app_state.get(DOOR)
        self._keep_alive: float = config.timeout_keep_alive
        self._state = server_state
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._known.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stay_awake()
        self._known.discard(self)

    def shutdown(self) -> None:
        """The server is about to end: nobody waits for an answer here."""
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._stay_awake()
        if self._keeper is not None and self._keeper.gates.crowded:
            request = _Request.whole(data)
            if request is not None and not self._keeper.gates.has_room(request.path):
                self._refuse(request, self._keeper.refusal)
                return
        self._known.discard(self)
        inside = Inside(*self._inside)
        self._transport.set_protocol(inside)
        inside.connection_made(self._transport)
        inside.data_received(data)

    def _refuse(self, request: _Request, refusal: Any) -> None:
        # Whoever has not read the last answer must not make a heap of them.
        goes_on = request.keep_alive and not self._transport.get_write_buffer_size()
        answer = _Answer(self._state.default_headers, goes_on)
        with contextlib.suppress(StopIteration):
            refusal(request.scope, None, answer.send).send(None)
        self._transport.write(b"".join(answer.parts))
        if goes_on:
            self._idle = asyncio.get_running_loop().call_later(self._keep_alive, self._transport.close)
        else:
            self._transport.close()

    def _stay_awake(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    @property
    def _known(self) -> set[Any]:
        """The server's connections; it ends when all are gone."""
        return self._state.connections


class _Request:
    """What the parser tells of a request."""

    __slots__ = ("_begun", "_ended", "_parser", "_target", "headers", "keep_alive", "method", "path")

    def __init__(self) -> None:
        self._parser: Any = httptools.HttpRequestParser(self)
        self._begun = self._ended = 0
        self._target = b""
        self.method = self.path = ""
        self.keep_alive = False
        self.headers: list[tuple[bytes, bytes]] = []

    @classmethod
    def whole(cls, data: bytes) -> _Request | None:
        """The one request that ``data`` holds, no less and no more. None if the server has to see to it: to what is yet to come, to
        several at once, to what is no HTTP, and to what has an answer of another form.
        """
        found = cls()
        try:
            found._parser.feed_data(data)
            if found._begun != 1 or found._ended != 1:
                return None
            found.path = unquote(httptools.parse_url(found._target).path.decode("ascii"))
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, UnicodeDecodeError):
            return None
        finally:
            found._parser = None  # which refers to its request: neither would go away without the garbage collector
        return found if found.method != "HEAD" else None

    @property
    def scope(self) -> dict[str, Any]:
        """As much as a refusal looks at."""
        return {"type": "http", "method": self.method, "path": self.path, "headers": self.headers}

    def on_message_begin(self) -> None:
        self._begun += 1

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.method = self._parser.get_method().decode("ascii")
        self.keep_alive = self._parser.get_http_version() != "1.0" and self._parser.should_keep_alive()

    def on_message_complete(self) -> None:
        self._ended += 1


class _Answer:
    """The bytes of what an application sends, whose length it says itself."""

    __slots__ = ("_headers", "_keep_alive", "parts")

    def __init__(self, default_headers: list[tuple[bytes, bytes]], keep_alive: bool) -> None:
        self._headers = default_headers
        self._keep_alive = keep_alive
        self.parts: list[bytes] = []

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            status = HTTPStatus(message["status"])
            self.parts.append(b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode()))
            for name, value in (*self._headers, *message["headers"]):
                self.parts += (name, b": ", value, b"\r\n")
            self.parts.append(b"\r\n" if self._keep_alive else b"connection: close\r\n\r\n")
        else:
            self.parts.append(message["body"])
