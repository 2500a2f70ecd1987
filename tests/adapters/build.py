"""Stores, records and changes for tests of the storage: each test states only what it is about."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from dedupsvc.adapters.identity import random_ids
from dedupsvc.adapters.sql import migrations
from dedupsvc.adapters.sql.postgres import PostgresStore
from dedupsvc.adapters.sql.sqlite import SqliteStore
from dedupsvc.core.entity import ClaimState, Episode, Id, Place, State, StoredRecord
from dedupsvc.core.fields import EmailValue, Features, PersonName, PhoneValue
from dedupsvc.core.record import Email, Envelope, Instant, PartyType, Phone, RecordKey, Values
from dedupsvc.core.rules import BALANCED
from dedupsvc.usecases.ports import NOBODY, Search
from dedupsvc.usecases.stored import Changes, Event, StoredDecision

SqlStore: TypeAlias = SqliteStore | PostgresStore
TENANT = 1
NOON = 1_767_240_000_000_000
CHECK = "check"

FEATURES = Features(
    "person",
    (PersonName("张", "伟", "", "zhang", "wei", "han", True),),
    (),
    (),
    (EmailValue("zhang.wei@huaxin.cn", "zhang.wei", "huaxin.cn", "corporate"),),
    (PhoneValue("8613800001234", "mobile", "", "", "00001234"),),
    (),
    (),
    (),
    "",
    (),
)


def open_store(
    url: str,
    pool_size: int = 4,
    clock: Callable[[], Instant] | None = None,
    new_id: Callable[[], Id] | None = None,
) -> SqlStore:
    """Audit rows and events are numbered from a million if nothing else is said."""
    new_id = new_id or partial(next, itertools.count(1_000_000))
    if url.startswith("sqlite"):
        return SqliteStore(Path(url.removeprefix("sqlite:///")), new_id, clock=clock)
    return PostgresStore(url, new_id, pool_size, clock)


async def a_store(url: str, pool_size: int = 4, clock: Callable[[], Instant] | None = None) -> SqlStore:
    """Migrated and founded, ready for units."""
    await asyncio.to_thread(migrations.upgrade, url)
    store = open_store(url, pool_size, clock)
    await store.found(TENANT, CHECK, BALANCED)
    return store


def a_stored_record(record_id: int, **place: Any) -> StoredRecord:
    said = {"customer_id": record_id + 1, "state": State.ACCEPTED, "source_system": "crm", "scenario": "sales", **place}
    values = Values(PartyType.PERSON, "张伟", emails=(Email("Zhang.Wei@huaxin.cn"),), phones=(Phone("138 0000 1234"),))
    at = Place(record_id=record_id, occurred_at=NOON, received_at=NOON + 1, **said)
    claim = ClaimState.OPEN if at.state is State.CLAIMED else ClaimState.NONE
    return StoredRecord(at, values, Envelope(source_system=at.source_system), 1, None, record_id + 2, claim)


def a_decision(record: StoredRecord, **said: Any) -> StoredDecision:
    fields: dict[str, Any] = {
        "decision_id": record.decision_id,
        "record_id": record.place.record_id,
        "customer_id": record.place.customer_id,
        "decided_at": NOON,
        "rules_version": 1,
        "verdict": "accept",
        "reason_code": "NEW_CUSTOMER",
        "stored": True,
        "input": '{"name": "张伟"}',
        "answer": "{}",
        **said,
    }
    return StoredDecision(**fields)


def some_changes(record_id: int, keys: Collection[int] = (7,), record: StoredRecord | None = None) -> Changes:
    """A record accepted as a new customer: all that such a decision writes."""
    record = record or a_stored_record(record_id)
    place = record.place
    return Changes(
        decision=a_decision(record),
        actor="test",
        record=record,
        features=FEATURES,
        keys=tuple(keys),
        new_customer=True,
        episode=Episode(record_id + 3, place.customer_id, place.scenario, NOON, NOON, place),
        events=(Event("decision.made", record.decision_id, "{}"),),
    )


def a_search(
    keys: Iterable[int],
    cap: int,
    caps: Mapping[int, int] | None = None,
    asker: RecordKey = NOBODY,
    alone: Mapping[int, int] | None = None,
    within: Mapping[int, Sequence[int]] | None = None,
) -> Search:
    """``cap`` for every key of which ``caps`` says nothing less."""
    return Search({key: min(cap, (caps or {}).get(key, cap)) for key in keys}, asker, alone or {}, within or {})


async def put(store: SqlStore, record_id: int, keys: Collection[int] = (7,), tenant_id: int = TENANT) -> None:
    """One whole unit of work; record ids should be ten apart, as its other ids follow on them."""
    async with store.unit(tenant_id) as unit:
        await unit.claim(0, list(keys))
        await unit.add(some_changes(record_id, keys))
        await unit.commit()


async def stored_ids(store: SqlStore, customers_of: Collection[int]) -> set[int]:
    """Those of these records that are stored."""
    async with store.reading(TENANT) as reads:
        found = [await reads.record_by_id(record_id) for record_id in customers_of]
    return {one.place.record_id for one in found if one is not None}


async def fill(url: str, first: int, count: int) -> None:
    """Many units from several tasks, as one of several processes."""
    store = open_store(url, new_id=random_ids())
    try:
        await asyncio.gather(*(put(store, first + 10 * number, (first, 7 + number % 3)) for number in range(count)))
    finally:
        await store.close()
