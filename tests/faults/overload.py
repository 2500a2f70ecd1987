"""Three times what the service can do: whoever is taken is answered in time, and everybody else is told at once to come again."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import statistics
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.concurrency.history import Exchange
from tests.concurrency.server import ROOT
from tests.faults.client import Client
from tests.faults.people import entered
from tests.faults.world import Result, Say, World, a_world

DEADLINE = 5
TIMES = 3
WARM = 30.0
"""Seconds of full speed before memory is compared: caches of what was normalized fill meanwhile, overload or not."""
GIVES_WAY = 5
"""Niceness of whoever makes the load, which shares the machine: only the service is to make the probe wait."""
CLIENTS = 24
"""Enough to keep two processes busy, and fewer than would have to wait for admission."""
MEASURED = 4.0
"""Seconds over which full speed is measured."""
RECOVERY = 2.0
REST = 15.0
BARE = 0.8
"""Of the speed after a rest: what a busy machine may take off a measurement of a few seconds. The speed before is no
measure: the store was empty then."""
MOST_MEMORY = 1.10
HEALTHY = 0.1
MOST_OPEN = 1_500
"""Requests under way at once; the client itself stops there and says so."""


async def campaign(seconds: int, engine: str, seed: int, say: Say) -> Result:
    settings = {"DEDUPSVC_REQUEST_SECONDS": str(DEADLINE)}
    async with a_world("overload", engine, seed, say, settings=settings) as world:
        world.history.deadline = DEADLINE + 1
        numbers = itertools.count()
        await full_speed(world, numbers, WARM)
        before = await full_speed(world, numbers, MEASURED)
        memory = resident(world)
        say(f"{before:.0f} decisions/s with {CLIENTS} clients")
        first = len(world.history.exchanges)
        probe = await probing(world, seconds)
        with giving_way():
            peak = await flood(world, numbers, TIMES * before, seconds)
        health: list[float] = json.loads((await probe.communicate())[0])
        _judge(world, world.history.exchanges[first:], health)
        await asyncio.sleep(RECOVERY)
        after = await full_speed(world, numbers, MEASURED)
        await asyncio.sleep(REST)
        rested = await full_speed(world, numbers, MEASURED)
        world.result.notes.append(
            f"full speed {before:.0f}/s over an empty store, {after:.0f}/s {RECOVERY:.0f} s after the load and "
            f"{rested:.0f}/s after {REST:.0f} s of rest, over what it stored meanwhile"
        )
        world.result.notes.append(f"memory {memory / 1e6:.0f} MB before, {peak / 1e6:.0f} MB at most")
        if after < BARE * rested:
            world.result.breach("full speed afterwards", f"{after:.0f}/s, and {rested:.0f}/s after a rest")
        if peak > MOST_MEMORY * memory:
            world.result.breach("memory within 10 %", f"{peak / memory:.2f} of what it was")
        await world.examine(finished=False)
        return world.result


async def full_speed(world: World, numbers: Iterator[int], seconds: float) -> float:
    """Decisions per second, as fast as the clients get their answers."""
    until, done = time.monotonic() + seconds, 0

    async def one() -> None:
        nonlocal done
        while time.monotonic() < until:
            answered = (await _sent(world, next(numbers))).status == 200
            done += answered  # not in one line: what is added to would be read before the wait

    await asyncio.gather(*(one() for _ in range(CLIENTS)))
    return done / seconds


async def _sent(world: World, number: int) -> Exchange:
    """Each is another customer; nobody tries again."""
    chance, request = random.Random(number), f"load-{number}"
    client = Client(world.server, world.history, chance)
    return await client.attempt("/ingest", entered(number, request, chance, row=True, mixed=False), request)


async def flood(world: World, numbers: Iterator[int], rate: float, seconds: float) -> float:
    """So many requests per second, answered or not; the most memory that was seen, in bytes."""
    started, sent, peak = time.monotonic(), 0, 0.0
    tasks: set[asyncio.Task[Exchange]] = set()
    while (elapsed := time.monotonic() - started) < seconds:
        for _ in range(min(int(elapsed * rate) - sent, MOST_OPEN - len(tasks))):
            task = asyncio.create_task(_sent(world, next(numbers)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            sent += 1
        peak = max(peak, resident(world))
        await asyncio.sleep(0.02)
    world.result.done["sent in overload"] += sent
    world.result.notes.append(f"offered {sent / seconds:.0f}/s of the intended {rate:.0f}/s")
    await asyncio.gather(*tasks)
    return peak


async def probing(world: World, seconds: float) -> Process:
    """Asks for /healthz from now on; prints the seconds that each answer took."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.probe", world.server.address, str(seconds),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


@contextmanager
def giving_way() -> Iterator[None]:
    """Where the system does not let a process take its priority back, it is left as it is."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        if os.geteuid() == 0:
            os.setpriority(os.PRIO_PROCESS, 0, before + GIVES_WAY)
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, before)


def _judge(world: World, exchanges: Sequence[Exchange], health: Sequence[float]) -> None:
    result = world.result
    admitted = sorted(one.completed - one.invoked for one in exchanges if one.status == 200)
    rejected = sorted(one.completed - one.invoked for one in exchanges if one.status == 503)
    result.done["answered in overload"] += len(admitted)
    result.done["rejected with 503 and Retry-After"] += len(rejected)
    for what, times in (
        ("overload: answered", admitted),
        ("overload: rejected", rejected),
        ("overload: /healthz", health),
    ):
        for one in times:
            result.measured(what, one)
    if broken := sum(one.status == 0 for one in exchanges):
        result.breach("the rejected are told so", f"{broken} connections ended without an answer")
    if not rejected:
        result.breach("the overload was one", "nobody was rejected")
    late = statistics.quantiles(health, n=100)[98]
    if late > HEALTHY:
        result.breach("/healthz within 100 ms", f"p99 {late * 1000:.0f} ms")


def resident(world: World) -> float:
    """What all workers hold of their own, in bytes: mapped pages of the database's file are the system's cache."""
    total = 0.0
    for pid in world.server.worker_pids():
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                total += float(line.split()[1]) * 1024
    return total
