"""Reads a database from the outside, without a line of the service, and says which invariants it breaks."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import asyncpg

Row: TypeAlias = dict[str, Any]
DAY = 86_400_000_000
WITHOUT_TENANT = {"alembic_version"}
STATES = {"accepted", "claimed", "joined", "held", "retired"}
HOLDS_A_PLACE = {"accepted", "claimed"}


@dataclass
class Database:
    """All rows of all tables at one moment."""

    tables: dict[str, list[Row]]

    def __getitem__(self, table: str) -> list[Row]:
        return self.tables[table]

    def ids(self, table: str) -> set[tuple[int, int]]:
        return {(row["tenant_id"], row["id"]) for row in self[table]}


Invariant: TypeAlias = Callable[[Database], Iterator[str]]


async def read(url: str) -> Database:
    if url.startswith("sqlite"):
        return _read_sqlite(url.removeprefix("sqlite:///"))
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            found = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            names = sorted({row[0] for row in found} - WITHOUT_TENANT)
            return Database(
                {one: [dict(row) for row in await connection.fetch(f"SELECT * FROM {one}")] for one in names}
            )
    finally:
        await connection.close()


def _read_sqlite(path: str) -> Database:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        connection.execute("BEGIN")
        found = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        ).fetchall()
        names = sorted({row[0] for row in found} - WITHOUT_TENANT)
        return Database({one: [dict(row) for row in connection.execute(f"SELECT * FROM {one}")] for one in names})
    finally:
        connection.close()


async def check(url: str, but: Collection[Invariant] = ()) -> Database:
    """The database, if it breaks no invariant. ``but``: those that a writer below the use cases does not keep."""
    database = await read(url)
    found = violations(database, but)
    assert found == [], "\n".join(found[:20])
    return database


def violations(database: Database, but: Collection[Invariant] = ()) -> list[str]:
    """One sentence for each breach; empty if all is well."""
    return [sentence for invariant in INVARIANTS if invariant not in but for sentence in invariant(database)]


def one_row_one_record(database: Database) -> Iterator[str]:
    """No two live records of one row of a source system."""
    rows = Counter(
        (row["tenant_id"], row["source_system"], row["object_type"], row["external_id"])
        for row in database["records"]
        if row["external_id"] and row["state"] != "retired"
    )
    yield from (f"row {key} has {count} records" for key, count in rows.items() if count > 1)


def records_are_whole(database: Database) -> Iterator[str]:
    """A record has its keys, its customer and the decision that made it; a retired one has no keys."""
    keyed = {(key["tenant_id"], key["record_id"]) for key in database["blocking_keys"]}
    customers = {(row["tenant_id"], row["id"]): row for row in database["customers"]}
    decisions = {(row["tenant_id"], row["id"]): row for row in database["decisions"]}
    for record in database["records"]:
        name, tenant = f"record {record['id']} ({record['state']})", record["tenant_id"]
        if record["state"] not in STATES:
            yield f"{name} is in no known state"
        if ((tenant, record["id"]) in keyed) is (record["state"] == "retired"):
            yield f"{name} has no keys" if record["state"] != "retired" else f"{name} still has keys"
        customer = customers.get((tenant, record["customer_id"]))
        if customer is None or customer["merged_into"]:
            yield f"{name} belongs to no living customer"
        decision = decisions.get((tenant, record["decision_id"]))
        if decision is None or decision["record_id"] != record["id"] or not decision["stored"]:
            yield f"{name} has no decision of its own"


def keys_belong_to_records(database: Database) -> Iterator[str]:
    records = database.ids("records")
    for key in database["blocking_keys"]:
        if (key["tenant_id"], key["record_id"]) not in records:
            yield f"key {key['key_hash']} belongs to no record"


def customers_have_records(database: Database) -> Iterator[str]:
    inhabited = {(record["tenant_id"], record["customer_id"]) for record in database["records"]}
    for customer in database["customers"]:
        if ((customer["tenant_id"], customer["id"]) in inhabited) is bool(customer["merged_into"]):
            yield f"customer {customer['id']} has no record, or was merged and still has one"


CONSEQUENCES = frozenset({"review.opened", "record.replaced"})
"""What the audit tells besides of a decision that it has told already."""


def decisions_are_told(database: Database) -> Iterator[str]:
    """Each decision has its line in the audit, and its event."""
    audited = Counter(
        (row["tenant_id"], row["decision_id"]) for row in database["audit"] if row["action"] not in CONSEQUENCES
    )
    told = Counter(
        (row["tenant_id"], row["subject_id"]) for row in database["outbox"] if row["type"] == "decision.made"
    )
    records = database.ids("records")
    for decision in database["decisions"]:
        key = (decision["tenant_id"], decision["id"])
        if audited[key] != 1:
            yield f"decision {decision['id']} has {audited[key]} audit rows"
        if told[key] != 1:
            yield f"decision {decision['id']} has {told[key]} events"
        if decision["stored"] and (decision["tenant_id"], decision["record_id"]) not in records:
            yield f"decision {decision['id']} stored a record that is not there"
    decided = database.ids("decisions")
    yield from (f"event about no decision {key[1]}" for key in told if key not in decided)
    yield from (f"audit row about no decision {key[1]}" for key in audited if key[1] and key not in decided)


def episodes_hang_on_records(database: Database) -> Iterator[str]:
    """An episode's record holds a place and is of the same customer; whoever holds a place has opened an episode."""
    records = {(row["tenant_id"], row["id"]): row for row in database["records"]}
    opened = set()
    for episode in database["episodes"]:
        key = (episode["tenant_id"], episode["record_id"])
        opened.add(key)
        record = records.get(key)
        if record is None or record["state"] not in HOLDS_A_PLACE:
            yield f"episode {episode['id']} hangs on no record that holds a place"
        elif record["customer_id"] != episode["customer_id"]:
            yield f"episode {episode['id']} is of another customer than its record"
    for key, record in records.items():
        if record["state"] in HOLDS_A_PLACE and key not in opened:
            yield f"record {record['id']} holds a place without an episode"


def window_of(scenario: str) -> int | None:
    """As shipped: master data for ever (None), any named scenario a day."""
    return None if scenario in ("", "default") else DAY


def one_place_for_one_business(database: Database, window: Callable[[str], int | None] = window_of) -> Iterator[str]:
    """Never two of one customer, one scenario and one window, but where a person has made one customer of several."""
    by_hand = {row["survivor_id"] for row in database["merges"] if row["kind"] != "bridge" and not row["undone_at"]}
    anchors = defaultdict(list)
    for episode in database["episodes"]:
        if episode["customer_id"] in by_hand:
            continue
        anchors[episode["tenant_id"], episode["customer_id"], episode["scenario"]].append(episode["anchor_at"])
    for (_, customer, scenario), times in anchors.items():
        length = window(scenario)
        if any(length is None or later - earlier < length for earlier, later in pairwise(sorted(times))):
            yield f"customer {customer} was accepted more than once in scenario {scenario!r}"


def claims_are_consistent(database: Database) -> Iterator[str]:
    for record in database["records"]:
        if (record["state"] == "claimed") is not (record["claim_state"] == "open"):
            yield f"record {record['id']} is {record['state']} and its claim {record['claim_state']!r}"
        if record["claim_state"] and not record["claim_id"]:
            yield f"record {record['id']} has a claim without an id"


def ends_of_claims_are_told(database: Database) -> Iterator[str]:
    """A claim that ran out, was given back or superseded has ended with an event, once."""
    told = Counter((row["tenant_id"], row["type"], row["subject_id"]) for row in database["outbox"])
    for record in database["records"]:
        if record["claim_state"] in ("expired", "released", "superseded"):
            events = told[record["tenant_id"], f"claim.{record['claim_state']}", record["id"]]
            if events != 1 or record["state"] != "retired":
                yield f"record {record['id']} is {record['state']}, and the end of its claim was told {events} times"


MOST_PER_KEY = 50
"""As shipped: a key that more records share is too common to search by."""


def common_keys_are_hot(database: Database) -> Iterator[str]:
    """Whoever found a key over its cap has stored that with its own record, so the next one is the second beyond the cap."""
    shared = Counter((key["tenant_id"], key["key_hash"]) for key in database["blocking_keys"])
    hot = {(key["tenant_id"], key["key_hash"]) for key in database["hot_keys"]}
    for key, count in shared.items():
        if count > MOST_PER_KEY + 1 and key not in hot:
            yield f"key {key[1]} has {count} records and is not hot"


def tenants_are_known(database: Database) -> Iterator[str]:
    known = {row["tenant_id"] for row in database["tenants"]}
    for name, rows in database.tables.items():
        strangers = {row["tenant_id"] for row in rows} - known
        if strangers:
            yield f"{name} has rows of no tenant: {sorted(strangers)}"


INVARIANTS: tuple[Invariant, ...] = (
    one_row_one_record,
    records_are_whole,
    keys_belong_to_records,
    customers_have_records,
    decisions_are_told,
    episodes_hang_on_records,
    one_place_for_one_business,
    claims_are_consistent,
    ends_of_claims_are_told,
    common_keys_are_hot,
    tenants_are_known,
)
