"""A service of one's own for each test of a use case, on both engines; each engine's schema is made once a run."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from dedupsvc.adapters.sql import migrations
from dedupsvc.adapters.sql.tables import metadata
from tests.usecases.builders import World, a_world


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def sqlite_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no row."""
    path = tmp_path_factory.mktemp("schema") / "empty.sqlite3"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_schema(postgresql_server: str) -> Iterator[str]:
    """URL of a PostgreSQL database with every table."""
    name = f"usecases_{uuid.uuid4().hex}"
    asyncio.run(execute(postgresql_server, f"CREATE DATABASE {name}"))
    url = make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    migrations.upgrade(url)
    yield url
    asyncio.run(execute(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def tables_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database whose tables are all empty, on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "dedupsvc.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_schema"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgresql_schema")
    asyncio.run(execute(url, *(f"DELETE FROM {table}" for table in metadata.tables)))
    return url


@pytest.fixture
async def world(tables_url: str) -> AsyncIterator[World]:
    world = await a_world(tables_url)
    yield world
    await world.service.aclose()
