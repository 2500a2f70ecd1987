"""A claim holds the place for as long as it was promised, and then no longer; what comes late is not lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.concurrency import checker
from tests.concurrency.customers import a_customer
from tests.concurrency.server import Server, a_server, an_empty_database, decided

EXPIRED = 1.5


@pytest.fixture(scope="module")
async def server(maintenance_url: str | None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Its claims last a second."""
    folder: Path = tmp_path_factory.mktemp("claims")
    async with (
        an_empty_database(maintenance_url, folder) as url,
        a_server(url, folder, DEDUPSVC_CLAIM_SECONDS="1") as server,
    ):
        yield server


async def test_a_claim_confirmed_in_time_is_the_customer_for_good(server: Server) -> None:
    async with server.client() as client:
        claim = await decided(client, "/ingest", a_customer(1, 0))
        path = f"/claims/{claim['claim_id']}/confirm"
        confirmed = await asyncio.gather(*(decided(client, path, {"external_id": "L-1"}) for _ in range(6)))
        await asyncio.sleep(EXPIRED)
        other = await client.post(path, json={"external_id": "L-2"})
        later = await decided(client, "/ingest", a_customer(1, 1))
    assert {(answer["state"], answer["record_id"]) for answer in confirmed} == {("accepted", claim["record_id"])}
    assert other.status_code == 409
    assert (later["customer_id"], later["existing_id"]) == (claim["customer_id"], "L-1")
    assert later["action"] == "update_existing"
    await checker.check(server.url)


async def test_the_place_of_a_claim_that_ran_out_is_free_for_exactly_one(server: Server) -> None:
    async with server.client() as client:
        claim = await decided(client, "/ingest", a_customer(2, 0))
        waiting = await decided(client, "/ingest", a_customer(2, 1))
        await asyncio.sleep(EXPIRED)
        answers = await asyncio.gather(*(decided(client, "/ingest", a_customer(2, variant)) for variant in range(12)))
    assert (claim["state"], waiting["action"]) == ("claimed", "wait")
    assert waiting["retry_after_s"] >= 1
    assert sorted(answer["action"] for answer in answers) == ["insert"] + ["wait"] * 11
    database = await checker.check(server.url)
    assert len([row for row in database["records"] if row["claim_state"] == "expired"]) == 1


async def test_a_late_confirmation_is_kept(server: Server) -> None:
    async with server.client() as client:
        claim = await decided(client, "/ingest", a_customer(3, 0))
        await asyncio.sleep(EXPIRED)
        confirmed = await decided(client, f"/claims/{claim['claim_id']}/confirm", {"external_id": "L-3"})
        row = {"source_system": "crm", "object_type": "lead", "external_id": "L-3"}
        stored = (await client.get("/records", params=row)).json()
    assert (confirmed["state"], confirmed["blocking"]) == ("accepted", False)
    assert stored["record_id"] == confirmed["record_id"]
    assert stored["state"] == "accepted"
    await checker.check(server.url)


async def test_a_late_confirmation_of_a_place_that_was_taken_meanwhile_joins_it(server: Server) -> None:
    async with server.client() as client:
        claim = await decided(client, "/ingest", a_customer(4, 0))
        await asyncio.sleep(EXPIRED)
        taken = await decided(client, "/ingest", a_customer(4, 1, external_id="L-4"))
        confirmed = await decided(client, f"/claims/{claim['claim_id']}/confirm", {"external_id": "L-5"})
    assert taken["state"] == "accepted"
    assert confirmed["state"] in ("joined", "held")
    assert confirmed["customer_id"] == taken["customer_id"]
    assert (confirmed["blocking"], confirmed["existing_id"]) == (False, "L-4")
    await checker.check(server.url)


async def test_of_a_confirmation_and_a_release_at_once_one_wins(server: Server) -> None:
    async with server.client() as client:
        for number in range(10, 16):
            claim = await decided(client, "/ingest", a_customer(number, 0))
            path = f"/claims/{claim['claim_id']}"
            confirmed, released = await asyncio.gather(
                client.post(f"{path}/confirm", json={"external_id": f"L-{number}"}), client.delete(path)
            )
            assert confirmed.status_code == 200
            assert confirmed.json()["state"] == "accepted"
            assert released.status_code in (204, 409)
    await checker.check(server.url)
