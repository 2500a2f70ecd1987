"""/merge over HTTP, on both engines: previewed, made, undone, and nothing lost on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dedupsvc import bootstrap
from dedupsvc.settings import Settings
from tests.api.test_over_a_real_store import a_real_client
from tests.concurrency import checker

PEOPLE = (
    {"name": "张伟", "phone": "13812345678", "email": "zhang.wei@huaxin-tech.cn", "job_title": "经理"},
    {"name": "李娜", "phone": "13900001111", "email": "li.na@mingyuan.cn"},
    {"name": "王芳", "phone": "13700002222", "email": "wang.fang@tianhe.cn", "website": "tianhe.cn"},
)
ROWS = (("crm", "lead", "sales"), ("crm", "lead", "service"), ("erp", "account", ""), ("crm", "order", "order"))


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(database_url=database_url, hash_key_file=str(tmp_path / "key"), dev_open=True, pool_size=2)
    await bootstrap.migrate(settings)
    async with a_real_client(settings) as client:
        yield client


async def three_customers(client: httpx.AsyncClient) -> list[list[dict[str, Any]]]:
    """Four records each, in three tables of two systems; the answers, by customer."""
    answers: list[list[dict[str, Any]]] = []
    for number, person in enumerate(PEOPLE):
        answers.append([])
        for at, (system, kind, scenario) in enumerate(ROWS):
            row = {"source_system": system, "object_type": kind, "external_id": f"{number}-{at}", "scenario": scenario}
            answers[-1].append((await client.post("/ingest", json={**person, **row})).json())
    assert [len({answer["customer_id"] for answer in each}) for each in answers] == [1, 1, 1]
    return answers


async def state(client: httpx.AsyncClient, answers: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """All that can be asked of the customers, records and decisions."""
    found = {}
    for answer in (one for each in answers for one in each):
        for path in ("customers/" + answer["customer_id"], "records/" + answer["record_id"]):
            found[path] = (await client.get(f"/{path}")).json()
        found[answer["decision_id"]] = (await client.get("/decisions/" + answer["decision_id"])).json()
    return found


def customer_ids(answers: list[list[dict[str, Any]]]) -> list[str]:
    return [each[0]["customer_id"] for each in answers]


async def merged(client: httpx.AsyncClient, ids: list[str], **said: Any) -> dict[str, Any]:
    reply = await client.post("/merge", json={"customer_ids": ids, **said})
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.json()
    return body


async def test_three_customers_are_merged_as_previewed_and_undone_exactly(
    client: httpx.AsyncClient, database_url: str
) -> None:
    answers = await three_customers(client)
    ids, picked = customer_ids(answers), answers[2][0]["record_id"]
    before, rows = await state(client, answers), await checker.read(database_url)
    preview = await merged(client, ids, picks={"name": picked}, dry_run=True)
    assert (await checker.read(database_url)).tables == rows.tables

    made = await merged(client, ids, picks={"name": picked})
    assert {**preview, "merge_id": made["merge_id"], "merged_at": made["merged_at"], "dry_run": False} == made
    survivor = (await client.get("/customers/" + ids[2])).json()
    assert (survivor["customer_id"], survivor["merged_from"]) == (ids[0], sorted(ids[1:]))
    assert (len(survivor["records"]), survivor["merges"]) == (12, [made["merge_id"]])
    assert survivor["golden"] == made["golden"]
    assert {"field": "name", "value": "王芳", "record_id": picked} in survivor["golden"]
    anchors = {one["episode_id"]: one["anchor_at"] for one in survivor["episodes"]}
    assert anchors == {
        one["episode_id"]: one["anchor_at"] for each in ids for one in before["customers/" + each]["episodes"]
    }

    undone = await client.post(f"/merge/{made['merge_id']}/undo")
    assert undone.json()["restored"] == ids[1:]
    assert await state(client, answers) == before
    assert (await client.get("/merge/" + made["merge_id"])).json()["undone_at"] == undone.json()["undone_at"]
    await checker.check(database_url)


async def test_the_plan_merges_rows_of_one_kind_and_its_reverse_splits_them(client: httpx.AsyncClient) -> None:
    ids = customer_ids(await three_customers(client))
    made = await merged(client, ids[:2])
    assert [(step["action"], step["external_id"], step["keep"]) for step in made["compensation"]] == [
        ("merge_rows", "1-0", "0-0"),
        ("merge_rows", "1-1", "0-0"),
        ("merge_rows", "1-3", "0-3"),
        ("merge_rows", "1-2", "0-2"),
    ]
    undone = (await client.post(f"/merge/{made['merge_id']}/undo")).json()
    assert {(step["action"], step["customer_id"]) for step in undone["compensation"]} == {("split_rows", ids[1])}


async def test_repeats_have_no_second_effect(client: httpx.AsyncClient, database_url: str) -> None:
    ids = customer_ids(await three_customers(client))
    body, key = {"customer_ids": ids}, {"Idempotency-Key": "one"}
    first = await client.post("/merge", json=body, headers=key)
    again = await client.post("/merge", json=body, headers=key)
    other = await client.post("/merge", json={"customer_ids": ids[:2]}, headers=key)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    path = f"/merge/{first.json()['merge_id']}/undo"
    undone = [await client.post(path, headers=headers) for headers in (key, key, None)]
    assert len({reply.content for reply in undone}) == 1
    rows = await checker.read(database_url)
    told = [row["type"] for row in rows["outbox"] if row["type"].startswith("customer.")]
    assert sorted(told) == ["customer.merged", "customer.unmerged"]
    noted = [row["action"] for row in rows["audit"] if row["action"].startswith("customer.")]
    assert sorted(noted) == sorted(told)
    assert not any("王芳" in str(row) for table in ("merges", "outbox", "audit", "idempotency") for row in rows[table])


async def test_one_customer_under_two_ids_is_a_conflict(client: httpx.AsyncClient) -> None:
    ids = customer_ids(await three_customers(client))
    await merged(client, ids[:2])
    again = await client.post("/merge", json={"customer_ids": ids[:2]})
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")


async def test_what_cannot_be_merged_is_refused_with_its_path(client: httpx.AsyncClient) -> None:
    answers = await three_customers(client)
    ids, stranger = customer_ids(answers), answers[2][0]["record_id"]
    for body, status, path in (
        ({"customer_ids": ids[:1]}, 422, "customer_ids"),
        ({"customer_ids": ids * 7}, 422, "customer_ids"),
        ({"customer_ids": ids[:2], "picks": {"name": stranger}}, 422, "picks.name"),
        ({"customer_ids": ids[:2], "picks": {"nickname": stranger}}, 422, "picks.nickname"),
        ({"customer_ids": ids[:2], "picks": {"name": "x"}}, 422, "picks.name"),
        ({"customer_ids": ids[:2], "dry_run": "yes"}, 422, "dry_run"),
        ({"customer_ids": [ids[0], "cus_0000000000001"]}, 404, None),
        ({"customer_ids": [ids[0], "nobody"]}, 404, None),
    ):
        reply = await client.post("/merge", json=body)
        assert reply.status_code == status, reply.text
        assert [error["path"] for error in reply.json()["errors"]] == ([path] if path else [])
    for path in ("/merge/mrg_0000000000001", f"/merge/{ids[0]}"):
        assert (await client.get(path)).status_code == 404
        assert (await client.post(f"{path}/undo")).status_code == 404
