"""The checker itself is checked: a database that breaks an invariant does not pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest

from tests.concurrency.checker import Database, Row, violations


def a_sound_database() -> Database:
    """Two customers: one record accepted and one joined, and a claim."""
    tables: dict[str, list[Row]] = defaultdict(list)
    tables["tenants"].append({"tenant_id": 1})
    for customer in (10, 20):
        tables["customers"].append({"tenant_id": 1, "id": customer, "merged_into": 0})
    for number, customer, state in ((1, 10, "accepted"), (2, 10, "joined"), (3, 20, "claimed")):
        claimed = state == "claimed"
        tables["records"].append(
            {
                "tenant_id": 1,
                "id": number,
                "customer_id": customer,
                "state": state,
                "source_system": "crm",
                "object_type": "lead",
                "external_id": "" if claimed else f"L-{number}",
                "decision_id": 100 + number,
                "claim_id": 7 if claimed else 0,
                "claim_state": "open" if claimed else "",
            }
        )
        tables["blocking_keys"].append({"tenant_id": 1, "key_hash": customer, "record_id": number})
        tables["decisions"].append(
            {"tenant_id": 1, "id": 100 + number, "record_id": number, "stored": 1, "reason_code": "NEW"}
        )
        tables["audit"].append({"tenant_id": 1, "decision_id": 100 + number, "action": "decision.made"})
        tables["outbox"].append({"tenant_id": 1, "type": "decision.made", "subject_id": 100 + number})
        if state != "joined":
            tables["episodes"].append(
                {
                    "tenant_id": 1,
                    "id": 200 + number,
                    "record_id": number,
                    "customer_id": customer,
                    "scenario": "sales",
                    "anchor_at": 0,
                }
            )
    return Database(tables)


def accepted_twice(database: Database) -> None:
    database["records"][1]["state"] = "accepted"
    database["episodes"].append({**database["episodes"][0], "id": 999, "record_id": 2, "anchor_at": 5})


def a_claim_that_ended_silently(database: Database) -> None:
    database["records"][2].update(state="retired", claim_state="expired")
    database["blocking_keys"].pop()
    database["episodes"].pop()


def a_common_key(database: Database) -> None:
    database["blocking_keys"].extend({"tenant_id": 1, "key_hash": 5, "record_id": 1} for _ in range(52))


def two_records_of_one_row(database: Database) -> None:
    database["records"][1]["external_id"] = "L-1"


DAMAGES: dict[str, Callable[[Database], object]] = {
    "a customer accepted twice": accepted_twice,
    "two records of one row": two_records_of_one_row,
    "a record without keys": lambda found: found["blocking_keys"].pop(),
    "a record without a decision": lambda found: found["decisions"].pop(),
    "a record without a customer": lambda found: found["customers"].pop(),
    "a decision without an audit row": lambda found: found["audit"].pop(),
    "a decision without an event": lambda found: found["outbox"].pop(),
    "a decision told twice": lambda found: found["outbox"].append(found["outbox"][0]),
    "keys without a record": lambda found: found["records"].pop(1),
    "a customer without records": lambda found: found["customers"].append({"tenant_id": 1, "id": 30, "merged_into": 0}),
    "a place without an episode": lambda found: found["episodes"].pop(),
    "an episode on a record that joined": lambda found: found["episodes"][0].update(record_id=2),
    "an episode of another customer": lambda found: found["episodes"][0].update(customer_id=20),
    "a claim that is no longer open": lambda found: found["records"][2].update(claim_state="expired"),
    "a record that is merged away": lambda found: found["customers"][0].update(merged_into=20),
    "a retired record with keys": lambda found: found["records"][1].update(state="retired"),
    "a claim that ended silently": a_claim_that_ended_silently,
    "a common key that is not hot": a_common_key,
    "rows of a stranger": lambda found: found["audit"].append(
        {"tenant_id": 2, "decision_id": 0, "action": "claim.lapsed"}
    ),
}


def test_a_sound_database_passes() -> None:
    assert violations(a_sound_database()) == []


def test_what_a_person_has_merged_may_have_been_accepted_more_than_once() -> None:
    database = a_sound_database()
    accepted_twice(database)
    merge = {"tenant_id": 1, "survivor_id": 10, "kind": "requested", "undone_at": 0}
    database["merges"].append(merge)
    assert violations(database) == []
    merge["undone_at"] = 5
    assert violations(database) != []


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_does_not_pass(damage: str) -> None:
    database = a_sound_database()
    DAMAGES[damage](database)
    assert violations(database) != []
