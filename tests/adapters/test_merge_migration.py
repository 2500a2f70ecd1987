"""A database that has seen bridges before merges could be undone: its merges can be undone afterwards, too."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import asyncpg
from alembic import command

from dedupsvc.adapters.sql import migrations
from dedupsvc.adapters.sql.sqlite import connect
from dedupsvc.core.merge import Branch, cut
from tests.adapters.build import TENANT, open_store


def before_merges(url: str) -> list[str]:
    """Customer 3 was joined to 2, and 2 to 1; record 10·n was linked to customer n first."""
    moved = {
        91: (2, 100, {"3": {"records": [30], "episodes": [], "merged_from": []}}),
        92: (1, 200, {"2": {"records": [20, 30], "episodes": [], "merged_from": [3]}}),
    }
    empty = "x''" if url.startswith("sqlite") else "''::bytea"
    customers = [
        f"INSERT INTO customers (tenant_id, id, merged_into) VALUES ({TENANT}, {one}, {into})"
        for one, into in ((1, 0), (2, 1), (3, 1))
    ]
    records = [
        f"INSERT INTO records (tenant_id, id, customer_id, state, values_json, envelope_json, features) "
        f"VALUES ({TENANT}, {one}, 1, 'joined', '{{}}', '{{}}', {empty})"
        for one in (10, 20, 30)
    ]
    merges = [
        f"INSERT INTO merges (tenant_id, id, survivor_id, created_at, moved_json) "
        f"VALUES ({TENANT}, {one}, {survivor}, {at}, '{json.dumps(what)}')"
        for one, (survivor, at, what) in moved.items()
    ]
    return [*customers, *records, *merges]


async def execute(url: str, statements: list[str]) -> None:
    if url.startswith("sqlite"):
        connection = connect(Path(url.removeprefix("sqlite:///")))
        for statement in statements:
            connection.execute(statement)
        connection.close()
        return
    remote = await asyncpg.connect(url)
    for statement in statements:
        await remote.execute(statement)
    await remote.close()


async def test_bridges_from_before_can_be_undone(database_url: str) -> None:
    await asyncio.to_thread(command.upgrade, migrations._config(database_url), "0001")
    await execute(database_url, before_merges(database_url))
    await asyncio.to_thread(migrations.upgrade, database_url)
    store = open_store(database_url)
    async with store.unit(TENANT) as unit:
        tree = await unit.branches(1)
        assert tree == (Branch(2, 92, 1), Branch(3, 91, 2))
        assert [made.kind for made in await unit.merges_of(1)] == ["bridge", "bridge"]
        await unit.put_back(1, cut(tree, 91))
        assert [one.place.record_id for one in await unit.records_of(3)] == [30]
        await unit.put_back(1, cut(await unit.branches(1), 92))
        assert [one.place.record_id for one in await unit.records_of(2)] == [20]
        assert [one.place.record_id for one in await unit.records_of(1)] == [10]
    await store.close()
