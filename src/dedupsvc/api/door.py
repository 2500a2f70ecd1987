"""Where connections come in: whoever there is no room for is told so at once, before a task is made for the request.

Under load most requests are refused. Each of them, as a task, waited for its turn among all others, kept its connection and all that
belongs to it open meanwhile, and cost a third of what a decision costs.
"""

from __future__ import annotations

import contextlib
from typing import Any

from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

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


class Door(HttpToolsProtocol):
    """One connection. ``Any``: uvicorn has types of its own for what Starlette calls scope and application."""

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
