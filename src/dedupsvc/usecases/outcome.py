"""From an examination to its answer and to what is written for it: the contract's table of decisions, states and actions."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from dedupsvc.core.entity import ClaimState, Episode, Id, Place, State, StoredRecord
from dedupsvc.core.explain import explanation, matched_fields
from dedupsvc.core.judge import Candidate, Finding, Reason, has_expired
from dedupsvc.core.merge import Member, compensation
from dedupsvc.core.messages import message
from dedupsvc.core.record import Instant, Phase
from dedupsvc.core.rules import Verdict
from dedupsvc.core.score import Same
from dedupsvc.core.survivorship import merge_steps
from dedupsvc.usecases import ids
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.answers import (
    Answer,
    CandidateAnswer,
    ExplanationRow,
    MergeStep,
    ThreeSameAnswer,
    decode_steps,
    encode_answer,
    encode_record,
    encode_steps,
)
from dedupsvc.usecases.compensation import shown, told
from dedupsvc.usecases.examine import Examination, Kind
from dedupsvc.usecases.ports import Changes, Closing, Event, Join, Review, StoredDecision
from dedupsvc.usecases.resources import Resources

CANDIDATES_SHOWN = 10


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


@dataclass(frozen=True, slots=True)
class _Ids:
    """Ids of what the decision creates; 0 where it creates nothing."""

    decision: Id = 0
    record: Id = 0
    customer: Id = 0
    episode: Id = 0
    claim: Id = 0


def preview(examination: Examination, caller: Caller, row: StoredRecord | None) -> Answer:
    """What ingest would answer now; without the ids that only storing gives."""
    if examination.kind in (Kind.UNCHANGED, Kind.STALE):
        return _present(examination, caller, row)
    state = _state(examination)
    if examination.stored is not None:
        place = examination.stored.place
        known = _Ids(record=place.record_id, customer=place.customer_id)
    else:
        known = _Ids(customer=0 if _own_customer(examination, state) else _chosen(examination.judgement.chosen))
    return _answer(examination, caller, row, known, state, claim_until=None)


def _own_customer(examination: Examination, state: State | None) -> bool:
    """Whether a record becomes a customer of its own: nobody is alike, or it is held for one that only may be."""
    chosen = examination.judgement.chosen
    return chosen is None or (state is State.HELD and chosen.same is not Same.MATCH)


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


def _present(examination: Examination, caller: Caller, row: StoredRecord | None) -> Answer:
    """The row as it stands, for a re-send that changes nothing: what was decided on it still holds."""
    stored = examination.stored
    assert stored is not None
    answer = _answer(examination, caller, row, _Ids(), stored.place.state.value, None)
    held = stored.place.state is State.HELD
    before = examination.phase is Phase.BEFORE
    stands = {State.HELD: Verdict.FLAG, State.JOINED: Verdict.MERGE}.get(stored.place.state, Verdict.ACCEPT)
    return replace(
        answer,
        decision=stands.value,
        action=("hold" if before else "review_row") if held else "none",
        blocking=held and before,
        allowed_actions=("hold",) if held and before else (),
        customer_id=ids.public(ids.CUSTOMER, stored.place.customer_id),
        record_id=ids.public(ids.RECORD, stored.place.record_id),
        decision_id=ids.public(ids.DECISION, stored.decision_id),
        existing_id=stored.place.external_id,
    )


def _first(examination: Examination, caller: Caller, rows: Rows, resources: Resources) -> Outcome:
    """A record that names no stored row."""
    row = rows.existing
    judgement, now = examination.judgement, examination.subject.now
    state = _state(examination)
    own_customer = _own_customer(examination, state)
    opens = state in (State.ACCEPTED, State.CLAIMED)
    new = _Ids(
        decision=resources.new_id(),
        record=resources.new_id() if state else 0,
        customer=resources.new_id() if own_customer else _chosen(judgement.chosen),
        episode=resources.new_id() if opens else 0,
        claim=resources.new_id() if state is State.CLAIMED else 0,
    )
    until = now + resources.claim_lifetime if new.claim else None
    reviews = _reviews(examination, new, resources) if state else ()
    answer = _answer(examination, caller, row, new, state, until, reviews)
    record = _record(examination, new, state, until) if state else None
    join = _join(rows, resources) if state and state is not State.HELD else None
    changes = Changes(
        decision=_decision(examination, new, answer, stored=bool(state)),
        actor=caller.principal,
        record=record,
        features=examination.prepared.features,
        keys=examination.prepared.hashes,
        new_customer=own_customer and bool(state),
        episode=_opened(examination, new, record.place) if record is not None and opens else None,
        renewed=_renewed(examination) if state is State.JOINED else None,
        closings=_closings(examination),
        join=join,
        reviews=reviews,
        hot=tuple(sorted(examination.retrieval.newly_hot)),
        events=_events(new, answer, join),
    )
    return Outcome(answer, changes, examination)


def _known_row(
    examination: Examination, caller: Caller, rows: Rows, resources: Resources, stored: StoredRecord
) -> Outcome:
    """An update of a stored row, or new business on it. What would block before the change is made is not stored."""
    row = rows.existing
    judgement, subject = examination.judgement, examination.subject
    opens = examination.kind is Kind.NEW_BUSINESS and judgement.verdict is Verdict.LINK
    kept = examination.phase is Phase.AFTER or judgement.verdict in (Verdict.ACCEPT, Verdict.LINK)
    new = _Ids(
        decision=resources.new_id(),
        record=stored.place.record_id,
        customer=stored.place.customer_id,
        episode=resources.new_id() if opens else 0,
    )
    state = State.ACCEPTED if opens else stored.place.state
    reviews = _reviews(examination, new, resources, rows.case) if kept else ()
    answer = _answer(examination, caller, row, new, state, None, reviews)
    place = replace(
        _place(examination, new, state, None),
        received_at=stored.place.received_at,
        scenario=subject.scenario if opens else stored.place.scenario,
        occurred_at=subject.at if opens else stored.place.occurred_at,
        claim_id=stored.place.claim_id,  # a confirmation may come again, however often the row has changed since
        claim_key=stored.place.claim_key,
        claim_expires_at=stored.place.claim_expires_at,
    )
    record = StoredRecord(
        place,
        examination.prepared.record.values,
        examination.prepared.record.envelope,
        stored.version + 1,
        examination.prepared.record.envelope.updated_at or stored.updated_at,
        new.decision,
        stored.claim_state,
    )
    join = _join(rows, resources) if kept and examination.kind is Kind.NEW_BUSINESS else None
    changes = Changes(
        decision=_decision(examination, new, answer, stored=kept),
        actor=caller.principal,
        record=record if kept else None,
        features=examination.prepared.features,
        keys=examination.prepared.hashes,
        is_new=False,
        episode=_opened(examination, new, place) if opens else None,
        renewed=_renewed(examination) if kept and judgement.verdict is Verdict.MERGE else None,
        closings=_closings(examination),
        join=join,
        reviews=reviews,
        hot=tuple(sorted(examination.retrieval.newly_hot)),
        events=_events(new, answer, join),
    )
    return Outcome(answer, changes, examination)


def _chosen(found: Finding | None) -> Id:
    return found.customer_id if found is not None else 0


def _state(examination: Examination) -> State | None:
    """What the record becomes; None when it is not stored."""
    if examination.stored is not None:
        return examination.stored.place.state
    before = examination.phase is Phase.BEFORE
    if before and examination.judgement.pending:
        return None
    match examination.judgement.verdict:
        case Verdict.ACCEPT | Verdict.LINK:
            return State.ACCEPTED if examination.prepared.record.envelope.external_id else _unkeyed(before)
        case Verdict.MERGE:
            return State.JOINED
        case Verdict.FLAG:
            return State.HELD
        case Verdict.REJECT:
            return None if before else State.HELD


def _unkeyed(before: bool) -> State:
    """A row that exists already needs no claim, even if its id is not told."""
    return State.CLAIMED if before else State.ACCEPTED


def _action(examination: Examination, row: StoredRecord | None) -> tuple[str, bool, tuple[str, ...]]:
    """(action, blocking, allowed_actions) of the contract's table."""
    judgement, verdict = examination.judgement, examination.judgement.verdict
    if examination.phase is Phase.AFTER:
        other_row = row is not None and row.place.key != examination.prepared.record.envelope.key
        after = {
            Verdict.MERGE: "merge_rows" if other_row else "none",
            Verdict.FLAG: "review_row",
            Verdict.REJECT: "review_row",
        }
        return after.get(verdict, "none"), False, ()
    if judgement.pending:
        return "wait", True, ("wait",)
    if examination.stored is not None and verdict in (Verdict.ACCEPT, Verdict.LINK):
        return "none", False, ()
    match verdict:
        case Verdict.ACCEPT:
            return "insert", False, ("insert",)
        case Verdict.LINK:
            return "insert_linked", False, ("insert_linked",)
        case Verdict.MERGE if row is None:
            return "insert_linked", False, ("insert_linked",)
        case Verdict.MERGE:
            return "update_existing", True, ("update_existing",)
        case Verdict.FLAG if examination.rules.ruleset.on_flag == "proceed_under_review":
            return "proceed_under_review", False, ("proceed_under_review",)
        case Verdict.FLAG:
            return "hold", True, ("hold",)
        case _:
            return "deny", True, ()


def _answer(
    examination: Examination,
    caller: Caller,
    row: StoredRecord | None,
    new: _Ids,
    state: State | str | None,
    claim_until: Instant | None,
    reviews: tuple[Review, ...] = (),
) -> Answer:
    judgement, subject, prepared = examination.judgement, examination.subject, examination.prepared
    chosen = judgement.chosen
    existing = _existing(examination)
    action, blocking, allowed = _action(examination, row)
    reason = Reason.PENDING_CLAIM if action == "wait" else judgement.reason
    locale = prepared.record.envelope.locale or caller.locale
    pending_until = existing.claim_expires_at if judgement.pending and existing is not None else None
    shown = _explained(examination)
    case = next((review for review in reviews if review.kind == "case"), None)
    department = (existing.department_name or existing.department_id) if existing is not None else ""
    return Answer(
        decision=judgement.verdict.value,
        action=action,
        blocking=blocking,
        reason_code=reason.value,
        message=message(
            locale,
            judgement.verdict,
            reason,
            department,
            subject.at - existing.occurred_at if existing is not None else None,
            matched_fields(prepared.features, shown.features) if shown is not None else (),
        ),
        customer_id=ids.public(ids.CUSTOMER, new.customer),
        record_id=ids.public(ids.RECORD, new.record),
        existing_id=_existing_id(examination, existing, row) if chosen is not None else "",
        existing_department=department,
        score=round(chosen.score.score, 6) if chosen is not None else 0.0,
        match_weight=round(chosen.score.match_weight, 4) if chosen is not None else 0.0,
        review_id=ids.public(ids.REVIEW, case.review_id) if case is not None else "",
        claim_id=ids.public(ids.CLAIM, new.claim),
        claim_expires_at=claim_until,
        retry_after_s=None if pending_until is None else max(1, -(-(pending_until - subject.now) // 1_000_000)),
        complete=examination.complete,
        scenario_known=examination.rules.policy(subject.scenario).known,
        occurred_at_assumed=prepared.record.envelope.occurred_at is None,
        rules_version=examination.rules.version,
        decision_id=ids.public(ids.DECISION, new.decision),
        state=str(state.value if isinstance(state, State) else state or ""),
        allowed_actions=allowed,
        three_same=ThreeSameAnswer(
            judgement.key.customer.value, judgement.key.window.value, judgement.key.scenario.value
        ),
        candidates=_candidates(examination),
        explanation=_explanation(examination, shown, locale),
        merge_plan=_merge_plan(examination, action, row),
        truncated_keys=prepared.kinds(examination.retrieval.truncated),
    )


def _existing(examination: Examination) -> Place | None:
    """The stored record that the message speaks of: the episode's if there is one, else the best candidate."""
    judgement = examination.judgement
    if judgement.episode is not None:
        return judgement.episode.place
    return judgement.chosen.best.place if judgement.chosen is not None else None


def _existing_id(examination: Examination, existing: Place | None, row: StoredRecord | None) -> str:
    """A row of the caller's own system and object type, or nothing."""
    subject = examination.subject
    if (
        existing is not None
        and existing.external_id
        and (existing.source_system, existing.object_type) == (subject.source_system, subject.object_type)
    ):
        return existing.external_id
    return row.place.external_id if row is not None else ""


def _explained(examination: Examination) -> Candidate | None:
    """The candidate whose comparison is shown: the one the message speaks of if it was compared, else the strongest."""
    chosen, existing = examination.judgement.chosen, _existing(examination)
    if chosen is None:
        return None
    for candidate, _ in examination.assessment.scored:
        if existing is not None and candidate.place.record_id == existing.record_id:
            return candidate
    return chosen.best


def _explanation(examination: Examination, shown: Candidate | None, locale: str) -> tuple[ExplanationRow, ...]:
    best = examination.judgement.chosen
    if best is None or shown is None:
        return ()
    rows = explanation(examination.prepared.features, best.best.features)
    return tuple(
        ExplanationRow(
            row.field, row.comparison, row.level, row.label_zh if locale == "zh" else row.label_en, round(row.weight, 4)
        )
        for row in rows
    )


def _candidates(examination: Examination) -> tuple[CandidateAnswer, ...]:
    subject = examination.subject
    return tuple(
        CandidateAnswer(
            customer_id=ids.public(ids.CUSTOMER, found.customer_id),
            record_id=ids.public(ids.RECORD, found.best.place.record_id),
            existing_id=found.best.place.external_id
            if (found.best.place.source_system, found.best.place.object_type)
            == (subject.source_system, subject.object_type)
            else "",
            same=found.same.value,
            score=round(found.score.score, 6),
            match_weight=round(found.score.match_weight, 4),
            matched_fields=matched_fields(examination.prepared.features, found.best.features),
            limits=found.score.limits,
        )
        for found in examination.assessment.findings[:CANDIDATES_SHOWN]
    )


def _merge_plan(examination: Examination, action: str, row: StoredRecord | None) -> tuple[MergeStep, ...]:
    if row is None or action not in ("update_existing", "merge_rows"):
        return ()
    return tuple(MergeStep(*step) for step in merge_steps(row.values, examination.prepared.record.values))


def _place(examination: Examination, new: _Ids, state: State, until: Instant | None) -> Place:
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


def _record(examination: Examination, new: _Ids, state: State | None, until: Instant | None) -> StoredRecord:
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


def _opened(examination: Examination, new: _Ids, place: Place) -> Episode:
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


def _reviews(examination: Examination, new: _Ids, resources: Resources, case: Id = 0) -> tuple[Review, ...]:
    """A case that the record waits for comes first (``case`` if it is open already), then cases between customers, then
    suggestions.
    """
    judgement = examination.judgement
    reviews = []
    if judgement.verdict in (Verdict.FLAG, Verdict.REJECT):
        other = _chosen(judgement.chosen) or new.customer
        waiting = _review("case", new, other, examination, resources)
        reviews.append(replace(waiting, review_id=case) if case else waiting)
    for one, other in judgement.contested:
        reviews.append(Review(resources.new_id(), "case", new.record, one, other, judgement.reason.value))
    for found in judgement.suggested:
        if found.customer_id != new.customer:
            reviews.append(_review("suggestion", new, found.customer_id, examination, resources))
    return tuple(reviews)


def _review(kind: str, new: _Ids, other: Id, examination: Examination, resources: Resources) -> Review:
    first, second = sorted((new.customer, other))
    return Review(resources.new_id(), kind, new.record, first, second, examination.judgement.reason.value)


def _decision(examination: Examination, new: _Ids, answer: Answer, stored: bool) -> StoredDecision:
    judgement = examination.judgement
    return StoredDecision(
        decision_id=new.decision,
        record_id=new.record,
        customer_id=new.customer,
        decided_at=examination.subject.now,
        rules_version=examination.rules.version,
        verdict=judgement.verdict.value,
        reason_code=judgement.reason.value,
        stored=stored,
        input=encode_record(examination.prepared.record),
        answer=encode_answer(answer),
    )


def decision_made(decision: Id, answer: Answer) -> Event:
    """Ids and codes only: whoever hears of it asks for the rest, and is shown what it may see."""
    thin = {
        "decision_id": answer.decision_id,
        "record_id": answer.record_id,
        "customer_id": answer.customer_id,
        "decision": answer.decision,
        "reason_code": answer.reason_code,
        "state": answer.state,
    }
    return Event("decision.made", decision, json.dumps(thin))


def _events(new: _Ids, answer: Answer, join: Join | None) -> tuple[Event, ...]:
    made = decision_made(new.decision, answer)
    if join is None:
        return (made,)
    payload = told(join.merge_id, join.survivor, join.absorbed, decode_steps(join.plan))
    return made, Event("customer.joined", join.survivor, json.dumps(payload))
