"""Merges and undos at random, from several sides at once: no knot, no lost record, no half-made merge."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import httpx

from tests.concurrency import checker
from tests.concurrency.customers import a_customer
from tests.concurrency.server import Server, decided

SIDES = 4
STEPS = 20
FIRST, CUSTOMERS = 5_000, 20


async def side(client: httpx.AsyncClient, customers: list[str], merges: list[str], seed: int) -> list[httpx.Response]:
    """Merges, undoes, and writes a customer down again, in turns that chance decides."""
    chance, replies = random.Random(seed), []
    for step in range(STEPS):
        what = chance.random()
        if what < 0.5:
            body = {"customer_ids": chance.sample(customers, chance.randint(2, 4))}
            reply = await client.post("/merge", json=body)
            if reply.status_code == 200:
                merges.append(reply.json()["merge_id"])
        elif what < 0.8 and merges:
            reply = await client.post(f"/merge/{chance.choice(merges)}/undo")
        else:
            again = a_customer(FIRST + chance.randrange(CUSTOMERS), step, external_id=f"again-{seed}-{step}")
            reply = await client.post("/ingest", json=again)
        replies.append(reply)
    return replies


def in_one_hop(database: checker.Database) -> None:
    """Each merged customer points at a living one, and follows its merge's survivor there."""
    into = {row["id"]: row["merged_into"] for row in database["customers"]}
    merges = {row["id"]: row for row in database["merges"]}
    for row in database["customers"]:
        if not row["merged_into"]:
            assert row["merge_id"] == 0
            continue
        assert into[row["merged_into"]] == 0
        made = merges[row["merge_id"]]
        assert made["undone_at"] == 0
        assert (into[made["survivor_id"]] or made["survivor_id"]) == row["merged_into"]
    for record in database["records"]:
        home = record["home_id"] or record["customer_id"]
        assert record["customer_id"] == (into[home] or home)


async def test_random_merges_and_undos_leave_every_record_in_one_living_customer(server: Server) -> None:
    async with server.client() as client:
        numbers = range(FIRST, FIRST + CUSTOMERS)
        entered = [
            await decided(client, "/ingest", a_customer(number, 0, external_id=f"m-{number}")) for number in numbers
        ]
        customers = [answer["customer_id"] for answer in entered]
        before = {one: await shown(client, one) for one in customers}
        merges: list[str] = []
        replies = await asyncio.gather(*(side(client, customers, merges, seed) for seed in range(SIDES)))
        statuses = Counter(reply.status_code for each in replies for reply in each)
        assert statuses.keys() <= {200, 409}
        assert statuses[200] > STEPS
        database = await checker.read(server.url)
        in_one_hop(database)
        broken = [*checker.records_are_whole(database), *checker.customers_have_records(database)]
        assert [*broken, *checker.decisions_are_told(database)] == []
        # A bridge may have merged meanwhile what people had not; every merge there is, is undone.
        made = {merge for one in customers for merge in (await shown(client, one))["merges"]}
        for merge_id in sorted({*made, *merges}):
            assert (await client.post(f"/merge/{merge_id}/undo")).status_code == 200
        database = await checker.read(server.url)
        in_one_hop(database)
        assert {row["merged_into"] for row in database["customers"]} == {0}
        for answer in entered:
            after = await shown(client, answer["customer_id"])
            assert answer["record_id"] in {record["record_id"] for record in after["records"]}
            ours = {episode["episode_id"]: episode for episode in after["episodes"]}
            assert all(ours[each["episode_id"]] == each for each in before[answer["customer_id"]]["episodes"])
    assert server.failures() == []


async def shown(client: httpx.AsyncClient, customer_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/customers/{customer_id}")).json()
    return found
