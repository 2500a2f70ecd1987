"""`dedupsvc`: serve, migrate, openapi, evaluate, learn, import, export."""

from __future__ import annotations

import asyncio
import json
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from dedupsvc.bootstrap import migrate as migrate_database
from dedupsvc.cli.evaluate import evaluate
from dedupsvc.cli.import_export import export, import_file
from dedupsvc.cli.learn import learn
from dedupsvc.cli.start import fail, read_settings
from dedupsvc.core import is_compiled
from dedupsvc.core.errors import DedupError
from dedupsvc.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
app.command()(evaluate)
app.command()(learn)
app.command("import")(import_file)
app.command()(export)


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"dedupsvc {version('dedupsvc')}, {'compiled' if is_compiled() else 'interpreted'}")
        raise typer.Exit


@app.callback()
def main(
    told: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Say the version, and if it is compiled."
        ),
    ] = False,
) -> None:
    """Customer deduplication before insert. Settings are read from DEDUPSVC_* (see README)."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the port and the database.")] = 1,
    migrate_first: Annotated[bool, typer.Option("--migrate", help="Migrate the database before serving it.")] = False,
) -> None:
    """Serve HTTP until stopped. The database must be migrated, or is with --migrate."""
    settings = read_settings()
    if not settings.dev_open:
        fail(
            "There are no API keys, so nobody could call. Set DEDUPSVC_DEV_OPEN=1 to let in this machine's own programs."
        )
    from dedupsvc.api.serving import run

    if migrate_first:
        migrate()
    try:
        asyncio.run(_probe(settings))
    except DedupError as error:
        fail(error.message)
    run(settings, host, port, workers)


async def _probe(settings: Settings) -> None:
    """A service that cannot run says so once, on the terminal, and not from each worker."""
    from dedupsvc.bootstrap import open_service

    service = await open_service(settings)
    await service.aclose()


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema; safe to repeat."""
    try:
        revision = asyncio.run(migrate_database(read_settings()))
    except DedupError as error:
        fail(error.message)
    typer.echo(f"The database is at revision {revision}.")


@app.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from dedupsvc.api.app import openapi_document

    json.dump(openapi_document(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
