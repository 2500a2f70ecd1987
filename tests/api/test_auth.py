"""Without keys only this machine itself is let in, and only if the settings say so."""

from __future__ import annotations

import pytest

from tests.api.stand_in import StandIn, a_client


@pytest.mark.parametrize(
    "base_url", ["http://localhost:8000", "http://127.0.0.1", "http://127.9.9.9:80", "http://[::1]:8"]
)
async def test_this_machine_is_let_in_when_open(base_url: str) -> None:
    service = StandIn()
    async with a_client(service, base_url=base_url) as client:
        assert (await client.get("/records/rec_1")).status_code == 200
    assert (service.given[0].tenant_id, service.given[0].principal) == (1, "dev-open")


async def test_nobody_is_let_in_otherwise() -> None:
    service = StandIn()
    async with a_client(service, dev_open=False) as client:
        reply = await client.get("/records/rec_1")
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.json()["code"] == "UNAUTHENTICATED"
    assert "No API keys are configured" in reply.json()["detail"]
    assert service.given == []


async def test_another_machine_is_not_let_in() -> None:
    async with a_client(peer="192.0.2.7") as client:
        assert (await client.get("/records/rec_1")).status_code == 401


@pytest.mark.parametrize("host", ["dedup.example", "127.0.0.1.dedup.example", "192.0.2.7", "localhost.example:80", ""])
async def test_a_name_that_was_rebound_to_this_machine_is_not_let_in(host: str) -> None:
    async with a_client() as client:
        assert (await client.get("/records/rec_1", headers={"Host": host})).status_code == 401


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"])
async def test_what_a_proxy_passes_on_is_not_let_in(header: str) -> None:
    async with a_client() as client:
        assert (await client.get("/records/rec_1", headers={header: "127.0.0.1"})).status_code == 401


async def test_a_stranger_is_turned_away_before_the_body_is_read() -> None:
    async with a_client(dev_open=False) as client:
        reply = await client.post("/ingest", content=b"x" * 5_000_000)
    assert reply.status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/match"),
        ("POST", "/match/batch"),
        ("POST", "/ingest"),
        ("POST", "/ingest/batch"),
        ("POST", "/claims/clm_1/confirm"),
        ("DELETE", "/claims/clm_1"),
        ("GET", "/records"),
        ("GET", "/customers/cus_1"),
        ("GET", "/decisions/dec_1"),
    ],
)
async def test_every_route_asks(method: str, path: str) -> None:
    async with a_client(dev_open=False) as client:
        assert (await client.request(method, path)).status_code == 401


@pytest.mark.parametrize(
    "origin", ["https://dedup.example", "http://localhost:3000", "http://127.0.0.1:8000", "null", ""]
)
async def test_a_page_of_another_site_is_not_let_in(origin: str) -> None:
    async with a_client(base_url="http://localhost:8000") as client:
        assert (await client.post("/rules/1/activate", headers={"Origin": origin})).status_code == 401


async def test_a_page_of_ours_is_let_in() -> None:
    async with a_client(base_url="http://localhost:8000") as client:
        reply = await client.get("/records/rec_1", headers={"Origin": "http://localhost:8000"})
    assert reply.status_code == 200
