"""`python -m tests.quality.equal_import FILE [--rows 20000] [--exclusive | --engine postgresql]`: whether an import decides as
/ingest does, row after row.

The first rows of a CSV are imported as the command line does, by a process that prepares them ahead and in its large units; into
another store, SQLite's, they go one by one. With PostgreSQL for the import the engines are compared as well. Whatever the two do not
have in common is printed, and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import sys
import tempfile
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

from dedupsvc.adapters.ahead import Ahead
from dedupsvc.adapters.files import open_table
from dedupsvc.adapters.identity import counted_ids
from dedupsvc.bootstrap import Service, throwaway_service
from dedupsvc.cli.import_export import OPERATOR, ROWS_PER_LONG_UNIT, ROWS_PER_UNIT
from dedupsvc.core.errors import InvalidField
from dedupsvc.settings import Settings
from dedupsvc.usecases import evaluate
from dedupsvc.usecases.imports import Import
from dedupsvc.usecases.ingest import decide
from dedupsvc.usecases.layout import Layout
from dedupsvc.usecases.mapping import guessed
from dedupsvc.usecases.outcome import Outcome
from dedupsvc.usecases.preparation import Source
from dedupsvc.usecases.tabular import Row
from tests.faults.postgresql import a_postgresql

SHOWN = 20


@dataclass(slots=True)
class Told:
    """What became of a list, row by row."""

    run: evaluate.Run = field(default_factory=evaluate.Run)
    bad: int = 0

    def note(self, row: Row, outcome: Outcome) -> None:
        evaluate.note(self.run, outcome.examination.prepared.record.envelope.external_id, outcome)

    def facets(self) -> Mapping[str, Mapping[Hashable, object]]:
        """Without ids of ours, which no two runs have in common."""
        run = self.run
        return {
            "decision": dict(enumerate((*one[:2], *one[3:]) for one in run.decisions)),
            "rows of one customer": {row: tuple(sorted(rows)) for rows in run.members.values() for row in rows},
            "pair": dict(run.pairs),
            "candidate": dict(run.scores),
            "count": {"decisions": len(run.decisions), "bad rows": self.bad},
        }


def differences(imported: Told, one_by_one: Told) -> Iterator[str]:
    ours, theirs = imported.facets(), one_by_one.facets()
    for facet, told in ours.items():
        other = theirs[facet]
        for key in dict.fromkeys((*told, *other)):
            if told.get(key) != other.get(key):
                yield f"{facet} {key}: {told.get(key)} imported, {other.get(key)} one by one"


async def compared(
    path: Path, progress: Callable[[str], None] = lambda said: None, rows_per_long_unit: int = 0, database: str = ""
) -> list[str]:
    """The differences of a whole file, in throwaway stores; ``database``: the URL of an empty one to import into."""
    layout = Layout(guessed(open_table(path).columns))
    at = time.time_ns() // 1000
    with tempfile.TemporaryDirectory(prefix="dedupsvc-equal-") as folder:
        told = []
        # As the command does it: with the store to itself, the process ahead looks things up, too.
        ahead = Ahead(path, Path(folder) / "imported.sqlite3" if rows_per_long_unit and not database else None)
        importing = partial(imported, rows_per_long_unit=rows_per_long_unit, source=ahead)
        for name, way in (("imported", importing), ("one by one", one_by_one)):
            url = f"sqlite:///{folder}/{name.replace(' ', '-')}.sqlite3"
            if database and way is not one_by_one:
                url = database
            alone = way is not one_by_one and ahead.store is not None
            service = await throwaway_service(Settings.model_construct(), url, counted_ids(), lambda: at, alone)
            try:
                begun = time.perf_counter()
                told.append(await way(service, path, layout))
                progress(f"{name}: {len(told[-1].run.decisions)} decisions in {time.perf_counter() - begun:.1f} s")
            finally:
                await service.aclose()
    return list(differences(*told))


async def imported(service: Service, path: Path, layout: Layout, rows_per_long_unit: int, source: Source) -> Told:
    told = Told()
    running = Import(
        service.resources,
        OPERATOR,
        open_table(path),
        layout,
        "0" * 64,
        path.name,
        lambda import_id: io.BytesIO(),
        source=source,
        rows_per_unit=ROWS_PER_UNIT,
        rows_per_long_unit=rows_per_long_unit,
        note=told.note,
    )
    view = await running.run(await running.begin())
    told.bad = view.counts["bad"]
    return told


async def one_by_one(service: Service, path: Path, layout: Layout) -> Told:
    told = Told()
    for row in open_table(path).rows():
        try:
            if row.fault is None:
                record = layout.record(row, f"{'0' * 16}-{row.line}")
                told.note(row, await decide(service.resources, OPERATOR, record))
            else:
                told.bad += 1
        except InvalidField:
            told.bad += 1
    return told


def first_rows(path: Path, count: int, into: Path) -> Path:
    """A CSV of the heading and so many rows."""
    with path.open(encoding="utf-8-sig", newline="") as source, into.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows(islice(csv.reader(source), count + 1))
    return into


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.quality.equal_import", description=__doc__)
    parser.add_argument("file", type=Path, help="a CSV in UTF-8, such as an evaluation's records.csv")
    parser.add_argument("--rows", type=int, default=20_000, help="how many of its rows")
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--exclusive", action="store_true", help="as an import that keeps the file for itself")
    ways.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite", help="what is imported into")
    asked = parser.parse_args()
    rows_per_long_unit = ROWS_PER_LONG_UNIT if asked.exclusive else 0
    with tempfile.TemporaryDirectory(prefix="dedupsvc-equal-") as folder, ExitStack() as stack:
        path = first_rows(asked.file, asked.rows, Path(folder, "list.csv"))
        database = ""
        if asked.engine == "postgresql":
            database = stack.enter_context(a_postgresql(Path(folder, "postgresql"))).url
        found = asyncio.run(compared(path, print, rows_per_long_unit, database))
    for said in found[:SHOWN]:
        print(said)
    print(f"{len(found)} differences" if found else "no difference")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
