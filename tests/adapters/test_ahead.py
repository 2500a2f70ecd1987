"""Rows that another process prepares are those that this one would; and whatever ends the one ends the other."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from dedupsvc.adapters import ahead
from dedupsvc.adapters.ahead import Ahead
from dedupsvc.adapters.codec import encode_envelope, encode_features, encode_values
from dedupsvc.adapters.files import open_table
from dedupsvc.adapters.sql.lookahead import LookedUp, scouting
from dedupsvc.core.errors import Unavailable
from dedupsvc.core.normalize import Defaults
from dedupsvc.usecases.answers import encode_record
from dedupsvc.usecases.layout import Layout
from dedupsvc.usecases.mapping import guessed
from dedupsvc.usecases.preparation import Here, Preparation, Prepped, Source
from dedupsvc.usecases.prepare import Prepared
from dedupsvc.usecases.tabular import Fault, FileRefused
from tests.adapters.build import TENANT, a_store, put
from tests.usecases import made_up


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Those that have been started."""
    found: list[subprocess.Popen[bytes]] = []
    start = ahead._started

    def started() -> subprocess.Popen[bytes]:
        found.append(start())
        return found[-1]

    monkeypatch.setattr(ahead, "_started", started)
    return found


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    return made_up.write(tmp_path / "list.csv", list(made_up.rows(3_000)))


def a_preparation(path: Path) -> Preparation:
    layout = Layout(guessed(open_table(path).columns), timezone="Asia/Shanghai")
    return Preparation(layout, 1, "f" * 16, b"s" * 32, Defaults())


async def all_of(source: Source, path: Path, done: int = 0, size: int = 50) -> list[Sequence[Prepped]]:
    async with aclosing(source.batches(a_preparation(path), done, size)) as batches:
        return [batch.rows async for batch in batches]


@pytest.mark.parametrize(("done", "size"), [(0, 50), (70, 7), (299, 50), (300, 50)])
async def test_rows_are_those_that_this_process_would_have_prepared(tmp_path: Path, done: int, size: int) -> None:
    made = list(made_up.rows(300))
    made[80] |= {"occurred_at": "03/04/2025"}
    path = made_up.write(tmp_path / "list.csv", made)
    lines = path.read_text("utf-8").splitlines()
    lines[200] += ",too,much"
    path.write_text("\n".join(lines), "utf-8")
    batches = await all_of(Ahead(path), path, done, size)
    assert batches == await all_of(Here(open_table(path)), path, done, size)
    assert sum(len(batch) for batch in batches) == 300 - done


async def test_columns_come_along_as_the_store_would_have_made_them(tmp_path: Path) -> None:
    path = made_up.write(tmp_path / "list.csv", list(made_up.rows(60)))
    (batch,) = await all_of(Ahead(path), path, size=60)
    for _, prepared in batch:
        assert isinstance(prepared, Prepared)
        assert prepared.encoded is not None
        assert prepared.encoded.record == encode_record(prepared.record)
        assert prepared.encoded.values == encode_values(prepared.record.values)
        assert prepared.encoded.envelope == encode_envelope(prepared.record.envelope)
        assert prepared.encoded.features == encode_features(prepared.features)


async def test_huge_rows_and_text_that_is_none_arrive_whole(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    rows = [{"name": "王伟", "备注": "x" * 1_000_000}, {"name": "\ud800"}, {"name": "李四", "备注": "\0"}]
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    (batch,) = await all_of(Ahead(path), path)
    assert [batch] == await all_of(Here(open_table(path)), path)
    assert [isinstance(prepared, Fault) for _, prepared in batch] == [False, True, True]
    assert len(batch[0][0].cells["备注"]) == 1_000_000


async def test_a_file_that_is_damaged_from_some_place_on_gives_its_rows_up_to_there(tmp_path: Path) -> None:
    plain = made_up.write(tmp_path / "list.csv", list(made_up.rows(3_000)))
    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress(plain.read_bytes())[:-20_000])
    seen: list[Prepped] = []

    async def take() -> None:
        async with aclosing(Ahead(path).batches(a_preparation(path), 0, 50)) as batches:
            async for batch in batches:
                seen.extend(batch.rows)

    with pytest.raises(FileRefused, match="damaged"):
        await take()
    assert 0 < len(seen) < 3_000


async def test_what_the_rows_look_for_is_read_by_the_other_process(listed: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    store = await a_store(f"sqlite:///{path}")
    preparation = replace(a_preparation(listed), cap=50)
    try:
        async with aclosing(Here(open_table(listed)).batches(preparation, 0, 50)) as batches:
            (first, *_) = [batch.rows async for batch in batches]
        searches = [one.search(50) for _, one in first if isinstance(one, Prepared)]
        await put(store, 10, sorted(searches[3].caps)[:2])
        async with aclosing(Ahead(listed, path).batches(preparation, 0, 50)) as batches:
            batch = await anext(batches)
        with scouting(path, TENANT, "") as scout:
            assert (batch.done, batch.seen) == scout.look(searches)
        assert isinstance(batch.seen, LookedUp)
        assert [row[0] for row in batch.seen.found] == [10]
    finally:
        await store.close()


async def test_without_the_store_the_rows_are_prepared_all_the_same(listed: Path, tmp_path: Path) -> None:
    async with aclosing(Ahead(listed, tmp_path / "missing").batches(a_preparation(listed), 0, 50)) as batches:
        batch = await anext(batches)
    assert (len(batch.rows), batch.done, batch.seen) == (50, -1, None)
    assert not (tmp_path / "missing").exists()


async def test_a_process_that_is_killed_is_no_end_of_the_file(
    listed: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    async def take() -> None:
        async with aclosing(Ahead(listed).batches(a_preparation(listed), 0, 50)) as batches:
            async for _ in batches:
                os.kill(processes[0].pid, signal.SIGKILL)

    with pytest.raises(Unavailable, match="status -9"):
        await take()
    assert await all_of(Ahead(listed), listed, 2_990) != []


@pytest.mark.parametrize("rows_taken", [0, 1])
async def test_who_is_cancelled_leaves_no_process_behind(
    listed: Path, processes: list[subprocess.Popen[bytes]], rows_taken: int
) -> None:
    taken = asyncio.Event()

    async def take() -> None:
        async with aclosing(Ahead(listed).batches(a_preparation(listed), 0, 1)) as batches:
            if not rows_taken:
                taken.set()
            async for _ in batches:
                taken.set()
                await asyncio.sleep(3600)

    task = asyncio.create_task(take())
    await taken.wait()
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [process.poll() for process in processes] == [-signal.SIGKILL]


async def test_a_process_that_nobody_listens_to_ends(listed: Path) -> None:
    process = ahead._started()
    with process:
        assert process.stdout is not None
        first = await asyncio.to_thread(ahead._begun, process, ahead._asked(listed, None, a_preparation(listed), 0, 50))
        assert first
        process.stdout.close()
        assert await asyncio.to_thread(process.wait, 30) == 1
