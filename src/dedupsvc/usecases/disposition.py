"""What becomes of a record and what the CRM does next: the contract's table of decisions, states and actions."""

from __future__ import annotations

from dataclasses import dataclass

from dedupsvc.core.assess import Finding
from dedupsvc.core.entity import Id, State, StoredRecord
from dedupsvc.core.record import Phase
from dedupsvc.core.rules import Verdict
from dedupsvc.core.score import Same
from dedupsvc.usecases.examine import Examination


@dataclass(frozen=True, slots=True)
class NewIds:
    """Ids of what the decision creates; 0 where it creates nothing."""

    decision: Id = 0
    record: Id = 0
    customer: Id = 0
    episode: Id = 0
    claim: Id = 0


def state_of(examination: Examination) -> State | None:
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


def action_of(examination: Examination, row: StoredRecord | None) -> tuple[str, bool, tuple[str, ...]]:
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


def is_own_customer(examination: Examination, state: State | None) -> bool:
    """Whether a record becomes a customer of its own: nobody is alike, or it is held for one that only may be."""
    chosen = examination.judgement.chosen
    return chosen is None or (state is State.HELD and chosen.same is not Same.MATCH)


def chosen_customer(found: Finding | None) -> Id:
    return found.customer_id if found is not None else 0
