"""What the use cases answer: plain data that the HTTP shell, the CLI and a batch translate alike.

Ids are public strings (``rec_…``, ``cus_…``, ``dec_…``, ``clm_…``, ``rev_…``); an empty string means "none". Instants are microseconds
since 1970-01-01 UTC, None means "none".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from dedupsvc.core.errors import DedupError
from dedupsvc.core.record import Envelope, Instant, Record, Values


@dataclass(frozen=True, slots=True)
class ThreeSameAnswer:
    """The three-same key, part by part, as it was judged."""

    customer: str
    """match | possible | none"""
    window: str
    """in | out | none (nothing to compare with)"""
    scenario: str
    """same | related | other | none"""


@dataclass(frozen=True, slots=True)
class CandidateAnswer:
    """A customer that was found, best first. Never carries the other side's values."""

    customer_id: str
    record_id: str
    existing_id: str
    same: str
    score: float
    match_weight: float
    matched_fields: tuple[str, ...]
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExplanationRow:
    """One comparison with the best candidate; the weights add up to the match weight."""

    field: str
    comparison: str
    level: str
    label: str
    weight: float


@dataclass(frozen=True, slots=True)
class MergeStep:
    """What the CRM does with one field of its existing row: keep it, or add/replace it by the submitted value."""

    field: str
    action: str
    """keep | add | replace"""


@dataclass(frozen=True, slots=True)
class Answer:
    """The decision on one record. The scalars come first, for callers that read nothing else."""

    decision: str
    """accept | link | merge | flag | reject"""
    action: str
    blocking: bool
    reason_code: str
    message: str
    customer_id: str = ""
    record_id: str = ""
    existing_id: str = ""
    existing_department: str = ""
    score: float = 0.0
    match_weight: float = 0.0
    review_id: str = ""
    claim_id: str = ""
    claim_expires_at: Instant | None = None
    retry_after_s: int | None = None
    complete: bool = True
    scenario_known: bool = True
    occurred_at_assumed: bool = False
    """The record had no occurred_at, so the time of receipt stands in."""
    rules_version: int = 0
    decision_id: str = ""
    state: str = ""
    """accepted | claimed | joined | held | "" when nothing was stored"""
    allowed_actions: tuple[str, ...] = ()
    three_same: ThreeSameAnswer = ThreeSameAnswer("none", "none", "none")
    candidates: tuple[CandidateAnswer, ...] = ()
    explanation: tuple[ExplanationRow, ...] = ()
    merge_plan: tuple[MergeStep, ...] = ()
    truncated_keys: tuple[str, ...] = ()
    """Kinds of the blocking keys that were too common to search by."""
    replayed: bool = False
    """The first answer to this Idempotency-Key, given again."""


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One item of a batch: an answer, or the error that only this item ran into."""

    index: int
    answer: Answer | None = None
    error: DedupError | None = None


@dataclass(frozen=True, slots=True)
class VersionView:
    version: int
    values: Values
    updated_at: Instant | None
    stored_at: Instant


@dataclass(frozen=True, slots=True)
class RecordView:
    """A stored record as it stands, with every version of its values, newest first."""

    record_id: str
    customer_id: str
    state: str
    version: int
    values: Values
    envelope: Envelope
    received_at: Instant
    decision_id: str
    versions: tuple[VersionView, ...] = ()


@dataclass(frozen=True, slots=True)
class GoldenField:
    """One field of the golden record and the record it was taken from."""

    field: str
    value: object
    record_id: str


@dataclass(frozen=True, slots=True)
class EpisodeView:
    episode_id: str
    scenario: str
    anchor_at: Instant
    record_id: str


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer: its golden record with provenance, its records and its episodes."""

    customer_id: str
    merged_from: tuple[str, ...]
    golden: tuple[GoldenField, ...]
    records: tuple[RecordView, ...]
    episodes: tuple[EpisodeView, ...]
    created_at: Instant
    merges: tuple[str, ...] = ()
    """The merges that made it what it is, oldest first; undone ones are not among them."""


@dataclass(frozen=True, slots=True)
class CompensationStep:
    """What the CRM does with one of its rows after a merge or an undo."""

    action: str
    """relink | merge_rows | split_rows"""
    source_system: str
    object_type: str
    external_id: str
    keep: str
    """The row that it is merged into, or split from; empty for relink."""
    customer_id: str
    """Where the row belongs now."""
    record_id: str


@dataclass(frozen=True, slots=True)
class MergeView:
    """Several customers made one, or, as a preview, what that would do."""

    merge_id: str
    survivor_id: str
    merged_from: tuple[str, ...]
    kind: str
    """requested | bridge"""
    picks: dict[str, str]
    """By field the record whose value wins."""
    compensation: tuple[CompensationStep, ...]
    golden: tuple[GoldenField, ...] = ()
    """The survivor's, as it stands; of a preview, as it would be."""
    merged_at: Instant | None = None
    undone_at: Instant | None = None
    dry_run: bool = False
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class UndoView:
    """A merge taken back."""

    merge_id: str
    survivor_id: str
    """The customer that keeps what has arrived since."""
    restored: tuple[str, ...]
    compensation: tuple[CompensationStep, ...]
    undone_at: Instant
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision as made, and how its record stands now."""

    decision_id: str
    decided_at: Instant
    answer: Answer
    current_state: str
    current_customer_id: str
    superseded_by: str = ""
    """The newest decision on the same record, if that is another one."""


@dataclass(frozen=True, slots=True)
class Idempotency:
    """One Idempotency-Key on one route, with the fingerprint of the body it came with."""

    key: str
    route: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the store answers and is at the newest schema."""

    ready: bool
    checks: dict[str, str] = field(default_factory=dict)


_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)
_RECORD: TypeAdapter[Record] = TypeAdapter(Record)
_MERGE: TypeAdapter[MergeView] = TypeAdapter(MergeView)
_UNDO: TypeAdapter[UndoView] = TypeAdapter(UndoView)
_STEPS: TypeAdapter[tuple[CompensationStep, ...]] = TypeAdapter(tuple[CompensationStep, ...])


def encode_answer(answer: Answer) -> str:
    return _ANSWER.dump_json(answer, exclude_defaults=True).decode()


def decode_answer(text: str) -> Answer:
    return _ANSWER.validate_json(text)


def encode_record(record: Record) -> str:
    return _RECORD.dump_json(record, exclude_defaults=True).decode()


def decode_record(text: str) -> Record:
    return _RECORD.validate_json(text)


def encode_merge(view: MergeView) -> str:
    """Without the golden record: what is remembered of a merge holds ids, never a value."""
    return _MERGE.dump_json(replace(view, golden=()), exclude_defaults=True).decode()


def decode_merge(text: str) -> MergeView:
    return _MERGE.validate_json(text)


def encode_undo(view: UndoView) -> str:
    return _UNDO.dump_json(view, exclude_defaults=True).decode()


def decode_undo(text: str) -> UndoView:
    return _UNDO.validate_json(text)


def encode_steps(steps: tuple[CompensationStep, ...]) -> str:
    return _STEPS.dump_json(steps).decode()


def decode_steps(text: str) -> tuple[CompensationStep, ...]:
    return _STEPS.validate_json(text)
