"""What wraps every request: its id, its log line, its deadline, its headers, and an answer even when all else fails."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import time
import traceback

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dedupsvc.api import errors
from dedupsvc.api import locale as locales
from dedupsvc.settings import Settings

ACCESS = logging.getLogger("dedupsvc.access")
FAILURES = logging.getLogger("dedupsvc.failures")

_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
"""Names in lower case, as in ASGI; a route that has one of its own keeps it."""


class Surroundings:
    """Gives the request its id, the answer its headers, and the log one line that names no person and no value."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope[errors.REQUEST_ID] = request_id
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                named = {name for name, _ in headers}
                message["headers"] = headers + [one for one in _SECURITY_HEADERS if one[0] not in named]
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            if ACCESS.isEnabledFor(logging.INFO):
                ACCESS.info(_line(scope, request_id, status, time.perf_counter() - started))


class LastResort:
    """Answers 500 without any detail. The log gets the place but not the message: a driver's may contain values."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = _Started(send)
        try:
            await self.app(scope, receive, started)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - nothing is above this but the server, which would log the message
            places = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
            ]
            line = {"request_id": scope[errors.REQUEST_ID], "error": type(error).__name__, "places": places}
            FAILURES.error(json.dumps(line))
            if not started.yes:
                problem = errors.named(500, "INTERNAL", locales.of_request(scope))
                await errors.reply(problem, scope)(scope, receive, send)


class Deadline:
    """Answers 503 when the time is up; the transaction that was under way is rolled back by its own unit of work."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.request_seconds = settings.request_seconds
        self.batch_seconds = settings.batch_seconds
        self.upload_seconds = settings.upload_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seconds = self._seconds(scope["path"])
        started = _Started(send)
        try:
            async with asyncio.timeout(seconds) as deadline:
                await self.app(scope, receive, started)
        except TimeoutError:
            if not deadline.expired() or started.yes:
                raise
            problem = errors.named(503, "TIMEOUT", locales.of_request(scope), {"Retry-After": "1"})
            await errors.reply(problem, scope)(scope, receive, send)

    def _seconds(self, path: str) -> float | None:
        if path.endswith("/batch"):
            return self.batch_seconds
        if path == "/imports":
            return self.upload_seconds
        # An export takes as long as its reader; each of its pages is a short transaction of its own.
        return None if path.startswith("/exports/") else self.request_seconds


class _Started:
    """A send that remembers whether the answer has begun: from then on no other one can be given."""

    __slots__ = ("send", "yes")

    def __init__(self, send: Send) -> None:
        self.send = send
        self.yes = False

    async def __call__(self, message: Message) -> None:
        self.yes = True
        await self.send(message)


def _request_id(scope: Scope) -> str:
    """The caller's own id if it is harmless, so that both logs can be laid side by side; else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
            return str(value.decode("ascii"))
    return secrets.token_hex(10)


def _line(scope: Scope, request_id: str, status: int, seconds: float) -> str:
    route = getattr(scope.get("route"), "path", "")
    line = {
        "request_id": request_id,
        "method": scope["method"],
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 2),
    }
    return json.dumps(line)
