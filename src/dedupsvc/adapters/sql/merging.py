"""Merges in SQL: customers that move to another one with all they have, and back; each statement bound to the tenant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dedupsvc.adapters.sql import queries as q
from dedupsvc.adapters.sql import rows
from dedupsvc.adapters.sql.driver import Driver
from dedupsvc.core.entity import Id
from dedupsvc.usecases.stored import StoredMerge


async def absorb(driver: Driver, tenant_id: int, merge: StoredMerge, decision_id: Id = 0) -> None:
    """Moves everything of the absorbed customers to the survivor and notes what came from where."""
    absorbed = sorted(merge.absorbed)
    moved = await _moved(driver, tenant_id, merge.absorbed)
    await driver.execute(q.INSERT_MERGE, **rows.merge_row(tenant_id, merge, decision_id, moved))
    said = {"tenant_id": tenant_id, "customers": absorbed, "survivor": merge.survivor}
    for statement in (q.MOVE_RECORDS, q.MOVE_EPISODES, q.POINT_FOLLOWERS):
        await driver.execute(statement, **said)
    await driver.execute(q.POINT_CUSTOMERS, **said, merge_id=merge.merge_id)


async def _moved(driver: Driver, tenant_id: int, absorbed: Collection[Id]) -> dict[str, Any]:
    """What a reader of the history wants to know; undoing asks the rows themselves where they come from."""
    customers = sorted(absorbed)
    records = await driver.fetch(q.RECORD_IDS_OF, tenant_id=tenant_id, customers=customers)
    episodes = await driver.fetch(q.EPISODE_IDS_OF, tenant_id=tenant_id, customers=customers)
    pointing = {one: await driver.fetch(q.MERGED_FROM, tenant_id=tenant_id, customer_id=one) for one in customers}
    return {
        str(one): {
            "records": [row[0] for row in records if row[1] == one],
            "episodes": [row[0] for row in episodes if row[1] == one],
            "merged_from": [row[0] for row in pointing[one]],
        }
        for one in absorbed
    }


async def put_back(driver: Driver, tenant_id: int, root: Id, restored: Mapping[Id, Collection[Id]]) -> None:
    """Each restored customer stands for itself again, and what has its home below it goes along."""
    for customer_id, tree in restored.items():
        said = {"tenant_id": tenant_id, "customer_id": customer_id}
        await driver.execute(q.RESTORE_CUSTOMER, **said)
        followers = sorted(one for one in tree if one != customer_id)
        if followers:
            await driver.execute(q.RESTORE_FOLLOWERS, **said, followers=followers)
        await driver.execute(q.RESTORE_RECORDS, **said, root=root, tree=sorted(tree))
        await driver.execute(q.RESTORE_EPISODES, **said, root=root)
