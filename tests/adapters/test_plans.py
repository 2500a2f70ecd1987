"""No statement reads a whole tenant where an index leads to the rows: what is quick with ten rows stays so with a million."""

from __future__ import annotations

import sqlite3

import pytest

from dedupsvc.adapters.sql import migrations, queries
from dedupsvc.adapters.sql.statement import Statement

STATEMENTS = {
    name: statement
    for name, statement in vars(queries).items()
    if isinstance(statement, Statement) and not name.startswith("INSERT")
}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    path = tmp_path_factory.mktemp("plans") / "x.sqlite3"
    migrations.upgrade(f"sqlite:///{path}")
    return sqlite3.connect(path)


def plan(connection: sqlite3.Connection, statement: Statement) -> list[str]:
    unknown = [None] * statement.lite.count("?")
    return [step[3] for step in connection.execute(f"EXPLAIN QUERY PLAN {statement.lite}", unknown)]


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_a_statement_is_led_to_its_rows(migrated: sqlite3.Connection, name: str) -> None:
    steps = plan(migrated, STATEMENTS[name])
    assert [step for step in steps if step.startswith("SCAN") and "VIRTUAL TABLE" not in step] == []
    assert [step for step in steps if step.endswith("(tenant_id=?)")] == []


def test_without_the_hints_sqlite_would_read_all_episodes(migrated: sqlite3.Connection) -> None:
    plain = sqlite3.connect(":memory:")
    migrated.backup(plain)
    plain.execute("DELETE FROM sqlite_stat1")
    plain.execute("ANALYZE sqlite_schema")
    assert any(step.endswith("(tenant_id=?)") for step in plan(plain, STATEMENTS["EPISODES"]))
