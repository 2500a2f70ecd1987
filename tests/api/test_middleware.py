"""Request ids, headers, log lines and deadlines."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from tests.api.stand_in import StandIn, a_client


@pytest.mark.parametrize("path", ["/healthz", "/records/rec_1", "/nowhere", "/openapi.json"])
async def test_every_answer_has_an_id_and_forbids_browsers_everything(path: str) -> None:
    async with a_client() as client:
        headers = (await client.get(path)).headers
    assert len(headers["x-request-id"]) == 20
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")


async def test_whether_the_description_is_there_may_be_asked_without_reading_it() -> None:
    async with a_client() as client:
        asked, read = await client.head("/openapi.json"), await client.get("/openapi.json")
    assert (asked.status_code, asked.headers["content-length"]) == (200, read.headers["content-length"])


async def test_a_harmless_id_of_the_callers_is_kept() -> None:
    async with a_client() as client:
        reply = await client.get("/healthz", headers={"X-Request-Id": "crm-42.a_b"})
    assert reply.headers["x-request-id"] == "crm-42.a_b"


@pytest.mark.parametrize("given", ["a b", "x" * 65, "", '{"a":1}'])
async def test_any_other_is_replaced(given: str) -> None:
    async with a_client() as client:
        reply = await client.get("/healthz", headers={"X-Request-Id": given})
    assert len(reply.headers["x-request-id"]) == 20


async def test_the_log_has_one_line_with_the_template_and_no_value(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "dedupsvc.access")
    async with a_client() as client:
        reply = await client.get("/customers/cus_Xq7marker?name=Xq7marker", headers={"User-Agent": "Xq7marker"})
    lines = [json.loads(record.message) for record in caplog.records if record.name == "dedupsvc.access"]
    assert len(lines) == 1
    assert lines[0].pop("ms") >= 0
    assert lines[0] == {
        "request_id": reply.headers["x-request-id"],
        "method": "GET",
        "route": "/customers/{customer_id}",
        "status": 200,
    }
    assert "Xq7marker" not in caplog.text


async def test_an_unknown_address_is_logged_without_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "dedupsvc.access")
    async with a_client() as client:
        await client.get("/Xq7marker")
    assert json.loads(caplog.records[-1].message)["route"] == ""
    assert "Xq7marker" not in caplog.text


async def test_a_decision_that_takes_too_long_is_503() -> None:
    async with a_client(StandIn(seconds=30), request_seconds=0.05) as client:
        reply = await client.post("/ingest", json={"name": "a"})
    assert (reply.status_code, reply.json()["code"]) == (503, "TIMEOUT")
    assert reply.headers["retry-after"] == "1"
    assert reply.headers["x-request-id"]


async def test_a_batch_has_its_own_deadline() -> None:
    async with a_client(StandIn(seconds=0.3), request_seconds=0.05) as client:
        reply = await client.post("/ingest/batch", json={"records": [{"name": "a"}]})
    assert reply.status_code == 200


async def test_a_timeout_further_down_is_no_deadline(caplog: pytest.LogCaptureFixture) -> None:
    async with a_client(StandIn(error=TimeoutError())) as client:
        reply = await client.post("/ingest", json={"name": "a"})
    assert reply.status_code == 500


async def test_a_caller_who_hangs_up_while_sending_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    service = StandIn()
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    async with a_client(service) as client:
        app: Any = client._transport.app  # type: ignore[attr-defined]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/ingest",
            "raw_path": b"/ingest",
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 5),
        }
        await app(scope, receive, send)
    assert sent == []
    assert not [record for record in caplog.records if record.name == "dedupsvc.failures"]
