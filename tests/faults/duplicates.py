"""Simultaneous duplicates: many departments enter one customer in one moment, written, timed and filed differently."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from datetime import timedelta

from tests.faults.client import Client
from tests.faults.people import NOON, entered
from tests.faults.world import Result, Say, World, a_world

AT_ONCE = (2, 3, 5, 8, 13, 21, 34, 64)
TOGETHER = 160
"""Clients of rounds that run side by side: two processes take and let wait 192."""
PER_DATABASE = 250
"""Rounds; the check at the end reads all of it, so it must not grow for ever."""


async def campaign(rounds: int, engine: str, seed: int, say: Say) -> Result:
    """Rounds of 2 to 64 clients against two processes; no customer may be accepted twice, and everybody is answered."""
    result = Result("duplicates", engine, seed)
    for first in range(0, rounds, PER_DATABASE):
        async with a_world("duplicates", engine, seed + first, say, result=result) as world:
            last = min(first + PER_DATABASE, rounds)
            await at_the_edge(world, rounds + first)
            await side_by_side(world, range(first, last))
            sound = await world.examine()
            say(f"round {last} of {rounds}: {'sound' if sound else result.found}")
        if not sound:
            break
    return result


async def side_by_side(world: World, numbers: Iterable[int]) -> None:
    """All rounds, each begun as soon as there is room for its clients."""
    under_way: dict[asyncio.Task[None], int] = {}
    for number in numbers:
        clients = world.chance.choice(AT_ONCE)
        while under_way and sum(under_way.values()) + clients > TOGETHER:
            done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                del under_way[one]
                one.result()
        under_way[asyncio.create_task(a_round(world, number, clients))] = clients
    await asyncio.gather(*under_way)


async def a_round(world: World, number: int, clients: int, careless: float = 0.1) -> None:
    """One customer; a third of the rounds mean one piece of business, the others several in several windows."""
    chance = random.Random(world.chance.random())
    mixed, rows = number % 3 != 0, chance.choice((0.0, 0.5, 1.0))
    bodies = []
    for one in range(clients):
        request = f"{number}-{one}"
        bodies.append((entered(number, request, chance, chance.random() < rows, mixed), request))
    answers = await asyncio.gather(
        *(Client(world.server, world.history, chance, careless).ingest(body, request) for body, request in bodies)
    )
    world.result.done["rounds"] += 1
    world.result.done["clients"] += clients
    count(world, answers)


async def at_the_edge(world: World, number: int) -> None:
    """A day's window apart, to the microsecond less, and exactly: the first repeats the business, the other is a new one."""
    chance = random.Random(number)
    client = Client(world.server, world.history, chance)
    for one, distance in enumerate((timedelta(), timedelta(days=1, microseconds=-1), timedelta(days=1))):
        request = f"{number}-edge-{one}"
        body = entered(number, request, chance, row=True, mixed=False)
        answer = await client.ingest({**body, "occurred_at": (NOON + distance).isoformat()}, request)
        wanted = ("accept", "merge", "link")[one]
        if answer.get("decision") != wanted:
            sentence = f"{distance} after the first it is {answer.get('decision')}, not {wanted}"
            world.result.breach("I1 windows are half-open", sentence)
    world.result.done["edges"] += 1


def count(world: World, answers: Sequence[dict[str, object]]) -> None:
    for answer in answers:
        world.result.done[f"answered {answer.get('action', 'nothing')}"] += 1
