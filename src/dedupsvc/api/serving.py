"""Runs the application under uvicorn, in one process or several."""

from __future__ import annotations

import logging

import uvicorn
from fastapi import FastAPI

from dedupsvc.api.app import create_app
from dedupsvc.bootstrap import open_service
from dedupsvc.settings import Settings


def application() -> FastAPI:
    """What each worker process builds; its settings come from the environment, like the parent's."""
    settings = Settings()
    write_log(settings.log_level)
    return create_app(lambda: open_service(settings), settings)


def write_log(level: str) -> None:
    """Our own lines go to standard error as they are, one JSON object each; uvicorn's set-up covers only its own."""
    log = logging.getLogger("dedupsvc")
    if not log.handlers:
        log.addHandler(logging.StreamHandler())
    log.setLevel(level)


def run(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serves until stopped; requests under way are finished first."""
    uvicorn.run(
        "dedupsvc.api.serving:application",
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
