"""kill -9 in the middle of the work: what was answered is there, what is there is whole, and nothing is left locked."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.concurrency import checker
from tests.concurrency.customers import a_customer
from tests.concurrency.server import PATIENCE, Server, an_empty_database, decided, locks_left

KILLS = int(os.environ.get("KILLS", "2"))
CLIENTS = 8
ENOUGH = 60
"""Answers between two kills."""


@dataclass
class Ledger:
    """What the clients were told, and what they never heard of."""

    answered: list[dict[str, Any]] = field(default_factory=list)
    unheard: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    wanted: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, answer: dict[str, Any]) -> None:
        if answer["decision_id"]:
            self.answered.append(answer)
        if len(self.answered) >= self.wanted:
            self.enough.set()


@pytest.fixture
async def server(maintenance_url: str | None, tmp_path: Path) -> AsyncIterator[Server]:
    async with an_empty_database(maintenance_url, tmp_path) as url:
        server = Server(url, tmp_path)
        server.migrate()
        try:
            yield server
        finally:
            await server.stop()


async def test_nothing_answered_is_lost_and_nothing_is_left_half_written(server: Server) -> None:
    chance = random.Random(7)
    ledger = Ledger()
    await server.start()
    for kill in range(KILLS):
        ledger.wanted = len(ledger.answered) + ENOUGH
        ledger.enough.clear()
        clients = [asyncio.create_task(a_busy_client(server, ledger, kill * 100 + one)) for one in range(CLIENTS)]
        await asyncio.wait_for(ledger.enough.wait(), PATIENCE)
        await asyncio.sleep(chance.uniform(0, 0.2))
        await server.kill()
        await asyncio.gather(*clients)
        await nothing_is_left_locked(server.url)
        await checker.check(server.url)
        await server.start()
        await everything_told_is_there(server, ledger.answered)
        await what_was_not_heard_is_asked_again(server, ledger)
        await checker.check(server.url)


async def a_busy_client(server: Server, ledger: Ledger, number: int) -> None:
    """Reports rows, asks before it inserts and confirms, until the server is gone. Eight clients share 20 customers."""
    chance = random.Random(number)
    async with server.client() as client:
        for turn in range(10_000):
            body = a_customer(chance.randrange(20), chance.randrange(48))
            key = f"client {number} turn {turn}"
            if chance.random() < 0.7:
                body["external_id"] = key
            try:
                answer = await one_turn(client, body, key, ledger)
                if answer.get("claim_id") and chance.random() < 0.8:
                    path = f"/claims/{answer['claim_id']}/confirm"
                    await one_turn(client, {"external_id": f"confirmed {key}"}, f"confirm {key}", ledger, path)
            except httpx.TransportError:
                ledger.unheard.append((body, key))
                return


async def one_turn(
    client: httpx.AsyncClient, body: dict[str, Any], key: str, ledger: Ledger, path: str = "/ingest"
) -> dict[str, Any]:
    reply = await client.post(path, json=body, headers={"Idempotency-Key": key})
    assert reply.status_code in (200, 503), reply.text
    if reply.status_code == 503:
        return {}
    answer: dict[str, Any] = reply.json()
    ledger.hear(answer)
    return answer


async def everything_told_is_there(server: Server, told: list[dict[str, Any]]) -> None:
    async with server.client() as client:
        for answer in told:
            reply = await client.get(f"/decisions/{answer['decision_id']}")
            assert reply.status_code == 200, answer
            kept = reply.json()["answer"]
            assert (kept["decision"], kept["record_id"], kept["customer_id"]) == (
                answer["decision"],
                answer["record_id"],
                answer["customer_id"],
            )


async def what_was_not_heard_is_asked_again(server: Server, ledger: Ledger) -> None:
    """The same key gets one answer, whether or not the first attempt came through."""
    async with server.client() as client:
        for body, key in ledger.unheard:
            first = await decided(client, "/ingest", body, {"Idempotency-Key": key})
            second = await decided(client, "/ingest", body, {"Idempotency-Key": key})
            assert first["record_id"] == second["record_id"]
            ledger.hear(first)
    ledger.unheard.clear()


async def nothing_is_left_locked(url: str) -> None:
    for _ in range(100):
        if await locks_left(url) == 0:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("somebody still holds locks")
