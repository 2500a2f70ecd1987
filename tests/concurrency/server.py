"""A whole server in processes of its own, over an empty database: started, asked, stopped and killed by the tests."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from sqlalchemy import make_url

ROOT = Path(__file__).resolve().parents[2]
SEEDED_BUG = "SEEDED_BUG"
"""The environment variable that tells a server which bug it is to have; nothing else knows of it."""
PATIENCE = 90.0
"""Seconds: two processes that import everything on a busy machine take a while."""


class Server:
    """`dedupsvc serve` on a free loopback port; its processes form a group of their own and die together."""

    def __init__(self, url: str, folder: Path, workers: int = 2, bug: str = "", **settings: str) -> None:
        """``bug``: one of tests/faults/bugs.py, which the processes are to be made with."""
        self.url = url
        self.workers = workers
        self._serve = ["-m", "tests.faults.bugs"] if bug else ["-m", "dedupsvc", "serve"]
        self.log = folder / "server.log"
        self._environment = {
            **os.environ,
            "DEDUPSVC_DATABASE_URL": url,
            "DEDUPSVC_HASH_KEY_FILE": str(folder / "dedupsvc.key"),
            "DEDUPSVC_DEV_OPEN": "1",
            "DEDUPSVC_POOL_SIZE": "8",
            "DEDUPSVC_REQUEST_SECONDS": "60",
            "DEDUPSVC_LOG_LEVEL": "INFO",
            "DEDUPSVC_DRAIN_SECONDS": "0",
            SEEDED_BUG: bug,
            # A bug is patched into modules, and compiled code calls what it was compiled with.
            **({"PYTHONPATH": str(ROOT / "src")} if bug else {}),
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.address = ""

    def migrate(self) -> None:
        command = [sys.executable, "-m", "dedupsvc", "migrate"]
        subprocess.run(command, env=self._environment, check=True, capture_output=True)

    async def start(self) -> None:
        """Returns when every worker answers."""
        process = self._launch()
        async with self.client() as client:
            deadline = time.monotonic() + PATIENCE
            while not await self._is_ready(client):
                assert process.poll() is None, f"the server ended at once:\n{self.log.read_text()}"
                assert time.monotonic() < deadline, f"the server does not get ready:\n{self.log.read_text()}"
                await asyncio.sleep(0.1)

    def _launch(self) -> subprocess.Popen[bytes]:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._serve, "--port", str(port), "--workers", str(self.workers)],
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self._process

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        if self.workers_started() < self.workers:
            return False
        try:
            return (await client.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def stop(self) -> None:
        """Asks it to end, as an operator would, and waits; what does not end by itself is killed."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, 30)
            await self.kill()

    async def kill(self) -> None:
        """All its processes at once, in the middle of whatever they do."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):  # none of the group is left
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.to_thread(process.wait)

    def client(self) -> httpx.AsyncClient:
        # A connection for each request: one that is kept may be closed by the server while it is being used again.
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
        return httpx.AsyncClient(base_url=self.address, timeout=PATIENCE, limits=limits, trust_env=False)

    def workers_started(self) -> int:
        """So far, those that have been replaced included."""
        return self.log.read_text().count("Application startup complete")

    def failures(self) -> list[str]:
        """What the server logged of errors that it did not expect."""
        return [line for line in self.log.read_text().splitlines() if '"error"' in line or "Traceback" in line]

    @property
    def pid(self) -> int:
        """Of the process that looks after the workers."""
        assert self._process is not None
        return self._process.pid

    def worker_pids(self) -> list[int]:
        """Those of its children that serve: started last, after whatever else they need."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(child) for child in children if "spawn_main" in _command_line(child)]


@asynccontextmanager
async def a_server(url: str, folder: Path, workers: int = 2, **settings: str) -> AsyncIterator[Server]:
    """A server over a migrated database, gone afterwards whatever happens."""
    server = Server(url, folder, workers, **settings)
    server.migrate()
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def an_empty_database(maintenance_url: str | None, folder: Path, drop: bool = True) -> AsyncIterator[str]:
    """URL of a database of its own: a file, or one on the PostgreSQL server whose maintenance database is given.

    Not to ``drop`` it at the end is for servers that end with it.
    """
    if maintenance_url is None:
        yield f"sqlite:///{folder / 'dedupsvc.sqlite3'}"
        return
    name = f"contest_{uuid.uuid4().hex}"
    await _execute(maintenance_url, f"CREATE DATABASE {name}")
    try:
        yield make_url(maintenance_url).set(database=name).render_as_string(hide_password=False)
    finally:
        if drop:
            await _execute(maintenance_url, f"DROP DATABASE {name} WITH (FORCE)")


async def decided(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """The decision, asked for again as long as the service says that it is too busy; any other refusal is a failure."""
    for _ in range(30):
        reply = await client.post(path, json=body, headers=headers)
        if reply.status_code != 503:
            break
        await asyncio.sleep(float(reply.headers["Retry-After"]))
    assert reply.status_code == 200, f"{reply.status_code} {reply.text}"
    answer: dict[str, Any] = reply.json()
    return answer


async def state_of(client: httpx.AsyncClient, record_id: str) -> str:
    """The record's, as it stands now."""
    state: str = (await client.get(f"/records/{record_id}")).json()["state"]
    return state


async def locks_left(url: str) -> int:
    """Advisory locks that somebody still holds in this database; for SQLite whether the file is still locked."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=0)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return 1
        finally:
            connection.close()
        return 0
    remote = await asyncpg.connect(url)
    try:
        statement = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return int(await remote.fetchval(statement))
    finally:
        await remote.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _command_line(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:  # it has just ended
        return ""


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
