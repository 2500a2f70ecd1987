"""The databases that the fixtures hand out are real, empty and each test's own."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine


async def test_postgresql_is_real_and_admits_a_hundred_connections(postgresql_url: str) -> None:
    connection = await asyncpg.connect(postgresql_url)
    try:
        assert (await connection.fetchval("SELECT version()")).startswith("PostgreSQL")
        assert int(await connection.fetchval("SHOW max_connections")) >= 100
    finally:
        await connection.close()


async def test_sqlalchemy_reads_the_same_url(postgresql_url: str) -> None:
    engine = create_async_engine(make_url(postgresql_url).set(drivername="postgresql+asyncpg"))
    async with engine.connect() as connection:
        name = (await connection.execute(text("SELECT current_database()"))).scalar_one()
    await engine.dispose()
    assert name == make_url(postgresql_url).database


@pytest.mark.parametrize("occasion", ["first", "second"])
async def test_each_test_gets_an_empty_database(postgresql_url: str, occasion: str) -> None:
    connection = await asyncpg.connect(postgresql_url)
    try:
        tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        await connection.execute(f"CREATE TABLE {occasion} (id integer)")
    finally:
        await connection.close()
    assert tables == 0


def test_the_sqlite_file_does_not_exist_yet(sqlite_url: str) -> None:
    database = make_url(sqlite_url).database
    assert database is not None
    assert Path(database).parent.is_dir()
    assert not Path(database).exists()


def test_database_url_offers_both_engines(database_url: str, request: pytest.FixtureRequest) -> None:
    assert make_url(database_url).drivername == request.node.callspec.params["database_url"]
