"""/healthz and /readyz: for whoever starts, stops and balances the service; open to all, and telling nothing else."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from dedupsvc.api import translate
from dedupsvc.usecases.answers import Health
from dedupsvc.wire.view import AliveBody, HealthBody

router = APIRouter(tags=["health"])


@router.get("/healthz", response_model=AliveBody, summary="Whether the process answers")
async def healthz() -> Response:
    """Always 200 while the process runs; asks nothing of the database."""
    return translate.viewed(AliveBody, AliveBody(status="ok"))


@router.get(
    "/readyz",
    response_model=HealthBody,
    responses={
        503: {"model": HealthBody, "description": "Not ready: the store does not answer, or the process is stopping."}
    },
    summary="Whether decisions can be made",
)
async def readyz(request: Request) -> Response:
    """200 if the store answers; 503 if it does not, and from the moment when the process is told to stop.

    `lookup_processes` says how many of those beside this process are up. It answers without them, too, only not as much.
    """
    if request.app.state.draining:
        return translate.viewed(HealthBody, Health(False, {"process": "stopping"}), 503)
    health = await request.app.state.service.health()
    health.checks.update(request.app.state.lookups.checks())
    return translate.viewed(HealthBody, health, 200 if health.ready else 503)
