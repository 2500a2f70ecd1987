"""The schema: what the tables say is what the migrations make, there and back, whoever asks and however often."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, pool
from sqlalchemy.ext.asyncio import create_async_engine

from dedupsvc.adapters.sql import migrations
from dedupsvc.adapters.sql.tables import metadata

ROOT = Path(__file__).parents[2]
T = TypeVar("T")


async def asked(url: str, question: Callable[[Connection], T]) -> T:
    if url.startswith("sqlite"):
        engine = create_engine(url, poolclass=pool.NullPool)
        with engine.connect() as connection:
            return question(connection)
    remote = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), poolclass=pool.NullPool)
    async with remote.connect() as connection:
        found = await connection.run_sync(question)
    await remote.dispose()
    return found


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def differences(connection: Connection) -> list[Any]:
    # SQLite gives a default back as another text than the one it was given.
    defaults = connection.dialect.name == "postgresql"
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": defaults})
    found: list[Any] = compare_metadata(context, metadata)
    return found


async def test_the_migrations_make_exactly_the_tables(database_url: str) -> None:
    await asyncio.to_thread(migrations.upgrade, database_url)
    assert await asked(database_url, differences) == []
    assert await asked(database_url, tables) == set(metadata.tables)
    assert await migrations.current(database_url) == migrations.newest()


async def test_a_difference_would_be_seen(database_url: str) -> None:
    await asyncio.to_thread(migrations.upgrade, database_url)

    def without_a_column(connection: Connection) -> list[Any]:
        connection.exec_driver_sql("ALTER TABLE records DROP COLUMN owner_id")
        return differences(connection)

    assert len(await asked(database_url, without_a_column)) == 1


async def test_they_go_back_to_nothing_and_forth_again(database_url: str) -> None:
    assert await migrations.current(database_url) is None
    await asyncio.to_thread(migrations.upgrade, database_url)
    await asyncio.to_thread(command.downgrade, migrations._config(database_url), "base")
    assert await asked(database_url, tables) == set()
    assert await migrations.current(database_url) is None
    await asyncio.to_thread(migrations.upgrade, database_url)
    assert await asked(database_url, differences) == []


async def test_upgrading_again_changes_nothing(database_url: str) -> None:
    for _ in range(2):
        await asyncio.to_thread(migrations.upgrade, database_url)
    assert await asked(database_url, differences) == []


def an_upgrade_in_a_process(url: str) -> str:
    """What it complains of."""
    script = "import sys; from dedupsvc.adapters.sql.migrations import upgrade; upgrade(sys.argv[1])"
    command_line = [sys.executable, "-c", script, url]
    return subprocess.run(command_line, capture_output=True, text=True, check=False).stderr


async def test_processes_that_upgrade_at_once_do_not_get_in_each_others_way(database_url: str) -> None:
    work = (asyncio.to_thread(an_upgrade_in_a_process, database_url) for _ in range(3))
    assert await asyncio.gather(*work) == ["", "", ""]
    assert await asked(database_url, differences) == []


async def test_alembic_itself_finds_the_database_by_the_setting(database_url: str) -> None:
    environment = {**os.environ, "DEDUPSVC_DATABASE_URL": database_url}
    for arguments in (("upgrade", "head"), ("check",), ("downgrade", "base"), ("upgrade", "head")):
        command_line = [sys.executable, "-m", "alembic", *arguments]
        done = await asyncio.to_thread(
            subprocess.run, command_line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert await asked(database_url, differences) == []


async def test_records_that_were_stored_before_know_their_keys(database_url: str) -> None:
    await asyncio.to_thread(migrations.upgrade, database_url)

    def stored(connection: Connection) -> None:
        connection.exec_driver_sql(
            "INSERT INTO records (tenant_id, id, features) VALUES (1, 5, ''), (1, 6, ''), (2, 5, '')"
        )
        keys = "(1, 7, 5), (1, -9, 5), (1, 7, 6), (2, 8, 5)"
        connection.exec_driver_sql(f"INSERT INTO blocking_keys (tenant_id, key_hash, record_id) VALUES {keys}")
        connection.commit()

    def known(connection: Connection) -> list[Any]:
        found = connection.exec_driver_sql("SELECT tenant_id, id, keys_json FROM records ORDER BY 1, 2")
        return [(tenant, record, sorted(json.loads(keys))) for tenant, record, keys in found]

    await asyncio.to_thread(command.downgrade, migrations._config(database_url), "0007")
    await asked(database_url, stored)
    await asyncio.to_thread(migrations.upgrade, database_url)
    assert await asked(database_url, known) == [(1, 5, [-9, 7]), (1, 6, [7]), (2, 5, [8])]
