"""What clients sent and were answered, and the checks of it against what is stored: pure, without a line of the service.

A campaign knows which requests speak of one customer, and how long its scenarios' windows are. It writes both the customer and
the request into the record's `url`, where the service keeps them and compares nothing, so that a stored row tells them again.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from tests.concurrency.checker import Database, Row, violations, window_of

_TAG = re.compile(r"https://crm\.example/customer/(\d+)/request/([^\"/]+)")
HEARD = 200
REFUSED = {409, 503}
TOLD_TO_COME_AGAIN = {"IDEMPOTENCY_IN_FLIGHT", "UNAVAILABLE", "TIMEOUT", "OVERLOADED"}
SETTLED = {"accept", "link", "merge"}


class Tag(NamedTuple):
    """Whom a request speaks of, and which request it is."""

    customer: int
    request: str

    @property
    def url(self) -> str:
        return f"https://crm.example/customer/{self.customer}/request/{self.request}"


def tag_in(text: str) -> Tag | None:
    found = _TAG.search(text)
    return Tag(int(found[1]), found[2]) if found else None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One attempt at a request: sent at ``invoked``, over at ``completed`` (seconds of one clock); status 0: never answered."""

    request: str
    path: str
    body: Row
    invoked: float
    completed: float
    status: int
    answer: Row = field(default_factory=dict)
    retry_after: str = ""

    @property
    def is_decision(self) -> bool:
        """Answered, and with more than that the caller is to wait for somebody else's claim."""
        return self.status == HEARD and self.answer.get("action") not in (None, "wait")


@dataclass
class History:
    """All exchanges of a campaign, in the order in which they ended."""

    exchanges: list[Exchange] = field(default_factory=list)
    deadline: float = 60.0
    """Seconds after which no request may still be waiting."""
    finished: bool = True
    """Whether every client had the time to get its answer."""

    def by_request(self) -> dict[str, list[Exchange]]:
        found: dict[str, list[Exchange]] = defaultdict(list)
        for one in self.exchanges:
            found[one.request].append(one)
        return found


class Business(NamedTuple):
    """What was decided to be a place of its own."""

    customer: int
    scenario: str
    at: int
    decided_at: int
    decision: int


class Stored:
    """The dump, read through the tags."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.records = {row["id"]: row for row in database["records"]}
        self.customer_of = {key: tag.customer for key, row in self.records.items() if (tag := _tag_of(row))}
        self.decisions = {row["id"]: row for row in database["decisions"]}
        self.tags = {key: tag_in(row["input_json"]) for key, row in self.decisions.items()}
        self.by_public_id = {json.loads(row["answer_json"])["decision_id"]: row for row in database["decisions"]}
        self.opened: dict[int, list[Business]] = defaultdict(list)
        self.seen: dict[int, list[Row]] = defaultdict(list)
        for key, row in self.decisions.items():
            tag, record = self.tags[key], self.records.get(row["record_id"])
            if tag is None or record is None:
                continue
            self.seen[tag.customer].append(row)
            if row["verdict"] in ("accept", "link"):
                said = json.loads(row["input_json"])["envelope"]
                at = said.get("occurred_at") or record["occurred_at"]
                scenario = said.get("scenario", "default")
                self.opened[tag.customer].append(Business(tag.customer, scenario, at, row["decided_at"], key))


def _tag_of(record: Row) -> Tag | None:
    return tag_in(record["envelope_json"])


Check: TypeAlias = Callable[[History, Stored], Iterator[str]]


def findings(history: History, database: Database) -> dict[str, list[str]]:
    """The breaches by the name of the check that found them; empty if all is well."""
    stored = Stored(database)
    found = {name: list(check(history, stored)) for name, check in CHECKS.items()}
    found["the stored rows are whole"] = violations(database)
    return {name: sentences for name, sentences in found.items() if sentences}


def accepted_once(history: History, stored: Stored) -> Iterator[str]:
    """I1: of one customer, scenario and window at most one record holds a place."""
    anchors: dict[tuple[int, str], list[int]] = defaultdict(list)
    for episode in stored.database["episodes"]:
        customer = stored.customer_of.get(episode["record_id"])
        if customer is not None:
            anchors[customer, episode["scenario"]].append(episode["anchor_at"])
    for (customer, scenario), times in anchors.items():
        if any(_within(scenario, later - earlier) for earlier, later in pairwise(sorted(times))):
            yield f"customer {customer} was accepted {len(times)} times in scenario {scenario!r}"


def _within(scenario: str, distance: int) -> bool:
    length = window_of(scenario)
    return length is None or abs(distance) < length


def verdicts_are_justified(history: History, stored: Stored) -> Iterator[str]:
    """I2: who is said to be known, was known; who is said to repeat a piece of business, repeats one."""
    for key, row in stored.decisions.items():
        tag = stored.tags[key]
        if tag is None or row["verdict"] not in ("link", "merge", "flag") or row["reason_code"] in _OF_THE_ROW:
            continue
        before = [
            one for one in stored.seen[tag.customer] if one["id"] != key and one["decided_at"] <= row["decided_at"]
        ]
        if not any(stored.tags[one["id"]] != tag for one in before):
            yield f"decision {key} ({row['verdict']}) knows customer {tag.customer} only from itself"
        elif row["verdict"] == "merge" and not _repeats(stored, row, tag):
            yield f"decision {key} merges what repeats no business of customer {tag.customer}"


_OF_THE_ROW = {"CLAIM_CONFIRMED", "UPDATED", "UPDATE_MATCHES_OTHER", "SEARCH_INCOMPLETE", "LATE_ARRIVAL"}


def _repeats(stored: Stored, row: Row, tag: Tag) -> bool:
    said = json.loads(row["input_json"])["envelope"]
    record = stored.records.get(row["record_id"])
    at = said.get("occurred_at") or (record["occurred_at"] if record else row["decided_at"])
    scenario = said.get("scenario", "default")
    return any(
        one.decision != row["id"]
        and one.decided_at <= row["decided_at"]
        and one.scenario == scenario
        and _within(scenario, at - one.at)
        for one in stored.opened[tag.customer]
    )


def nobody_waits_for_himself(history: History, stored: Stored) -> Iterator[str]:
    """I2 for answers that store nothing: a claim that is in the way is somebody else's."""
    for one in history.exchanges:
        tag = tag_in(one.body.get("url", ""))
        if one.status != HEARD or one.answer.get("action") != "wait" or tag is None:
            continue
        others = [row for row in stored.seen[tag.customer] if not _same_request(stored.tags[row["id"]], tag)]
        if not others:
            yield f"request {one.request} waits for a claim that nobody else has"


def _same_request(one: Tag | None, other: Tag) -> bool:
    return one is not None and one.request.removesuffix("-confirm") == other.request


def time_is_real(history: History, stored: Stored) -> Iterator[str]:
    """I3: whoever asks after somebody was answered that the place is his, does not get it."""
    holders: dict[tuple[int, str], list[tuple[Exchange, Row, float]]] = defaultdict(list)
    for attempts in history.by_request().values():
        answered = next((one for one in attempts if one.is_decision and one.path == "/ingest"), None)
        if answered is None or answered.answer["decision"] not in ("accept", "link"):
            continue
        row = stored.by_public_id.get(answered.answer["decision_id"])
        tag = tag_in(answered.body["url"])
        if row is not None and tag is not None and row["record_id"] in stored.records:
            record = stored.records[row["record_id"]]
            if not _given_up(record):
                holders[tag.customer, record["scenario"]].append((answered, record, attempts[0].invoked))
    for (customer, scenario), held in holders.items():
        for first, record, _ in held:
            for second, other, invoked in held:
                near = _within(scenario, record["occurred_at"] - other["occurred_at"])
                if record["id"] != other["id"] and near and first.completed < invoked:
                    yield f"customer {customer} was accepted for {second.request} after {first.request} was told"


_SEEN_BEFORE = {"UNCHANGED", "STALE_UPDATE"}
"""Answers that name the decision that stands, and are none themselves."""


def what_was_answered_is_stored(history: History, stored: Stored) -> Iterator[str]:
    """I4: the decision is there with the verdict, record and customer that the client was told."""
    for one in history.exchanges:
        if one.status != HEARD or not one.answer.get("decision_id"):
            continue
        row = stored.by_public_id.get(one.answer["decision_id"])
        if row is None:
            yield f"request {one.request} was answered {one.answer['decision']}, and that decision is not stored"
            continue
        if one.answer["reason_code"] in _SEEN_BEFORE:
            continue
        kept = json.loads(row["answer_json"])
        for name in ("decision", "record_id", "customer_id", "reason_code"):
            if kept.get(name, "") != one.answer[name]:
                yield f"request {one.request} was answered another {name} than is stored"
        if row["stored"] and row["record_id"] not in stored.records:
            yield f"request {one.request} was answered about a record that is not stored"


def one_request_one_answer(history: History, stored: Stored) -> Iterator[str]:
    """I5: however often it is sent, a request is answered the same, unless the claim it was answered with has ended."""
    for request, attempts in history.by_request().items():
        told = [one for one in attempts if one.is_decision]
        for first, second in pairwise(told):
            if first.answer != second.answer and not _has_ended(stored, first):
                yield f"request {request} was answered {first.answer['decision']} and then otherwise"


def _given_up(record: Row) -> bool:
    """A claim that ran out, was given back or superseded, even if its row was reported after all: then as another record."""
    return record.get("state") == "retired" and bool(record["claim_id"])


def _has_ended(stored: Stored, one: Exchange) -> bool:
    row = stored.by_public_id.get(one.answer.get("decision_id", ""))
    record = stored.records.get(row["record_id"]) if row is not None else None
    return record is not None and _given_up(record)


def one_request_one_effect(history: History, stored: Stored) -> Iterator[str]:
    """I5: a request has made one decision, however often it came; one whose claim has ended may be decided anew."""
    made: dict[Tag, list[Row]] = defaultdict(list)
    for key, tag in stored.tags.items():
        if tag is not None:
            made[tag].append(stored.decisions[key])
    for tag, rows in made.items():
        standing = [row for row in rows if not _given_up(stored.records.get(row["record_id"], {}))]
        if len(standing) > 1:
            yield f"request {tag.request} has made {len(standing)} decisions"


def within_bounds(history: History, stored: Stored) -> Iterator[str]:
    """I13: no failure but the ones that say come again, and when; nobody waits longer than the deadline."""
    for one in history.exchanges:
        known = one.status in (0, HEARD, 204) or (
            one.status in REFUSED and one.answer.get("code") in TOLD_TO_COME_AGAIN and one.retry_after
        )
        if not known:
            yield f"request {one.request} was answered {one.status} {one.answer.get('code', '')}"
        if one.completed - one.invoked > history.deadline:
            yield f"request {one.request} waited {one.completed - one.invoked:.1f} s"


def closed_when_in_doubt(history: History, stored: Stored) -> Iterator[str]:
    """I14: what could not be searched completely is never accepted."""
    for one in history.exchanges:
        if one.is_decision and one.answer.get("complete") is False and one.answer["decision"] in SETTLED:
            yield f"request {one.request} was answered {one.answer['decision']} after an incomplete search"


def everybody_is_answered(history: History, stored: Stored) -> Iterator[str]:
    if history.finished:
        for request, attempts in history.by_request().items():
            if not any(one.status in (HEARD, 204) for one in attempts):
                yield f"request {request} was never answered in {len(attempts)} attempts"


CHECKS: dict[str, Check] = {
    "I1 accepted once": accepted_once,
    "I2 verdicts are justified": verdicts_are_justified,
    "I2 nobody waits for himself": nobody_waits_for_himself,
    "I3 time is real": time_is_real,
    "I4 what was answered is stored": what_was_answered_is_stored,
    "I5 one request, one answer": one_request_one_answer,
    "I5 one request, one effect": one_request_one_effect,
    "I13 within bounds": within_bounds,
    "I14 closed when in doubt": closed_when_in_doubt,
    "everybody is answered": everybody_is_answered,
}
