"""The command line in this process, with nothing of the developer's own settings."""

from __future__ import annotations

import os
from pathlib import Path

import typer.testing

from dedupsvc.cli.app import app


def dedupsvc(*arguments: str, **settings: object) -> typer.testing.Result:
    """The outcome of a command; settings are given as ``database_url=…`` and read as DEDUPSVC_DATABASE_URL."""
    inherited = dict.fromkeys(name for name in os.environ if name.startswith("DEDUPSVC_"))
    given = {f"DEDUPSVC_{name.upper()}": str(value) for name, value in settings.items()}
    return typer.testing.CliRunner().invoke(app, arguments, env={**inherited, **given})


def paths(folder: Path, url: str = "") -> dict[str, object]:
    """The settings that name files: all below the test's own folder."""
    return {"database_url": url or f"sqlite:///{folder / 'd.sqlite3'}", "hash_key_file": folder / "dedupsvc.key"}
