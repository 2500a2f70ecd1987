"""Lays out a tenant."""

from __future__ import annotations

import hmac

from dedupsvc.adapters.sql import queries as q
from dedupsvc.adapters.sql import rulesets
from dedupsvc.adapters.sql.driver import Driver
from dedupsvc.core.errors import StoreUnsafe
from dedupsvc.core.rules import Ruleset
from dedupsvc.usecases.stored import Activation, StoredRuleset


async def found_tenant(driver: Driver, tenant_id: int, hash_key_check: str, ruleset: Ruleset) -> None:
    """Inserts the tenant with version 1 of its ruleset, unless it is there."""
    found = await driver.fetch(q.TENANT, tenant_id=tenant_id)
    if found:
        if not hmac.compare_digest(found[0][0], hash_key_check):
            raise StoreUnsafe("The database was filled with another hash key (see DEDUPSVC_HASH_KEY_FILE).")
        return
    now = await driver.now()
    await driver.execute(
        q.INSERT_TENANT,
        tenant_id=tenant_id,
        name="default",
        hash_key_check=hash_key_check,
        rules_version=1,
        created_at=now,
    )
    await rulesets.add(driver, tenant_id, StoredRuleset(1, ruleset, now))
    await rulesets.activate(driver, tenant_id, Activation(1, 1, now))
    await driver.commit()
