"""What happens to processes, connections and disks, under load; every client asks again until it is answered."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing

import asyncpg

from tests.faults.crowd import a_crowd
from tests.faults.disk import Disk, a_small_disk
from tests.faults.world import Result, Say, World, a_world, until

AT_A_TIME = 5
"""Faults between two checks."""
LONGEST_LOCK = 7.0
"""Seconds that somebody else keeps the SQLite file; the service itself waits for 5."""
REPLACED = 90.0
"""Seconds within which a killed worker must have been; on a busy machine its start takes most of them."""

Fault = Callable[[World], Awaitable[None]]


async def campaign(what: str, fault: Fault, rounds: int, engine: str, seed: int, say: Say) -> Result:
    """The fault again and again while clients are at work, and the checks whenever they have all been answered."""
    async with a_world(what, engine, seed, say) as world:
        await suffered(world, fault, rounds)
        return world.result


async def suffered(world: World, fault: Fault, rounds: int, at_a_time: int = AT_A_TIME) -> None:
    for done in range(0, rounds, at_a_time):
        batch = min(at_a_time, rounds - done)
        async with a_crowd(world, f"{done:03d}"):
            for _ in range(batch):
                await asyncio.sleep(world.chance.uniform(0.3, 1.2))
                await fault(world)
                world.result.done["faults"] += 1
        sound = await world.examine()
        world.say(f"{done + batch} of {rounds}: {'sound' if sound else world.result.found}")
        if not sound:
            return


async def kill(world: World) -> None:
    """kill -9 of one of the two workers; waits until there are two again."""
    workers, started = world.server.worker_pids(), world.server.workers_started()
    os.kill(world.chance.choice(workers), signal.SIGKILL)
    since = time.monotonic()
    await world.answers_again("kill -9 of a worker: a decision", since)
    await until(lambda: world.server.workers_started() > started, REPLACED)
    if len(world.server.worker_pids()) == len(workers):
        world.result.measured("kill -9 of a worker: all workers", time.monotonic() - since)
    else:
        world.result.breach("back by itself", f"a killed worker was not replaced within {REPLACED:.0f} s")


async def terminate(world: World) -> None:
    """pg_terminate_backend of one of the service's connections, whatever it does."""
    connection = await asyncpg.connect(world.server.url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() ORDER BY state = 'idle', random() LIMIT 1"
        )
    finally:
        await connection.close()
    await world.answers_again("pg_terminate_backend: a decision", time.monotonic())


async def restart(world: World) -> None:
    """PostgreSQL stopped at once, as if its machine had failed, and started again."""
    assert world.postgres is not None
    await asyncio.to_thread(world.postgres.stop, "immediate")
    await asyncio.sleep(world.chance.uniform(0.1, 1.5))
    await asyncio.to_thread(world.postgres.start)
    await world.answers_again("stop -m immediate, and started again: a decision", time.monotonic())


async def locked(world: World) -> None:
    """Another process has the SQLite file for itself."""
    seconds = world.chance.uniform(0.5, LONGEST_LOCK)
    await asyncio.to_thread(_hold, world.server.url.removeprefix("sqlite:///"), seconds)
    world.result.measured("SQLite locked by another process: a decision stored", await _next_decision(world))


async def _next_decision(world: World) -> float:
    decided = world.result.done["requests"]
    return await until(lambda: world.result.done["requests"] > decided, 60)


def _hold(path: str, seconds: float) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        other.execute("ROLLBACK")


async def full_disk(rounds: int, engine: str, seed: int, say: Say) -> Result:
    """No room left where the database lies: nothing is half-written, reads go on, and room heals it."""
    with a_small_disk(engine) as disk:
        async with a_world("full disk", engine, seed, say, home=disk.folder) as world:
            disk.found(world)
            world.result.notes.append(f"full disk by {disk.means}")
            await suffered(world, lambda one: _fill(one, disk), rounds, at_a_time=1)
            return world.result


async def _fill(world: World, disk: Disk) -> None:
    await asyncio.to_thread(disk.fill)
    refused = _refusals(world)
    await until(lambda: _refusals(world) >= refused + 5, 20)
    world.result.done["refused for want of room"] += _refusals(world) - refused
    if world.postgres is None:
        await world.answers_again("full disk: reads go on", time.monotonic(), patience=5)
    await asyncio.to_thread(disk.empty)
    if world.postgres is not None and not world.postgres.is_running():
        await asyncio.to_thread(world.postgres.start)
        world.result.done["PostgreSQL had to be started again"] += 1
    world.result.measured("room on the disk again: a decision stored", await _next_decision(world))


def _refusals(world: World) -> int:
    return sum(one.status == 503 for one in world.history.exchanges)
