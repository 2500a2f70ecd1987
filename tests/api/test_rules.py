"""The rules over HTTP, on both engines: written, refused with reasons, activated, and what decisions follow then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dedupsvc import bootstrap
from dedupsvc.core.rules import TEMPLATES
from dedupsvc.settings import Settings
from tests.api.test_over_a_real_store import a_real_client

OURS = {
    "name": "ours",
    "thresholds": {"match": 0.9, "possible": 0.3},
    "scenarios": {"lead": {"window": {"length": "24h"}}, "Sales / NewBiz": {"window": {"length": "30d"}}},
}


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(database_url=database_url, hash_key_file=str(tmp_path / "key"), dev_open=True, pool_size=4)
    await bootstrap.migrate(settings)
    async with a_real_client(settings) as client:
        yield client


def a_sale(day: int, scenario: str = "sales/newbiz", **said: Any) -> dict[str, Any]:
    row = {"source_system": "crm", "external_id": f"{scenario}-{day}", "phase": "before"}
    who = {"name": "张伟", "phone": "13800001234", "email": "zhang.wei@huaxin.cn"}
    return {**who, **row, "scenario": scenario, "occurred_at": f"2026-03-{day:02}T09:00:00Z", **said}


async def post(client: httpx.AsyncClient, document: dict[str, Any], **query: str) -> dict[str, Any]:
    reply = await client.post("/rules", json=document, params=query)
    assert reply.status_code in (200, 201), reply.text
    found: dict[str, Any] = reply.json()
    return found


async def activate(client: httpx.AsyncClient, version: int, if_match: str | None = None) -> httpx.Response:
    return await client.post(f"/rules/{version}/activate", headers={"If-Match": if_match} if if_match else {})


async def decide(client: httpx.AsyncClient, record: dict[str, Any], path: str = "/ingest") -> dict[str, Any]:
    reply = await client.post(path, json=record)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def test_the_same_record_is_decided_by_the_rules_that_are_active(client: httpx.AsyncClient) -> None:
    await decide(client, a_sale(1))
    before = await decide(client, a_sale(11), "/match")
    assert (before["decision"], before["rules_version"]) == ("link", 1)
    old = await decide(client, a_sale(5))
    assert (old["decision"], old["rules_version"]) == ("link", 1)

    version = (await post(client, OURS))["version"]
    assert (await decide(client, a_sale(11), "/match"))["rules_version"] == 1
    assert (await activate(client, version)).json()["status"] == "active"

    after = await decide(client, a_sale(11), "/match")
    assert (after["decision"], after["rules_version"]) == ("merge", version)
    kept = (await client.get(f"/decisions/{old['decision_id']}")).json()
    assert (kept["answer"]["decision"], kept["answer"]["rules_version"]) == ("link", 1)


async def test_a_day_for_leads_and_thirty_days_for_new_business(client: httpx.AsyncClient) -> None:
    await activate(client, (await post(client, OURS))["version"])
    for scenario in ("lead", "sales/newbiz"):
        await decide(client, a_sale(1, scenario))
    found = [
        (await decide(client, a_sale(day, scenario, external_id="new"), "/match"))["decision"]
        for scenario, day in (("lead", 1), ("lead", 2), ("sales/newbiz", 2), ("sales/newbiz", 30), ("sales/newbiz", 31))
    ]
    assert found == ["merge", "link", "merge", "merge", "link"]


async def test_a_version_is_written_as_a_draft_and_found_where_it_says(client: httpx.AsyncClient) -> None:
    reply = await client.post("/rules", json=OURS, params={"note": "agreed with sales"})
    assert reply.status_code == 201
    assert (reply.headers["location"], reply.headers["etag"]) == ("/rules/2", '"rules-2"')
    written = reply.json()
    assert (written["status"], written["created_by"], written["note"]) == ("draft", "dev-open", "agreed with sales")
    assert (written["activated_at"], written["activated_by"]) == (None, "")
    assert set(written["document"]["scenarios"]) == {"lead", "sales/newbiz"}
    found = await client.get(reply.headers["location"])
    assert found.json() == written
    assert found.headers["etag"] == '"rules-2"'


async def test_the_same_document_again_is_the_same_version(client: httpx.AsyncClient) -> None:
    first = await post(client, OURS)
    again = await client.post("/rules", json={**OURS, "window": {"length": "24h"}})
    assert (again.status_code, again.headers["location"], again.json()) == (200, "/rules/2", first)
    assert (await post(client, {**OURS, "name": "other"}))["version"] == 3
    assert (await post(client, OURS))["version"] == 4


async def test_two_documents_at_once_are_two_versions(client: httpx.AsyncClient) -> None:
    written = await asyncio.gather(*(post(client, {**OURS, "name": f"number {n}"}) for n in range(8)))
    assert sorted(each["version"] for each in written) == list(range(2, 10))
    for each in written:
        found = (await client.get(f"/rules/{each['version']}")).json()
        assert found["document"]["name"] == each["name"]


async def test_everything_that_is_wrong_with_a_document_is_said_with_its_path(client: httpx.AsyncClient) -> None:
    document = {
        "name": "",
        "thresholds": {"match": "0.9", "possible": 0.3},
        "scenarios": {"lead": {"window": {"length": "a day"}, "cells": {"match_in_same": "delete"}}, "a//b": {}},
        "on_brigde": "join",
    }
    reply = await client.post("/rules", json=document)
    assert (reply.status_code, reply.json()["code"]) == (422, "RULES_INVALID")
    said = {error["path"]: error["message"] for error in reply.json()["errors"]}
    assert set(said) == {
        "name",
        "on_brigde",
        "scenarios.a//b",
        "scenarios.lead.cells.match_in_same",
        "scenarios.lead.window.length",
        "thresholds.match",
    }
    assert "30m, 24h, 7d" in said["scenarios.lead.window.length"]
    assert (await client.get("/rules")).json()["active"] == 1
    assert len((await client.get("/rules")).json()["versions"]) == 1


async def test_what_is_wrong_is_said_in_chinese_to_whoever_reads_that(client: httpx.AsyncClient) -> None:
    sent = {**OURS, "window": {"length": "soon"}}
    reply = await client.post("/rules", json=sent, headers={"Accept-Language": "zh-CN"})
    (error,) = reply.json()["errors"]
    assert (error["path"], error["message"]) == ("window.length", "时长须为整数加单位，例如 30m、24h、7d、2w。")


@pytest.mark.parametrize("sent", ["[]", "null", "1", '"x"', "{}"])
async def test_what_is_no_document_is_refused(client: httpx.AsyncClient, sent: str) -> None:
    reply = await client.post("/rules", content=sent, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["code"]) == (422, "RULES_INVALID")


async def test_the_history_tells_who_activated_what(client: httpx.AsyncClient) -> None:
    await post(client, OURS)
    await client.post("/rules/2/activate", params={"note": "from Monday"})
    await activate(client, 1)
    found = (await client.get("/rules")).json()
    assert found["active"] == 1
    assert [(each["version"], each["status"], each["name"]) for each in found["versions"]] == [
        (2, "retired", "ours"),
        (1, "active", "balanced"),
    ]
    assert [(each["number"], each["version"], each["actor"], each["note"]) for each in found["activations"]] == [
        (3, 1, "dev-open", ""),
        (2, 2, "dev-open", "from Monday"),
        (1, 1, "", ""),
    ]
    assert found["versions"][0]["activation_note"] == "from Monday"
    assert (await client.get("/rules/active")).json()["version"] == 1


async def test_activating_again_changes_nothing(client: httpx.AsyncClient) -> None:
    await post(client, OURS)
    first = await activate(client, 2, '"rules-1"')
    again = await activate(client, 2, '"rules-1"')
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert len((await client.get("/rules")).json()["activations"]) == 2


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ('"rules-1"', 200),
        ("*", 200),
        ('"rules-7", "rules-1"', 200),
        ('"rules-2"', 412),
        ('W/"rules-1"', 412),
        ("rules-1", 412),
        ('"rules-01"', 412),
        ('"', 412),
    ],
)
async def test_an_activation_may_say_what_it_takes_for_active(
    client: httpx.AsyncClient, if_match: str, status: int
) -> None:
    await post(client, OURS)
    reply = await activate(client, 2, if_match)
    assert reply.status_code == status
    assert (await client.get("/rules/active")).json()["version"] == (2 if status == 200 else 1)
    if status == 412:
        assert reply.json()["code"] == "PRECONDITION_FAILED"


async def test_of_two_that_saw_the_same_version_one_is_told(client: httpx.AsyncClient) -> None:
    for name in ("a", "b"):
        await post(client, {**OURS, "name": name})
    seen = (await client.get("/rules/active")).headers["etag"]
    replies = await asyncio.gather(activate(client, 2, seen), activate(client, 3, seen))
    assert sorted(reply.status_code for reply in replies) == [200, 412]


@pytest.mark.parametrize(("path", "status"), [("9", 404), ("0", 422), ("x", 422), ("99999999999999999999", 422)])
async def test_a_version_that_is_not_there(client: httpx.AsyncClient, path: str, status: int) -> None:
    assert (await client.get(f"/rules/{path}")).status_code == status
    assert (await client.post(f"/rules/{path}/activate")).status_code == status


async def test_every_template_is_accepted_as_it_is(client: httpx.AsyncClient) -> None:
    templates = (await client.get("/rules/templates")).json()["templates"]
    assert [each["name"] for each in templates] == list(TEMPLATES)
    for each in templates:
        assert (await post(client, each["document"]))["document"] == each["document"]


async def test_the_strict_template_turns_the_same_business_away(client: httpx.AsyncClient) -> None:
    await activate(client, (await post(client, TEMPLATES["strict"].model_dump(mode="json")))["version"])
    await decide(client, a_sale(1))
    again = await decide(client, a_sale(1, external_id="other"))
    assert (again["decision"], again["action"], again["blocking"]) == ("reject", "deny", True)
    assert (await decide(client, a_sale(9), "/match"))["decision"] == "link"


async def test_for_master_data_neither_time_nor_scenario_matters(client: httpx.AsyncClient) -> None:
    await activate(client, (await post(client, TEMPLATES["master_data"].model_dump(mode="json")))["version"])
    await decide(client, a_sale(1))
    assert (await decide(client, a_sale(28, "any/other"), "/match"))["decision"] == "merge"


async def test_the_schema_describes_every_part(client: httpx.AsyncClient) -> None:
    schema = (await client.get("/rules/schema")).json()
    parts = {"Ruleset": schema, **schema["$defs"]}
    undescribed = [
        f"{name}.{field}"
        for name, part in parts.items()
        for field, said in part.get("properties", {}).items()
        if "description" not in said
    ]
    assert undescribed == []


async def test_no_decision_follows_a_version_that_was_not_active_when_it_was_committed(
    client: httpx.AsyncClient,
) -> None:
    for name in ("a", "b"):
        await post(client, {**OURS, "name": name})
    decided: list[tuple[int, int, int]] = []
    done = asyncio.Event()
    switches = 0

    async def active() -> tuple[int, int]:
        found = (await client.get("/rules")).json()
        return found["activations"][0]["number"], found["active"]

    async def salesperson(who: int) -> None:
        number = 0
        while not done.is_set():
            number += 1
            earliest, _ = await active()
            record = {
                "name": f"客户{who}号",
                "phone": f"1380000{who:02}{number % 100:02}",
                "external_id": f"{who}-{number}",
            }
            answer = await decide(client, {**record, "source_system": "crm"})
            latest, _ = await active()
            decided.append((earliest, answer["rules_version"], latest))

    people = [asyncio.create_task(salesperson(who)) for who in range(4)]
    for version in (2, 3, 2, 3, 1, 2, 3, 2):
        assert (await activate(client, version)).status_code == 200
        switches += 1
        await asyncio.sleep(0.05)
    done.set()
    await asyncio.gather(*people)
    order = {each["number"]: each["version"] for each in (await client.get("/rules")).json()["activations"]}
    assert len(order) == switches + 1
    assert len(decided) >= 8
    for earliest, version, latest in decided:
        assert version in {order[number] for number in range(earliest, latest + 1)}
