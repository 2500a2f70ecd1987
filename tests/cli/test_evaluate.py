"""`dedupsvc evaluate` on a folder small enough to know every answer."""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import os
from pathlib import Path

import asyncpg
import pytest
import typer.testing

from tests.cli.commands import dedupsvc, paths

RECORDS = """\
id,source,kind,name,phone,email,occurred_at,scenario
a1,crm,person,张伟,13800001234,zhang.wei@huaxin.cn,2026-01-05T09:00:00+08:00,sales
b1,crm,person,Mary Smith,+1 415 555 2671,mary@smith-tools.com,2026-01-05T09:10:00+08:00,sales
a2,web,person,張偉,+86 138 0000 1234,ZHANG.WEI@huaxin.cn,2026-01-05T09:30:00+08:00,sales
c1,crm,person,李娜,13911112222,li.na@dongfang.cn,2026-01-05T10:00:00+08:00,sales
a3,crm,person,张伟,13800001234,zhang.wei@huaxin.cn,2026-01-08T09:00:00+08:00,sales
"""
TRUTH = "id,cluster\na1,A\na2,A\na3,A\nb1,B\nc1,C\n"
THREE_SAME = "id,dup_24h\na1,\na2,a1\na3,\nb1,\nc1,\n"
FILES = {"clusters.csv", "pairs.csv", "candidates.csv", "decisions.csv", "summary.json"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, text in (("records", RECORDS), ("truth", TRUTH), ("three_same", THREE_SAME)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def evaluate(data: Path, out: Path, *options: str, url: str = "") -> typer.testing.Result:
    return dedupsvc("evaluate", str(data), "--out", str(out), *options, **paths(data.parent, url))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_all_five_files_say_what_was_decided(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "made" / "out"
    done = evaluate(data, out)
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == FILES
    clusters = {row["id"]: row["cluster"] for row in rows(out / "clusters.csv")}
    assert list(clusters) == ["a1", "b1", "a2", "c1", "a3"]
    assert clusters["a1"] == clusters["a2"] == clusters["a3"]
    assert len(set(clusters.values())) == 3
    wanted = {("a1", "a2"), ("a1", "a3"), ("a2", "a3")}
    assert {(row["id1"], row["id2"]) for row in rows(out / "candidates.csv")} == wanted
    assert {(row["id1"], row["id2"]): float(row["score"]) > 0.9 for row in rows(out / "pairs.csv")} == dict.fromkeys(
        wanted, True
    )
    decisions = rows(out / "decisions.csv")
    assert list(decisions[0]) == ["id", "decision", "customer_id", "existing_id", "repeat_of", "reason_code"]
    assert [(row["id"], row["decision"], row["repeat_of"]) for row in decisions] == [
        ("a1", "accept", ""),
        ("b1", "accept", ""),
        ("a2", "merge", "a1"),
        ("c1", "accept", ""),
        ("a3", "link", ""),
    ]
    assert {row["id"]: row["customer_id"] for row in decisions} == clusters


def test_the_summary_holds_the_figures_that_are_printed(data: Path, tmp_path: Path) -> None:
    done = evaluate(data, tmp_path / "out")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert (summary["data"], summary["engine"], summary["rules_version"]) == ("tiny", "sqlite", 1)
    figures = summary["figures"]
    assert (figures["records"], figures["errors"], figures["largest_customer"]) == (5, 0, 3)
    for name in ("precision", "recall", "f1", "bcubed_f1", "pair_completeness", "three_same_24h_f1"):
        assert figures[name] == 1.0
    assert figures["candidates_per_record"] == pytest.approx(3 / 5 * 2)
    printed = dict(line.split() for line in done.output.splitlines() if len(line.split()) == 2)
    assert printed.keys() == figures.keys()
    assert printed["f1"] == "1.0000"


def test_wrong_answers_cost_what_they_should(data: Path, tmp_path: Path) -> None:
    (data / "truth.csv").write_text("id,cluster\na1,A\na2,A\na3,X\nb1,A\nc1,C\n", encoding="utf-8")
    evaluate(data, tmp_path / "out")
    figures = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))["figures"]
    assert figures["precision"] == pytest.approx(1 / 3)
    assert figures["recall"] == pytest.approx(1 / 3)


async def databases(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {row[0] for row in await connection.fetch("SELECT datname FROM pg_database")}
    finally:
        await connection.close()


def test_both_engines_decide_alike_and_leave_nothing_behind(data: Path, tmp_path: Path, postgresql_url: str) -> None:
    for engine, url in (("sqlite", ""), ("postgresql", postgresql_url)):
        done = evaluate(data, tmp_path / engine, "--engine", engine, url=url)
        assert done.exit_code == 0, done.output
    for name in FILES - {"summary.json"}:
        assert (tmp_path / "sqlite" / name).read_bytes() == (tmp_path / "postgresql" / name).read_bytes(), name
    assert f"dedupsvc_evaluate_{os.getpid()}" not in asyncio.run(databases(postgresql_url))
    assert {path.name for path in tmp_path.iterdir()} == {"tiny", "sqlite", "postgresql"}


def test_two_runs_are_the_same_byte_by_byte(data: Path, tmp_path: Path) -> None:
    for run in ("first", "second"):
        evaluate(data, tmp_path / run)
    for name in FILES - {"summary.json"}:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_compressed_files_and_other_columns_are_read(data: Path, tmp_path: Path) -> None:
    (data / "records.csv").unlink()
    renamed = RECORDS.replace("phone", "tel", 1)
    with gzip.open(data / "records.csv.gz", "wt", encoding="utf-8") as file:
        file.write(renamed)
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"tel": "phone"}')
    done = evaluate(data, tmp_path / "out", "--mapping", str(mapping))
    assert done.exit_code == 0, done.output
    assert [row["decision"] for row in rows(tmp_path / "out" / "decisions.csv")][2:] == ["merge", "accept", "link"]


@pytest.mark.parametrize("missing", ["records", "truth"])
def test_a_folder_without_its_files_is_refused(data: Path, tmp_path: Path, missing: str) -> None:
    (data / f"{missing}.csv").unlink()
    refused = evaluate(data, tmp_path / "out")
    assert refused.exit_code == 2
    assert f"{missing}.csv" in refused.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"tel": 1}', "{"])
def test_a_mapping_that_makes_no_sense_is_refused(data: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "mapping.json").write_text(text)
    assert evaluate(data, tmp_path / "out", "--mapping", str(tmp_path / "mapping.json")).exit_code == 2
