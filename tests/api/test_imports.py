"""/imports and /exports over a real store: upload, progress, rejected rows, and what comes out again."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from dedupsvc import bootstrap
from dedupsvc.api.app import create_app
from dedupsvc.settings import Settings

CSV = {"content-type": "text/csv"}
LIST = "id,name,phone,created\n" + "".join(
    f"A-{n},王{chr(0x4E00 + 37 * n)},13{n * 7919:09},2024-03-05\n" for n in range(40)
)
BROKEN = LIST + "A-98,王伟,13800001111\nA-99,王伟,13800001111,05/03/2024\n"


@asynccontextmanager
async def a_client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(lambda: bootstrap.open_service(settings), settings)
    transport = httpx.ASGITransport(app=cast(Any, app))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


@pytest.fixture
async def settings(database_url: str, tmp_path: Path) -> Settings:
    settings = Settings(
        database_url=database_url,
        hash_key_file=str(tmp_path / "key"),
        import_folder=str(tmp_path / "imports"),
        max_import_bytes=100_000,
        dev_open=True,
        pool_size=3,
    )
    await bootstrap.migrate(settings)
    return settings


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with a_client(settings) as client:
        yield client


async def upload(client: httpx.AsyncClient, content: str | bytes = LIST, **query: str) -> httpx.Response:
    body = content.encode() if isinstance(content, str) else content
    return await client.post("/imports", params={"filename": "list.csv", **query}, content=body, headers=CSV)


async def finished(client: httpx.AsyncClient, import_id: str) -> dict[str, Any]:
    for _ in range(600):
        told: dict[str, Any] = (await client.get(f"/imports/{import_id}")).json()
        if told["state"] != "running":
            return told
        await asyncio.sleep(0.02)
    raise AssertionError("the import does not end")


def uploads(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("upload-*")]


async def test_a_file_is_imported_in_the_background_and_leaves_no_copy(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    reply = await upload(client, BROKEN, source_system="erp")
    assert reply.status_code == 202
    begun = reply.json()
    assert begun["layout"]["columns"] == {
        "id": "external_id",
        "name": "name",
        "phone": "phone",
        "created": "occurred_at",
    }
    told = await finished(client, begun["import_id"])
    assert (told["state"], told["rows"], told["counts"]["bad"], told["fault"]) == ("finished", 42, 2, "")
    rejected = await client.get(f"/imports/{told['import_id']}/rejected")
    assert rejected.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(rejected.content.decode("utf-8-sig").splitlines()))
    assert [(row["rejected line"], row["rejected code"]) for row in rows] == [
        ("42", "TOO_FEW_CELLS"),
        ("43", "INVALID_FIELD"),
    ]
    assert (await client.get("/records?source_system=erp&external_id=A-7")).status_code == 200
    assert uploads(tmp_path) == []


async def test_the_same_file_again_is_the_same_import(client: httpx.AsyncClient, tmp_path: Path) -> None:
    first, second = await asyncio.gather(upload(client), upload(client))
    told = await finished(client, first.json()["import_id"])
    again = (await upload(client)).json()
    assert first.json()["import_id"] == second.json()["import_id"] == again["import_id"]
    assert (again["state"], again["rows"], again["counts"]) == ("finished", 40, told["counts"])
    assert (await upload(client, object_type="lead")).json()["import_id"] != again["import_id"]
    assert (await client.get("/exports/decisions?format=jsonl")).text.count("\n") >= 40


async def test_an_import_whose_server_stopped_goes_on_when_the_file_is_sent_again(
    settings: Settings, tmp_path: Path
) -> None:
    async with a_client(settings) as client:
        begun = (await upload(client)).json()
    assert uploads(tmp_path) == []
    async with a_client(settings) as client:
        assert (await upload(client)).json()["import_id"] == begun["import_id"]
        told = await finished(client, begun["import_id"])
        decisions = (await client.get("/exports/decisions?format=jsonl")).text.splitlines()
    assert (told["state"], told["rows"], len(decisions)) == ("finished", 40, 40)


@pytest.mark.parametrize(
    ("query", "content", "status", "code"),
    [
        ({"mapping": '{"name": "nonsense"}'}, LIST, 422, "INVALID_FIELD"),
        ({"mapping": "[1]"}, LIST, 422, "INVALID_FIELD"),
        ({"mapping": "{"}, LIST, 422, "INVALID_FIELD"),
        ({"timezone": "Mars"}, LIST, 422, "INVALID_FIELD"),
        ({"filename": "list.exe"}, LIST, 422, "FILE_REFUSED"),
        ({"filename": "../list.csv"}, LIST, 422, "INVALID_FIELD"),
        ({"filename": "list.xlsx"}, LIST, 422, "FILE_REFUSED"),
        ({}, "", 422, "FILE_REFUSED"),
        ({}, "x" * 200_000, 413, "BODY_TOO_LARGE"),
    ],
)
async def test_what_cannot_be_imported_is_refused_and_not_kept(
    client: httpx.AsyncClient, tmp_path: Path, query: dict[str, str], content: str, status: int, code: str
) -> None:
    reply = await upload(client, content, **query)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert uploads(tmp_path) == []


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "", "application/json"])
async def test_a_page_of_another_site_cannot_send_a_file(client: httpx.AsyncClient, kind: str) -> None:
    headers = {"content-type": kind} if kind else {}
    reply = await client.post("/imports?filename=list.csv", content=LIST.encode(), headers=headers)
    assert reply.status_code == 415


async def test_a_mapping_goes_before_what_is_guessed(client: httpx.AsyncClient) -> None:
    mapping = json.dumps({"name": "company_name"})
    told = await finished(client, (await upload(client, mapping=mapping)).json()["import_id"])
    assert told["layout"]["columns"]["name"] == "company_name"


@pytest.mark.parametrize(
    "path", ["/imports/imp_0000000000001", "/imports/nonsense", "/imports/imp_0000000000001/rejected"]
)
async def test_an_import_that_there_is_none_of_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_an_import_without_rejected_rows_has_no_file_of_them(client: httpx.AsyncClient) -> None:
    told = await finished(client, (await upload(client)).json()["import_id"])
    assert (await client.get(f"/imports/{told['import_id']}/rejected")).status_code == 404


@pytest.mark.parametrize("what", ["customers", "records", "decisions", "reviews"])
async def test_an_export_streams_either_format(client: httpx.AsyncClient, what: str) -> None:
    await finished(client, (await upload(client)).json()["import_id"])
    as_csv = await client.get(f"/exports/{what}")
    as_lines = await client.get(f"/exports/{what}?format=jsonl")
    assert as_csv.headers["content-disposition"] == f'attachment; filename="{what}.csv"'
    rows = list(csv.DictReader(as_csv.content.decode("utf-8-sig").splitlines()))
    assert len(rows) == len(as_lines.text.splitlines())
    assert len(rows) >= (0 if what == "reviews" else 30)


async def test_there_is_no_export_of_anything_else(client: httpx.AsyncClient) -> None:
    assert (await client.get("/exports/tenants")).status_code == 422
    assert (await client.get("/exports/records?format=xml")).status_code == 422
