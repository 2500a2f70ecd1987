"""What every command begins with: settings that are right, or a sentence on the terminal that says which one is not."""

from __future__ import annotations

from typing import NoReturn

import typer
from pydantic import ValidationError

from dedupsvc.settings import Settings


def read_settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        lines = (f"DEDUPSVC_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors(include_input=False))
        fail("\n".join(lines))


def fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)
