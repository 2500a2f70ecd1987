"""`dedupsvc import` and `dedupsvc export`: files of customers in, and everything that is stored out."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from dedupsvc.adapters.ahead import Ahead, little_garbage
from dedupsvc.adapters.files import open_table
from dedupsvc.bootstrap import open_service, sqlite_file
from dedupsvc.cli.evaluate import read_mapping
from dedupsvc.cli.start import fail, read_settings
from dedupsvc.core.errors import DedupError
from dedupsvc.core.normalize import Defaults, normalize
from dedupsvc.settings import Settings
from dedupsvc.usecases import exports
from dedupsvc.usecases.access import DEFAULT_TENANT, Caller
from dedupsvc.usecases.import_view import ImportView
from dedupsvc.usecases.imports import Import
from dedupsvc.usecases.layout import Layout
from dedupsvc.usecases.mapping import guessed
from dedupsvc.usecases.stored import ImportJob
from dedupsvc.usecases.tabular import Tabular

OPERATOR = Caller(DEFAULT_TENANT, "command-line")
"""Whoever may run commands on the server may do all that they do."""
SHOWN_ROWS = 5
ROWS_PER_UNIT = 250
"""A quarter of a second of work: whoever writes to the same database meanwhile waits for that, and a commit costs little beside it."""


ROWS_PER_LONG_UNIT = 50_000
"""So many that each page of the key index is written once for several hundred changes; half a minute is lost where it is broken off."""


class What(StrEnum):
    CUSTOMERS = "customers"
    RECORDS = "records"
    DECISIONS = "decisions"
    REVIEWS = "reviews"


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, TSV, JSON lines (.gz too), or XLSX.")],
    mapping: Annotated[
        Path | None, typer.Option(help="JSON file: column name to field; goes before what is guessed.")
    ] = None,
    source_system: Annotated[str, typer.Option(help="Of rows that name none.")] = "default",
    object_type: Annotated[str, typer.Option(help="Of rows that name none.")] = "customer",
    scenario: Annotated[str, typer.Option(help="Of rows that name none; empty: master data.")] = "",
    timezone: Annotated[str, typer.Option(help="Of times without a zone, such as Asia/Shanghai.")] = "UTC",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the columns and the first rows' canonical form; write nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether the columns are right.")] = False,
    exclusive: Annotated[
        bool,
        typer.Option(
            "--exclusive",
            help=f"SQLite only, for large files: commit every {ROWS_PER_LONG_UNIT:,} rows. Others can read, "
            "but whoever wants to write is told to come again; takes up to 1 GB of memory.",
        ),
    ] = False,
) -> None:
    """Import a file of customers, each row decided as /ingest would. Broken off, the same command goes on where it was.

    Rows that cannot be taken are written to FILE.rejected.csv, with the reason.
    """
    settings = read_settings()
    if exclusive and not settings.database_url.startswith("sqlite"):
        fail("--exclusive is for SQLite; on PostgreSQL an import never keeps others out.")
    try:
        table = open_table(file)
        columns = guessed(table.columns, None if mapping is None else read_mapping(mapping))
        layout = Layout(columns, source_system, object_type, scenario, timezone).checked()
        _show_columns(table, layout)
        if dry_run:
            _show_rows(table, layout, Defaults(phone_country=settings.phone_country))
            return
        if not yes and not typer.confirm("Import it like this?", default=False):
            raise typer.Exit(1)
        rejected = file.with_name(f"{file.name}.rejected.csv")
        view = asyncio.run(_import(settings, table, layout, file, rejected, exclusive))
    except DedupError as error:
        fail(error.message if not hasattr(error, "path") else f"{error.path} {error.message}")
    _show_summary(view, rejected)


async def _import(
    settings: Settings, table: Tabular, layout: Layout, file: Path, rejected: Path, exclusive: bool
) -> ImportView:
    service = await open_service(settings, alone=exclusive)

    def opened(import_id: str) -> BinaryIO:
        rejected.touch(0o600)
        return rejected.open("r+b")

    try:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        running = Import(
            service.resources,
            OPERATOR,
            table,
            layout,
            digest,
            file.name,
            opened,
            source=Ahead(file, sqlite_file(settings.database_url) if exclusive else None) if _cores() > 1 else None,
            rows_per_unit=ROWS_PER_UNIT,
            rows_per_long_unit=ROWS_PER_LONG_UNIT if exclusive else 0,
        )
        with little_garbage():
            job = await running.begin()
            if job.rows:
                said = "has been imported already" if job.state == "finished" else "goes on"
                typer.echo(f"{file.name} {said}: {job.rows} rows are done.", err=True)
            with _progress(table, job) as advance:
                return await running.run(job, advance)
    finally:
        await service.aclose()


def _cores() -> int:
    """That this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _progress(table: Tabular, begun: ImportJob) -> Iterator[Callable[[ImportJob], None]]:
    """Counting the rows first costs a hundredth of importing them, and tells the time that is left."""
    total = sum(1 for _ in table.rows()) if begun.state != "finished" else begun.rows
    speed = TextColumn("{task.fields[rate]}")
    columns = (TextColumn("rows"), BarColumn(), MofNCompleteColumn(), speed, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("rows", total=total, completed=begun.rows, rate="")

        def advance(job: ImportJob) -> None:
            seconds = (job.busy - begun.busy) / 1_000_000
            rate = f"{(job.rows - begun.rows) / seconds:.0f}/s" if seconds else ""
            progress.update(task, completed=job.rows, rate=rate)

        yield advance


def _show_columns(table: Tabular, layout: Layout) -> None:
    shown = Table(title=f"{table.form}; {layout.source_system}/{layout.object_type}", title_justify="left")
    for heading in ("column", "field", "first row"):
        shown.add_column(heading, overflow="fold")
    first = next((row.cells for row in table.rows() if row.fault is None), {})
    for column in table.columns:
        shown.add_row(*(_verbatim(text) for text in (column, layout.columns[column], first.get(column, "")[:40])))
    Console().print(shown)


def _verbatim(text: str) -> Text:
    """A file's own text: brackets are no markup of ours, and what moves the cursor is left out."""
    return Text("".join(character if character.isprintable() else " " for character in text))


def _show_rows(table: Tabular, layout: Layout, defaults: Defaults) -> None:
    for row in islice(table.rows(), SHOWN_ROWS):
        if row.fault is not None:
            typer.echo(f"line {row.line}: {row.fault.message}")
            continue
        try:
            record = layout.record(row, "")
        except DedupError as error:
            typer.echo(f"line {row.line}: {getattr(error, 'path', '')} {error.message}")
            continue
        features = normalize(record.values, defaults)
        said = {name: value for name, value in features._asdict().items() if value}
        typer.echo(f"line {row.line}: {json.dumps(said, ensure_ascii=False)}")


def _show_summary(view: ImportView, rejected: Path) -> None:
    for end, count in view.counts.items():
        typer.echo(f"{end:12} {count}")
    typer.echo(f"{view.rows} rows in {view.seconds:.1f} s, {view.rows_per_second:.0f} a second ({view.import_id})")
    if view.counts["bad"]:
        typer.echo(f"See {rejected.name} for the rows that could not be taken.")
    elif rejected.exists() and not rejected.stat().st_size:
        rejected.unlink()


def export(
    what: Annotated[What, typer.Argument(help="What to export.")],
    form: Annotated[
        Format, typer.Option("--format", help="jsonl leaves nothing out; csv is for spreadsheets.")
    ] = Format.CSV,
    out: Annotated[Path | None, typer.Option(help="File to write; without it, standard output.")] = None,
) -> None:
    """Export golden records with their provenance, records, decisions or reviews.

    In CSV a cell that a spreadsheet would take for a formula has an apostrophe before it; `dedupsvc import` takes it off again.
    """
    try:
        asyncio.run(_export(read_settings(), what, form, out))
    except DedupError as error:
        fail(error.message)


async def _export(settings: Settings, what: What, form: Format, out: Path | None) -> None:
    service = await open_service(settings)
    try:
        target = sys.stdout.buffer if out is None else out.open("wb")
        try:
            async for lines in exports.lines(service.resources, OPERATOR, what.value, form.value):
                target.write(lines)
        finally:
            target.flush()
            if out is not None:
                target.close()
    finally:
        await service.aclose()
