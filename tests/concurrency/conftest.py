"""One server for all contests of a module, on SQLite and then on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.concurrency.server import Server, a_server, an_empty_database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def maintenance_url(request: pytest.FixtureRequest) -> str | None:
    """Where to make databases; None stands for SQLite, which needs no place."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgresql_server")
    return url


@pytest.fixture(scope="module")
async def server(maintenance_url: str | None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    folder: Path = tmp_path_factory.mktemp("server")
    async with an_empty_database(maintenance_url, folder) as url, a_server(url, folder) as server:
        yield server
