"""`dedupsvc import` and `export` as one types them, and an import that is killed again and again."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from dedupsvc.adapters import ahead
from dedupsvc.cli import import_export
from tests.cli.commands import dedupsvc, paths
from tests.usecases import made_up

ROWS = 1_200
BROKEN = (17, 120, 333)
IN_SHORT_STEPS = (
    "-c",
    "from dedupsvc.cli import import_export as command\n"
    "command.ROWS_PER_UNIT, command.ROWS_PER_LONG_UNIT = 50, 200\n"
    "from dedupsvc.__main__ import main\n"
    "main()",
)
"""The program, in long units of 200 rows."""


class Command:
    """The command line over one database and one hash key."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.settings = paths(folder, url)
        self("migrate")

    def __call__(self, *arguments: str | Path, status: int = 0) -> str:
        done = dedupsvc(*map(str, arguments), **self.settings)
        assert done.exit_code == status, done.output
        return done.output if status else done.stdout_bytes.decode()

    def start(self, *arguments: str | Path, begin: tuple[str, ...] = ("-m", "dedupsvc")) -> subprocess.Popen[bytes]:
        """In a process of its own, which can be killed."""
        given = {f"DEDUPSVC_{name.upper()}": str(value) for name, value in self.settings.items()}
        line = [sys.executable, *begin, *map(str, arguments)]
        return subprocess.Popen(line, env={**os.environ, **given}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if self.url.startswith("sqlite"):
            connection = sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=30)
            try:
                return connection.execute(query).fetchall()
            finally:
                connection.close()
        return asyncio.run(self._remote(query))

    async def _remote(self, query: str) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()


def end_state(command: Command) -> Mapping[str, Any]:
    """What is stored, without ids and times of receipt, which no two runs have in common."""
    records = command.rows(
        "SELECT customer_id, source_system, external_id, state, scenario, version, values_json FROM records"
    )
    by_customer: dict[int, list[tuple[Any, ...]]] = {}
    for customer, *told in records:
        by_customer.setdefault(customer, []).append(tuple(told))
    count = "(SELECT count(*) FROM {})"
    tables = ("decisions", "customers", "episodes", "reviews", "audit", "outbox", "blocking_keys", "merges")
    return {
        "customers": sorted(sorted(told) for told in by_customer.values()),
        "counts": command.rows("SELECT " + ", ".join(count.format(table) for table in tables)),
        "verdicts": sorted(command.rows("SELECT verdict, reason_code, count(*) FROM decisions GROUP BY 1, 2")),
        "imports": command.rows("SELECT state, rows_done, counts_json, rejected_bytes FROM imports"),
    }


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """Those that it has started and that are still there."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A list in which three rows are broken."""
    path = made_up.write(tmp_path / "list.csv", list(made_up.rows(ROWS)))
    lines = path.read_text("utf-8").splitlines()
    for line in BROKEN:
        lines[line - 1] = lines[line - 1] + ",too,much"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_an_import_that_is_killed_ends_as_if_it_had_not_been(database_url: str, tmp_path: Path, listed: Path) -> None:
    killed = Command(database_url, tmp_path)
    chance = random.Random(5)
    done = deaths = 0
    while done < ROWS and deaths < 4:
        process = killed.start("import", listed, "--yes")
        before = done
        while done <= before and process.poll() is None:
            time.sleep(0.005)
            done = sum(row[0] for row in killed.rows("SELECT rows_done FROM imports"))
        time.sleep(chance.random() * 0.1)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            deaths += 1
        process.wait()
    summary = killed("import", listed, "--yes")
    assert deaths >= 2
    assert f"{ROWS} rows" in summary
    rejected = listed.with_name("list.csv.rejected.csv")
    told = rejected.read_text("utf-8-sig")
    assert [row["rejected line"] for row in csv.DictReader(told.splitlines())] == [str(line) for line in BROKEN]

    rejected.unlink()
    (tmp_path / "whole").mkdir()
    whole = Command(f"sqlite:///{tmp_path / 'whole.sqlite3'}", tmp_path / "whole")
    whole("import", listed, "--yes")
    assert end_state(killed) == end_state(whole)
    assert rejected.read_text("utf-8-sig") == told


def test_an_exclusive_import_that_is_killed_loses_its_open_unit_and_nothing_else(
    sqlite_url: str, tmp_path: Path, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = Command(sqlite_url, tmp_path)
    chance = random.Random(6)
    kept: list[int] = []
    while len(kept) < 3:
        process = killed.start("import", listed, "--yes", "--exclusive", begin=IN_SHORT_STEPS)
        before = sum(kept[-1:])
        while sum(row[0] for row in killed.rows("SELECT rows_done FROM imports")) <= before:
            assert process.poll() is None
            time.sleep(0.005)
        time.sleep(chance.random() * 0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept += [row[0] for row in killed.rows("SELECT rows_done FROM imports")]
    assert all(rows % 200 == 0 for rows in kept)
    monkeypatch.setattr(import_export, "ROWS_PER_LONG_UNIT", 200)
    assert f"{ROWS} rows" in killed("import", listed, "--yes", "--exclusive")
    rejected = listed.with_name("list.csv.rejected.csv")
    told = rejected.read_text("utf-8-sig")
    rejected.unlink()
    (tmp_path / "whole").mkdir()
    whole = Command(f"sqlite:///{tmp_path / 'whole.sqlite3'}", tmp_path / "whole")
    whole("import", listed, "--yes")
    assert end_state(killed) == end_state(whole)
    assert rejected.read_text("utf-8-sig") == told


def is_locked(connection: sqlite3.Connection) -> bool:
    """For whoever wants to write."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    connection.execute("ROLLBACK")
    return False


def test_while_an_import_is_exclusive_others_read_and_whoever_writes_is_told_to_come_again(
    sqlite_url: str, tmp_path: Path, listed: Path
) -> None:
    command = Command(sqlite_url, tmp_path)
    process = command.start("import", listed, "--yes", "--exclusive")
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, timeout=0)
    try:
        while not children(process):
            assert process.poll() is None
        seen: list[tuple[int, bool]] = []
        while process.poll() is None:
            ((rows,),) = other.execute("SELECT count(*) FROM records")
            seen.append((rows, is_locked(other)))
            time.sleep(0.01)
        assert (0, True) in seen
        assert {rows for rows, locked in seen if locked} == {0}
    finally:
        other.close()
    assert process.wait() == 0
    assert command.rows("SELECT state, rows_done FROM imports") == [("finished", ROWS)]


def test_no_import_has_a_database_on_a_server_to_itself(postgresql_url: str, tmp_path: Path, listed: Path) -> None:
    command = Command(postgresql_url, tmp_path)
    assert "--exclusive is for SQLite" in command("import", listed, "--yes", "--exclusive", status=2)
    assert command.rows("SELECT count(*) FROM imports") == [(0,)]


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """A shell lets what it runs in the background ignore SIGINT, and with the tests whatever they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="reads /proc")
@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_an_import_ends_the_process_that_prepares_its_rows(
    sqlite_url: str, tmp_path: Path, listed: Path, ended_by: signal.Signals
) -> None:
    command = Command(sqlite_url, tmp_path)
    process = command.start("import", listed, "--yes")
    started: list[int] = []
    while not started:
        assert process.poll() is None
        started = children(process)
    process.send_signal(ended_by)
    assert process.wait(30) != 0
    deadline = time.monotonic() + 30
    while any(map(is_there, started)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert f"{ROWS} rows" in command("import", listed, "--yes")


def test_an_import_whose_process_of_rows_is_killed_says_so_and_goes_on_when_started_again(
    sqlite_url: str, tmp_path: Path, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = Command(sqlite_url, tmp_path)
    started = ahead._started

    def doomed() -> subprocess.Popen[bytes]:
        process = started()
        os.kill(process.pid, signal.SIGKILL)
        return process

    with monkeypatch.context() as patch:
        patch.setattr(ahead, "_started", doomed)
        patch.setattr(import_export, "_cores", lambda: 2)
        said = command("import", listed, "--yes", status=2)
    assert "has ended early (status -9)" in said
    ((state, fault),) = command.rows("SELECT state, fault FROM imports")
    assert state == "failed"
    assert "ended early" in fault
    assert f"{ROWS} rows" in command("import", listed, "--yes")
    assert command.rows("SELECT state, rows_done FROM imports") == [("finished", ROWS)]


@pytest.mark.parametrize("cores", [1, 2])
def test_one_core_imports_what_two_do(
    sqlite_url: str, tmp_path: Path, listed: Path, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    command = Command(sqlite_url, tmp_path)
    started: list[subprocess.Popen[bytes]] = []
    start = ahead._started

    def noted() -> subprocess.Popen[bytes]:
        started.append(start())
        return started[-1]

    monkeypatch.setattr(ahead, "_started", noted)
    monkeypatch.setattr(import_export, "_cores", lambda: cores)
    assert f"{ROWS} rows" in command("import", listed, "--yes")
    assert len(started) == cores - 1


def test_a_dry_run_shows_what_would_be_read_and_writes_nothing(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    command = Command(sqlite_url, tmp_path)
    path = tmp_path / "客户.csv"
    path.write_bytes("客户名称,手机,[red]颜色\n张伟,138 1234 5678,蓝\n,,\n李四\n".encode("gb18030"))
    shown = command("import", path, "--dry-run")
    assert "gb18030" in shown
    assert all(
        word in shown for word in ("客户名称", "name", "phone", "[red]颜色", "custom", "8613812345678", "fewer cells")
    )
    assert command.rows("SELECT count(*) FROM imports") == [(0,)]
    assert [one.name for one in tmp_path.glob("*.rejected.csv")] == []


def test_without_a_yes_nothing_is_imported(sqlite_url: str, tmp_path: Path, listed: Path) -> None:
    command = Command(sqlite_url, tmp_path)
    assert "Import it like this?" in command("import", listed, status=1)
    assert command.rows("SELECT count(*) FROM records") == [(0,)]


def test_what_was_rejected_can_be_put_right_and_imported(sqlite_url: str, tmp_path: Path) -> None:
    command = Command(sqlite_url, tmp_path)
    path = tmp_path / "list.csv"
    path.write_text(
        "id,name,phone,created\nA-1,=王伟,+8613812345678,03/05/2024\nA-2,李四,13900001111,2024-03-05\n", "utf-8"
    )
    command("import", path, "--yes")
    rejected = path.with_name("list.csv.rejected.csv")
    text = rejected.read_text("utf-8-sig")
    assert "'+8613812345678" in text
    rejected.write_text(text.replace("03/05/2024", "2024-03-05"), "utf-8")
    command("import", rejected, "--yes")
    found = command.rows("SELECT external_id, values_json FROM records ORDER BY 1")
    assert [row[0] for row in found] == ["A-1", "A-2"]
    assert json.loads(found[0][1]) == {"name": "=王伟", "phones": [{"value": "+8613812345678"}]}


def test_a_mapping_goes_before_what_is_guessed(sqlite_url: str, tmp_path: Path) -> None:
    command = Command(sqlite_url, tmp_path)
    (tmp_path / "list.csv").write_text("who,name\n王伟,ignored\n", "utf-8")
    (tmp_path / "mapping.json").write_text('{"who": "name", "name": "ignore"}', "utf-8")
    command("import", tmp_path / "list.csv", "--mapping", tmp_path / "mapping.json", "--source-system", "erp", "--yes")
    ((source, values),) = command.rows("SELECT source_system, values_json FROM records")
    assert (source, json.loads(values)) == ("erp", {"name": "王伟"})


def test_what_is_no_table_is_refused_in_one_sentence(sqlite_url: str, tmp_path: Path) -> None:
    command = Command(sqlite_url, tmp_path)
    (tmp_path / "a.xlsx").write_bytes(b"nonsense")
    said = command("import", tmp_path / "a.xlsx", "--yes", status=2)
    assert said.strip() == "The file is no .xlsx workbook, or is damaged."


def test_an_export_tells_all_there_is_and_harms_no_spreadsheet(sqlite_url: str, tmp_path: Path) -> None:
    command = Command(sqlite_url, tmp_path)
    path = tmp_path / "list.csv"
    path.write_text(
        "id,name,phone,note,created,scenario\n"
        "A-1,王伟,+8613812345678,=1+1,2024-03-05,sales\n"
        "A-2,王伟,13812345678,,2024-03-05,sales\n"
        "A-3,李四,13900001111,,2024-03-05,sales\n",
        "utf-8",
    )
    command("import", path, "--yes")
    customers = list(csv.DictReader(command("export", "customers").lstrip("\ufeff").splitlines()))
    records = [json.loads(line) for line in command("export", "records", "--format", "jsonl").splitlines()]
    decisions = [json.loads(line) for line in command("export", "decisions", "--format", "jsonl").splitlines()]
    assert {(row["name"], row["records"]) for row in customers} == {("王伟", "2"), ("李四", "1")}
    first = next(row for row in customers if row["name"] == "王伟")
    assert {first["name_from"], first["phones_from"]} <= {row["record_id"] for row in records}
    assert [row["external_id"] for row in records] == ["A-1", "A-2", "A-3"]
    assert records[0]["phones"] == [{"value": "+8613812345678", "type": "", "country": "", "extension": ""}]
    assert records[0]["custom"][0]["value"] == "=1+1"
    assert {row["input"]["envelope"]["external_id"] for row in decisions} == {"A-1", "A-2", "A-3"}
    out = tmp_path / "out.csv"
    command("export", "records", "--out", out)
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    assert rows[0]["phones"] == "'+8613812345678"
    assert command("export", "reviews").count("\n") == 1
