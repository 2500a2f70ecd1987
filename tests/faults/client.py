"""A client as a CRM's integration should be: it sends with an Idempotency-Key, and again until it is answered."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any

from tests.concurrency.history import Exchange, History
from tests.concurrency.server import Server
from tests.faults.connection import Broken, Reply, send

PATIENCE = 120.0
"""Seconds: what is not answered by then never will be."""
SOONER = 0.5
"""Of the time that the service asks for; a campaign is in more of a hurry than a CRM."""


class Client:
    """Writes down each attempt. ``careless``: the share of requests that it abandons unheard, and sends again at once;
    the same share of its answered ones it sends a second time.
    """

    def __init__(self, server: Server, history: History, chance: random.Random, careless: float = 0.0) -> None:
        self._server = server
        self._history = history
        self._chance = chance
        self._careless = careless

    async def ingest(self, body: dict[str, Any], request: str) -> dict[str, Any]:
        return await self.ask("/ingest", body, request)

    async def confirm(self, claim_id: str, body: dict[str, Any], request: str) -> dict[str, Any]:
        return await self.ask(f"/claims/{claim_id}/confirm", body, request)

    async def ask(self, path: str, body: dict[str, Any], request: str) -> dict[str, Any]:
        """The answer; {} if there was none in all the time that there is."""
        if self._chance.random() < self._careless:
            await self.attempt(path, body, request, hang_up_after=self._chance.uniform(0, 0.05))
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            one = await self.attempt(path, body, request)
            if one.status == 200:
                if self._chance.random() < self._careless:
                    await self.attempt(path, body, request)
                return one.answer
            if one.status not in (0, 409, 503) or one.answer.get("code") == "CONFLICT":
                break
            asked = float(one.retry_after or 0.2)
            await asyncio.sleep(self._chance.uniform(0.2, 1.0) * SOONER * asked)
        return {}

    async def attempt(
        self, path: str, body: dict[str, Any], request: str, hang_up_after: float | None = None
    ) -> Exchange:
        """Sent once, and written down."""
        invoked = time.monotonic()
        reply = Reply(0, {}, b"")
        try:
            headers = {"Idempotency-Key": request}
            content = json.dumps(body).encode()
            reply = await send(self._server.address, "POST", path, content, headers, hang_up_after)
        except Broken:
            pass
        completed, retry_after = time.monotonic(), reply.headers.get("retry-after", "")
        one = Exchange(request, path, body, invoked, completed, reply.status, reply.json(), retry_after)
        self._history.exchanges.append(one)
        return one
