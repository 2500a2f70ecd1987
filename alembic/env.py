"""Runs the migrations on either engine, one process at a time."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from dedupsvc.adapters.sql.tables import metadata

LOCK = 7_201_944_417_001


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()


def on_sqlite(url: str) -> None:
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        # The driver would begin a transaction only at the first change of data, and end it at each change of a table.
        connection.connection.driver_connection.isolation_level = None  # type: ignore[union-attr]
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        run(connection)
        connection.commit()
        if connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
            connection.exec_driver_sql("COMMIT")


async def on_postgresql(url: str) -> None:
    engine = create_async_engine("postgresql+asyncpg://" + url.removeprefix("postgresql://"), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


def database_url() -> Any:
    given = context.config.attributes.get("database_url")
    return given or os.environ.get("DEDUPSVC_DATABASE_URL") or "sqlite:///dedupsvc.sqlite3"


url = database_url()
if url.startswith("sqlite"):
    on_sqlite(url)
else:
    asyncio.run(on_postgresql(url))
