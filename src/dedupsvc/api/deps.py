"""What each route is given: the service, the caller, and the body as it was parsed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Header, Path, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from dedupsvc.api import auth, body
from dedupsvc.api import locale as locales
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.answers import Idempotency

if TYPE_CHECKING:
    from dedupsvc.api.lookups import Lookups
    from dedupsvc.bootstrap import Service

CALLER = "dedupsvc.caller"
"""Where the scope keeps the caller once it is known."""


class JsonRequest(Request):
    """A request whose body was read and parsed under our own limits."""

    def __init__(self, request: Request, raw: bytes) -> None:
        super().__init__(request.scope, request.receive)
        self.raw = raw
        self.tree = body.parse(raw)

    async def body(self) -> bytes:
        return self.raw

    async def json(self) -> Any:
        return self.tree


class GuardedRoute(APIRoute):
    """A route that knows its caller before it reads a body, and reads a body only as far as the settings allow."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        takes_body = self.body_field is not None
        batch = self.path.endswith("/batch")

        async def handle(request: Request) -> Response:
            settings = request.app.state.settings
            request.scope[CALLER] = auth.authenticate(request, settings)
            if not takes_body:
                return await answer(request)
            headers = request.headers
            body.require_json(headers.get("content-type", ""), headers.get("content-encoding", ""))
            raw = await body.read(request, settings.max_batch_body_bytes if batch else settings.max_body_bytes)
            return await answer(JsonRequest(request, raw))

        return handle


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request."""

    request: Request
    service: Service
    caller: Caller
    idempotency_key: str | None = None

    @property
    def lookups(self) -> Lookups:
        found: Lookups = self.request.app.state.lookups
        return found

    def locale(self, asked: str | None = None) -> str:
        """The language of messages; what the body asks for goes before the header, in errors that follow too."""
        if said := locales.from_body(asked):
            self.request.scope[locales.LOCALE] = said
            return said
        return locales.of_request(self.request.scope)

    def idempotency(self, route: str, target: str = "") -> Idempotency | None:
        """The key with the fingerprint of what it came with: the body, and the id in the path if the route has one."""
        if self.idempotency_key is None:
            return None
        tree = self.request.tree if isinstance(self.request, JsonRequest) else None
        canonical = json.dumps([target, tree], sort_keys=True, separators=(",", ":"))
        return Idempotency(self.idempotency_key, route, hashlib.sha256(canonical.encode()).hexdigest())


async def caller(request: Request) -> Caller:
    """The authenticated caller."""
    found: Caller = request.scope[CALLER]
    return found


async def call(request: Request) -> Call:
    return Call(request, request.app.state.service, request.scope[CALLER])


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x20-\x7e]+$",
        description="Your own id of this attempt: a repeat with the same body gives the first answer again.",
    ),
]


async def repeatable_call(request: Request, idempotency_key: IdempotencyKey = None) -> Call:
    return Call(request, request.app.state.service, request.scope[CALLER], idempotency_key)


Called = Annotated[Call, Depends(call)]
RepeatableCalled = Annotated[Call, Depends(repeatable_call)]
PublicId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
"""An id as dedupsvc gives them out: rec_…, cus_…, dec_…, clm_…"""
