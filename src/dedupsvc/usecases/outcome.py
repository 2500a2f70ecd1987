"""From an examination to its outcome: the answer, and everything that is written for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from dedupsvc.core.assess import has_expired
from dedupsvc.core.entity import ClaimState, Episode, Id, Place, State, StoredRecord
from dedupsvc.core.merge import Member, compensation
from dedupsvc.core.record import Instant, Phase
from dedupsvc.core.rules import Verdict
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.answering import answer_of, preview
from dedupsvc.usecases.answers import (
    Answer,
    decode_steps,
    encode_answer,
    encode_record,
    encode_steps,
)
from dedupsvc.usecases.compensation import shown, told
from dedupsvc.usecases.disposition import NewIds, chosen_customer, is_own_customer, state_of
from dedupsvc.usecases.examine import Examination, Kind
from dedupsvc.usecases.recheck import left_something_out
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import Changes, Closing, Event, Join, Review, StoredDecision


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is answered and, unless nothing is stored, what is written."""

    answer: Answer
    changes: Changes | None
    examination: Examination

    @property
    def hot(self) -> frozenset[int]:
        """Keys that are stored as hot once this is committed; one that was only seen over its cap may cool down again."""
        retrieval = self.examination.retrieval
        return retrieval.truncated if self.changes is not None else retrieval.truncated - retrieval.newly_hot


@dataclass(frozen=True, slots=True)
class Rows:
    """Stored rows that the answer speaks of beside the candidates."""

    existing: StoredRecord | None = None
    """The customer's row in the caller's own system and object type."""
    members: tuple[Member, ...] = ()
    """The customers that are to be joined with all their records, the survivor first."""
    case: Id = 0
    """The open review case that a stored row's flag belongs to, if there is one already."""


def outcome(examination: Examination, caller: Caller, rows: Rows, resources: Resources) -> Outcome:
    """The answer and the changes of one decision."""
    row = rows.existing
    judgement = examination.judgement
    if examination.kind in (Kind.UNCHANGED, Kind.STALE):
        return Outcome(preview(examination, caller, row), None, examination)
    if judgement.pending and examination.phase is Phase.BEFORE:
        return Outcome(preview(examination, caller, row), None, examination)
    if examination.stored is not None:
        return _known_row(examination, caller, rows, resources, examination.stored)
    return _first(examination, caller, rows, resources)


def _first(examination: Examination, caller: Caller, rows: Rows, resources: Resources) -> Outcome:
    """A record that names no stored row."""
    row = rows.existing
    judgement, now = examination.judgement, examination.subject.now
    state = state_of(examination)
    own_customer = is_own_customer(examination, state)
    opens = state in (State.ACCEPTED, State.CLAIMED)
    new = NewIds(
        decision=resources.new_id(),
        record=resources.new_id() if state else 0,
        customer=resources.new_id() if own_customer else chosen_customer(judgement.chosen),
        episode=resources.new_id() if opens else 0,
        claim=resources.new_id() if state is State.CLAIMED else 0,
    )
    until = now + resources.claim_lifetime if new.claim else None
    reviews = _reviews(examination, new, resources) if state else ()
    answer = answer_of(examination, caller, row, new, state, until, reviews)
    record = _record(examination, new, state, until) if state else None
    join = _join(rows, resources) if state and state is not State.HELD else None
    changes = Changes(
        decision=_decision(examination, new, answer, stored=bool(state)),
        actor=caller.principal,
        record=record,
        features=examination.prepared.features,
        encoded=examination.prepared.encoded,
        keys=examination.prepared.hashes,
        new_customer=own_customer and bool(state),
        episode=_opened(examination, new, record.place) if record is not None and opens else None,
        renewed=_renewed(examination) if state is State.JOINED else None,
        closings=_closings(examination),
        join=join,
        reviews=reviews,
        hot=tuple(sorted(examination.retrieval.newly_hot)),
        events=_events(new, answer, join),
        recheck=bool(state) and left_something_out(examination),
    )
    return Outcome(answer, changes, examination)


def _known_row(
    examination: Examination, caller: Caller, rows: Rows, resources: Resources, stored: StoredRecord
) -> Outcome:
    """An update of a stored row, new business on it, or the row that comes in its place.

    What would block before the change is made is not stored.
    """
    row = rows.existing
    replacing = examination.kind is Kind.REPLACEMENT
    judgement, subject = examination.judgement, examination.subject
    opens = examination.kind is Kind.NEW_BUSINESS and judgement.verdict is Verdict.LINK
    kept = examination.phase is Phase.AFTER or judgement.verdict in (Verdict.ACCEPT, Verdict.LINK)
    new = NewIds(
        decision=resources.new_id(),
        record=resources.new_id() if replacing else stored.place.record_id,
        customer=stored.place.customer_id,
        episode=resources.new_id() if opens else 0,
    )
    state = State.ACCEPTED if opens else stored.place.state
    reviews = _reviews(examination, new, resources, rows.case) if kept else ()
    answer = answer_of(examination, caller, row, new, state, None, reviews)
    place = _place(examination, new, state, None)._replace(
        received_at=subject.now if replacing else stored.place.received_at,
        scenario=subject.scenario if opens else stored.place.scenario,
        occurred_at=subject.at if opens else stored.place.occurred_at,
    )
    if not replacing:  # a confirmation may come again, however often the row has changed since
        place = place._replace(
            claim_id=stored.place.claim_id,
            claim_key=stored.place.claim_key,
            claim_expires_at=stored.place.claim_expires_at,
        )
    submitted = examination.prepared.record
    record = StoredRecord(
        place,
        submitted.values,
        submitted.envelope,
        1 if replacing else stored.version + 1,
        submitted.envelope.updated_at or (None if replacing else stored.updated_at),
        new.decision,
        ClaimState.NONE if replacing else stored.claim_state,
    )
    join = _join(rows, resources) if kept and examination.kind is Kind.NEW_BUSINESS else None
    changes = Changes(
        decision=_decision(examination, new, answer, stored=kept),
        actor=caller.principal,
        record=record if kept else None,
        features=examination.prepared.features,
        encoded=examination.prepared.encoded,
        keys=examination.prepared.hashes,
        is_new=replacing,
        replaced=stored if replacing and kept else None,
        episode=_opened(examination, new, place) if opens else None,
        renewed=_renewed(examination) if kept and judgement.verdict is Verdict.MERGE else None,
        closings=_closings(examination),
        join=join,
        reviews=reviews,
        hot=tuple(sorted(examination.retrieval.newly_hot)),
        events=_events(new, answer, join),
        recheck=kept and left_something_out(examination),
    )
    return Outcome(answer, changes, examination)


def _place(examination: Examination, new: NewIds, state: State, until: Instant | None) -> Place:
    envelope, subject = examination.prepared.record.envelope, examination.subject
    return Place(
        record_id=new.record,
        customer_id=new.customer,
        state=state,
        source_system=envelope.source_system,
        object_type=envelope.object_type,
        external_id=envelope.external_id,
        owner_id=envelope.owner_id,
        department_id=envelope.department_id,
        department_name=envelope.department_name,
        scenario=subject.scenario,
        occurred_at=subject.at,
        received_at=subject.now,
        claim_id=new.claim,
        claim_key=envelope.claim_key if new.claim else "",
        claim_expires_at=until or 0,
    )


def _record(examination: Examination, new: NewIds, state: State | None, until: Instant | None) -> StoredRecord:
    assert state is not None
    submitted = examination.prepared.record
    return StoredRecord(
        _place(examination, new, state, until),
        submitted.values,
        submitted.envelope,
        1,
        submitted.envelope.updated_at,
        new.decision,
        ClaimState.OPEN if new.claim else ClaimState.NONE,
    )


def _opened(examination: Examination, new: NewIds, place: Place) -> Episode:
    at = examination.subject.at
    return Episode(new.episode, new.customer, examination.subject.scenario, at, at, place)


def _renewed(examination: Examination) -> tuple[Id, Instant] | None:
    episode = examination.judgement.episode
    if episode is None or episode.tentative:
        return None
    return episode.episode_id, examination.subject.at


def _closings(examination: Examination) -> tuple[Closing, ...]:
    """Claims that were found to hold their place no longer end with the decision that saw it."""
    now = examination.subject.now
    return tuple(
        Closing(place.record_id, ClaimState.EXPIRED if has_expired(place, now) else ClaimState.SUPERSEDED)
        for place in examination.lapsed
    )


def _join(rows: Rows, resources: Resources) -> Join | None:
    if not rows.members:
        return None
    survivor, *absorbed = rows.members
    plan = encode_steps(shown(compensation(survivor, absorbed)))
    return Join(resources.new_id(), survivor.customer_id, tuple(one.customer_id for one in absorbed), plan)


def _reviews(examination: Examination, new: NewIds, resources: Resources, case: Id = 0) -> tuple[Review, ...]:
    """A case that the record waits for comes first (``case`` if it is open already), then cases between customers, then
    suggestions.
    """
    judgement = examination.judgement
    reviews = []
    if judgement.verdict in (Verdict.FLAG, Verdict.REJECT):
        other = chosen_customer(judgement.chosen) or new.customer
        waiting = _review("case", new, other, examination, resources)
        reviews.append(replace(waiting, review_id=case) if case else waiting)
    for one, other in judgement.contested:
        reviews.append(Review(resources.new_id(), "case", new.record, one, other, judgement.reason.value))
    for found in judgement.suggested:
        if found.customer_id != new.customer:
            reviews.append(_review("suggestion", new, found.customer_id, examination, resources))
    return tuple(reviews)


def _review(kind: str, new: NewIds, other: Id, examination: Examination, resources: Resources) -> Review:
    first, second = sorted((new.customer, other))
    return Review(resources.new_id(), kind, new.record, first, second, examination.judgement.reason.value)


def _decision(examination: Examination, new: NewIds, answer: Answer, stored: bool) -> StoredDecision:
    judgement, prepared = examination.judgement, examination.prepared
    return StoredDecision(
        decision_id=new.decision,
        record_id=new.record,
        customer_id=new.customer,
        decided_at=examination.subject.now,
        rules_version=examination.rules.version,
        verdict=judgement.verdict.value,
        reason_code=judgement.reason.value,
        stored=stored,
        input=encode_record(prepared.record) if prepared.encoded is None else prepared.encoded.record,
        answer=encode_answer(answer),
    )


def decision_made(decision: Id, answer: Answer) -> Event:
    """Ids and codes only: whoever hears of it asks for the rest, and is shown what it may see."""
    payload = (  # Nothing in it has to be escaped, and as JSON it is written several times as fast like this.
        f'{{"decision_id": "{answer.decision_id}", "record_id": "{answer.record_id}", '
        f'"customer_id": "{answer.customer_id}", "decision": "{answer.decision}", '
        f'"reason_code": "{answer.reason_code}", "state": "{answer.state}"}}'
    )
    return Event("decision.made", decision, payload)


def _events(new: NewIds, answer: Answer, join: Join | None) -> tuple[Event, ...]:
    made = decision_made(new.decision, answer)
    if join is None:
        return (made,)
    payload = told(join.merge_id, join.survivor, join.absorbed, decode_steps(join.plan))
    return made, Event("customer.joined", join.survivor, json.dumps(payload))
