"""The shell, the use cases and a store together: a customer's life over HTTP, on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from dedupsvc import bootstrap
from dedupsvc.api.app import create_app
from dedupsvc.settings import Settings

ZHANG = {"name": "张伟", "phone": "13800001234", "email": "zhang.wei@huaxin.cn", "source_system": "crm"}


@asynccontextmanager
async def a_real_client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(lambda: bootstrap.open_service(settings), settings)
    transport = httpx.ASGITransport(app=cast(Any, app))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(database_url=database_url, hash_key_file=str(tmp_path / "key"), dev_open=True, pool_size=2)
    await bootstrap.migrate(settings)
    async with a_real_client(settings) as client:
        yield client


async def test_a_claim_is_made_respected_confirmed_and_found_again(client: httpx.AsyncClient) -> None:
    first = (await client.post("/ingest", json=ZHANG)).json()
    assert (first["decision"], first["state"]) == ("accept", "claimed")
    second = (await client.post("/ingest", json={**ZHANG, "locale": "zh"})).json()
    assert second["action"] == "wait"
    confirmed = await client.post(f"/claims/{first['claim_id']}/confirm", json={"external_id": "L-1"})
    assert confirmed.json()["state"] == "accepted"
    found = (await client.get("/records?source_system=crm&external_id=L-1")).json()
    assert found["record_id"] == first["record_id"]
    assert found["values"]["phones"][0]["value"] == "13800001234"
    customer = (await client.get(f"/customers/{first['customer_id']}")).json()
    assert {field["field"] for field in customer["golden"]} >= {"name", "phones", "emails"}
    decision = (await client.get(f"/decisions/{first['decision_id']}")).json()
    assert decision["answer"]["decision"] == "accept"
    duplicate = (await client.post("/match", json={**ZHANG, "object_type": "customer"})).json()
    assert duplicate["existing_id"] == "L-1"


async def test_a_lead_that_becomes_an_account_passes_its_customer_on(client: httpx.AsyncClient) -> None:
    lead = (await client.post("/ingest", json={**ZHANG, "object_type": "lead", "external_id": "L-1"})).json()
    account = {**ZHANG, "object_type": "account", "external_id": "A-1"}
    replaces = {"object_type": "lead", "external_id": "L-1"}
    foreign = await client.post("/ingest", json={**account, "source_system": "erp", "replaces": replaces})
    assert foreign.json()["decision"] == "merge"
    made = (await client.post("/ingest", json={**account, "replaces": replaces})).json()
    assert (made["reason_code"], made["customer_id"]) == ("UPDATED", lead["customer_id"])
    assert (await client.get(f"/records/{lead['record_id']}")).json()["state"] == "retired"
    refused = await client.post("/ingest", json={**ZHANG, "replaces": replaces})
    assert refused.status_code == 422
    assert "replaces" in refused.text


async def test_a_row_that_is_gone_from_its_source_is_retired_by_its_id_or_its_key(client: httpx.AsyncClient) -> None:
    row = {**ZHANG, "source_system": "crm", "external_id": "L-1"}
    first = (await client.post("/ingest", json=row)).json()
    by_key = {"source_system": "crm", "external_id": "L-1"}
    assert (await client.delete("/records", params=by_key)).status_code == 204
    assert (await client.delete("/records", params=by_key)).status_code == 404
    assert (await client.get(f"/records/{first['record_id']}")).json()["state"] == "retired"
    again = (await client.post("/ingest", json=row)).json()
    assert (again["decision"], again["record_id"] != first["record_id"]) == ("accept", True)
    for _ in range(2):
        assert (await client.delete(f"/records/{again['record_id']}")).status_code == 204
    assert (await client.delete("/records/rec_0000000000001")).status_code == 404
    assert (await client.delete("/records")).status_code == 422


async def test_a_claim_that_was_given_back_holds_no_place(client: httpx.AsyncClient) -> None:
    first = (await client.post("/ingest", json=ZHANG)).json()
    assert (await client.delete(f"/claims/{first['claim_id']}")).status_code == 204
    assert (await client.post("/ingest", json=ZHANG)).json()["decision"] == "accept"


async def test_the_first_answer_to_a_key_is_given_again_byte_by_byte(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "attempt 1"}
    first = await client.post("/ingest", json=ZHANG, headers=key)
    again = await client.post("/ingest", json=ZHANG, headers=key)
    other = await client.post("/ingest", json={**ZHANG, "name": "张玮"}, headers=key)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_the_items_of_a_batch_fail_one_by_one(client: httpx.AsyncClient) -> None:
    records = [
        {"name": 1},
        {**ZHANG, "scenario": "a//b"},
        {**ZHANG, "occurred_at": "2199-01-01T00:00:00Z"},
        {**ZHANG, "external_id": "L-1"},
    ]
    items = (await client.post("/ingest/batch", json={"records": records})).json()["items"]
    assert [item["status"] for item in items] == [422, 422, 422, 200]
    paths = [item["error"]["errors"][0]["path"] for item in items[:3]]
    assert paths == ["name", "scenario", "occurred_at"]
    assert items[3]["decision"] == "accept"


async def test_a_patch_keeps_what_it_leaves_out_and_clears_what_it_empties(client: httpx.AsyncClient) -> None:
    row = {"source_system": "crm", "external_id": "L-1"}
    await client.post("/ingest", json={**ZHANG, **row, "job_title": "CEO", "website": "huaxin.cn"})
    patch = await client.post("/ingest", json={**row, "patch": True, "job_title": None, "company_name": "华信"})
    assert patch.status_code == 200
    values = (await client.get("/records", params=row)).json()["values"]
    assert (values["job_title"], values["company_name"], values["website"]) == ("", "华信", "huaxin.cn")


@pytest.mark.parametrize(
    "path", ["/records/rec_0", "/customers/x", "/decisions/dec_zzzzzzzzzzzzzzzzzzzz", "/records/cus_1"]
)
async def test_what_is_not_there_is_404(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_ready_means_that_the_store_answers(client: httpx.AsyncClient) -> None:
    assert (await client.get("/readyz")).json()["ready"] is True
