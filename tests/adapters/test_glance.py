"""A search on PostgreSQL: what it brings along is what a reading finds, it is of now, and what is missing is not made up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dedupsvc.adapters.sql.postgres import PostgresStore
from dedupsvc.adapters.sql.search import MOST_EPISODES
from dedupsvc.core.entity import ClaimState, Episode, State
from dedupsvc.core.record import RecordKey
from dedupsvc.usecases.ports import NotFetched, Reads, Store, Unit
from dedupsvc.usecases.stored import Closing, Event, Retrieval, StoredMerge
from tests.adapters.build import NOON, TENANT, a_search, a_store, a_stored_record, put, some_changes
from tests.adapters.test_postgres import end_all_sessions

CAP = 5
EVER = 1 << 62
ASKER = RecordKey("crm", "lead", "")


@pytest.fixture
async def store(postgresql_url: str) -> AsyncIterator[PostgresStore]:
    opened = await a_store(postgresql_url, pool_size=2)
    assert isinstance(opened, PostgresStore)
    yield opened
    await opened.close()


@asynccontextmanager
async def glanced(
    store: PostgresStore,
    keys: Sequence[int],
    cap: int = CAP,
    caps: Mapping[int, int] | None = None,
    asker: RecordKey = ASKER,
    tenant_id: int = TENANT,
) -> AsyncIterator[tuple[Reads, Retrieval]]:
    async with store.glance(tenant_id, [a_search(keys, cap, caps, asker)]) as (one,):
        yield one


async def put_row(store: Store, record_id: int, **place: object) -> None:
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
    async with glanced(store, [7, 1, 99], 9) as (glance, seen), store.reading(TENANT) as reads:
        found = await reads.candidates(a_search([7, 1, 99], 9))
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
    async with glanced(store, [7]) as (glance, seen):
        assert not seen.candidates
        assert seen.truncated == seen.newly_hot == {7}
        with pytest.raises(NotFetched):
            await glance.candidates(a_search([7], CAP + 1, asker=ASKER))
    async with glanced(store, [7], 50, {7: 50}) as (_, seen):
        assert len(seen.candidates) == CAP + 1
    async with glanced(store, [7], 50, {7: 2}) as (_, seen):
        assert seen.truncated == {7}


async def test_what_it_has_not_brought_along_has_to_be_read(store: PostgresStore) -> None:
    await put(store, 10)
    async with glanced(store, [7]) as (glance, _):
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


@pytest.mark.parametrize(
    ("keys", "caps", "alone", "brings"),
    [
        ([7, 99], {}, {7: CAP}, False),  # what strangers share by chance
        ([7, 8, 99], {}, {7: CAP, 8: CAP}, True),  # two such values
        ([7, 99], {7: CAP - 1}, {}, False),  # what only finds while rare
        ([7, 99], {}, {}, True),
    ],
)
async def test_business_is_brought_along_of_whom_more_than_chance_brings(
    store: PostgresStore, keys: list[int], caps: dict[int, int], alone: dict[int, int], brings: bool
) -> None:
    await put(store, 10, (7, 8))
    search = a_search(keys, CAP, caps, ASKER, alone)
    async with store.glance(TENANT, [search]) as glances, store.reading(TENANT) as reads:
        ((glance, seen),) = glances
        found = await reads.candidates(search)
        assert [one.place.record_id for one in seen.candidates] == [10]
        assert seen.candidates == found.candidates
        (business,) = await reads.episodes({11}, -EVER, EVER)
        assert business.customer_id == 11
        if brings:
            assert await glance.episodes({11}, -EVER, EVER) == (business,)
        else:
            with pytest.raises(NotFetched):
                await glance.episodes({11}, -EVER, EVER)


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
    async with glanced(store, [7]) as (glance, _):
        assert len(await glance.episodes({21}, -EVER, EVER)) == 1
        with pytest.raises(NotFetched):
            await glance.episodes({place.customer_id}, -EVER, EVER)


async def test_sessions_that_are_ended_do_not_end_a_glance(store: PostgresStore, postgresql_url: str) -> None:
    await put(store, 10)
    async with glanced(store, [7]):
        pass
    await end_all_sessions(postgresql_url)
    async with glanced(store, [7]) as (_, seen):
        assert len(seen.candidates) == 1


async def test_another_tenants_business_is_not_brought_along(store: PostgresStore) -> None:
    await put(store, 10)
    async with glanced(store, [7], tenant_id=2) as (glance, seen):
        assert seen.candidates == ()
        with pytest.raises(NotFetched):
            await glance.row_of(11, "crm", "lead")


@asynccontextmanager
async def looked_at(store: PostgresStore, asker: RecordKey = ASKER) -> AsyncIterator[Unit]:
    async with store.unit(TENANT) as unit:
        await unit.claim(0, [7])
        await unit.candidates(a_search([7], CAP, asker=asker))
        yield unit


async def test_the_askers_own_row_is_brought_along(store: PostgresStore) -> None:
    own = RecordKey("crm", "lead", "L-1")
    await put_row(store, 10, external_id="L-1", object_type="lead")
    await put_row(store, 20, external_id="L-2", object_type="lead")
    async with store.reading(TENANT) as reads:
        expected = await reads.record(own)
    assert expected is not None
    async with glanced(store, [99], asker=own) as (glance, _):
        assert await glance.record(own) == expected
        with pytest.raises(NotFetched):
            await glance.record(RecordKey("crm", "lead", "L-2"))
    missing = RecordKey("crm", "lead", "L-3")
    async with glanced(store, [7], asker=missing) as (glance, _):
        assert await glance.record(missing) is None


@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
async def test_searches_made_together_find_what_each_finds_alone(
    engine: str, postgresql_url: str, tmp_path: Path
) -> None:
    store = await a_store(postgresql_url if engine == "postgresql" else f"sqlite:///{tmp_path / 'one.sqlite3'}")
    try:
        for number in range(1, 9):
            await put(store, 10 * number, (7, 20 + number, 100 + number // 2))
        await put_row(store, 100, external_id="L-1", object_type="lead", customer_id=11)
        asked = [
            ([7, 21], CAP),
            ([21, 22, 99], CAP),
            ([], CAP),
            ([101, 102, 7], 9),
            ([22], CAP),
            ([7], CAP),
            ([102], 1),
        ]
        askers = [ASKER, RecordKey("crm", "lead", "L-1"), ASKER, ASKER, RecordKey("crm", "lead", "L-9"), ASKER, ASKER]
        searches = [a_search(keys, cap, asker=one) for (keys, cap), one in zip(asked, askers, strict=True)]
        searches += [
            a_search([7, 101], 20, asker=ASKER, alone={7: 3, 101: 1}),
            a_search([7, 21, 22], 20, asker=ASKER, alone={7: 3}),
        ]
        async with store.glance(TENANT, searches) as glances:
            for search, (glance, seen) in zip(searches, glances, strict=True):
                asker = search.asker
                async with store.reading(TENANT) as reads:
                    found = await reads.candidates(search)
                    customers = {one.place.customer_id for one in found.candidates}
                    assert sorted(seen.candidates, key=repr) == sorted(found.candidates, key=repr)
                    assert (seen.truncated, seen.newly_hot) == (found.truncated, found.newly_hot)
                    assert seen.thinned == found.thinned == {key: {7: 9, 101: 2}[key] for key in search.alone}
                    async with store.reading(TENANT) as unprompted:
                        business = await unprompted.episodes(customers, -EVER, EVER)
                    assert await glance.episodes(customers, -EVER, EVER) == business
                    assert await reads.episodes(customers, -EVER, EVER) == business
                    for customer in customers:
                        assert await glance.row_of(customer, "crm", "lead") == await reads.row_of(
                            customer, "crm", "lead"
                        )
                    if asker.external_id:
                        assert await glance.record(asker) == await reads.record(asker)
    finally:
        await store.close()


async def test_a_unit_reads_what_the_search_has_not_brought_along(store: PostgresStore) -> None:
    await put_row(store, 10, external_id="A-1", object_type="account")
    await put(store, 20, (8,))
    async with looked_at(store) as unit:
        row = await unit.row_of(11, "crm", "account")
        assert row is not None
        assert len(await unit.episodes({11, 21}, -EVER, EVER)) == 2
        assert await unit.record(RecordKey("crm", "account", "A-1")) == row


async def test_customers_that_nobody_has_changed_need_no_second_look(store: PostgresStore) -> None:
    await put(store, 10)
    await put(store, 20)
    async with looked_at(store) as unit:
        before = await unit.episodes({11, 21}, -EVER, EVER)
        assert await unit.lock_customers({11, 21}) is False
        assert await unit.episodes({11, 21}, -EVER, EVER) == before
        await unit.kept_apart({11, 21})
        assert await unit.lock_customers({11, 21}) is True


async def more_business(store: PostgresStore) -> None:
    record = a_stored_record(100, customer_id=11)
    async with store.unit(TENANT) as unit:
        await unit.lock_customers({11})
        await unit.add(replace(some_changes(100, (8,), record), new_customer=False))
        await unit.commit()


async def business_goes_on(store: PostgresStore) -> None:
    async with store.unit(TENANT) as unit:
        await unit.lock_customers({11})
        joined = some_changes(100, (8,), a_stored_record(100, customer_id=11, state=State.JOINED))
        await unit.add(replace(joined, new_customer=False, episode=None, renewed=(13, NOON + 5)))
        await unit.commit()


async def a_row_of_the_askers(store: PostgresStore) -> None:
    record = a_stored_record(100, customer_id=11, external_id="L-1", object_type="lead")
    async with store.unit(TENANT) as unit:
        await unit.add(replace(some_changes(100, (8,), record), new_customer=False, episode=None))
        await unit.commit()


async def the_record_ends(store: PostgresStore) -> None:
    async with store.unit(TENANT) as unit:
        await unit.close_claim(Closing(10, ClaimState.RELEASED), NOON, "test")
        await unit.commit()


async def the_customer_is_merged(store: PostgresStore) -> None:
    async with store.unit(TENANT) as unit:
        merge = StoredMerge(500, 21, (11,), NOON, "requested", "test", {}, "[]")
        await unit.merge_customers(merge, (), Event("customer.merged", 21, "{}"))
        await unit.commit()


@pytest.mark.parametrize(
    "change", [more_business, business_goes_on, a_row_of_the_askers, the_record_ends, the_customer_is_merged]
)
async def test_what_changed_until_the_customers_were_locked_is_looked_at_again(
    store: PostgresStore, change: Callable[[PostgresStore], Awaitable[None]]
) -> None:
    await put(store, 10)
    await put(store, 20, (8,))
    async with looked_at(store) as unit:
        old = await unit.episodes({11}, -EVER, EVER), await unit.row_of(11, "crm", "lead")
        await change(store)
        assert await unit.lock_customers({11}) is True
        found = await unit.candidates(a_search([7], CAP, asker=ASKER))
        new = await unit.episodes({11}, -EVER, EVER), await unit.row_of(11, "crm", "lead")
        assert new != old or not found.candidates


async def test_a_unit_sees_what_it_has_written_itself(store: PostgresStore) -> None:
    await put(store, 10)
    async with looked_at(store) as unit:
        record = a_stored_record(100, customer_id=11, external_id="L-1", object_type="lead")
        await unit.add(replace(some_changes(100, (7,), record), new_customer=False))
        assert len(await unit.episodes({11}, -EVER, EVER)) == 2
        assert await unit.row_of(11, "crm", "lead") is not None
