"""A glance on PostgreSQL: one statement finds what a reading finds, and what it has not brought along it does not make up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from dedupsvc.adapters.sql.postgres import PostgresStore
from dedupsvc.adapters.sql.search import MOST_EPISODES
from dedupsvc.core.entity import Episode, State
from dedupsvc.usecases.ports import NotFetched
from tests.adapters.build import NOON, TENANT, a_store, a_stored_record, put, some_changes
from tests.adapters.test_postgres import end_all_sessions

CAP = 5
EVER = 1 << 62


@pytest.fixture
async def store(postgresql_url: str) -> AsyncIterator[PostgresStore]:
    opened = await a_store(postgresql_url, pool_size=2)
    assert isinstance(opened, PostgresStore)
    yield opened
    await opened.close()


async def put_row(store: PostgresStore, record_id: int, **place: object) -> None:
    async with store.unit(TENANT) as unit:
        record = a_stored_record(record_id, **place)
        changes = some_changes(record_id, (7,), record)
        await unit.add(replace(changes, new_customer=record.place.customer_id == record_id + 1))
        await unit.commit()


async def test_it_finds_the_candidates_with_their_business_and_rows_as_a_reading_does(store: PostgresStore) -> None:
    for number in range(1, 4):
        await put(store, 10 * number, (7, number))
    await put_row(store, 100, external_id="L-1", object_type="lead", customer_id=11)
    await put_row(store, 110, external_id="L-2", object_type="lead", customer_id=11)
    await put_row(store, 120, external_id="A-1", object_type="account", customer_id=21)
    await put_row(store, 130, external_id="L-3", object_type="lead", customer_id=21, state=State.HELD)
    async with store.glance(TENANT, "crm", "lead") as glance, store.reading(TENANT) as reads:
        seen, found = await glance.candidates([7, 1, 99], 9), await reads.candidates([7, 1, 99], 9)
        assert sorted(seen.candidates, key=repr) == sorted(found.candidates, key=repr)
        assert len(seen.candidates) == 7
        assert (seen.rules_version, seen.truncated) == (found.rules_version, found.truncated)
        for since, until in ((-EVER, EVER), (NOON, NOON), (NOON + 1, EVER), (-EVER, NOON - 1)):
            assert await glance.episodes({11, 21}, since, until) == await reads.episodes({11, 21}, since, until)
        assert len(await glance.episodes({11, 21}, NOON, NOON)) == 6
        for customer in (11, 21, 31):
            assert await glance.row_of(customer, "crm", "lead") == await reads.row_of(customer, "crm", "lead")
        first = await glance.row_of(11, "crm", "lead")
    assert first is not None
    assert first.place.external_id == "L-1"


async def test_a_key_over_its_cap_is_named_and_brings_nobodys_business(store: PostgresStore) -> None:
    for number in range(1, CAP + 2):
        await put(store, 10 * number)
    async with store.glance(TENANT, "crm", "lead") as glance:
        seen = await glance.candidates([7], CAP)
        assert not seen.candidates
        assert seen.truncated == seen.newly_hot == {7}
        assert len((await glance.candidates([7], 50, {7: 50})).candidates) == CAP + 1
        assert (await glance.candidates([7], 50, {7: 2})).truncated == {7}


async def test_what_it_has_not_brought_along_has_to_be_read(store: PostgresStore) -> None:
    await put(store, 10)
    async with store.glance(TENANT, "crm", "lead") as glance:
        await glance.candidates([7], CAP)
        with pytest.raises(NotFetched):
            await glance.episodes({11, 999}, -EVER, EVER)
        with pytest.raises(NotFetched):
            await glance.row_of(11, "crm", "account")
        with pytest.raises(NotFetched):
            await glance.row_of(999, "crm", "lead")
        with pytest.raises(NotFetched):
            await glance.records_of(11)
        with pytest.raises(NotFetched):
            await glance.kept_apart({11})


async def test_a_customer_with_very_much_business_is_left_to_a_reading(store: PostgresStore) -> None:
    await put(store, 10)
    await put(store, 20)
    place = a_stored_record(10).place
    for number in range(MOST_EPISODES):
        async with store.unit(TENANT) as unit:
            record = a_stored_record(1000 + 10 * number, customer_id=place.customer_id)
            episode = Episode(1003 + 10 * number, place.customer_id, "sales", NOON, NOON, record.place)
            changes = some_changes(1000 + 10 * number, (8,), record)
            await unit.add(replace(changes, new_customer=False, episode=episode))
            await unit.commit()
    async with store.glance(TENANT, "crm", "lead") as glance:
        await glance.candidates([7], CAP)
        assert len(await glance.episodes({21}, -EVER, EVER)) == 1
        with pytest.raises(NotFetched):
            await glance.episodes({place.customer_id}, -EVER, EVER)


async def test_sessions_that_are_ended_do_not_end_a_glance(store: PostgresStore, postgresql_url: str) -> None:
    await put(store, 10)
    async with store.glance(TENANT, "crm", "lead") as glance:
        await glance.candidates([7], CAP)
    await end_all_sessions(postgresql_url)
    async with store.glance(TENANT, "crm", "lead") as glance:
        assert len((await glance.candidates([7], CAP)).candidates) == 1


async def test_another_tenants_business_is_not_brought_along(store: PostgresStore) -> None:
    await put(store, 10)
    async with store.glance(2, "crm", "lead") as glance:
        assert (await glance.candidates([7], CAP)).candidates == ()
        with pytest.raises(NotFetched):
            await glance.row_of(11, "crm", "lead")
