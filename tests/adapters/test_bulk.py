"""A unit that reads and writes for many rows at once leaves exactly what row by row does, ids and all."""

from __future__ import annotations

import io
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from dedupsvc.adapters.identity import counted_ids, random_ids
from dedupsvc.adapters.sql import lookahead
from dedupsvc.adapters.sql import queries as q
from dedupsvc.adapters.sql.bulk import Bulk
from dedupsvc.adapters.sql.lookahead import Journal, LookedUp, scouting
from dedupsvc.adapters.sql.sqlite import SqliteStore
from dedupsvc.adapters.sql.tables import records
from dedupsvc.bootstrap import Service, throwaway_service
from dedupsvc.core.entity import State
from dedupsvc.core.record import Phase, Phone, Values
from dedupsvc.settings import Settings
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.imports import Import
from dedupsvc.usecases.layout import Layout
from dedupsvc.usecases.mapping import guessed
from dedupsvc.usecases.ports import Search, Unit
from dedupsvc.usecases.preparation import Batch, Here, Preparation
from dedupsvc.usecases.prepare import Prepared
from dedupsvc.usecases.stored import Changes, Review
from dedupsvc.usecases.tabular import Row
from tests.adapters.build import (
    FEATURES,
    NOON,
    TENANT,
    a_decision,
    a_search,
    a_store,
    a_stored_record,
    put,
    some_changes,
    stored_ids,
)
from tests.usecases import made_up
from tests.usecases.builders import HOUR, Clock, World, a_record

STATE, VERSION = (list(records.columns.keys()).index(name) for name in ("state", "version"))
SWITCHBOARD = "021-61234567"
LINES = [
    # Two customers, and the row that shows them to be one; then more of that one.
    {"id": "B-1", "name": "欧阳志远", "phone": "13900000001", "city": "上海"},
    {"id": "B-2", "name": "欧阳志远", "email": "zhiyuan@qq.com", "city": "北京"},
    {"id": "B-3", "name": "欧阳志远", "phone": "13900000001", "email": "zhiyuan@qq.com"},
    {"id": "B-4", "name": "欧阳志远", "email": "zhiyuan@qq.com", "occurred_at": "2025-03-01", "scenario": "service"},
    {"id": "B-5", "name": "欧阳志远", "phone": "13900000001", "occurred_at": "2025-03-02", "scenario": "service"},
    # A row that comes again: as it was, with another phone, with the first one; the first phone's next owner in between.
    {"id": "U-1", "name": "司马明月", "phone": "13900000002"},
    {"id": "U-1", "name": "司马明月", "phone": "13900000002"},
    {"id": "U-1", "name": "司马明月", "phone": "13900000003"},
    {"id": "U-2", "name": "司马明月", "phone": "13900000002"},
    {"id": "U-3", "name": "司马明月", "phone": "13900000003"},
    {"id": "U-1", "name": "司马明月", "phone": "13900000002"},
    # Whoever was only asked for, and comes now.
    {"id": "K-1", "name": "诸葛清风", "phone": "13900000004", "scenario": "sales/new", "occurred_at": "2026-06-01"},
]


class Listed:
    form = "in memory"
    columns: tuple[str, ...] = made_up.COLUMNS

    def __init__(self, lines: list[dict[str, str]]) -> None:
        self.lines = lines

    def rows(self) -> Iterator[Row]:
        for line, cells in enumerate(self.lines, 2):
            yield Row(line, {column: cells.get(column, "") for column in self.columns})


def a_list() -> Listed:
    """With a number that more share than the cap, twice as many after it has become hot, and everything else that a unit does."""
    made = list(made_up.rows(300, seed=3))
    for number, one in enumerate(made[::2]):
        one["phone"] = SWITCHBOARD
        one["id"] = f"S-{number}"
    for place, one in enumerate(LINES):
        made.insert(7 * place + place % 3, dict(one))
    made += [{**one, "source": "shop"} for one in LINES[:5]]
    # Namesakes: more than a name finds by itself, and the last of them comes again with another's number.
    made += [{"id": f"N-{one}", "name": "Jonathan Prescott", "phone": f"1390001{one:04}"} for one in range(12)]
    made += [{"id": "N-12", "name": "Jonathon Prescott", "phone": "13900010003"}]
    return Listed(made)


@dataclass(frozen=True)
class Scouting:
    """Looks batches up while others before them have not been decided on: what it has seen is always out of date."""

    table: Listed
    path: Path
    lead: int = 3

    async def batches(self, preparation: Preparation, done: int, size: int) -> AsyncGenerator[Batch, None]:
        with scouting(self.path, preparation.tenant_id, preparation.job) as scout:
            coming: deque[Batch] = deque()
            async for batch in Here(self.table).batches(preparation, done, size):
                searches = [one.search(preparation.cap) for _, one in batch.rows if isinstance(one, Prepared)]
                coming.append(Batch(batch.rows, *scout.look(searches)))
                if len(coming) > self.lead:
                    yield coming.popleft()
            for one in coming:
                yield one


async def left_by(
    folder: Path, rows_per_unit: int, rows_per_long_unit: int, scouted: bool = False
) -> Mapping[str, Any]:
    path = folder / f"{rows_per_unit}-{rows_per_long_unit}-{scouted}.sqlite3"
    url = f"sqlite:///{path}"
    clock = Clock()
    service = await throwaway_service(Settings.model_construct(), url, counted_ids(), clock, alone=True)
    try:
        world = World(service, clock, url, Caller(TENANT, "tests"))
        asked = Values(name="诸葛清风", phones=(Phone("13900000004"),))
        await world.service.ingest(world.caller, a_record(asked, scenario="sales/new", phase=Phase.BEFORE))
        clock.advance(HOUR)
        await the_import(service, world.caller, rows_per_unit, rows_per_long_unit, path if scouted else None)
        return {name: rows for name, rows in (await world.dump()).items() if name != "imports"}
    finally:
        await service.aclose()


async def the_import(
    service: Service, caller: Caller, rows_per_unit: int, rows_per_long_unit: int, scouted: Path | None
) -> None:
    table = a_list()
    running = Import(
        service.resources,
        caller,
        table,
        Layout(guessed(table.columns)),
        "c" * 64,
        "list.csv",
        lambda _: io.BytesIO(),
        source=Scouting(table, scouted) if scouted is not None else None,
        rows_per_unit=rows_per_unit,
        rows_per_long_unit=rows_per_long_unit,
    )
    await running.run(await running.begin())


@pytest.fixture(autouse=True)
def _one_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that hashes of one store are those of another."""
    monkeypatch.setattr("secrets.token_bytes", lambda length: b"s" * length)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many statements have been executed otherwise than in a batch, and how many searches have been made row by row."""
    found: Counter[str] = Counter()
    retrieve, write = Bulk.retrieve, Bulk._write_rows

    async def retrieved(self: Bulk, tenant_id: int, search: Search) -> Any:
        found["looked up ahead"] += self._ahead is not None
        found["searches"] += 1
        made = await retrieve(self, tenant_id, search)
        found["thinned"] += bool(made.retrieval.thinned)
        return made

    def written(self: Bulk) -> None:
        found["written together"] += len(self._waiting[q.INSERT_DECISION]) > 1
        write(self)

    def brought(self: Journal, seen: LookedUp) -> None:
        found["scouted"] += 1
        bring(self, seen)

    bring = Journal.bring_up_to_date
    monkeypatch.setattr(Journal, "bring_up_to_date", brought)
    monkeypatch.setattr(Bulk, "retrieve", retrieved)
    monkeypatch.setattr(Bulk, "_write_rows", written)
    return found


@pytest.mark.parametrize(("rows_per_unit", "rows_per_long_unit"), [(1, 30), (20, 90), (250, 1_000)])
async def test_what_is_left_is_what_row_by_row_leaves(
    tmp_path: Path, steps: Counter[str], rows_per_unit: int, rows_per_long_unit: int
) -> None:
    expected = await left_by(tmp_path, 1, 0)
    assert not steps
    # The list is worth the test: all of this is done within units.
    assert all(expected[table] for table in ("merges", "hot_keys", "rechecks", "reviews"))
    assert max(row[VERSION] for row in expected["records"]) == 3
    assert any(row[STATE] == "retired" for row in expected["records"])
    assert await left_by(tmp_path, rows_per_unit, rows_per_long_unit) == expected
    assert steps["searches"] == steps["looked up ahead"] > 300
    assert steps["thinned"] > 5
    assert rows_per_unit == 1 or steps["written together"] > 5


@pytest.mark.parametrize(("rows_per_unit", "rows_per_long_unit"), [(1, 30), (7, 90), (20, 150), (250, 1_000)])
async def test_what_another_process_has_seen_before_changes_nothing(
    tmp_path: Path, steps: Counter[str], rows_per_unit: int, rows_per_long_unit: int
) -> None:
    expected = await left_by(tmp_path, 1, 0)
    assert await left_by(tmp_path, rows_per_unit, rows_per_long_unit, scouted=True) == expected
    assert steps["searches"] == steps["looked up ahead"] > 300
    assert steps["scouted"] >= max(1, 200 // rows_per_unit)


@pytest.mark.parametrize("others_write", [False, True])
async def test_what_was_seen_is_relied_on_unless_somebody_else_has_written(tmp_path: Path, others_write: bool) -> None:
    path = tmp_path / "store.sqlite3"
    other = await a_store(f"sqlite:///{path}")
    store = SqliteStore(path, random_ids(), alone=True)
    search = a_search([7, 8], CAP)
    try:
        await put(store, 10, (7,))
        with scouting(path, TENANT, "") as scout:
            _, seen = scout.look([search])
        assert seen is not None
        seen.held[8] = []  # Had it been so, nobody would be found by this key.
        if others_write:
            await put(other, 20, (8,))
        async with store.unit(TENANT) as unit:
            await unit.expect(lambda: [search], seen)
            found = (await unit.candidates(search)).candidates
            await unit.commit()
        assert {one.place.record_id for one in found} == ({10, 20} if others_write else {10})
    finally:
        await store.close()
        await other.close()


async def test_whoever_is_updated_after_it_was_seen_is_found_once_by_the_keys_it_has_now(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    await (await a_store(f"sqlite:///{path}")).close()
    store = SqliteStore(path, random_ids(), alone=True)
    try:
        await put(store, 10, (7, 8))
        search = a_search([7, 8, 9], 1)
        with scouting(path, TENANT, "") as scout:
            _, seen = scout.look([search])
        before = a_stored_record(10)
        after = replace(before, version=2, place=before.place._replace(owner_id="o9"), decision_id=90)
        async with store.unit(TENANT) as unit:
            await unit.expect(list)
            await unit.add(Changes(a_decision(after), "test", after, FEATURES, (8, 9), is_new=False))
            await unit.expect(lambda: [search], seen)
            found = await unit.candidates(search)
            by_key = [(await unit.candidates(a_search([key], 1))).candidates for key in (7, 8, 9)]
            await unit.commit()
        assert [one.place.owner_id for one in found.candidates] == ["o9"]
        assert found.truncated == frozenset()
        assert [len(one) for one in by_key] == [0, 1, 1]
    finally:
        await store.close()


async def test_a_batch_with_more_hits_than_are_kept_is_looked_up_row_by_row(
    tmp_path: Path, steps: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await left_by(tmp_path, 1, 0)
    monkeypatch.setattr(lookahead, "MOST_HITS", 30)
    monkeypatch.setattr(lookahead, "MOST_CANDIDATES", 3)
    assert await left_by(tmp_path, 20, 90) == expected
    assert 0 < steps["looked up ahead"] < steps["searches"]


CAP = 50


async def test_whoever_has_other_keys_now_is_found_by_these(sqlite_url: str) -> None:
    async with expecting(sqlite_url, (7, 8, 9)) as unit:
        before = a_stored_record(10)
        after = replace(before, version=2, place=before.place._replace(owner_id="o9"), decision_id=90)
        await unit.add(Changes(a_decision(after), "test", after, FEATURES, (8, 9), is_new=False))
        found = {key: await unit.candidates(a_search([key], CAP)) for key in (7, 8, 9)}
    assert {key: [one.place.owner_id for one in told.candidates] for key, told in found.items()} == {
        7: [],
        8: ["o9"],
        9: ["o9"],
    }


async def test_what_is_not_written_yet_is_seen_by_whoever_asks_for_it(sqlite_url: str) -> None:
    async with expecting(sqlite_url, (7,)) as unit:
        known = replace(a_stored_record(10), version=2, decision_id=90)
        later = Changes(a_decision(known), "test", known, FEATURES, (7,), is_new=False, renewed=(13, NOON + 60))
        await unit.add(later)
        (episode,) = await unit.episodes({11}, NOON, NOON + 100)
        record = a_stored_record(20, customer_id=11, state=State.JOINED)
        review = Review(91, "suggestion", 20, 11, 99, "POSSIBLE_SAME")
        await unit.add(Changes(a_decision(record), "test", record, FEATURES, (7,), reviews=(review,)))
        assert episode.renewed_at == NOON + 60
        assert await unit.open_review("suggestion", 11, 99, 20) == 91
        assert [one.place.record_id for one in await unit.records_of(11)] == [10, 20]


async def test_of_two_decisions_that_ask_the_same_of_a_steward_one_does(sqlite_url: str) -> None:
    async with expecting(sqlite_url, (7,)) as unit:
        for number in (20, 30):
            review = Review(number + 8, "suggestion", number, 11, 99, "POSSIBLE_SAME")
            await unit.add(replace(some_changes(number, ()), reviews=(review,)))
        assert await unit.open_review("suggestion", 11, 99, 30) == 28


async def test_what_waits_is_written_with_the_commit_and_never_without(sqlite_url: str) -> None:
    store = await a_store(sqlite_url)
    try:
        for number, commits in ((10, True), (20, False)):
            async with store.unit(TENANT) as unit:
                await unit.expect(list)
                await unit.add(some_changes(number))
                if commits:
                    await unit.commit()
        assert await stored_ids(store, (10, 20)) == {10}
        await put(store, 30)
        assert await stored_ids(store, (10, 20, 30)) == {10, 30}
    finally:
        await store.close()


@asynccontextmanager
async def expecting(url: str, keys: Sequence[int]) -> AsyncIterator[Unit]:
    """A unit over a store that holds record 10 with keys 7 and 8, which has been told that these keys will be asked for."""
    store = await a_store(url)
    try:
        await put(store, 10, (7, 8))
        async with store.unit(TENANT) as unit:
            await unit.expect(lambda: [a_search(keys, CAP)])
            yield unit
    finally:
        await store.close()
