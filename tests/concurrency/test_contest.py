"""Many departments enter one customer in one moment; one of them gets the place, and everyone is told."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from typing import Any

import httpx

from tests.concurrency import checker
from tests.concurrency.customers import a_customer
from tests.concurrency.server import Server, decided, state_of

ROUNDS = int(os.environ.get("ROUNDS", "5"))
AT_ONCE = 64


async def all_at_once(client: httpx.AsyncClient, bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The decisions, in order."""
    return await asyncio.gather(*(decided(client, "/ingest", body) for body in bodies))


async def test_of_64_rows_of_one_customer_exactly_one_opens_the_business(server: Server) -> None:
    async with server.client() as client:
        for number in range(ROUNDS):
            # Half of the departments send the row that another one sends at the same moment, too.
            bodies = [
                a_customer(number, variant, external_id=f"{number}-{variant % (AT_ONCE // 2)}")
                for variant in range(AT_ONCE)
            ]
            answers = await all_at_once(client, bodies)
            records = {answer["record_id"]: answer["state"] for answer in answers}
            states = Counter(await asyncio.gather(*(state_of(client, record_id) for record_id in records)))
            assert len(records) == AT_ONCE // 2
            assert states["accepted"] == 1
            assert states["accepted"] + states["joined"] + states["held"] == AT_ONCE // 2
            assert {answer["blocking"] for answer in answers} == {False}
            assert len({answer["customer_id"] for answer in answers if answer["state"] != "held"}) == 1
    await checker.check(server.url)
    assert server.failures() == []


async def test_of_64_who_ask_before_they_insert_exactly_one_gets_the_place(server: Server) -> None:
    before = await checker.check(server.url)
    async with server.client() as client:
        for number in range(100, 100 + ROUNDS):
            answers = await all_at_once(client, [a_customer(number, variant) for variant in range(AT_ONCE)])
            assert Counter(answer["action"] for answer in answers) == {"insert": 1, "wait": AT_ONCE - 1}
            assert Counter(answer["state"] for answer in answers) == {"claimed": 1, "": AT_ONCE - 1}
            assert all(answer["retry_after_s"] > 0 for answer in answers if answer["action"] == "wait")
    after = await checker.check(server.url)
    for table in ("records", "customers", "episodes", "decisions", "outbox", "audit"):
        assert len(after[table]) == len(before[table]) + ROUNDS, table
    assert server.failures() == []
