"""Builds the ASGI application: routes, middleware, errors, and a lifespan that opens and closes the service."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import ASGIApp, Receive, Scope, Send

from dedupsvc.api import errors
from dedupsvc.api.admission import Admission, Gates, Load, refuse
from dedupsvc.api.door import DOOR, Doorkeeper
from dedupsvc.api.lookups import IN_A_TURN, Lookups
from dedupsvc.api.middleware import Deadline, LastResort, Surroundings
from dedupsvc.api.routes import claims, docs, files, health, ingest, match, merge, rules, stored
from dedupsvc.settings import Settings
from dedupsvc.usecases.gathering import TOGETHER

if TYPE_CHECKING:
    from dedupsvc.bootstrap import Service

DESCRIPTION = """Ask before you insert a customer: same customer, same time window, same business scenario?

Every decided record is answered with 200 and one `decision`; errors have one shape, with a stable `code`.
Instants are ISO 8601 in UTC. Messages are in English or Chinese, by `locale` or `Accept-Language`."""


def create_app(
    service_factory: Callable[[], Awaitable[Service]], settings: Settings, lookup_processes: int = 0
) -> FastAPI:
    """The application; it opens the service when the server starts it and closes it when the server stops.

    ``lookup_processes`` are started beside it, see `api.lookups`.
    """

    load, gates = Load(), Gates(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        _make_routes(app)
        app.state.service = await service_factory()
        app.state.lookups = Lookups(app.state.service, settings, load, lookup_processes)
        app.state.lookups.start()
        try:
            yield {DOOR: Doorkeeper(gates, _refusal(app))}
        finally:
            await app.state.lookups.aclose()
            await app.state.service.aclose()

    app = FastAPI(
        title="dedupsvc",
        version=version("dedupsvc"),
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    app.state.settings = settings
    app.state.draining = False
    errors.install(app)
    for part in (match, ingest, claims, stored, merge, rules, files, health, docs):
        app.include_router(part.router)
    # The last one added is the outermost; time spent waiting for admission counts towards the deadline.
    app.add_middleware(Admission, gates=gates, load=load, reading_together=IN_A_TURN if lookup_processes else TOGETHER)
    app.add_middleware(Deadline, settings=settings)
    app.add_middleware(LastResort)
    app.add_middleware(Surroundings)
    return app


def _make_routes(app: FastAPI) -> None:
    """FastAPI would do it in the loop for whoever comes first, a tenth of a second. Before the service is opened, which tells the
    garbage collector what stays.
    """
    deque(iter_route_contexts(app.routes), maxlen=0)


def _refusal(app: FastAPI) -> ASGIApp:
    """What answers instead of the application, with its headers and its line in the log."""

    async def refused(scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = app
        await refuse(scope, receive, send)

    return Surroundings(refused)


def _operation_id(route: APIRoute) -> str:
    return route.name


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document as published; neither settings nor a database change it."""

    async def no_service() -> Service:
        raise RuntimeError("this application is only asked for its document")

    return create_app(no_service, Settings.model_construct()).openapi()
