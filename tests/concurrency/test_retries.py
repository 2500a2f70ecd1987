"""Retries are normal: whatever breaks between the caller and the service, an Idempotency-Key makes it one request."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.concurrency import checker
from tests.concurrency.customers import a_customer
from tests.concurrency.server import Server, decided

NUMBERS = itertools.count(300)


@pytest.mark.parametrize("external_id", ["", "L-77"], ids=["asking before", "reporting after"])
async def test_one_key_sent_20_times_at_once_is_one_record(server: Server, external_id: str) -> None:
    number = next(NUMBERS)
    body = a_customer(number, 0, **({"external_id": f"{external_id}-{number}"} if external_id else {}))
    headers = {"Idempotency-Key": f"twenty times {number}"}
    before = await checker.check(server.url)
    async with server.client() as client:
        replies = await asyncio.gather(*(client.post("/ingest", json=body, headers=headers) for _ in range(20)))
        last = await client.post("/ingest", json=body, headers=headers)
    told = [reply for reply in replies if reply.status_code == 200]
    refused = [(reply.status_code, reply.json()["code"]) for reply in replies if reply.status_code != 200]
    assert set(refused) <= {(409, "IDEMPOTENCY_IN_FLIGHT"), (503, "UNAVAILABLE")}
    assert told != []
    assert {reply.content for reply in told} == {last.content}
    assert sum("Idempotent-Replayed" not in reply.headers for reply in told) <= 1
    assert last.headers["Idempotent-Replayed"] == "true"
    after = await checker.check(server.url)
    for table in ("records", "customers", "decisions", "outbox", "idempotency"):
        assert len(after[table]) == len(before[table]) + 1, table


@pytest.mark.parametrize("patience", [0.0, 0.002, 0.02, 0.2])
async def test_a_connection_cut_after_the_request_was_sent_is_taken_up_again(server: Server, patience: float) -> None:
    number = next(NUMBERS)
    body, key = a_customer(number, 0), f"cut off {number}"
    before = await checker.check(server.url)
    await send_and_hang_up(server, body, key, patience)
    async with server.client() as client:
        first = await answered(client, body, key)
        second = await answered(client, body, key)
    assert (first["action"], first["state"]) == ("insert", "claimed")
    assert second == first
    after = await checker.check(server.url)
    assert len(after["records"]) == len(before["records"]) + 1
    assert len(after["decisions"]) == len(before["decisions"]) + 1


async def test_the_answer_that_nobody_read_is_the_one_that_the_retry_gets(server: Server) -> None:
    number = next(NUMBERS)
    body, key = a_customer(number, 0), f"unread {number}"
    before = {row["id"] for row in (await checker.check(server.url))["decisions"]}
    await send_and_hang_up(server, body, key, 0.0)
    for _ in range(100):
        made = {row["id"]: row for row in (await checker.check(server.url))["decisions"] if row["id"] not in before}
        if made:
            break
        await asyncio.sleep(0.1)
    (decision,) = made.values()
    async with server.client() as client:
        reply = await client.post("/ingest", json=body, headers={"Idempotency-Key": key})
    assert reply.headers["Idempotent-Replayed"] == "true"
    assert reply.json()["decision_id"] == json.loads(decision["answer_json"])["decision_id"]


async def test_without_a_key_a_row_sent_again_is_still_one_record(server: Server) -> None:
    number = next(NUMBERS)
    body = a_customer(number, 0, external_id=f"again-{number}")
    async with server.client() as client:
        answers = await asyncio.gather(*(decided(client, "/ingest", body) for _ in range(8)))
    assert len({answer["record_id"] for answer in answers}) == 1
    assert Counter(answer["state"] for answer in answers) == {"accepted": 8}
    await checker.check(server.url)


async def answered(client: httpx.AsyncClient, body: dict[str, Any], key: str) -> dict[str, Any]:
    """The decision, asked for again while the first request is still under way."""
    for _ in range(100):
        reply = await client.post("/ingest", json=body, headers={"Idempotency-Key": key})
        if reply.status_code not in (409, 503):
            break
        await asyncio.sleep(0.1)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


async def send_and_hang_up(server: Server, body: dict[str, Any], key: str, patience: float) -> None:
    """The whole request, and then no ear for the answer."""
    place = urlsplit(server.address)
    content = json.dumps(body).encode()
    head = (
        f"POST /ingest HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    _, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(head.encode() + content)
    await writer.drain()
    await asyncio.sleep(patience)
    writer.transport.abort()
