"""`dedupsvc learn`: match weights from what stewards have decided."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from dedupsvc.bootstrap import open_service
from dedupsvc.cli.import_export import OPERATOR
from dedupsvc.cli.lesson import document, report_lines, write
from dedupsvc.cli.start import fail, read_settings
from dedupsvc.core.errors import DedupError
from dedupsvc.settings import Settings
from dedupsvc.usecases.learn import Learned


def learn(
    out: Annotated[Path | None, typer.Option(metavar="FILE.json", help="File for the report.")] = None,
) -> None:
    """Learn match weights from what stewards have decided, into a draft of the rules that nothing follows until it is activated."""
    try:
        learned = asyncio.run(_learn(read_settings()))
    except DedupError as error:
        fail(error.message)
    for line in report_lines(learned.report):
        typer.echo(line)
    if learned.draft is not None:
        typer.echo(f"Version {learned.draft.version} of the rules is the draft: {learned.draft.note}")
    if out is not None:
        write(out, document(learned.report))


async def _learn(settings: Settings) -> Learned:
    service = await open_service(settings)
    try:
        return await service.learn(OPERATOR)
    finally:
        await service.aclose()
