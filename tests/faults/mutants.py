"""The checker is checked: each bug on purpose is to be caught by a campaign, and the table says which check caught it."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from tests.faults.bugs import BUGS
from tests.faults.claims import a_pair_of_claims
from tests.faults.crowd import a_crowd
from tests.faults.duplicates import a_round, at_the_edge
from tests.faults.merging import a_merge, a_switchboard
from tests.faults.postgresql import Postgres, a_postgresql
from tests.faults.world import Result, Say, World, a_folder, a_world

AT_ONCE = 13
BOUND = 120.0
"""Seconds of hunting for one bug, from the moment when the service runs."""
SETTLED = 0.5
"""Seconds for what is done in the background: a bug is not caught by looking too early."""

Step = Callable[[World, int], Awaitable[None]]


async def entering(world: World, number: int) -> None:
    await a_round(world, number, AT_ONCE, careless=0.3)


async def colliding(world: World, number: int) -> None:
    """Few clients: of more, each would be in the others' way for minutes."""
    await a_round(world, number, 3, careless=0.0)


async def killing(world: World, number: int) -> None:
    async with a_crowd(world, f"{number:03d}", careless=0.0):
        await asyncio.sleep(world.chance.uniform(0.5, 1.0))
        os.kill(world.chance.choice(world.server.worker_pids()), signal.SIGKILL)


async def claiming(world: World, number: int) -> None:
    await a_pair_of_claims(world, number, random.Random(number))


@dataclass(frozen=True, slots=True)
class Hunt:
    step: Step
    engine: str = "postgresql"


HUNTS: dict[str, Hunt] = {
    "no lock": Hunt(entering),
    "lock and lookup in one statement": Hunt(entering),
    "unsorted locks": Hunt(colliding),
    "wrong isolation": Hunt(entering),
    "late outbox": Hunt(killing),
    "no idempotency record": Hunt(entering),
    "idempotency outside of the transaction": Hunt(entering),
    "window off by one": Hunt(at_the_edge),
    "confirm forgets the episode": Hunt(claiming),
    "answered before the commit": Hunt(killing),
    "a hot key cools": Hunt(a_switchboard, "sqlite"),
    "merged records left behind": Hunt(a_merge),
    "accepted in doubt": Hunt(a_switchboard, "sqlite"),
    "lookup before the lock": Hunt(entering, "sqlite"),
}
"""Every bug, and what brings it to light."""


async def campaign(names: Sequence[str], seed: int, say: Say, keep: Callable[[Result], None]) -> list[Result]:
    """A result for each bug, kept as soon as there is one; a bug that nothing has caught is a breach."""
    assert set(HUNTS) == set(BUGS)
    results = []
    with ExitStack() as stack:
        postgres: Postgres | None = None
        for name in names or HUNTS:
            if HUNTS[name].engine == "postgresql" and postgres is None:
                folder = a_folder()
                stack.callback(shutil.rmtree, folder, ignore_errors=True)
                postgres = stack.enter_context(a_postgresql(folder))
            results.append(await hunt(name, HUNTS[name], postgres, seed))
            keep(results[-1])
            caught = results[-1].done["caught"]
            say(f"{name}: {'caught' if caught else 'NOT CAUGHT'}; {'; '.join(results[-1].notes)}")
    return results


async def hunt(name: str, chosen: Hunt, postgres: Postgres | None, seed: int) -> Result:
    own = postgres if chosen.engine == "postgresql" else None
    async with a_world(f"bug: {name}", chosen.engine, seed, bug=name, postgres=own) as world:
        started, steps = time.monotonic(), 0
        while not world.result.found and time.monotonic() - started < BOUND:
            await chosen.step(world, steps)
            steps += 1
            await asyncio.sleep(SETTLED)
            await world.examine(finished=False)
        result = world.result
    found, result.found = result.found, {}
    if found:
        result.done["caught"] = 1
        result.notes.append(f"by {', '.join(found)} in step {steps}")
        result.notes.append(next(iter(found.values()))[0])
    else:
        result.breach("the checker catches every bug", f"{name!r} went unnoticed for {BOUND:.0f} s")
    return result
