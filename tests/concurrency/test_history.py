"""The checks of what clients were told are checked: a history that breaks a promise does not pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.concurrency.checker import DAY, Database, Row
from tests.concurrency.history import Exchange, History, Tag, findings, tag_in
from tests.concurrency.test_checker import a_sound_database

NOON = 1_000 * DAY
FIRST, SECOND, CLAIM = Tag(7, "first"), Tag(7, "second"), Tag(8, "claim")


def an_answer(number: int, decision: str, action: str, state: str, customer: int) -> Row:
    return {
        "decision": decision,
        "action": action,
        "state": state,
        "reason_code": "NEW",
        "decision_id": f"dec_{number}",
        "record_id": f"rec_{number}",
        "customer_id": f"cus_{customer}",
        "complete": True,
    }


ANSWERS = {
    1: an_answer(1, "accept", "none", "accepted", 10),
    2: an_answer(2, "merge", "merge_rows", "joined", 10),
    3: an_answer(3, "accept", "insert", "claimed", 20),
}
TAGS = {1: FIRST, 2: SECOND, 3: CLAIM}


def an_exchange(number: int, at: float, **other: Any) -> Exchange:
    """The request of this number as it was answered at that second, a second after it had been sent."""
    tag = TAGS[number]
    return replace(Exchange(tag.request, "/ingest", {"url": tag.url}, at - 1, at, 200, ANSWERS[number]), **other)


def a_sound_dump() -> Database:
    """Customer 7 accepted and joined, customer 8 claimed: as in the checker's own test, with what was said."""
    database = a_sound_database()
    for record in database["records"]:
        record.update(envelope_json=json.dumps({"url": TAGS[record["id"]].url}), occurred_at=NOON, scenario="sales")
    for decision in database["decisions"]:
        number = decision["id"] - 100
        said = {"url": TAGS[number].url, "scenario": "sales", "occurred_at": NOON}
        decision.update(
            verdict=ANSWERS[number]["decision"],
            decided_at=NOON + number,
            input_json=json.dumps({"envelope": said}),
            answer_json=json.dumps(ANSWERS[number]),
        )
    for episode in database["episodes"]:
        episode["anchor_at"] = NOON
    return database


def a_sound_history() -> History:
    return History([an_exchange(1, 10), an_exchange(2, 20), an_exchange(3, 30)])


def second_place(history: History, database: Database) -> None:
    database["records"][1]["state"] = "accepted"
    database["episodes"].append({**database["episodes"][0], "id": 999, "record_id": 2, "anchor_at": NOON + DAY - 1})


def taken_by_two_customers_of_the_service(history: History, database: Database) -> None:
    database["records"][2]["envelope_json"] = json.dumps({"url": SECOND.url})


def known_only_from_itself(history: History, database: Database) -> None:
    database["decisions"][0]["decided_at"] = NOON + 50


def merged_a_window_away(history: History, database: Database) -> None:
    said = {"url": SECOND.url, "scenario": "sales", "occurred_at": NOON + DAY}
    database["decisions"][1]["input_json"] = json.dumps({"envelope": said})


def waits_for_himself(history: History, database: Database) -> None:
    history.exchanges.append(an_exchange(3, 40, answer={**ANSWERS[3], "action": "wait"}))


def accepted_after_it_was_told(history: History, database: Database) -> None:
    database["decisions"][1]["verdict"] = "accept"
    history.exchanges[1] = replace(history.exchanges[1], answer={**ANSWERS[2], "decision": "accept"})


def lost(history: History, database: Database) -> None:
    history.exchanges.append(an_exchange(1, 50, answer={**ANSWERS[1], "decision_id": "dec_9"}, request="lost"))


def stored_otherwise(history: History, database: Database) -> None:
    database["decisions"][0]["answer_json"] = json.dumps({**ANSWERS[1], "customer_id": "cus_99"})


def told_otherwise_the_second_time(history: History, database: Database) -> None:
    history.exchanges.append(an_exchange(1, 60, answer={**ANSWERS[1], "message": "another"}))


def decided_twice(history: History, database: Database) -> None:
    database["decisions"].append({**database["decisions"][0], "id": 150})


def failed(history: History, database: Database) -> None:
    history.exchanges.append(an_exchange(1, 5, status=500, answer={"code": "INTERNAL"}))


def refused_without_a_word_of_when(history: History, database: Database) -> None:
    history.exchanges.append(an_exchange(1, 5, status=503, answer={"code": "UNAVAILABLE"}))


def waited_for_ever(history: History, database: Database) -> None:
    history.exchanges.append(an_exchange(1, 90, invoked=10.0))


def accepted_in_doubt(history: History, database: Database) -> None:
    history.exchanges[0] = an_exchange(1, 10, answer={**ANSWERS[1], "complete": False})


def never_answered(history: History, database: Database) -> None:
    history.exchanges.append(Exchange("nobody", "/ingest", {"url": FIRST.url}, 1, 2, 0))


DAMAGES: dict[str, tuple[str, Callable[[History, Database], None]]] = {
    "a second place in the window": ("I1 accepted once", second_place),
    "two customers for one": ("I1 accepted once", taken_by_two_customers_of_the_service),
    "a merge with nobody": ("I2 verdicts are justified", known_only_from_itself),
    "a merge a whole window away": ("I2 verdicts are justified", merged_a_window_away),
    "a wait for one's own claim": ("I2 nobody waits for himself", waits_for_himself),
    "an accept after an accept was told": ("I3 time is real", accepted_after_it_was_told),
    "an answer that is not stored": ("I4 what was answered is stored", lost),
    "an answer that is stored otherwise": ("I4 what was answered is stored", stored_otherwise),
    "another answer to the same request": ("I5 one request, one answer", told_otherwise_the_second_time),
    "two decisions of one request": ("I5 one request, one effect", decided_twice),
    "a failure": ("I13 within bounds", failed),
    "a refusal that does not say when": ("I13 within bounds", refused_without_a_word_of_when),
    "a wait beyond the deadline": ("I13 within bounds", waited_for_ever),
    "an accept after an incomplete search": ("I14 closed when in doubt", accepted_in_doubt),
    "a client without an answer": ("everybody is answered", never_answered),
    "an event that is missing": ("the stored rows are whole", lambda history, database: database["outbox"].clear()),
}


def test_a_sound_history_passes() -> None:
    assert findings(a_sound_history(), a_sound_dump()) == {}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_broken_promise_is_found_by_its_own_check(damage: str) -> None:
    history, database = a_sound_history(), a_sound_dump()
    check, harm = DAMAGES[damage]
    harm(history, database)
    assert check in findings(history, database)


def test_an_answer_whose_claim_has_ended_may_be_another_one() -> None:
    history, database = a_sound_history(), a_sound_dump()
    history.exchanges.append(an_exchange(3, 60, answer={**ANSWERS[3], "message": "decided anew"}))
    assert "I5 one request, one answer" in findings(history, database)
    database["records"][2].update(claim_state="expired", state="retired")
    assert "I5 one request, one answer" not in findings(history, database)


def test_who_sent_before_the_other_was_told_may_come_first() -> None:
    history, database = a_sound_history(), a_sound_dump()
    accepted_after_it_was_told(history, database)
    history.exchanges[1] = replace(history.exchanges[1], invoked=9.5)
    assert "I3 time is real" not in findings(history, database)


def test_a_client_that_was_not_given_the_time_needs_no_answer() -> None:
    history = a_sound_history()
    never_answered(history, a_sound_dump())
    history.finished = False
    assert findings(history, a_sound_dump()) == {}


def test_a_tag_is_found_wherever_it_is_stored() -> None:
    assert tag_in(json.dumps({"url": Tag(42, "3-b0").url})) == Tag(42, "3-b0")
    assert tag_in('{"url": "https://crm.example/elsewhere"}') is None
