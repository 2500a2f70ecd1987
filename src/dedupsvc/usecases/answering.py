"""The answer to one examination: the decision, the reason in words, and what was found, without anybody else's values."""

from __future__ import annotations

from dataclasses import replace

from dedupsvc.core.assess import Finding
from dedupsvc.core.entity import Place, State, StoredRecord
from dedupsvc.core.explain import agreeing_fields, explanation_of, limits_of
from dedupsvc.core.judge import Reason
from dedupsvc.core.messages import message
from dedupsvc.core.record import Instant, Phase
from dedupsvc.core.rules import Verdict
from dedupsvc.core.score import CONTRADICTIONS, PairScore, Same
from dedupsvc.core.survivorship import merge_steps
from dedupsvc.usecases import ids
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.answers import (
    Answer,
    CandidateAnswer,
    ExplanationRow,
    MergeStep,
    ThreeSameAnswer,
)
from dedupsvc.usecases.disposition import NewIds, action_of, chosen_customer, is_own_customer, state_of
from dedupsvc.usecases.examine import Examination, Kind
from dedupsvc.usecases.stored import Review

CANDIDATES_SHOWN = 10


def preview(examination: Examination, caller: Caller, row: StoredRecord | None) -> Answer:
    """What ingest would answer now; without the ids that only storing gives."""
    if examination.kind in (Kind.UNCHANGED, Kind.STALE):
        return _present(examination, caller, row)
    state = state_of(examination)
    if examination.stored is not None:
        place = examination.stored.place
        known = NewIds(record=place.record_id, customer=place.customer_id)
    else:
        known = NewIds(
            customer=0 if is_own_customer(examination, state) else chosen_customer(examination.judgement.chosen)
        )
    return answer_of(examination, caller, row, known, state, claim_until=None)


def _present(examination: Examination, caller: Caller, row: StoredRecord | None) -> Answer:
    """The row as it stands, for a re-send that changes nothing: what was decided on it still holds."""
    stored = examination.stored
    assert stored is not None
    answer = answer_of(examination, caller, row, NewIds(), stored.place.state.value, None)
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


def answer_of(
    examination: Examination,
    caller: Caller,
    row: StoredRecord | None,
    new: NewIds,
    state: State | str | None,
    claim_until: Instant | None,
    reviews: tuple[Review, ...] = (),
) -> Answer:
    judgement, subject, prepared = examination.judgement, examination.subject, examination.prepared
    chosen = judgement.chosen
    existing = _existing(examination)
    action, blocking, allowed = action_of(examination, row)
    reason = Reason.PENDING_CLAIM if action == "wait" else judgement.reason
    locale = prepared.record.envelope.locale or caller.locale
    pending_until = existing.claim_expires_at if judgement.pending and existing is not None else None
    fields, limit = _compared(examination)
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
            fields,
            limit,
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
        explanation=_explanation(examination, locale),
        merge_plan=_merge_plan(examination, action, row),
        truncated_keys=prepared.kinds(examination.retrieval.truncated),
    )


def _existing(examination: Examination) -> Place | None:
    """The stored record that the message speaks of: the episode's if there is one, else the best candidate."""
    judgement = examination.judgement
    if judgement.episode is not None:
        return judgement.episode.place
    return judgement.chosen.best.place if judgement.chosen is not None else None


def speaks_of_row(examination: Examination) -> bool:
    """Whether the answer depends on the customer's row in the caller's system: for what is merged into it, or for its id."""
    return examination.judgement.verdict is Verdict.MERGE or not _is_callers(_existing(examination), examination)


def _is_callers(place: Place | None, examination: Examination) -> bool:
    """A row of the caller's own system and object type."""
    subject = examination.subject
    return (
        place is not None
        and bool(place.external_id)
        and (place.source_system, place.object_type) == (subject.source_system, subject.object_type)
    )


def _existing_id(examination: Examination, existing: Place | None, row: StoredRecord | None) -> str:
    """A row of the caller's own system and object type, or nothing."""
    if existing is not None and _is_callers(existing, examination):
        return existing.external_id
    return row.place.external_id if row is not None else ""


def _explained(examination: Examination) -> PairScore | None:
    """The comparison that the message speaks of: with the record that it names if that was compared, else the strongest."""
    chosen, existing = examination.judgement.chosen, _existing(examination)
    if chosen is None:
        return None
    for candidate, score in examination.assessment.scored:
        if existing is not None and candidate.place.record_id == existing.record_id:
            return score
    return chosen.score


def _compared(examination: Examination) -> tuple[tuple[str, ...], str]:
    """What the message says of the comparison: the fields that agree, and the limit that speaks against it, if one does."""
    if examination.judgement.reason is Reason.NEW_CUSTOMER:
        return _apart(examination)
    shown = _explained(examination)
    party_type = examination.subject.features.party_type
    fields = agreeing_fields(party_type, shown.levels, examination.rules.models) if shown is not None else ()
    return fields, _limit(examination.judgement.chosen)


def _limit(chosen: Finding | None) -> str:
    """Why it is only possible."""
    return chosen.score.limits[0] if chosen is not None and chosen.same is Same.POSSIBLE and chosen.score.limits else ""


_OWN = {
    "person": frozenset({"phone", "email", "identifier"}),
    "company": frozenset({"phone", "landline", "identifier"}),
}
"""Fields whose agreement a caller would take for the same customer."""


def _apart(examination: Examination) -> tuple[tuple[str, ...], str]:
    """The fields that the strongest candidate who is plainly another has in common with the record, and what tells them apart."""
    party_type = examination.subject.features.party_type
    apart = [
        score
        for _, score in examination.assessment.scored
        if score.same is Same.NONE and score.levels and not CONTRADICTIONS.isdisjoint(score.limits)
    ]
    for score in sorted(apart, key=lambda one: -one.match_weight):
        fields = agreeing_fields(party_type, score.levels, examination.rules.models)
        shared = tuple(field for field in fields if field in _OWN[party_type])
        if shared:
            return shared, score.limits[0]
    return (), ""


def _explanation(examination: Examination, locale: str) -> tuple[ExplanationRow, ...]:
    best = examination.judgement.chosen
    if best is None:
        return ()
    party_type = examination.subject.features.party_type
    rows = explanation_of(party_type, best.score.levels, examination.rules.models) + limits_of(best.score)
    return tuple(
        [
            ExplanationRow(field, comparison, level, zh if locale == "zh" else en, round(weight, 4))
            for field, comparison, level, zh, en, weight in rows
        ]
    )


def _candidates(examination: Examination) -> tuple[CandidateAnswer, ...]:
    subject, models = examination.subject, examination.rules.models
    party_type = subject.features.party_type
    origin = (subject.source_system, subject.object_type)
    return tuple(
        [
            CandidateAnswer(
                customer_id=ids.public(ids.CUSTOMER, customer_id),
                record_id=ids.public(ids.RECORD, place.record_id),
                existing_id=place.external_id if (place.source_system, place.object_type) == origin else "",
                same=same.value,
                score=round(score.score, 6),
                match_weight=round(score.match_weight, 4),
                matched_fields=agreeing_fields(party_type, score.levels, models),
                limits=score.limits,
            )
            for customer_id, same, score, (place, _) in examination.assessment.findings[:CANDIDATES_SHOWN]
        ]
    )


def _merge_plan(examination: Examination, action: str, row: StoredRecord | None) -> tuple[MergeStep, ...]:
    if row is None or action not in ("update_existing", "merge_rows"):
        return ()
    scored = examination.assessment.scored
    known = next((one.features for one, _ in scored if one.place.record_id == row.place.record_id), None)
    submitted = examination.prepared
    steps = merge_steps(row.values, submitted.record.values, known, submitted.features)
    return tuple(MergeStep(*step) for step in steps)
