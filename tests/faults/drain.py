"""SIGTERM under load: /readyz fails first, and whoever was taken is answered."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time

from tests.faults.client import Client
from tests.faults.connection import Broken, send
from tests.faults.people import entered
from tests.faults.world import Result, Say, World, a_world

CLIENTS = 12
DRAIN = 2
NOTICED = 0.5
"""Seconds after which a load balancer that asks /readyz sends nobody any more."""


async def campaign(rounds: int, engine: str, seed: int, say: Say) -> Result:
    async with a_world("drain", engine, seed, say, settings={"DEDUPSVC_DRAIN_SECONDS": str(DRAIN)}) as world:
        for number in range(rounds):
            await a_stop(world, number)
            await world.server.stop()
            await world.server.start()
        say(f"{rounds} times stopped: {'sound' if await world.examine(finished=False) else world.result.found}")
        return world.result


async def a_stop(world: World, number: int) -> None:
    """Clients send until /readyz has been failing for a moment, as behind a load balancer; none may be left without answer."""
    over, first = asyncio.Event(), len(world.history.exchanges)
    tasks = [asyncio.create_task(_sends(world, f"{number}.{one}", over)) for one in range(CLIENTS)]
    await asyncio.sleep(world.chance.uniform(0.5, 1.0))
    os.kill(world.server.pid, signal.SIGTERM)
    since = time.monotonic()
    while await _is_ready(world) and time.monotonic() - since < 10:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.02)
    world.result.measured("SIGTERM: until /readyz fails", time.monotonic() - since)
    answered = len(world.history.exchanges)
    await asyncio.sleep(NOTICED)
    over.set()
    await asyncio.gather(*tasks)
    exchanges = world.history.exchanges[first:]
    world.result.done["stopped under load"] += 1
    world.result.done["answered while draining"] += sum(one.status == 200 for one in world.history.exchanges[answered:])
    if lost := sum(one.status == 0 for one in exchanges):
        world.result.breach("nobody is left without an answer", f"{lost} of {len(exchanges)} in round {number}")
    if not any(one.status == 200 for one in world.history.exchanges[answered:]):
        world.result.breach("/readyz fails first", f"nobody was answered after that in round {number}")


async def _is_ready(world: World) -> bool:
    try:
        return (await send(world.server.address, "GET", "/readyz")).status == 200
    except Broken:
        world.result.breach("/readyz fails first", "the service was gone before it said that it is not ready")
        return False


async def _sends(world: World, name: str, over: asyncio.Event) -> None:
    chance, turn = random.Random(name), 0
    client = Client(world.server, world.history, chance)
    while not over.is_set():
        request = f"{name}.{turn}"
        await client.attempt("/ingest", entered(turn, request, chance, row=True, mixed=True), request)
        turn += 1
