"""Customers merged and parted by stewards while departments go on entering them; and values that too many records share."""

from __future__ import annotations

import asyncio
import random

from tests.concurrency.history import Tag
from tests.faults.client import Client
from tests.faults.people import a_person, entered
from tests.faults.world import Result, Say, World, a_world

OFTEN = 60
"""Records that share a switchboard: more than a ruleset searches by."""


async def campaign(rounds: int, engine: str, seed: int, say: Say) -> Result:
    async with a_world("merges", engine, seed, say) as world:
        for number in range(rounds):
            await a_merge(world, number)
        say(f"{rounds} merges: {'sound' if await world.examine() else world.result.found}")
        return world.result


async def a_merge(world: World, number: int) -> None:
    """Two customers made one while a third department enters each of them; every other time it is undone."""
    chance = random.Random(world.chance.random())
    client = Client(world.server, world.history, chance)
    pair = (2 * number, 2 * number + 1)
    answers = [await _row(client, customer, f"{number}-{customer}-first", chance) for customer in pair]
    body = {"customer_ids": [answer["customer_id"] for answer in answers]}
    merged, *_ = await asyncio.gather(
        client.ask("/merge", body, f"{number}-merge"),
        *(_row(client, customer, f"{number}-{customer}-second", chance) for customer in pair),
    )
    world.result.done["merges"] += 1
    if merged.get("merge_id") and number % 2:
        await client.ask(f"/merge/{merged['merge_id']}/undo", {}, f"{number}-undo")
        world.result.done["merges undone"] += 1


async def _row(client: Client, customer: int, request: str, chance: random.Random) -> dict[str, object]:
    return await client.ingest(entered(customer, request, chance, row=True, mixed=False), request)


async def hot_keys(rounds: int, engine: str, seed: int, say: Say) -> Result:
    """Each round is a company's switchboard with more people behind it than one may search by."""
    async with a_world("hot keys", engine, seed, say) as world:
        for number in range(rounds):
            await a_switchboard(world, number)
        say(f"{rounds} switchboards: {'sound' if await world.examine() else world.result.found}")
        return world.result


async def a_switchboard(world: World, number: int) -> None:
    chance = random.Random(world.chance.random())
    switchboard = f"021{60_000_000 + number * 97:08d}"
    people = [(number * 1_000 + one, f"{number}-{one}") for one in range(OFTEN)]
    for some in range(0, OFTEN, 10):
        await asyncio.gather(
            *(
                Client(world.server, world.history, chance).ingest(_colleague(*each, switchboard), each[1])
                for each in people[some : some + 10]
            )
        )
    # Nothing but the number that everybody shares: nobody can say whether this one is known.
    for one in range(3):
        request = f"{number}-unknown-{one}"
        nobody = {"phone": switchboard, "scenario": "sales", "external_id": request, "source_system": "crm"}
        body = {**nobody, "object_type": "lead", "url": Tag(number * 1_000 + 900 + one, request).url}
        await Client(world.server, world.history, chance).ingest(body, request)
    world.result.done["switchboards"] += 1


def _colleague(customer: int, request: str, switchboard: str) -> dict[str, object]:
    person = a_person(customer, 0)
    phones = [switchboard, person.pop("phone")]
    return {
        **person,
        "phones": phones,
        "external_id": request,
        "scenario": "sales",
        "source_system": "crm",
        "object_type": "lead",
        "url": Tag(customer, request).url,
    }
