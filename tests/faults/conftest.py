"""One PostgreSQL server that the short campaigns may treat as they like."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.faults.postgresql import Postgres, a_postgresql
from tests.faults.world import a_folder


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    folder = a_folder()  # not below pytest's own, which is closed to the server's user
    try:
        with a_postgresql(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)
