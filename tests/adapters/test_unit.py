"""The one write path, on both engines: whatever a decision writes is read back, whole, by its own tenant only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dedupsvc.core.entity import ClaimState, Episode, Place, State, StoredRecord
from dedupsvc.core.errors import NotFound
from dedupsvc.core.record import (
    Address,
    Custom,
    Email,
    Envelope,
    Identifier,
    Interaction,
    PartyType,
    Phase,
    Phone,
    RecordKey,
    Values,
)
from dedupsvc.core.rules import BALANCED
from dedupsvc.usecases.stored import Changes, Closing, Event, IdempotencyRow, Join, Review, StoredCustomer
from tests.adapters.build import (
    FEATURES,
    NOON,
    TENANT,
    SqlStore,
    a_decision,
    a_search,
    a_store,
    a_stored_record,
    put,
    some_changes,
    stored_ids,
)
from tests.concurrency import checker

CAP = 5
WRITTEN = {
    *("tenants", "rulesets", "customers", "records", "blocking_keys", "hot_keys", "episodes", "merges"),
    *("decisions", "reviews", "audit", "outbox"),
}

PLACE = Place(
    record_id=10,
    customer_id=11,
    state=State.CLAIMED,
    source_system="纷享",
    object_type="lead",
    external_id="L-1'; --",
    owner_id="o1",
    department_id="d1",
    department_name="华东销售部",
    scenario="sales/newbiz",
    occurred_at=-1,
    received_at=(1 << 62) + 1,
    claim_id=14,
    claim_key="form 7",
    claim_expires_at=NOON,
)
VALUES = Values(
    PartyType.COMPANY,
    *("name", "given", "middle", "family", "given family"),
    aliases=("华信", "Huaxin"),
    company_name="上海华信科技有限公司",
    contact_name="王总",
    job_title="CEO",
    birth_date="1990-01-02",
    website="huaxin.cn",
    emails=(Email("a@b.cn", "work"), Email("c@d.cn")),
    phones=(Phone("021-5888 1234", "work", "CN", "801"),),
    addresses=(Address("full", "CN", "上海", "上海市", "浦东新区", "世纪大道1号", "200120"),),
    identifiers=(Identifier("uscc", "91310115MA1K3XYZ1A", "CN"),),
    interactions=(Interaction("order", "SO-1", NOON), Interaction("call", "C-1")),
    custom=(Custom("vip", "true", "boolean"),),
)
ENVELOPE = Envelope(
    *("纷享", "lead", "L-1'; --", "https://crm.example/1", "o1", "王", "d1", "华东销售部", "sales/newbiz"),
    occurred_at=-1,
    updated_at=NOON,
    locale="zh",
    phase=Phase.BEFORE,
    claim_key="form 7",
    patch=True,
    cleared=("website",),
)
RECORD = StoredRecord(PLACE, VALUES, ENVELOPE, 3, NOON + 5, 12, ClaimState.OPEN)
DECISION = a_decision(RECORD, verdict="link", reason_code="KNOWN", stored=False, rules_version=4, answer='{"a": "é"}')


async def add(store: SqlStore, changes: Changes) -> None:
    async with store.unit(TENANT) as unit:
        await unit.add(changes)
        await unit.commit()


async def test_every_column_of_a_record_and_its_decision_comes_back(store: SqlStore) -> None:
    changes = replace(some_changes(10, (-(1 << 63), 0, (1 << 63) - 1), RECORD), decision=DECISION)
    await add(store, changes)
    async with store.reading(TENANT) as reads:
        assert await reads.record_by_id(10) == RECORD
        assert await reads.record(RecordKey("纷享", "lead", "L-1'; --")) == RECORD
        assert await reads.record_by_claim(14) == RECORD
        assert await reads.open_claims("纷享", "form 7") == (RECORD,)
        assert await reads.records_of(11) == (RECORD,)
        assert await reads.decision(12) == DECISION
        assert await reads.decisions_of(10) == (DECISION,)
        assert await reads.customer(11) == StoredCustomer(11, 0, NOON)
        assert await reads.ruleset(1) == BALANCED
        (episode,) = await reads.episodes({11, 99}, NOON, NOON)
        found = await reads.candidates(a_search([0], CAP))
    assert episode == Episode(13, 11, "sales/newbiz", NOON, NOON, PLACE)
    assert [(one.place, one.features) for one in found.candidates] == [(PLACE, FEATURES)]


async def test_an_update_replaces_values_and_keys_and_keeps_the_time_of_receipt(store: SqlStore) -> None:
    await add(store, some_changes(10, (7, 8)))
    before = a_stored_record(10)
    after = replace(
        before, values=VALUES, version=2, place=before.place._replace(owner_id="o9", received_at=5), decision_id=90
    )
    await add(
        store,
        Changes(a_decision(after), "test", after, FEATURES, (8, 9), is_new=False, renewed=(13, NOON + 60)),
    )
    async with store.reading(TENANT) as reads:
        stored = await reads.record_by_id(10)
        hits = {key: len((await reads.candidates(a_search([key], CAP))).candidates) for key in (7, 8, 9)}
        (episode,) = await reads.episodes({11}, NOON, NOON + 100)
        decisions = await reads.decisions_of(10)
    assert stored == replace(after, place=after.place._replace(received_at=NOON + 1))
    assert hits == {7: 0, 8: 1, 9: 1}
    assert (episode.anchor_at, episode.renewed_at) == (NOON, NOON + 60)
    assert {one.decision_id for one in decisions} == {12, 90}


async def test_an_episode_is_renewed_forwards_only(store: SqlStore) -> None:
    await put(store, 10)
    record = a_stored_record(20, customer_id=11, state=State.JOINED)
    await add(store, Changes(a_decision(record), "test", record, FEATURES, (7,), renewed=(13, NOON - 60)))
    async with store.reading(TENANT) as reads:
        (episode,) = await reads.episodes({11}, NOON, NOON)
    assert episode.renewed_at == NOON


@pytest.mark.parametrize(
    ("since", "until", "touches"),
    [
        (NOON, NOON, True),
        (NOON - 9, NOON, True),
        (NOON, NOON + 9, True),
        (NOON + 1, NOON + 9, False),
        (0, NOON - 1, False),
    ],
)
async def test_episodes_are_those_that_touch_the_span(store: SqlStore, since: int, until: int, touches: bool) -> None:
    await put(store, 10)
    async with store.reading(TENANT) as reads:
        assert bool(await reads.episodes({11}, since, until)) is touches


async def test_a_key_of_more_records_than_the_cap_turns_hot_and_brings_none(store: SqlStore) -> None:
    for number in range(CAP):
        await put(store, 100 + 10 * number, (7, 50 + number))
    async with store.reading(TENANT) as reads:
        full = await reads.candidates(a_search([7], CAP))
    assert (len(full.candidates), full.truncated, full.newly_hot) == (CAP, frozenset(), frozenset())
    await put(store, 190, (7, 8))
    async with store.reading(TENANT) as reads:
        over = await reads.candidates(a_search([7, 8, 50, 999], CAP))
    assert {one.place.record_id for one in over.candidates} == {190, 100}
    assert over.truncated == over.newly_hot == frozenset({7})


async def test_a_key_that_many_share_brings_whom_another_key_brings_too(store: SqlStore) -> None:
    for number, keys in enumerate([(7,), (7, 8), (7, 8), (8, 9), (8,), (9,), (7, 9)], start=1):
        await put(store, 10 * number, keys)
    async with store.reading(TENANT) as reads:
        both = await reads.candidates(a_search([7, 8], CAP, alone={7: 3, 8: 3}))
        one = await reads.candidates(a_search([7], CAP, alone={7: 3}))
        few = await reads.candidates(a_search([7, 9], CAP, alone={7: 3, 9: 3}))
        enough = await reads.candidates(a_search([7, 8], CAP, alone={7: 4, 8: 3}))
    assert ({found.place.record_id for found in both.candidates}, both.thinned) == ({20, 30}, {7: 4, 8: 4})
    assert (one.candidates, one.thinned, one.truncated) == ((), {7: 4}, frozenset())
    assert ({found.place.record_id for found in few.candidates}, few.thinned) == ({40, 60, 70}, {7: 4})
    assert ({found.place.record_id for found in enough.candidates}, enough.thinned) == (
        {10, 20, 30, 70},
        {8: 4},
    )


@pytest.mark.parametrize(
    ("wider", "found"),
    [
        ([7], {10, 20}),  # within: nobody else
        ([8], {10, 20, 30, 40}),
        ([7, 8], {10, 20, 30, 40}),
        ([9], {10, 20}),  # over its cap
        ([6], {10, 20}),  # hot
    ],
)
async def test_a_key_within_others_is_looked_up_where_those_leave_somebody_out(
    store: SqlStore, wider: list[int], found: set[int]
) -> None:
    """Key 5 is held by records 10 and 20 only, as is 7; 8 is held by two more, 9 by more than its cap."""
    for number, keys in ((10, (5, 6, 7, 8, 9)), (20, (5, 6, 7, 8, 9)), (30, (8, 9)), (40, (8, 9))):
        await add(store, replace(some_changes(number, keys), hot=(6,) if number == 10 else ()))
    search = a_search([*wider, 5], CAP, caps={9: 3}, within={5: wider})
    async with store.reading(TENANT) as reads:
        assert {one.place.record_id for one in (await reads.candidates(search)).candidates} == found


async def test_a_hot_key_stays_hot_when_its_records_are_gone(store: SqlStore) -> None:
    await add(store, replace(some_changes(10, (7, 8)), hot=(7,)))
    async with store.reading(TENANT) as reads:
        found = await reads.candidates(a_search([7], CAP))
        other = await reads.candidates(a_search([7, 8], CAP))
    assert (found.candidates, found.truncated, found.newly_hot) == ((), frozenset({7}), frozenset())
    assert [one.place.record_id for one in other.candidates] == [10]


async def test_a_record_behind_several_keys_is_one_candidate_and_no_keys_are_none(store: SqlStore) -> None:
    await put(store, 10, (7, 8, 9))
    async with store.reading(TENANT) as reads:
        assert len((await reads.candidates(a_search([9, 8, 7], CAP))).candidates) == 1
        assert (await reads.candidates(a_search([], CAP))).candidates == ()


async def test_a_search_reports_the_clock_and_the_active_version(database_url: str) -> None:
    store = await a_store(database_url, clock=lambda: NOON)
    async with store.unit(TENANT) as unit:
        found = await unit.candidates(a_search([7], CAP))
        now = await unit.now()
    await store.close()
    assert (found.now, found.rules_version, now) == (NOON, 1, NOON)


async def test_the_stores_own_clock_is_read_anew_each_time(store: SqlStore) -> None:
    async with store.unit(TENANT) as unit:
        first, second = (await unit.candidates(a_search([7], CAP))).now, await unit.now()
        third = (await unit.candidates(a_search([7], CAP))).now
    assert NOON < first < second < third


async def add_and_fail(store: SqlStore, record_id: int) -> None:
    async with store.unit(TENANT) as unit:
        await unit.add(some_changes(record_id))
        raise NotFound("on purpose")


async def test_a_unit_that_is_left_without_commit_leaves_nothing(store: SqlStore, database_url: str) -> None:
    async with store.unit(TENANT) as unit:
        await unit.add(some_changes(10))
    with pytest.raises(NotFound):
        await add_and_fail(store, 20)
    assert await stored_ids(store, (10, 20)) == set()
    database = await checker.check(database_url)
    assert database["decisions"] == database["audit"] == database["outbox"] == database["blocking_keys"] == []


async def test_no_tenant_sees_anothers_data(store: SqlStore) -> None:
    await store.found(2, "check", BALANCED)
    claimed = a_stored_record(10, state=State.CLAIMED, external_id="L-1", claim_id=14, claim_key="k")
    await add(store, some_changes(10, (7,), claimed))
    async with store.reading(2) as reads:
        assert (await reads.candidates(a_search([7], CAP))).candidates == ()
        assert await reads.episodes({11}, 0, 1 << 62) == ()
        assert await reads.record(RecordKey("crm", "", "L-1")) is None
        assert await reads.record_by_id(10) is None
        assert await reads.record_by_claim(14) is None
        assert await reads.open_claims("crm", "k") == ()
        assert await reads.records_of(11) == ()
        assert await reads.customer(11) is None
        assert await reads.decision(12) is None
        assert await reads.decisions_of(10) == ()
    await put(store, 10, tenant_id=2)
    assert await stored_ids(store, (10,)) == {10}


async def test_a_claim_that_ends_frees_its_keys_and_its_place(store: SqlStore) -> None:
    claimed = a_stored_record(10, state=State.CLAIMED, claim_id=14, claim_key="k")
    await add(store, some_changes(10, (7,), claimed))
    async with store.unit(TENANT) as unit:
        await unit.close_claim(Closing(10, ClaimState.EXPIRED), NOON, "test")
        await unit.commit()
    async with store.reading(TENANT) as reads:
        stored = await reads.record_by_id(10)
        assert stored is not None
        assert (stored.place.state, stored.claim_state) == (State.RETIRED, ClaimState.EXPIRED)
        assert stored.values == claimed.values
        assert (await reads.candidates(a_search([7], CAP))).candidates == ()
        assert await reads.episodes({11}, 0, 1 << 62) == ()
        assert await reads.open_claims("crm", "k") == ()


async def test_customers_that_are_joined_move_with_all_they_have(store: SqlStore, database_url: str) -> None:
    for record_id in (10, 20, 30):
        await put(store, record_id)
    first = a_stored_record(40, customer_id=21, state=State.JOINED)
    await add(store, Changes(a_decision(first), "test", first, FEATURES, (7,), join=Join(91, 21, (31,))))
    second = a_stored_record(50, customer_id=11, state=State.JOINED)
    await add(store, Changes(a_decision(second), "test", second, FEATURES, (7,), join=Join(92, 11, (21,))))
    async with store.reading(TENANT) as reads:
        assert [one.place.record_id for one in await reads.records_of(11)] == [10, 20, 30, 40, 50]
        assert {one.customer_id for one in await reads.episodes({11, 21, 31}, 0, 1 << 62)} == {11}
        for merged in (21, 31):
            assert await reads.customer(merged) == StoredCustomer(11, 0, NOON)
        assert await reads.merged_from(11) == (21, 31)
    moved = {row["id"]: row["moved_json"] for row in (await checker.read(database_url))["merges"]}
    assert '"merged_from": [31]' in moved[92]


async def test_one_open_case_for_each_pair_of_customers(store: SqlStore, database_url: str) -> None:
    for review_id, record_id in ((81, 10), (82, 20)):
        review = Review(review_id, "case", record_id, 5, 6, "POSSIBLE")
        other = Review(review_id + 10, "suggestion", record_id, 5, 6, "POSSIBLE")
        own = Review(review_id + 20, "case", record_id, 5, 5, "POSSIBLE")
        await add(store, replace(some_changes(record_id), reviews=(review, other, own)))
    assert {row["id"] for row in (await checker.read(database_url))["reviews"]} == {81, 91, 101, 102}


async def test_an_answer_is_remembered_until_it_expires(store: SqlStore) -> None:
    rows = {number: IdempotencyRow("f", f"first {number}", NOON + number) for number in (1, 2)}
    async with store.unit(TENANT) as unit:
        for number, row in rows.items():
            await unit.remember(number, row, NOON)
        await unit.commit()
    later = IdempotencyRow("g", "second", NOON + 99)
    async with store.unit(TENANT) as unit:
        assert await unit.remembered(1) == rows[1]
        assert await unit.remembered(3) is None
        await unit.remember(2, later, NOON + 2)
        await unit.commit()
    async with store.unit(TENANT) as unit:
        assert await unit.remembered(1) is None
        assert await unit.remembered(2) == later


async def test_the_same_work_leaves_the_same_rows_on_both_engines(sqlite_url: str, postgresql_url: str) -> None:
    left = []
    for url in (sqlite_url, postgresql_url):
        store = await a_store(url, clock=lambda: NOON)
        review, event = Review(81, "case", 10, 5, 6, "POSSIBLE"), Event("case.opened", 81, '{"a": 1}')
        await add(store, replace(some_changes(10, (9, 8), RECORD), hot=(3,), reviews=(review,), events=(event, event)))
        await put(store, 20)
        await add(store, Changes(a_decision(a_stored_record(30)), "test", join=Join(91, 11, (21,))))
        await store.close()
        database = await checker.read(url)
        left.append(
            {
                name: sorted(sorted((column, repr(value)) for column, value in row.items()) for row in database[name])
                for name in database.tables
            }
        )
    assert left[0] == left[1]
    assert {name for name, rows in left[0].items() if rows} >= WRITTEN


def confirmed_as(claimed: StoredRecord, external_id: str) -> StoredRecord:
    place = claimed.place._replace(state=State.ACCEPTED, object_type="lead", external_id=external_id)
    envelope = replace(claimed.envelope, object_type="lead", external_id=external_id)
    return replace(claimed, place=place, envelope=envelope, claim_state=ClaimState.CONFIRMED, decision_id=90)


async def test_a_confirmed_claim_is_the_same_record_with_its_row(store: SqlStore) -> None:
    claimed = a_stored_record(10, state=State.CLAIMED, claim_id=14, claim_key="k")
    await add(store, some_changes(10, (7,), claimed))
    confirmed = confirmed_as(claimed, "L-1")
    async with store.unit(TENANT) as unit:
        await unit.confirm(confirmed, a_decision(confirmed), Event("decision.made", 90, "{}"), "test")
        await unit.commit()
    async with store.reading(TENANT) as reads:
        assert await reads.record(RecordKey("crm", "lead", "L-1")) == replace(confirmed, version=2)
        assert await reads.record_by_claim(14) == replace(confirmed, version=2)
        assert await reads.open_claims("crm", "k") == ()
        assert len((await reads.candidates(a_search([7], CAP))).candidates) == 1
        assert len(await reads.episodes({11}, NOON, NOON)) == 1
        assert await reads.decision(90) == a_decision(confirmed)


async def test_a_claim_handed_over_to_a_row_gives_it_its_episode(store: SqlStore, database_url: str) -> None:
    claimed = a_stored_record(10, state=State.CLAIMED, claim_id=14)
    await add(store, some_changes(10, (7,), claimed))
    row = a_stored_record(20, customer_id=11, state=State.JOINED, external_id="L-1")
    await add(store, replace(some_changes(20, (7,), row), new_customer=False, episode=None))
    async with store.unit(TENANT) as unit:
        decision = a_decision(row, decision_id=90, reason_code="CLAIM_CONFIRMED")
        await unit.hand_over(10, row, decision, Event("decision.made", 90, "{}"), "test")
        await unit.commit()
    async with store.reading(TENANT) as reads:
        old, new = await reads.record_by_id(10), await reads.record_by_id(20)
        (episode,) = await reads.episodes({11}, NOON, NOON)
    assert old is not None
    assert new is not None
    assert (old.place.state, old.claim_state) == (State.RETIRED, ClaimState.CONFIRMED)
    assert (new.place.state, episode.place.record_id) == (State.ACCEPTED, 20)
    await checker.check(database_url)


async def test_a_search_by_very_many_keys_for_very_many_records_finds_all_of_them(store: SqlStore) -> None:
    async with store.unit(TENANT) as unit:
        for number in range(1, 151):
            await unit.add(some_changes(10 * number, (7, 1000 + number)))
        hot = replace(some_changes(9000, (8,)), hot=(1001, 1150))
        await unit.add(hot)
        await unit.commit()
    async with store.reading(TENANT) as reads:
        by_one = await reads.candidates(a_search([7], 200))
        by_many = await reads.candidates(a_search(range(1001, 1151), 200))
    assert {one.place.record_id for one in by_one.candidates} == set(range(10, 1501, 10))
    assert {one.place.record_id for one in by_many.candidates} == set(range(20, 1500, 10))
    assert by_many.truncated == {1001, 1150}
    assert by_many.newly_hot == frozenset()
