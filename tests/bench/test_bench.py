"""The bench measures what it says: the same application, stores as the service fills them, and figures that are counted right."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import asyncpg
import httpx
import pytest
from starlette.routing import Match

from dedupsvc import bootstrap
from dedupsvc.adapters import crypto
from dedupsvc.adapters.sql.tables import metadata
from dedupsvc.api.app import openapi_document
from dedupsvc.core.record import Record
from dedupsvc.settings import Settings
from dedupsvc.usecases.access import DEV_OPEN
from dedupsvc.wire.answer import AnswerBody
from dedupsvc.wire.record import RecordBody
from tests.bench import app, client, customers, importing, invented, report, sampling, stores
from tests.bench.importing import Imported
from tests.bench.load import Figures
from tests.bench.measure import INGEST, MATCH, NOOP, Measured, Slice
from tests.bench.micro import Micro
from tests.bench.plan import FULL, QUICK, ROOT, Case, chosen, shown

RECORDS = 120


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> customers.Customers:
    """Made-up customers in a folder of the test's own, few of them."""
    monkeypatch.setattr(customers, "SYNTH", tmp_path / "missing.py")
    monkeypatch.setattr(customers, "FOLDER", tmp_path)
    monkeypatch.setattr(customers, "STRANGERS", 20)
    return customers.customers(RECORDS)


async def a_store(folder: Path, records: Iterator[Record]) -> stores.Stored:
    stored = stores.Stored(folder / "store.sqlite3", "120-test")
    await asyncio.to_thread(folder.mkdir)
    await bootstrap.migrate(Settings(database_url=f"sqlite:///{stored.path}", hash_key_file=str(stored.secret)))
    await stores.fill(stored.path, crypto.read_or_make(stored.secret), records, lambda done: None)
    return stored


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_every_request_is_a_body_that_the_service_takes_and_half_are_copies(made: customers.Customers) -> None:
    bodies = [json.loads(body) for body in made.bodies(40)]
    for body in bodies:
        RecordBody.model_validate(body)
        assert "external_id" not in body
    known = {record.values.name or record.values.company_name for record in made.records()}
    names = [body.get("name") or body["company_name"] for body in bodies]
    assert sum(name in known for name in names[::2]) > 15


def test_no_stored_record_is_sent_as_a_copy_of_itself_and_the_size_is_what_was_asked_for(
    made: customers.Customers,
) -> None:
    assert len(list(made.records())) == RECORDS
    parts = customers._parted([{"n": str(n)} for n in range(10)], list("abcabcabcd"), 7)
    stored, copies = ([row["n"] for row in part] for part in parts)
    assert not set(stored) & set(copies)
    assert len(stored) == 7
    assert copies


async def test_filling_stores_what_ingest_stores_record_by_record(made: customers.Customers, tmp_path: Path) -> None:
    filled = await a_store(tmp_path / "filled", made.records())
    one_by_one = tmp_path / "ingested.sqlite3"
    settings = Settings(database_url=f"sqlite:///{one_by_one}", hash_key_file=str(filled.secret))
    await bootstrap.migrate(settings)
    service = await bootstrap.open_service(settings)
    for record in made.records():
        await service.ingest(DEV_OPEN, record)
    await service.aclose()
    for statement in (
        "SELECT external_id, state, scenario, occurred_at, features, values_json FROM records ORDER BY external_id",
        "SELECT r.external_id, k.key_hash FROM records r JOIN blocking_keys k ON k.record_id = r.id ORDER BY 1, 2",
        "SELECT r.external_id, d.verdict, d.reason_code, d.input_json FROM decisions d JOIN records r ON r.id = d.record_id "
        "ORDER BY 1",
        "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM episodes), (SELECT count(*) FROM outbox), "
        "(SELECT count(*) FROM audit), (SELECT count(*) FROM reviews)",
    ):
        assert rows(filled.path, statement) == rows(one_by_one, statement)


async def test_filling_goes_on_where_it_was_broken_off(made: customers.Customers, tmp_path: Path) -> None:
    stored = await a_store(tmp_path / "s", islice(made.records(), 50))
    await stores.fill(stored.path, crypto.read_or_make(stored.secret), made.records(), lambda done: None)
    found = rows(stored.path, "SELECT external_id FROM records")
    assert len(found) == len(set(found)) == RECORDS


async def test_postgresql_gets_the_same_rows_and_all_indexes_back(
    made: customers.Customers, tmp_path: Path, postgresql_url: str
) -> None:
    stored = await a_store(tmp_path / "s", made.records())
    await stores.copied(stored, postgresql_url)
    connection = await asyncpg.connect(postgresql_url)
    try:
        for table in metadata.sorted_tables:
            names = ", ".join(column.name for column in table.columns)
            there = sorted(tuple(row) for row in await connection.fetch(f"SELECT {names} FROM {table.name}"))
            assert there == sorted(rows(stored.path, f"SELECT {names} FROM {table.name}")), table.name
        indexes = await connection.fetch("SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public'")
    finally:
        await connection.close()
    wanted = {str(index.name) for table in metadata.sorted_tables for index in table.indexes}
    wanted |= {f"pk_{table.name}" for table in metadata.sorted_tables}
    assert wanted <= {row["indexname"] for row in indexes}


async def test_the_noop_answers_as_fully_as_a_match_behind_the_same_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'd.sqlite3'}"
    for name, value in (("DATABASE_URL", url), ("HASH_KEY_FILE", str(tmp_path / "k")), ("DEV_OPEN", "1")):
        monkeypatch.setenv(f"DEDUPSVC_{name}", value)
    await bootstrap.migrate(Settings())
    monkeypatch.setattr(app, "settled", bootstrap.open_service)
    application = app.application()
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(application, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asking:
            constant = await asking.post(NOOP, json={"name": "Ada Byron"})
            refused = await asking.post(NOOP, json={"nmae": "Ada Byron"})
            decided = await asking.post(MATCH, json={"name": "Ada Byron"})
    assert constant.status_code == decided.status_code == 200
    assert constant.json().keys() == decided.json().keys() == AnswerBody.model_fields.keys()
    assert len(constant.json()["candidates"]) == 3
    assert refused.status_code == 422
    assert "X-Request-Id" in constant.headers
    asked = {"type": "http", "method": "POST", "path": NOOP, "headers": []}
    assert application.router.routes[0].matches(asked)[0] is Match.FULL


def test_the_import_that_is_timed_takes_every_row(
    made: customers.Customers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "FOLDER", tmp_path / "work")
    monkeypatch.setattr(importing, "SECONDS", 1.0)
    monkeypatch.setattr(importing, "GLANCE_SECONDS", 0.05)
    found = importing.measured(made)
    assert found.rows == RECORDS
    assert found.cpu > 0
    assert found.memory > 20
    assert found.noops == found.seconds / RECORDS / found.noop
    assert not list((tmp_path / "work").iterdir())


def test_the_service_itself_has_none_of_the_benchs_routes() -> None:
    paths = openapi_document()["paths"]
    assert NOOP not in paths
    assert MATCH in paths


async def test_the_client_counts_requests_and_those_that_were_not_answered_with_200() -> None:
    answers = iter([b"200 OK", b"503 Busy"] * 100_000)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
                writer.write(b"HTTP/1.1 " + next(answers) + b"\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    found = await client.main(f"http://127.0.0.1:{port}/x", [b"{}", b'{"a": 1}'], 0, 2, 0.2)
    server.close()
    assert found["requests"] >= 2
    assert abs(found["errors"] - found["requests"] / 2) <= 1
    assert found["p50"] <= found["p95"] <= found["p99"]


def test_each_module_on_the_way_of_a_request_is_in_a_layer_of_its_own_and_none_is_taken_for_the_server() -> None:
    core = {sampling.layer_of(str(path), "any") for path in (ROOT / "src/dedupsvc/core/normalize").rglob("*.py")}
    assert core == {"normalize"}
    expected = {
        "core/blocking/key.py": "hashes",
        "core/blocking/functions.py": "keys",
        "core/score.py": "score",
        "adapters/sql/sqlite.py": "lookup",
        "usecases/examine.py": "judge",
        "usecases/answering.py": "answer",
        "api/body.py": "body parse",
    }
    for name, layer in expected.items():
        assert (ROOT / "src/dedupsvc" / name).exists()
        assert sampling.layer_of(f"/x/src/dedupsvc/{name}", "any") == layer
    assert sampling.layer_of("/usr/lib/python3.11/json/decoder.py", "decode") == ""


def a_slice(rate: float, p50: float, cpu: float = 0.0002) -> Slice:
    return Slice(Figures(int(rate * 2), 2.0, 0, p50, 2 * p50, 3 * p50), cpu, 0.0)


def test_the_report_says_ratios_of_the_same_round() -> None:
    case = Case("sqlite", 10_000)
    one = Measured(case, candidates=4.2, memory=(90.0, 95.0))
    for clients in QUICK.clients:
        one.slices[NOOP, clients] = [a_slice(1000, 1), a_slice(2000, 1), a_slice(4000, 1)]
        one.slices[MATCH, clients] = [a_slice(500, 2), a_slice(1000, 2), a_slice(1000, 2)]
        one.slices[INGEST, clients] = [a_slice(200, 5), a_slice(400, 5), a_slice(800, 5)]
    other = Measured(Case("sqlite", 100_000), dict(one.slices), candidates=4.4)
    other.slices[MATCH, 8] = [a_slice(500, 3)] * 3
    core = {10_000: Micro(20, 10, 10, 4, 10, 4.2, 13)}
    text = report.text(QUICK, [one, other], core, "made up", "")
    assert "| /match, SQLite 10k: rps against the no-op, 8 / 32 clients | 55 / 65 % | 70 / 80 % | 50 % / 50 % |" in text
    assert "| /ingest, SQLite 10k: rps against the no-op, 8 / 32 clients | - | - | 20 % / 20 % |" in text
    assert "| growth of /match's p50, SQLite 10k to 100k, 8 clients | 1.3x | 1.1x | 1.50x |" in text
    assert "| 0.25 / 0.04 | 0.15 / 0.02 | 0.20 / 0.020 |" in text


def test_the_report_says_what_a_row_of_an_import_takes_in_noops_of_its_own_minutes() -> None:
    made = [Imported(100_000, 40.0, 60.0, 512.0, 0.0004), Imported(1_000_000, 440.0, 700.0, 768.0, 0.0002)]
    first, second, growth = report._import_rows(made)
    assert first[1:] == ("-", "-", "40 s, 0.50 GB; 1.00 no-ops of 400 µs a row")
    assert second[1:3] == ("300 s, 1 GB; 1.7 no-ops a row", "120 s, 1 GB; 0.7 no-ops a row")
    assert second[3] == "440 s, 0.75 GB; 2.20 no-ops of 200 µs a row"
    assert growth[3] == "2.20x"


def test_what_people_wrote_below_the_report_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "REPORT.md"
    assert report.kept_notes(path) == ""
    path.write_text(f"figures\n{report.NOTES}our own words\n", encoding="utf-8")
    assert report.kept_notes(path) == "our own words\n"


def test_the_run_is_short_or_certain_stores_only_if_asked_for() -> None:
    assert chosen({}) == FULL
    assert chosen({"QUICK": "1"}) == QUICK
    some = chosen({"BENCH_CASES": "sqlite:100000,postgresql:1000000"})
    assert some.cases == (Case("sqlite", 100_000), Case("postgresql", 1_000_000))
    assert (FULL.imports, some.imports) == ((100_000, 1_000_000), (100_000,))
    assert [shown(size) for size in (10_000, 100_000, 1_000_000)] == ["10k", "100k", "1M"]


def test_made_up_customers_come_again_with_errors(tmp_path: Path) -> None:
    invented.write(tmp_path / "x", 200, dup_rate=0.5, seed=1)
    clusters = (tmp_path / "x" / "truth.csv").read_text("utf-8").split()[1:]
    assert 60 < 200 - len({line.split(",")[1] for line in clusters}) < 140
