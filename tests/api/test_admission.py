"""So many requests at a time, so many in the queue, and for the rest an honest 503."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest

from dedupsvc.api.admission import Gate, Turns
from tests.api.stand_in import StandIn, a_client

BODY = {"name": "a"}


async def test_who_finds_neither_a_place_nor_room_to_wait_is_told_to_come_again() -> None:
    async with a_client(StandIn(seconds=0.2), concurrent_requests=2, queued_requests=3) as client:
        replies = await asyncio.gather(*(client.post("/ingest", json=BODY) for _ in range(12)))
    refused = [reply for reply in replies if reply.status_code != 200]
    assert len(refused) == 7
    assert {(reply.status_code, reply.json()["code"], reply.headers["retry-after"]) for reply in refused} == {
        (503, "OVERLOADED", "1")
    }


async def test_who_has_waited_too_long_is_told_so() -> None:
    async with a_client(StandIn(seconds=0.5), concurrent_requests=1, queue_seconds=0.05) as client:
        first = asyncio.create_task(client.post("/ingest", json=BODY))
        await asyncio.sleep(0.1)
        started = time.monotonic()
        second = await client.post("/ingest", json=BODY)
        waited = time.monotonic() - started
        assert (await first).status_code == 200
        assert (await client.post("/ingest", json=BODY)).status_code == 200
    assert second.json()["code"] == "OVERLOADED"
    assert waited < 0.4


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_who_watches_over_the_service_never_waits(path: str) -> None:
    async with a_client(StandIn(seconds=0.3), concurrent_requests=1, queued_requests=0) as client:
        busy = asyncio.create_task(client.post("/ingest", json=BODY))
        await asyncio.sleep(0.05)
        assert (await client.post("/ingest", json=BODY)).status_code == 503
        assert (await client.get(path)).status_code == 200
        assert (await busy).status_code == 200


async def test_batches_do_not_take_the_places_of_single_requests() -> None:
    async with a_client(StandIn(seconds=0.3), concurrent_batches=1, queued_requests=0) as client:
        batch = asyncio.create_task(client.post("/ingest/batch", json={"records": [BODY]}))
        await asyncio.sleep(0.05)
        one, other = await asyncio.gather(
            client.post("/ingest", json=BODY), client.post("/match/batch", json={"records": [BODY]})
        )
        assert (await batch).status_code == 200
    assert (one.status_code, other.status_code) == (200, 503)


async def test_uploads_do_not_take_the_places_of_batches() -> None:
    async with a_client(StandIn(seconds=0.3), concurrent_batches=1, queued_requests=0) as client:
        batch = asyncio.create_task(client.post("/ingest/batch", json={"records": [BODY]}))
        await asyncio.sleep(0.05)
        upload = await client.post("/imports", content=b"")
        assert (await batch).status_code == 200
    assert upload.status_code != 503


async def test_a_request_that_fails_gives_its_place_back() -> None:
    async with a_client(StandIn(error=RuntimeError()), concurrent_requests=1, queued_requests=0) as client:
        replies = [await client.post("/ingest", json=BODY) for _ in range(3)]
    assert {reply.status_code for reply in replies} == {500}


async def test_a_process_that_is_stopping_is_alive_but_not_ready() -> None:
    async with a_client(StandIn()) as client:
        client._transport.app.state.draining = True  # type: ignore[attr-defined]
        ready, alive, decided = [
            await client.get("/readyz"),
            await client.get("/healthz"),
            await client.post("/ingest", json=BODY),
        ]
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    assert (alive.status_code, decided.status_code) == (200, 200)


async def test_places_are_handed_over_in_the_order_of_arrival() -> None:
    gate, order = Gate(1, 10, 5.0), []

    async def work(number: int) -> None:
        assert await gate.enter()
        await asyncio.sleep(0)
        order.append(number)
        gate.leave()

    await asyncio.gather(*(work(number) for number in range(8)))
    assert order == list(range(8))
    assert gate.enter_at_once()


async def test_no_more_are_expected_than_there_are_places_and_room_for() -> None:
    gate = Gate(2, 1, 5.0)
    assert [gate.expect() for _ in range(4)] == [True, True, True, False]
    gate.arrived()
    assert await gate.enter()
    assert not gate.expect()
    gate.leave()
    assert [gate.expect() for _ in range(2)] == [True, False]


async def test_who_goes_away_while_waiting_leaves_no_gap() -> None:
    gate = Gate(1, 10, 5.0)
    assert gate.enter_at_once()
    impatient, patient = asyncio.create_task(gate.enter()), asyncio.create_task(gate.enter())
    await asyncio.sleep(0)
    impatient.cancel()
    gate.leave()
    assert await patient
    assert impatient.cancelled() or impatient.done()
    gate.leave()
    assert gate.enter_at_once()
    assert not gate.enter_at_once()


async def test_who_goes_away_as_the_place_is_handed_over_passes_it_on() -> None:
    gate = Gate(1, 10, 5.0)
    assert gate.enter_at_once()
    impatient, patient = asyncio.create_task(gate.enter()), asyncio.create_task(gate.enter())
    await asyncio.sleep(0)
    gate.leave()
    impatient.cancel()
    assert await patient
    gate.leave()
    assert gate.enter_at_once()
    assert not gate.enter_at_once()


async def test_so_many_begin_in_each_turn_of_the_loop_in_the_order_of_arrival() -> None:
    turns, began, turn = Turns(2), [], 0

    async def begin(number: int) -> None:
        await turns.wait()
        began.append((turn, number))

    tasks = [asyncio.create_task(begin(number)) for number in range(7)]
    for _ in range(10):
        await asyncio.sleep(0)
        turn += 1
    await asyncio.gather(*tasks)
    assert [number for _, number in began] == list(range(7))
    assert max(Counter(turn for turn, _ in began).values()) == 2
    await turns.wait()  # nobody waits any longer, so neither does the next


async def test_who_goes_away_while_waiting_to_begin_takes_nobodys_turn() -> None:
    turns, began = Turns(1), []

    async def begin(number: int) -> None:
        await turns.wait()
        began.append(number)

    tasks = [asyncio.create_task(begin(number)) for number in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(*tasks, return_exceptions=True)
    assert began == [0, 2, 3]


async def test_between_those_who_begin_the_loop_sees_to_everybody_else() -> None:
    """As after a commit that all of them were waiting for: each begins with work that does not wait for anything."""
    turns, order = Turns(1), []

    async def begin(number: int) -> None:
        await turns.wait()
        order.append(f"begin {number}")

    async def look_after_the_service() -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        order.append("alive")

    await asyncio.gather(*(begin(number) for number in range(50)), look_after_the_service())
    assert order.index("alive") < 10
