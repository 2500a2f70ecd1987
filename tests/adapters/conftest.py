"""A store over an empty, migrated database, on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.build import SqlStore, a_store


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    opened = await a_store(database_url)
    yield opened
    await opened.close()
