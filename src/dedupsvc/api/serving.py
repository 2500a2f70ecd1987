"""Runs the application under uvicorn, in one process or several."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from dedupsvc.api.admission import REFUSED_AT_ONCE
from dedupsvc.api.app import create_app
from dedupsvc.api.door import Door
from dedupsvc.api.startup import settled, write_log
from dedupsvc.bootstrap import Service
from dedupsvc.settings import Settings

ACCEPTED_AT_ONCE = REFUSED_AT_ONCE
"""Connections that a process takes in per turn of its event loop. libuv takes one for each listening socket, so the socket is
registered so many times: under load a turn is long, and newcomers, /healthz among them, waited for seconds to be seen."""

SILENT_SECONDS = 5
"""For which a connection that asks nothing is left to the system. Who opens many more than can be served is slow to use them, and each
would take 10 kB of the process meanwhile."""


def application() -> FastAPI:
    """What each worker process builds; its settings come from the environment, like the parent's."""
    settings = Settings()
    write_log(settings.log_level)

    async def opened() -> Service:
        service = await settled(settings)
        service.start_rechecks()
        drain_on_sigterm(app, settings.drain_seconds)
        return service

    app = create_app(opened, settings, settings.lookup_processes)
    return app


def lookup_processes(wanted: int, workers: int) -> int:
    """For each worker: as many as are wanted, but none that would only take turns with others on the same core."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(0, min(wanted, cores // workers - 1))


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
        http=Door,
        access_log=False,  # the application writes its own, without personal data
        server_header=False,
        proxy_headers=False,  # a caller is who connects: a forwarded address must not turn a stranger into loopback
        log_level=settings.log_level.lower(),
        timeout_graceful_shutdown=20,
        timeout_worker_healthcheck=30,  # a starved machine makes a busy worker late, which is no reason to kill it
    )
    # Each worker reads its settings anew.
    os.environ["DEDUPSVC_LOOKUP_PROCESSES"] = str(lookup_processes(settings.lookup_processes, workers))
    listening = config.bind_socket()
    if sys.platform == "linux":
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT_SECONDS)
    sockets = [listening, *(listening.dup() for _ in range(ACCEPTED_AT_ONCE - 1))]
    if workers > 1:
        Multiprocess(config, sockets).run()
        return
    server = uvicorn.Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets)
    if not server.started:
        sys.exit(STARTUP_FAILURE)
