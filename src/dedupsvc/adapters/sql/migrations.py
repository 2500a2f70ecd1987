"""Brings a database to the schema of this version, and tells whether it is there."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from dedupsvc.core.errors import Unavailable


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    config.attributes["database_url"] = url
    return config


def _scripts() -> Path:
    """The wheel carries the scripts inside the package; a checkout has them beside ``src``."""
    package = Path(str(importlib.resources.files("dedupsvc")))
    shipped = package / "migrations"
    return shipped if shipped.is_dir() else package.parents[1] / "alembic"


def upgrade(url: str) -> None:
    """To the newest schema. Safe to call from several processes at once, and when there is nothing to do.

    Raises `Unavailable` if the database does not answer.
    """
    with _answering():
        command.upgrade(_config(url), "head")


def newest() -> str | None:
    return ScriptDirectory.from_config(_config("")).get_current_head()


async def current(url: str) -> str | None:
    """The database's revision; None for an empty one. Raises `Unavailable` if the database does not answer."""
    with _answering():
        if url.startswith("sqlite"):
            engine = create_engine(url, poolclass=pool.NullPool)
            with engine.connect() as connection:
                return MigrationContext.configure(connection).get_current_revision()
        address = "postgresql+asyncpg://" + url.removeprefix("postgresql://")
        remote = create_async_engine(address, poolclass=pool.NullPool)
        async with remote.connect() as connection:
            found = await connection.run_sync(lambda inner: MigrationContext.configure(inner).get_current_revision())
        await remote.dispose()
        return found


@contextmanager
def _answering() -> Iterator[None]:
    """A database that cannot be reached or opened is `Unavailable`; a statement that fails is a fault of ours."""
    try:
        yield
    except OSError as error:
        raise Unavailable(f"The database does not answer ({error.strerror or error}).") from error
    except DBAPIError as error:
        if error.statement is not None:
            raise
        raise Unavailable(f"The database does not answer ({error.orig}).") from error
