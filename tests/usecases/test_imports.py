"""An import decides as /ingest would, row after row, once; whatever breaks it off."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

import pytest

from dedupsvc.core.errors import Conflict, InvalidField, NotFound, Unavailable
from dedupsvc.core.record import Phone, Values
from dedupsvc.usecases import evaluate
from dedupsvc.usecases.import_view import ImportView, import_by_id
from dedupsvc.usecases.imports import Import
from dedupsvc.usecases.layout import Layout
from dedupsvc.usecases.mapping import guessed
from dedupsvc.usecases.stored import ImportJob
from dedupsvc.usecases.tabular import Fault, FileRefused, Row
from tests.usecases import made_up
from tests.usecases.builders import MONDAY, World


class Kept(io.BytesIO):
    """A file that survives being closed."""

    def close(self) -> None:
        return


@dataclass
class Listed:
    """A table that is in memory."""

    lines: list[dict[str, str]]
    faults: dict[int, Fault] = field(default_factory=dict)
    damaged_after: int = 1_000_000
    form: str = "in memory"

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.lines[0])

    def rows(self) -> Iterator[Row]:
        for line, cells in enumerate(self.lines, 2):
            if line > self.damaged_after:
                raise FileRefused("The file is damaged from some place on.")
            yield Row(line, cells, self.faults.get(line))


def an_import(
    world: World, table: Any, rejected: BinaryIO | None = None, content: str = "c" * 64, **said: Any
) -> Import:
    file = rejected if rejected is not None else Kept()
    layout = said.pop("layout", None) or Layout(guessed(table.columns))
    return Import(world.service.resources, world.caller, table, layout, content, "list.csv", lambda _: file, **said)


async def imported(running: Import) -> ImportView:
    return await running.run(await running.begin())


def people(count: int, **said: str) -> Listed:
    """As many persons who have nothing to do with each other."""
    chance = random.Random(7)
    named = (made_up.a_person(chance) for _ in range(count))
    return Listed([{"id": f"P-{n}", "name": one["name"], "phone": one["phone"], **said} for n, one in enumerate(named)])


@pytest.mark.parametrize(("rows_per_unit", "rows_per_long_unit"), [(1, 0), (50, 0), (7, 100)])
async def test_decisions_are_those_of_an_evaluation_row_by_row(
    world: World, rows_per_unit: int, rows_per_long_unit: int
) -> None:
    made = list(made_up.rows(300))
    table = Listed(made)
    run = evaluate.Run()

    def note(row: Row, outcome: Any) -> None:
        evaluate.note(run, row.cells["id"], outcome)

    sizes: dict[str, Any] = {"rows_per_unit": rows_per_unit, "rows_per_long_unit": rows_per_long_unit}
    view = await imported(an_import(world, table, note=note, **sizes))
    other = await world.tenant(2)
    clock = evaluate.Clock()
    reference = await evaluate.feed(world.service.resources, other.caller, clock, made)
    assert [_without_customer(one) for one in run.decisions] == [_without_customer(one) for one in reference.decisions]
    assert _partition(run) == _partition(reference)
    assert run.pairs == reference.pairs
    assert run.candidates == reference.candidates
    assert (view.state, view.rows, sum(view.counts.values())) == ("finished", 300, 300)
    assert {end for end, count in view.counts.items() if count} >= {"accepted", "linked", "merged"}


def _without_customer(decision: tuple[str, ...]) -> tuple[str, ...]:
    return (*decision[:2], *decision[3:])


def _partition(run: evaluate.Run) -> list[list[str]]:
    """Row ids by customer, as the decisions said."""
    found: dict[str, list[str]] = {}
    for row_id, _, customer, *_ in run.decisions:
        found.setdefault(customer, []).append(row_id)
    return sorted(found.values())


async def test_the_same_file_again_has_no_second_effect(world: World) -> None:
    first = await imported(an_import(world, people(5)))
    before = await world.dump()
    again = await imported(an_import(world, people(5)))
    after = await world.dump()
    assert again == replace(first, updated_at=again.updated_at)
    assert {name: rows for name, rows in after.items() if name != "imports"} == {
        name: rows for name, rows in before.items() if name != "imports"
    }


async def test_the_same_rows_in_another_file_are_unchanged(world: World) -> None:
    await imported(an_import(world, people(3)))
    view = await imported(an_import(world, people(3), content="d" * 64))
    assert view.counts["unchanged"] == 3
    assert len(await world.rows("decisions")) == 3


async def test_rows_without_an_id_are_told_apart_by_their_line(world: World) -> None:
    table = Listed([{"name": "王伟", "phone": "13800000001"}, {"name": "李四", "phone": "13800000002"}])
    await imported(an_import(world, table))
    ids = {row["external_id"] for row in await world.rows("records")}
    assert ids == {f"{'c' * 16}-2", f"{'c' * 16}-3"}


async def test_a_bad_row_is_written_down_with_its_reason_and_the_good_ones_are_kept(world: World) -> None:
    lines = [
        {"id": "1", "name": "王伟", "created": "2025-01-01"},
        {"id": "2", "name": "", "created": ""},
        {"id": "3", "name": "李四", "created": "01/02/2025"},
        {"id": "4", "name": "=HYPERLINK(1)", "created": "2099-01-01"},
        {"id": "5", "name": "张" * 300, "created": ""},
        {"id": "6", "name": "broken", "created": ""},
        {"id": "7", "name": "赵六", "created": "2025-01-02"},
    ]
    rejected = Kept()
    view = await imported(an_import(world, Listed(lines, {7: Fault("TOO_FEW_CELLS", "Too few.")}), rejected))
    assert (view.counts["accepted"], view.counts["bad"]) == (2, 5)
    read = list(csv.DictReader(io.StringIO(rejected.getvalue().decode("utf-8-sig"))))
    assert [(row["rejected line"], row["rejected code"], row["id"]) for row in read] == [
        ("3", "INVALID_FIELD", "2"),
        ("4", "INVALID_FIELD", "3"),
        ("5", "INVALID_FIELD", "4"),
        ("6", "INVALID_FIELD", "5"),
        ("7", "TOO_FEW_CELLS", "6"),
    ]
    assert [row["rejected reason"].split()[0] for row in read[:4]] == ["name", "occurred_at", "occurred_at", "name"]
    assert read[2]["name"] == "'=HYPERLINK(1)"


async def test_a_long_note_does_not_cost_the_row(world: World) -> None:
    view = await imported(an_import(world, people(1, 备注="长" * 1_000)))
    assert view.counts["accepted"] == 1


async def test_history_is_never_too_late(world: World) -> None:
    strict = await world.tenant(2, scenarios={"sales": {"allowed_lateness": "1h"}})
    table = people(1, scenario="sales", created="2025-01-01")
    assert (await imported(an_import(strict, table))).counts["accepted"] == 1
    sent = await strict.ingest(
        Values(name="李四", phones=(Phone("13999999999"),)), scenario="sales", occurred_at=MONDAY - 7_200_000_000
    )
    assert sent.decision == "flag"


async def test_an_import_that_was_taken_over_writes_nothing_more(world: World) -> None:
    first, second = an_import(world, people(60)), an_import(world, people(60))
    job = await first.begin()
    taken = await second.begin()
    with pytest.raises(Conflict):
        await first.run(job)
    assert await world.rows("records") == []
    assert (await second.run(taken)).counts["accepted"] == 60


async def test_an_import_goes_on_where_it_broke_off(world: World) -> None:
    rejected = Kept()
    lines = people(130).lines
    faults = {line: Fault("TOO_FEW_CELLS", "Too few.") for line in (5, 60, 120)}
    with pytest.raises(FileRefused):
        await imported(an_import(world, Listed(lines, faults, damaged_after=100), rejected))
    (row,) = await world.rows("imports")
    assert (row["state"], row["rows_done"], row["fault"]) == ("failed", 50, "The file is damaged from some place on.")
    rejected.seek(0, io.SEEK_END)
    rejected.write(b"left by an attempt that was never committed" * 100)
    view = await imported(an_import(world, Listed(lines, faults), rejected))
    assert (view.state, view.rows, view.counts["accepted"], view.counts["bad"]) == ("finished", 130, 127, 3)
    read = list(csv.DictReader(io.StringIO(rejected.getvalue().decode("utf-8-sig"))))
    assert [one["rejected line"] for one in read] == ["5", "60", "120"]
    assert len(await world.rows("decisions")) == 127


@pytest.mark.parametrize("whole_units", [0, 2])
async def test_of_an_import_in_long_units_that_is_broken_off_only_the_open_unit_is_lost(
    world: World, whole_units: int
) -> None:
    rejected = Kept()
    table = Listed(people(130).lines, {line: Fault("TOO_FEW_CELLS", "Too few.") for line in (5, 60, 85, 120)})
    sizes: dict[str, Any] = {"rows_per_unit": 10, "rows_per_long_unit": 40}
    broken_off = an_import(world, table, rejected, **sizes)
    seen: list[int] = []

    def stop(job: ImportJob) -> None:
        seen.append(job.rows)
        if job.rows == 40 * whole_units + 30:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await broken_off.run(await broken_off.begin(), stop)
    assert seen == list(range(10, 40 * whole_units + 40, 10))
    (row,) = await world.rows("imports")
    kept = row["rows_done"]
    assert kept == (40 * whole_units if world.service.resources.store.exclusive else seen[-1])
    assert len(await world.rows("decisions")) == kept - json.loads(row["counts_json"]).get("bad", 0)
    view = await imported(an_import(world, table, rejected, **sizes))
    assert (view.state, view.rows, view.counts["accepted"], view.counts["bad"]) == ("finished", 130, 126, 4)
    read = list(csv.DictReader(io.StringIO(rejected.getvalue().decode("utf-8-sig"))))
    assert [one["rejected line"] for one in read] == ["5", "60", "85", "120"]
    assert len(await world.rows("decisions")) == 126


@pytest.mark.parametrize("rows", [80, 130])
async def test_long_units_keep_what_comes_before_the_damage_of_a_file(world: World, rows: int) -> None:
    sizes: dict[str, Any] = {"rows_per_unit": 1, "rows_per_long_unit": 40}
    with pytest.raises(FileRefused):
        await imported(an_import(world, Listed(people(rows).lines, damaged_after=61), **sizes))
    (row,) = await world.rows("imports")
    assert (row["state"], row["rows_done"], row["fault"]) == ("failed", 60, "The file is damaged from some place on.")
    view = await imported(an_import(world, people(rows), **sizes))
    assert (view.state, view.rows, view.counts["accepted"]) == ("finished", rows, rows)


async def test_a_commit_whose_answer_was_lost_is_not_made_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    running = an_import(world, people(60))
    decide = Import._decide
    lost: list[ImportJob] = []

    async def forgetful(self: Import, job: ImportJob, chunk: Any) -> ImportJob:
        done = await decide(self, job, chunk)
        if not lost:
            lost.append(done)
            raise Unavailable("The change is not known to be durable.")
        return done

    monkeypatch.setattr(Import, "_decide", forgetful)
    monkeypatch.setattr("dedupsvc.usecases.imports._PATIENCE", (0.0, 0.0))
    view = await imported(running)
    assert (view.rows, view.counts["accepted"]) == (60, 60)
    assert len(await world.rows("decisions")) == 60


@pytest.mark.parametrize(
    "layout",
    [Layout({"name": "nonsense"}), Layout({"name": "name"}, timezone="Mars/Olympus"), Layout({}, timezone="../etc")],
)
async def test_a_layout_that_makes_no_sense_is_refused_before_anything_is_written(world: World, layout: Layout) -> None:
    with pytest.raises(InvalidField):
        await imported(an_import(world, people(1), layout=layout))
    assert await world.rows("imports") == []


async def test_an_import_is_its_tenants_own(world: World) -> None:
    view = await imported(an_import(world, people(1)))
    other = await world.tenant(2)
    assert (await import_by_id(world.service.resources, world.caller, view.import_id)).rows == 1
    with pytest.raises(NotFound):
        await import_by_id(world.service.resources, other.caller, view.import_id)
    assert (await imported(an_import(other, people(1)))).counts["accepted"] == 1


async def test_two_imports_and_a_crm_at_once_accept_each_customer_once(world: World) -> None:
    people_of = {name: people(60, source=name) for name in ("crm", "shop")}
    people_of["shop"].lines.reverse()

    async def sent() -> None:
        for line in people_of["crm"].lines[10:50]:
            values = Values(name=line["name"], phones=(Phone(line["phone"]),))
            await world.ingest(values, scenario="", source_system="web", external_id=line["id"])

    runs = [imported(an_import(world, table, content=name * 20)) for name, table in people_of.items()]
    *views, _ = await asyncio.gather(*runs, sent())
    verdicts = [row["verdict"] for row in await world.rows("decisions")]
    assert [view.rows for view in views if view is not None] == [60, 60]
    assert (verdicts.count("accept"), len(verdicts)) == (60, 160)
    assert len(await world.rows("customers")) == 60


async def test_a_unit_never_holds_more_locks_than_it_may(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    locks = Import._locks

    def counted(self: Import, chunk: Any) -> list[int]:
        found = locks(self, chunk)
        held.append(len(found))
        return found

    monkeypatch.setattr(Import, "_locks", counted)
    monkeypatch.setattr("dedupsvc.usecases.imports.LOCKS_PER_UNIT", 64)
    monkeypatch.setattr(world.service.resources.store, "exclusive", False)
    address = "上海市浦东新区世纪大道100号环球金融中心30楼; "
    table = people(120, phone2="021-55550000;021-55550001;021-55550002", 邮箱="a@x.cn;b@y.cn;c@z.cn", 地址=address)
    view = await imported(an_import(world, table))
    assert view.rows == 120
    assert 30 < max(held) <= 64
