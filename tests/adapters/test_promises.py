"""A database that cannot keep the promises is refused in a sentence: servers and files that are really set like that."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from dedupsvc.adapters.sql.postgres import PostgresStore
from dedupsvc.adapters.sql.sqlite import SqliteStore
from dedupsvc.core.errors import StoreUnsafe
from tests.adapters.build import open_store
from tests.cli.commands import dedupsvc, paths
from tests.faults.postgresql import Postgres, a_postgresql
from tests.faults.world import a_folder


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server of one's own, because the whole of it is set wrong."""
    folder = a_folder()
    try:
        with a_postgresql(folder) as postgres:
            yield postgres
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def folder(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the hash key of the migrated server is."""
    made = tmp_path_factory.mktemp("promises")
    assert dedupsvc("migrate", **paths(made, server.url)).exit_code == 0
    return made


async def reset(server: Postgres, *settings: str) -> None:
    session = await asyncpg.connect(server.url)
    try:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            await session.execute(f"ALTER SYSTEM RESET {name}")
        for setting in settings:
            await session.execute(f"ALTER SYSTEM SET {setting}")
        await session.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(0.2)  # the server hands the settings on when it comes to it
    finally:
        await session.close()


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("fsync = off", "fsync"),
        ("full_page_writes = off", "full_page_writes"),
        ("synchronous_commit = off", "synchronous_commit"),
    ],
)
def test_a_server_that_may_lose_what_it_has_acknowledged_is_not_served(
    server: Postgres, folder: Path, setting: str, named: str
) -> None:
    asyncio.run(reset(server, setting))
    try:
        refused = dedupsvc("serve", dev_open=1, **paths(folder, server.url))
        assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
        assert named in refused.output
    finally:
        asyncio.run(reset(server))


def test_a_server_that_only_follows_another_one_is_not_served(server: Postgres, folder: Path) -> None:
    server.stop("fast")
    signal = server.data / "standby.signal"
    signal.touch(0o644)
    server.start()
    try:
        refused = dedupsvc("serve", dev_open=1, **paths(folder, server.url))
        assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
        assert "standby" in refused.output
    finally:
        server.stop("fast")
        signal.unlink()
        server.start()


async def test_a_server_that_is_as_it_should_be_says_so(postgresql_url: str) -> None:
    store = open_store(postgresql_url)
    shown = await store.check()
    assert (shown["fsync"], shown["full_page_writes"], shown["transaction_isolation"]) == ("on", "on", "read committed")
    await store.close()


@pytest.mark.parametrize("lost", ["lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"])
async def test_a_connection_that_has_lost_its_settings_is_refused(postgresql_url: str, lost: str) -> None:
    store = PostgresStore(postgresql_url, lambda: 1, pool_size=1)
    async with store._sessions.one() as session:
        await session.fetch(f"SELECT set_config('{lost}', '0', false)")
    with pytest.raises(StoreUnsafe, match="pooler"):
        await store.check()
    await store.close()


async def test_checks_of_several_processes_do_not_wait_for_one_another(postgresql_url: str) -> None:
    store = PostgresStore(postgresql_url, lambda: 1, pool_size=4)
    assert len(await asyncio.gather(*(store.check() for _ in range(12)))) == 12
    await store.close()


async def test_a_place_without_a_write_ahead_log_is_refused() -> None:
    store = SqliteStore(Path(":memory:"), lambda: 1)
    with pytest.raises(StoreUnsafe, match="write-ahead log"):
        await store.check()
    await store.close()


@pytest.mark.parametrize("level", ["OFF", "NORMAL"])
async def test_a_file_that_acknowledges_before_it_is_on_the_disk_is_refused(tmp_path: Path, level: str) -> None:
    store = SqliteStore(tmp_path / "d.sqlite3", lambda: 1)
    store._writer.connection.execute(f"PRAGMA synchronous = {level}")
    with pytest.raises(StoreUnsafe, match="synchronous"):
        await store.check()
    await store.close()
