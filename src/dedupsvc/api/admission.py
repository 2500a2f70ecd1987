"""How many requests a process works on at once, and how many may wait: the rest is told at once to come again."""

from __future__ import annotations

import asyncio
from collections import deque

from starlette.types import ASGIApp, Receive, Scope, Send

from dedupsvc.api import errors
from dedupsvc.api import locale as locales
from dedupsvc.settings import Settings
from dedupsvc.usecases.gathering import TOGETHER

NEVER_QUEUED = frozenset({"/healthz", "/readyz"})
"""Whoever watches over the service must hear from it most when it is busiest."""

_EXPECTED = "dedupsvc.expected"
"""Where the scope says that the request counts among those on their way to a gate."""

REFUSED_AT_ONCE = 48
"""In one turn of the event loop, of those who have waited in vain or came in by another server than ours, where `api.door` has turned
nobody away; not fewer than connections are taken in, or they would pile up."""


WRITING = ("/ingest", "/claims/", "/merge", "/records", "/rules")
"""Where requests may wait for a commit, and go on at the same moment when it is done: one of them begins in a turn, or the loop would
see to nobody else meanwhile."""


class Gate:
    """So many may pass at a time; of the others so many may wait, first come, first served, and not for long."""

    __slots__ = ("_coming", "_free", "_queue_seconds", "_room", "_waiting")

    def __init__(self, places: int, room: int, queue_seconds: float) -> None:
        self._coming = 0
        self._free = places
        self._room = room
        self._queue_seconds = queue_seconds
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def has_room(self) -> bool:
        """Whether one more would find a place or room to wait, all counted who are on their way."""
        return self._free + self._room - len(self._waiting) > self._coming

    def expect(self) -> bool:
        """Whether there is room for one more; then this one is on its way."""
        if not self.has_room:
            return False
        self._coming += 1
        return True

    def arrived(self) -> None:
        """One of those that were expected is about to enter."""
        self._coming -= 1

    def enter_at_once(self) -> bool:
        """Takes a place if there is one."""
        if self._free > 0:
            self._free -= 1
            return True
        return False

    async def enter(self) -> bool:
        """Takes a place, if need be when somebody leaves; False if there is no room to wait or it takes too long."""
        if self.enter_at_once():
            return True
        if len(self._waiting) >= self._room:
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await asyncio.wait((turn,), timeout=self._queue_seconds)
        except asyncio.CancelledError:
            if turn.done():  # the place was handed over in the same moment
                self.leave()
            raise
        finally:
            if not turn.done():
                self._waiting.remove(turn)
        return turn.done()

    def leave(self) -> None:
        """Hands the place to whoever has waited longest."""
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self._free += 1


class Turns:
    """So many may begin in each turn of the event loop, first come, first served.

    Many become ready at once: whoever waited for one commit, whoever connected while the loop was busy. If all of them began in
    the same turn, the loop would see to nobody else meanwhile, /healthz among them.
    """

    __slots__ = ("_each", "_left", "_waiting")

    def __init__(self, each: int) -> None:
        self._each = self._left = each
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        loop = asyncio.get_running_loop()
        if self._left and not self._waiting:
            if self._left == self._each:
                loop.call_soon(self._next)
            self._left -= 1
            return
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _next(self) -> None:
        self._left = self._each
        while self._left and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # whoever was waiting may have gone away
                turn.set_result(None)
                self._left -= 1
        if self._left < self._each:
            asyncio.get_running_loop().call_soon(self._next)


class Load:
    """What the process has in hand."""

    __slots__ = ("requests",)

    def __init__(self) -> None:
        self.requests = 0
        """Admitted, or waiting to be, and not answered yet."""


class Gates:
    """Of one process. What takes long has gates of its own."""

    __slots__ = ("_batches", "_requests", "_transfers")

    def __init__(self, settings: Settings) -> None:
        room, seconds = settings.queued_requests, settings.queue_seconds
        self._requests = Gate(settings.concurrent_requests, room, seconds)
        self._batches = Gate(settings.concurrent_batches, room, seconds)
        self._transfers = Gate(settings.concurrent_batches, room, seconds)

    def of(self, path: str) -> Gate:
        if path.endswith("/batch"):
            return self._batches
        # As fast as the caller's line: a slow reader of exports must not keep others from sending batches.
        return self._transfers if path == "/imports" or path.startswith("/exports/") else self._requests

    @property
    def crowded(self) -> bool:
        """Whether anybody would be refused."""
        return not (self._requests.has_room and self._batches.has_room and self._transfers.has_room)

    def has_room(self, path: str) -> bool:
        """Whether a request for ``path`` would be let in."""
        return path in NEVER_QUEUED or self.of(path).has_room

    def let_in(self, scope: Scope) -> bool:
        """Whether it is worth while to begin with the request. Whoever is let in must be brought to `Admission`."""
        path = scope["path"]
        if path in NEVER_QUEUED:
            return True
        if not self.of(path).expect():
            return False
        scope[_EXPECTED] = True
        return True


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Tells a caller to come again; waits for nothing but ``send``."""
    problem = errors.named(503, "OVERLOADED", locales.of_request(scope), {"Retry-After": "1"})
    await errors.reply(problem, scope)(scope, receive, send)


class Admission:
    """503 with Retry-After when the process has its hands full."""

    def __init__(self, app: ASGIApp, gates: Gates, load: Load, reading_together: int = TOGETHER) -> None:
        """``load`` is kept up to date. ``reading_together``: how many of those that only read begin in one turn of the event loop."""
        self.app = app
        self._gates = gates
        self._load = load
        self._writing, self._reading, self._refused = Turns(1), Turns(reading_together), Turns(REFUSED_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in NEVER_QUEUED:
            await self.app(scope, receive, send)
            return
        self._load.requests += 1
        try:
            await self._admit(scope, receive, send)
        finally:
            self._load.requests -= 1

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        gate = self._gates.of(scope["path"])
        if scope.pop(_EXPECTED, False):
            gate.arrived()
        if not (gate.enter_at_once() or await gate.enter()):
            await self._refused.wait()
            await refuse(scope, receive, send)
            return
        try:
            await (self._writing if scope["path"].startswith(WRITING) else self._reading).wait()
            await self.app(scope, receive, send)
        finally:
            gate.leave()
