"""Two tenants in one store: nothing of one is seen, matched, counted or changed by the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from dedupsvc.core.errors import NotFound
from dedupsvc.core.record import RecordKey
from tests.usecases.builders import World, a_key, a_person


async def rows_of_all_tables(world: World) -> Mapping[str, list[dict[str, Any]]]:
    return {table: await world.rows(table) for table in await world.dump()}


async def test_the_same_customer_in_two_tenants_is_two_customers(world: World) -> None:
    mine, theirs = await world.tenant(2), await world.tenant(3)
    first = await mine.ingest(external_id="L-1")
    for other in (await theirs.match(external_id="L-1"), await theirs.ingest(external_id="L-1")):
        assert (other.decision, other.reason_code, other.candidates) == ("accept", "NEW_CUSTOMER", ())
        assert first.customer_id not in {getattr(other, field.name) for field in fields(other)}
    assert len(await mine.rows("customers")) == len(await theirs.rows("customers")) == 1


async def test_what_one_tenant_does_changes_no_row_of_the_other(world: World) -> None:
    mine, theirs = await world.tenant(2), await world.tenant(3)
    await mine.ingest(external_id="L-1")
    await mine.ingest(external_id="L-2", owner_id="wang")
    claimed = await mine.ingest(a_person("李娜", "13900001111"), claim_key="tab-1", key=a_key())
    before = await rows_of_all_tables(mine)
    await theirs.ingest(external_id="L-1")
    await theirs.ingest(a_person("张伟", "", "zhangwei1988@163.com"), external_id="L-2")
    await theirs.ingest(a_person(email="zhangwei1988@163.com"), external_id="L-3")
    await theirs.ingest(a_person("张玮"), external_id="L-1")
    second = await theirs.ingest(a_person("李娜", "13900001111"), claim_key="tab-1", key=a_key(fingerprint="another"))
    assert (second.state, second.replayed) == ("claimed", False)
    await theirs.confirm(second, "L-4")
    assert await rows_of_all_tables(mine) == before
    assert (await mine.confirm(claimed, "L-4")).state == "accepted"


async def test_one_tenants_ids_mean_nothing_to_another(world: World) -> None:
    mine, theirs = await world.tenant(2), await world.tenant(3)
    claimed = await mine.ingest()
    service, stranger = theirs.service, theirs.caller
    before = await mine.dump()
    for attempt in (
        service.record_by_id(stranger, claimed.record_id),
        service.record_by_key(stranger, RecordKey("crm", "lead", "L-1")),
        service.customer(stranger, claimed.customer_id),
        service.decision(stranger, claimed.decision_id),
        service.confirm_claim(stranger, claimed.claim_id, "L-1"),
        service.release_claim(stranger, claimed.claim_id),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await mine.dump() == before


async def test_each_tenant_has_its_own_rules(world: World) -> None:
    strict = await world.tenant(2, cells={"match_in_same": "reject"})
    mild = await world.tenant(3)
    for tenant in (strict, mild):
        await tenant.ingest(external_id="L-1")
    decisions = [(await tenant.ingest()).decision for tenant in (strict, mild, strict)]
    assert decisions == ["reject", "merge", "reject"]


async def test_the_same_value_leaves_different_hashes_in_two_tenants(world: World) -> None:
    mine, theirs = await world.tenant(2), await world.tenant(3)
    hashes = []
    for tenant in (mine, theirs):
        await tenant.ingest(external_id="L-1")
        hashes.append({row["key_hash"] for row in await tenant.rows("blocking_keys")})
    assert hashes[0]
    assert hashes[1]
    assert hashes[0].isdisjoint(hashes[1])
