"""Stores of a given size, filled by the service's own check and kept until the code that fills them changes."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import make_url

from dedupsvc import bootstrap
from dedupsvc.adapters import crypto
from dedupsvc.adapters.identity import random_ids
from dedupsvc.adapters.sql.sqlite import SqliteStore
from dedupsvc.adapters.sql.tables import metadata
from dedupsvc.core.record import Record
from dedupsvc.settings import Settings
from dedupsvc.usecases.access import DEV_OPEN
from dedupsvc.usecases.ingest import check_and_add
from dedupsvc.usecases.prepare import prepare
from dedupsvc.usecases.resources import Resources
from tests.bench.customers import Customers
from tests.bench.plan import FOLDER, ROOT

ROWS_PER_UNIT = 10_000
_SHAPING = (
    "src/dedupsvc/core",
    "src/dedupsvc/adapters/codec.py",
    "src/dedupsvc/adapters/sql/rows.py",
    "src/dedupsvc/adapters/sql/tables.py",
    "alembic",
)
"""What decides on the content of a store, as far as the bench is concerned."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A filled store; it is never written to again, but copied."""

    path: Path
    """Of the SQLite file; PostgreSQL's databases are copies of it."""
    key: str

    @property
    def secret(self) -> Path:
        return self.path.with_name("dedupsvc.key")


def source_hash() -> str:
    digest = hashlib.sha256()
    for name in _SHAPING:
        place = ROOT / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.suffix in (".py", ".tsv"):
                digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


async def filled(customers: Customers) -> Stored:
    """The store with these customers; filling goes on where the last run was broken off."""
    key = f"{customers.key}-{source_hash()}"
    folder = FOLDER / "stores" / key
    stored = Stored(folder / "store.sqlite3", key)
    if (folder / "complete").exists():
        return stored
    for other in folder.parent.glob(f"{customers.size}-*"):
        if other != folder:
            shutil.rmtree(other)
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{stored.path}"
    await bootstrap.migrate(Settings(database_url=url, hash_key_file=str(stored.secret)))
    await fill(stored.path, crypto.read_or_make(stored.secret), customers.records(), _Told(customers.size))
    (folder / "complete").touch()
    return stored


async def fill(path: Path, secret: bytes, records: Iterator[Record], told: Callable[[int], None]) -> None:
    """Each record is decided and stored as by an import; only the waiting for the disk is left out.

    What a unit wrote is there as a whole or not at all, so the number of decisions is the number of rows that are done.
    """
    new_id = random_ids()
    store = SqliteStore(path, new_id, durable=False, alone=True)
    resources = bootstrap.resources(Settings.model_construct(), store, new_id, secret)
    try:
        with sqlite3.connect(path) as counting:
            done = int(counting.execute("SELECT count(*) FROM decisions").fetchone()[0])
        counting.close()
        rest = islice(records, done, None)
        while batch := list(islice(rest, ROWS_PER_UNIT)):
            await _unit(resources, batch)
            done += len(batch)
            told(done)
    finally:
        await store.close()


async def _unit(resources: Resources, batch: list[Record]) -> None:
    hot: frozenset[int] = frozenset()
    async with resources.store.unit(DEV_OPEN.tenant_id) as unit:
        for record in batch:
            prepared = replace(prepare(resources, DEV_OPEN.tenant_id, record), history=True)
            found = await check_and_add(unit, resources, DEV_OPEN, prepared)
            hot |= found.hot
        await unit.commit()
    resources.remember_hot(hot)


class _Told:
    """A line every few seconds."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._last = time.monotonic()

    def __call__(self, done: int) -> None:
        if time.monotonic() - self._last > 10 or done >= self._size:
            self._last = time.monotonic()
            print(f"stores: {done} of {self._size}", flush=True)


def working_file(stored: Stored, folder: Path) -> tuple[str, Path]:
    """URL of a copy that may be written to, and its file."""
    path = folder / "work.sqlite3"
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(stored.path, path)
    return f"sqlite:///{path}", path


async def working_database(stored: Stored, server: str) -> tuple[str, Path]:
    """URL of a database that may be written to, warmed, and the folder of its files. Its original is made at the first call."""
    name = "bench_" + stored.key.replace("-", "_")
    connection = await asyncpg.connect(server)
    try:
        known = {
            row[0] for row in await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'bench%'")
        }
        for other in known:
            if other == "bench_work" or (other != name and other.split("_")[1] == name.split("_")[1]):
                await connection.execute(f"DROP DATABASE {other} WITH (FORCE)")
        if name not in known:
            await connection.execute("DROP DATABASE IF EXISTS bench_new WITH (FORCE)")
            await connection.execute("CREATE DATABASE bench_new")
            await copied(stored, _database(server, "bench_new"))
            await connection.execute(f"ALTER DATABASE bench_new RENAME TO {name}")
        await connection.execute(f"CREATE DATABASE bench_work TEMPLATE {name} STRATEGY FILE_COPY")
        await connection.execute("CHECKPOINT")
        folder = await connection.fetchval(
            "SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database WHERE datname = 'bench_work'"
        )
    finally:
        await connection.close()
    url = _database(server, "bench_work")
    await warmed(url)
    return url, Path(folder)


_FIRST_OF_EACH_PAGE = "ARRAY(SELECT format('(%s,1)', page)::tid FROM generate_series(0, $1::int - 1) AS page)"


async def warmed(url: str) -> None:
    """Has the server read every page of the database into its buffers, as far as they have room, where one in use has them.

    Going through an index, and to rows by their place, fills them; going through a whole table passes them by.
    """
    connection = await asyncpg.connect(url)
    try:
        for way in ("seqscan", "bitmapscan", "sort"):
            await connection.execute(f"SET enable_{way} = off")
        for table, pages in await connection.fetch(
            "SELECT c.oid::regclass::text, pg_relation_size(c.oid) / current_setting('block_size')::int FROM pg_class c "
            "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        ):
            await connection.fetchval(f"SELECT count(*) FROM {table} WHERE ctid = ANY({_FIRST_OF_EACH_PAGE})", pages)
        for table, columns, condition in await connection.fetch(
            "SELECT i.indrelid::regclass::text, (SELECT string_agg(pg_get_indexdef(i.indexrelid, place, false), ', ' "
            "ORDER BY place) FROM generate_series(1, i.indnkeyatts) AS place), pg_get_expr(i.indpred, i.indrelid) "
            "FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace"
        ):
            those = f"SELECT FROM {table} WHERE {condition or 'true'} ORDER BY {columns} OFFSET 0"
            await connection.fetchval(f"SELECT count(*) FROM ({those}) AS each")
    finally:
        await connection.close()


def _database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


async def copied(stored: Stored, url: str) -> None:
    """The same rows in PostgreSQL: both engines keep the same columns. Indexes are built when all rows are there."""
    await bootstrap.migrate(Settings(database_url=url, hash_key_file=str(stored.secret)))
    source = sqlite3.connect(f"file:{stored.path}?mode=ro", uri=True)
    target = await asyncpg.connect(url)
    try:
        for table in metadata.sorted_tables:
            names = [column.name for column in table.columns]
            print(f"stores: PostgreSQL, {table.name}", flush=True)
            dropped = await _without_indexes(target, table.name)
            await target.execute(f"TRUNCATE {table.name}")
            rows = source.execute(f"SELECT {', '.join(names)} FROM {table.name}")
            await target.copy_records_to_table(table.name, records=_rows(rows), columns=names)
            for definition in dropped:
                await target.execute(definition)
        await target.execute("VACUUM ANALYZE")
    finally:
        await target.close()
        source.close()


async def _without_indexes(target: Any, table: str) -> list[str]:
    """Drops a table's indexes; returns what makes them again."""
    again = []
    found = await target.fetch(
        "SELECT i.indexname, i.indexdef, c.conname, pg_get_constraintdef(c.oid) "
        "FROM pg_indexes i LEFT JOIN pg_constraint c ON c.conname = i.indexname AND c.contype = 'p' "
        "WHERE i.tablename = $1",
        table,
    )
    for name, definition, constraint, primary in found:
        if constraint is None:
            await target.execute(f"DROP INDEX {name}")
            again.append(definition)
        else:
            await target.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
            again.append(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {primary}")
    return again


def _rows(cursor: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
    while batch := cursor.fetchmany(1000):
        yield from batch
