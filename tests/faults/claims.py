"""Claims whose CRM crashes between the question and its row: the place is free again when promised, and nothing told late is lost."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

from tests.concurrency import checker
from tests.faults.client import Client
from tests.faults.crowd import confirmed
from tests.faults.people import entered
from tests.faults.world import Result, Say, World, a_world

CLAIM_SECONDS = 3
CRASHES = 0.3
"""The share of CRMs that crash after the claim; half of these report their row much later."""
AT_ONCE = 20
SLACK = 5.0
"""Seconds beyond the claim's end within which whoever waits must have got the place."""


async def campaign(cases: int, engine: str, seed: int, say: Say) -> Result:
    """Two CRMs want each customer; the one that gets the claim may crash. Nobody is blocked beyond the claim's end."""
    async with a_world("claims", engine, seed, say, settings={"DEDUPSVC_CLAIM_SECONDS": str(CLAIM_SECONDS)}) as world:
        for first in range(0, cases, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, cases))
            late = await asyncio.gather(*(_a_case(world, number) for number in numbers))
            await _late_ones_are_kept(world, [one for one in late if one])
            if not await world.examine():
                break
            say(f"{numbers[-1] + 1} of {cases}: sound")
        return world.result


async def _a_case(world: World, number: int) -> tuple[str, dict[str, Any]] | None:
    """One customer, two callers; the row and the answer that it was reported with, if that was late."""
    chance = random.Random(f"{world.result.seed} {number}")
    client = Client(world.server, world.history, chance, careless=0.05)
    ours = entered(number, f"{number}-a", chance, row=False, mixed=False)
    claim = await client.ingest(ours, f"{number}-a")
    world.result.done["claims"] += 1
    if claim.get("state") != "claimed":
        world.result.breach("a claim is given to whoever comes first", f"case {number}: {claim}")
        return None
    since = time.monotonic()
    if chance.random() >= CRASHES:
        answer, _ = await asyncio.gather(confirmed(client, number, f"{number}-a", claim), _asks(world, number, chance))
        if answer.get("state") != "accepted":
            world.result.breach("a claim confirmed in time is accepted", f"case {number}: {answer}")
        return None
    world.result.done["crashes between claim and confirmation"] += 1
    taken = await _asks(world, number, chance)
    waited = time.monotonic() - since
    world.result.measured("a crashed CRM's claim: until the next one has the place", waited)
    if taken is None or waited > CLAIM_SECONDS + SLACK:
        world.result.breach("nobody is blocked beyond expiry", f"case {number}: waited {waited:.1f} s")
    if chance.random() < 0.5:
        return None
    world.result.done["confirmed late"] += 1
    return f"{number}-a", await confirmed(client, number, f"{number}-a", claim)


async def a_pair_of_claims(world: World, number: int, chance: random.Random) -> None:
    """A claim that is confirmed, and another department that comes after."""
    client = Client(world.server, world.history, chance)
    claim = await client.ingest(entered(number, f"{number}-a", chance, row=False, mixed=False), f"{number}-a")
    await confirmed(client, number, f"{number}-a", claim)
    await client.ingest(entered(number, f"{number}-b", chance, row=True, mixed=False), f"{number}-b")


async def _asks(world: World, number: int, chance: random.Random) -> dict[str, Any] | None:
    """Another CRM asks as often as it is told to wait; the answer that ends it. Each question is a request of its own."""
    client, until = Client(world.server, world.history, chance), time.monotonic() + CLAIM_SECONDS + 3 * SLACK
    turn = 0
    while time.monotonic() < until:
        request = f"{number}-b{turn}"
        answer = await client.ingest(entered(number, request, chance, row=False, mixed=False, source="erp"), request)
        if answer.get("action") != "wait":
            if answer.get("state") == "claimed":
                await confirmed(client, number, request, answer)
            return answer
        turn += 1
        await asyncio.sleep(chance.uniform(0.1, 0.4))
    return None


async def _late_ones_are_kept(world: World, late: list[tuple[str, dict[str, Any]]]) -> None:
    """A row that was reported after its claim's end is stored, as a row of the customer or held for a steward."""
    rows = {
        row["external_id"]: row
        for row in (await checker.read(world.server.url))["records"]
        if row["state"] != "retired"
    }
    for external_id, answer in late:
        if external_id not in rows or answer.get("state") not in ("accepted", "joined", "held"):
            world.result.breach("no late confirmation is lost", f"row {external_id}: {answer.get('state')}")
