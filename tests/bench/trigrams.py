"""A database with the names of a store and pg_trgm over them, where Debian's PostgreSQL with its extensions can be had."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from tests.bench.instead import name_of
from tests.bench.stores import Stored

_LAID_OUT = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
DROP TABLE IF EXISTS customer_names;
CREATE TABLE customer_names (id bigint PRIMARY KEY, name text NOT NULL);
"""
_INDEXED = "CREATE INDEX ON customer_names USING gin (name gin_trgm_ops); ANALYZE customer_names"
_SETTINGS = "shared_buffers = 1GB\nmaintenance_work_mem = 512MB\nlisten_addresses = ''\n"


@contextmanager
def database(home: Path, stored: Stored) -> Iterator[str]:
    """URL of the database; empty, with a line that says why, where there is no such PostgreSQL."""
    programs = _programs()
    if programs is None:
        print("trigrams: not measured, the wheel has no pg_trgm (apt-get install postgresql)", flush=True)
        yield ""
        return
    data, sockets = home / "data", Path(tempfile.mkdtemp(prefix="bench-trigrams-"))
    control = _command([str(programs / "pg_ctl"), "-w", "-s", "-D", str(data)])
    data.mkdir(parents=True, exist_ok=True)
    for folder in (data, sockets):
        _give(folder)
    if not (data / "PG_VERSION").exists():
        _run(_command([str(programs / "initdb"), "-A", "trust", "-E", "utf8", "-U", "postgres", "-D", str(data)]))
    (data / "postgresql.auto.conf").write_text(_SETTINGS + f"unix_socket_directories = '{sockets}'\n")
    _run([*control, "-l", str(data / "log"), "start"])
    try:
        url = f"postgresql://postgres@/postgres?host={sockets}"
        asyncio.run(_filled(url, stored))
        yield url
    finally:
        _run([*control, "-m", "fast", "stop"])
        shutil.rmtree(sockets)


def _programs() -> Path | None:
    """The folder of a PostgreSQL that has the extension; installed by apt-get if that is possible."""
    if (found := _installed()) is None and shutil.which("apt-get") and os.geteuid() == 0:
        print("trigrams: installing postgresql by apt-get", flush=True)
        subprocess.run(
            ["apt-get", "install", "-y", "--no-install-recommends", "postgresql"], capture_output=True, check=False
        )
        found = _installed()
    return found


def _installed() -> Path | None:
    with_extension = sorted(Path("/usr/share/postgresql").glob("*/extension/pg_trgm.control"))
    each = (Path("/usr/lib/postgresql") / one.parts[-3] / "bin" for one in reversed(with_extension))
    return next((one for one in each if (one / "initdb").exists()), None)


def _give(folder: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")


def _command(command: list[str]) -> list[str]:
    """PostgreSQL does not run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


async def _filled(url: str, stored: Stored) -> None:
    source = sqlite3.connect(f"file:{stored.path}?mode=ro", uri=True)
    target = await asyncpg.connect(url)
    try:
        await target.execute(_LAID_OUT)
        rows = (
            (number, name_of(json.loads(text)))
            for number, text in source.execute("SELECT id, values_json FROM records")
        )
        await target.copy_records_to_table("customer_names", records=rows)
        await target.execute(_INDEXED)
    finally:
        await target.close()
        source.close()
