"""Clients that keep the service busy while something happens to it: rows reported, claims taken and confirmed, few customers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.concurrency.history import Tag
from tests.faults.client import Client
from tests.faults.people import entered
from tests.faults.world import World

FRESH = 25
"""Turns after which a client goes on to other customers, so that there is always somebody new."""


@asynccontextmanager
async def a_crowd(world: World, name: str, clients: int = 8, careless: float = 0.05) -> AsyncIterator[None]:
    """Clients at work; at the end each waits for the answer that it still lacks."""
    over = asyncio.Event()
    seed = world.chance.random()
    tasks = [
        asyncio.create_task(_busy(world, f"{name}.{one}", over, random.Random(f"{seed} {one}"), careless))
        for one in range(clients)
    ]
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(*tasks)


async def _busy(world: World, name: str, over: asyncio.Event, chance: random.Random, careless: float) -> None:
    client, turn = Client(world.server, world.history, chance, careless), 0
    first = int.from_bytes(name.partition(".")[0].encode()[-3:], "big")
    while not over.is_set():
        customer = first + turn // FRESH * 10 + chance.randrange(10)
        request = f"{name}.{turn}"
        body = entered(customer, request, chance, row=chance.random() < 0.6, mixed=True)
        answer = await client.ingest(body, request)
        world.result.done["requests"] += 1
        if answer.get("state") == "claimed" and chance.random() < 0.7:
            await confirmed(client, customer, request, answer)
            world.result.done["confirmations"] += 1
        turn += 1


async def confirmed(client: Client, customer: int, request: str, claim: dict[str, Any]) -> dict[str, Any]:
    """The CRM has inserted its row."""
    name = f"{request}-confirm"
    return await client.confirm(claim["claim_id"], {"external_id": request, "url": Tag(customer, name).url}, name)
