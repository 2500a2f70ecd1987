"""Runs the application under uvicorn, in one process or several."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from dedupsvc.api.admission import REFUSED_AT_ONCE
from dedupsvc.api.app import create_app
from dedupsvc.bootstrap import Service, open_service
from dedupsvc.core.normalize import Defaults, normalize
from dedupsvc.core.record import Address, Email, Identifier, Phone, Values
from dedupsvc.settings import Settings

GARBAGE_THRESHOLDS = 10_000, 2, 5
"""Objects made and not yet gone, before the collector looks through the young ones; how many such looks, before it goes through
those that outlived one; how many of these, before all. Python's own are 700, 10 and 10. A closed connection is a cycle of 10 kB
and has outlived a look if it was open then: by the tenth, an overload of new connections had left tens of megabytes of them.
"""

_FIRST = (
    Values(name="张伟", phones=(Phone("021-50881234"),), addresses=(Address("上海市浦东新区世纪大道100号"),)),
    Values(company_name="上海华信科技有限公司北京分公司", emails=(Email("zhang.wei@huaxin.example"),)),
    Values(name="Ada Byron", phones=(Phone("+44 20 7946 0018"),), addresses=(Address("1 St James's Square, London"),)),
    Values(company_name="Shanghai Acme Tools Ltd - Boston", identifiers=(Identifier("vat", "GB999999973"),)),
)

ACCEPTED_AT_ONCE = REFUSED_AT_ONCE
"""Connections that a process takes in per turn of its event loop. libuv takes one for each listening socket, so the socket is
registered so many times: under load a turn is long, and newcomers, /healthz among them, waited for seconds to be seen."""


def application() -> FastAPI:
    """What each worker process builds; its settings come from the environment, like the parent's."""
    settings = Settings()
    write_log(settings.log_level)

    async def opened() -> Service:
        service = await settled(settings)
        service.start_rechecks()
        drain_on_sigterm(app, settings.drain_seconds)
        return service

    app = create_app(opened, settings)
    return app


def drain_on_sigterm(app: FastAPI, seconds: float) -> None:
    """On SIGTERM /readyz fails at once, and only then, after so many seconds, the server stops taking requests.

    Whoever balances the load learns in that time to send no more. A second SIGTERM ends it.
    """
    stop = signal.getsignal(signal.SIGTERM)
    if not callable(stop) or not seconds:
        return
    loop = asyncio.get_running_loop()

    def drain(number: int, frame: FrameType | None) -> None:
        app.state.draining = True
        signal.signal(signal.SIGTERM, stop)
        loop.call_soon_threadsafe(loop.call_later, seconds, stop, number, None)

    signal.signal(signal.SIGTERM, drain)


async def settled(settings: Settings) -> Service:
    """The service, opened; what the process has made by now stays, and the collector looks at it no more.

    A request makes many small objects and next to no cycles. By Python's own thresholds the collector would run every few
    requests, and every now and then through all lexicons, while everybody waits. Tables that are read at their first use are
    read now, and not while the first caller waits.
    """
    service = await open_service(settings)
    for values in _FIRST:
        normalize(values, Defaults(phone_country=settings.phone_country))
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    return service


def write_log(level: str) -> None:
    """Our own lines go to standard error as they are, one JSON object each; uvicorn's set-up covers only its own."""
    log = logging.getLogger("dedupsvc")
    if not log.handlers:
        log.addHandler(logging.StreamHandler())
    log.setLevel(level)


def run(
    settings: Settings, host: str, port: int, workers: int, application: str = "dedupsvc.api.serving:application"
) -> None:
    """Serves until stopped; requests under way are finished first. ``application`` names what each worker builds."""
    config = uvicorn.Config(
        application,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        access_log=False,  # the application writes its own, without personal data
        server_header=False,
        proxy_headers=False,  # a caller is who connects: a forwarded address must not turn a stranger into loopback
        log_level=settings.log_level.lower(),
        timeout_graceful_shutdown=20,
        timeout_worker_healthcheck=30,  # a starved machine makes a busy worker late, which is no reason to kill it
    )
    listening = config.bind_socket()
    sockets = [listening, *(listening.dup() for _ in range(ACCEPTED_AT_ONCE - 1))]
    if workers > 1:
        Multiprocess(config, sockets).run()
        return
    server = uvicorn.Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets)
    if not server.started:
        sys.exit(STARTUP_FAILURE)
