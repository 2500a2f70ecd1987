"""A row that changes who it is, or goes, while others come who are as it was and as it will be."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import httpx

from tests.concurrency import checker
from tests.concurrency.customers import a_customer
from tests.concurrency.server import Server, decided, state_of

ROUNDS = int(os.environ.get("ROUNDS", "5"))
FIRST = 8_000
OTHERS = 8
TWO_BUSINESSES = (checker.one_place_for_one_business,)
"""A row that becomes another customer, who has been accepted meanwhile, keeps its business; joined, that customer has two."""


def come(client: httpx.AsyncClient, number: int) -> list[Any]:
    """Rows of one customer, in as many ways to write it."""
    return [
        decided(client, "/ingest", a_customer(number, variant, external_id=f"{number}-{variant}"))
        for variant in range(OTHERS)
    ]


async def customers_of(client: httpx.AsyncClient, answers: list[dict[str, Any]]) -> set[str]:
    """To whom the records belong by now: two of whom one turned out to be both have been joined meanwhile."""
    found = [(await client.get(f"/records/{answer['record_id']}")).json() for answer in answers]
    return {record["customer_id"] for record in found if record["state"] != "held"}


def accepted(answers: list[dict[str, Any]]) -> int:
    return sum(answer["decision"] == "accept" for answer in answers)


async def test_whoever_is_as_a_row_was_or_will_be_is_one_customer_each(server: Server) -> None:
    async with server.client() as client:
        for number in range(FIRST, FIRST + 2 * ROUNDS, 2):
            row = {"external_id": f"row-{number}"}
            await decided(client, "/ingest", a_customer(number, 0, **row))
            change = decided(client, "/ingest", a_customer(number + 1, 0, **row))
            answers = await asyncio.gather(change, *come(client, number), *come(client, number + 1))
            as_before, as_after = answers[1 : 1 + OTHERS], answers[1 + OTHERS :]
            for those in (as_before, as_after):
                assert len(await customers_of(client, those)) == 1
                assert accepted(those) <= 1
    await checker.check(server.url, but=TWO_BUSINESSES)
    assert server.failures() == []


async def test_of_those_who_come_while_a_row_is_retired_one_at_most_takes_its_place(server: Server) -> None:
    async with server.client() as client:
        for number in range(FIRST + 100, FIRST + 100 + ROUNDS):
            row = await decided(client, "/ingest", a_customer(number, 0, external_id=f"row-{number}"))
            gone = client.delete(f"/records/{row['record_id']}")
            reply, *answers = await asyncio.gather(gone, *come(client, number))
            assert reply.status_code == 204
            assert accepted(answers) <= 1
            assert len(await customers_of(client, answers)) == 1
            states = [await state_of(client, answer["record_id"]) for answer in answers]
            assert states.count("accepted") == 1
    await checker.check(server.url, but=TWO_BUSINESSES)
    assert server.failures() == []
