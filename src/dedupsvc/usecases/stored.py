"""What is stored and what is to be, as use cases and stores hand it to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dedupsvc.core.assess import Candidate
from dedupsvc.core.entity import ClaimState, Episode, Id, StoredRecord
from dedupsvc.core.fields import Features
from dedupsvc.core.record import Instant
from dedupsvc.core.rules import Ruleset


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a candidate search found, as of one moment."""

    now: Instant
    """The store's clock, read after the locks."""
    rules_version: int
    """The active version at that moment."""
    candidates: tuple[Candidate, ...]
    truncated: frozenset[int]
    """Hashes that are hot, or had more records than the cap: they brought nothing."""
    newly_hot: frozenset[int]
    """Those of `truncated` that are over the cap now but not stored as hot yet."""
    thinned: Mapping[int, int]
    """Hashes that so many records share that they brought only whom another key brought, too; with their number."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A submitted record as it goes into columns, where that was made ahead of the decision."""

    features: bytes
    values: str
    envelope: str

    @property
    def record(self) -> str:
        return f'{{"values":{self.values},"envelope":{self.envelope}}}'


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as it was made. ``answer`` and ``input`` are JSON texts."""

    decision_id: Id
    record_id: Id
    customer_id: Id
    decided_at: Instant
    rules_version: int
    verdict: str
    reason_code: str
    stored: bool
    """Whether the record's values were stored by it."""
    input: str
    answer: str


@dataclass(frozen=True, slots=True)
class StoredRuleset:
    """One version of the rules; it never changes."""

    version: int
    ruleset: Ruleset
    created_at: Instant
    created_by: str = ""
    """A principal; empty = shipped with the service."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Activation:
    """One switch to a version of the rules; they are counted from 1."""

    number: int
    version: int
    at: Instant
    actor: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class StoredCustomer:
    customer_id: Id
    merged_into: Id
    """0 while it stands for itself."""
    created_at: Instant


@dataclass(frozen=True, slots=True)
class IdempotencyRow:
    fingerprint: str
    payload: str
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class ImportJob:
    """A file that is being imported, or was: how far it has come."""

    import_id: Id
    fingerprint: str
    """Of the file's content and of all that says how it is read: the same again is the same import."""
    name: str
    layout: str
    """How its columns are read: JSON."""
    state: str
    """running | finished | failed"""
    rows: int
    """Rows that are done, broken ones included."""
    line: int
    """Where the last of them begins in the file."""
    rejected_bytes: int
    """Length of the file of rejected rows when the last of them was done."""
    counts: str
    """JSON: how many rows came to which end."""
    fault: str
    """Why it failed."""
    runner: Id
    """Who works on it: whoever took it last."""
    busy: int
    """Microseconds of work so far."""
    started_at: Instant
    updated_at: Instant


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review as it is stored."""

    review: Review
    state: str
    decision_id: Id
    created_at: Instant


class Recheck(NamedTuple):
    """A decision on a record whose search had to leave something out; it is to be looked at again."""

    decision_id: Id
    record_id: Id


@dataclass(frozen=True, slots=True)
class Event:
    """Something others may want to hear of; ids and codes only, never a value of a record."""

    type: str
    subject_id: Id
    payload: str


@dataclass(frozen=True, slots=True)
class Review:
    """Work for a steward: a case that a record waits for, or a suggestion that nothing waits for."""

    review_id: Id
    kind: str
    """case | suggestion"""
    record_id: Id
    customer_a: Id
    customer_b: Id
    reason_code: str


@dataclass(frozen=True, slots=True)
class Join:
    """Customers merged into another one, with all that is needed to take it back."""

    merge_id: Id
    survivor: Id
    absorbed: tuple[Id, ...]
    plan: str = "[]"
    """What the CRM was told to do: JSON, ids only."""


@dataclass(frozen=True, slots=True)
class StoredMerge:
    """One merge as it was made, whether it still holds or was undone."""

    merge_id: Id
    survivor: Id
    """As it was then; it may have been merged itself since."""
    absorbed: tuple[Id, ...]
    created_at: Instant
    kind: str
    """requested | bridge"""
    actor: str
    picks: Mapping[str, Id]
    plan: str
    undone_at: Instant = 0
    """0 while it holds."""
    undone_by: str = ""
    undone: str = ""
    """What the undo answered: JSON, ids only."""


@dataclass(frozen=True, slots=True)
class Apart:
    """Two records whose customers a person wants kept apart, and those customers as they are now; the lesser id first."""

    record_a: Id
    record_b: Id
    customer_a: Id = 0
    customer_b: Id = 0


@dataclass(frozen=True, slots=True)
class Closing:
    """A claim that ends: its record is retired, its keys are freed and its episode is closed."""

    record_id: Id
    state: ClaimState


@dataclass(frozen=True, slots=True)
class Changes:
    """All that one decision writes. The unit writes it whole or not at all."""

    decision: StoredDecision
    actor: str
    record: StoredRecord | None = None
    features: Features | None = None
    keys: tuple[int, ...] = ()
    is_new: bool = True
    new_customer: bool = False
    episode: Episode | None = None
    renewed: tuple[Id, Instant] | None = None
    """An episode that the record joined, and when."""
    closings: tuple[Closing, ...] = ()
    join: Join | None = None
    reviews: tuple[Review, ...] = ()
    hot: tuple[int, ...] = ()
    events: tuple[Event, ...] = ()
    replaced: StoredRecord | None = None
    """The row whose place the record takes: it is retired, and its episodes are the record's."""
    recheck: bool = False
    """Whether the record is to be looked at again, as its search had to leave something out."""
    encoded: Encoded | None = None
    """Of the record and its features, if it is there already."""
