"""What the use cases ask of a store; adapters/sql keeps these promises on PostgreSQL and on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from dedupsvc.core.assess import Candidate
from dedupsvc.core.entity import Episode, Id, StoredRecord
from dedupsvc.core.errors import Unavailable
from dedupsvc.core.merge import Branch
from dedupsvc.core.record import Instant, RecordKey
from dedupsvc.core.rules import Ruleset
from dedupsvc.usecases.stored import (
    Activation,
    Apart,
    Changes,
    Closing,
    Event,
    IdempotencyRow,
    ImportJob,
    Recheck,
    Retrieval,
    Review,
    ReviewRow,
    StoredCustomer,
    StoredDecision,
    StoredMerge,
    StoredRuleset,
)


class Contention(Unavailable):
    """Another transaction was in the way (serialization, deadlock, lock timeout); the same call may succeed at once."""


NOBODY = RecordKey("", "", "")


class NotFetched(Exception):
    """A glance has not brought along what it is asked for; a reading can tell."""


_NO_LIMITS: Mapping[int, int] = {}
_NONE_WITHIN: Mapping[int, Sequence[int]] = {}


class Search(NamedTuple):
    """What one record's candidates are looked up by."""

    caps: Mapping[int, int]
    """Each of its keys' hashes, and how many records may share it."""
    asker: RecordKey = NOBODY
    alone: Mapping[int, int] = _NO_LIMITS
    """Of some keys, the number of records beyond which it finds only those that another key finds, too."""
    within: Mapping[int, Sequence[int]] = _NONE_WITHIN
    """Of some keys, others of these whose records include its own: where all of them find all of theirs, it need not be looked up."""


class Reads(Protocol):
    """A consistent view of one tenant's data."""

    async def candidates(self, search: Search) -> Retrieval:
        """Records behind the keys; a key that more share than may brings none and is reported.

        Where there are round trips it brings along what is mostly asked next: the episodes of candidates' customers, their rows in
        the asker's system and object type, and the asker's own row, if it has an id.
        """
        ...

    async def episodes(self, customers: Collection[Id], since: Instant, until: Instant) -> tuple[Episode, ...]:
        """Open episodes of these customers whose span touches the given one, by id."""
        ...

    async def record(self, key: RecordKey) -> StoredRecord | None: ...

    async def record_by_id(self, record_id: Id) -> StoredRecord | None: ...

    async def record_by_claim(self, claim_id: Id) -> StoredRecord | None: ...

    async def row_of(self, customer_id: Id, source_system: str, object_type: str) -> StoredRecord | None:
        """The customer's oldest row in this system and object type."""
        ...

    async def open_claims(self, source_system: str, claim_key: str) -> tuple[StoredRecord, ...]: ...

    async def customer(self, customer_id: Id) -> StoredCustomer | None:
        """The customer, or its survivor if it was merged; in one hop."""
        ...

    async def merged_from(self, customer_id: Id) -> tuple[Id, ...]: ...

    async def merge(self, merge_id: Id) -> StoredMerge | None: ...

    async def merges_of(self, customer_id: Id) -> tuple[StoredMerge, ...]:
        """The merges that made this living customer what it is, oldest first; undone ones are not among them."""
        ...

    async def branches(self, customer_id: Id) -> tuple[Branch, ...]:
        """Every customer that was merged into this living one, directly or through others."""
        ...

    async def home_record(self, customer_id: Id) -> Id:
        """The oldest record that was linked to this very customer, merged or not, retired ones last; 0 if it has none."""
        ...

    async def kept_apart(self, customers: Collection[Id]) -> tuple[Apart, ...]:
        """The pairs of records that keep any two of these living customers apart."""
        ...

    async def records_of(self, customer_id: Id) -> tuple[StoredRecord, ...]:
        """All records of the customer, oldest first, retired ones included."""
        ...

    async def open_review(self, kind: str, customer_a: Id, customer_b: Id, record_id: Id) -> Id:
        """The open review of this pair of customers (the lesser id first); of one customer, that of the record. 0 if none."""
        ...

    async def decision(self, decision_id: Id) -> StoredDecision | None: ...

    async def decisions_of(self, record_id: Id) -> tuple[StoredDecision, ...]:
        """Newest first."""
        ...

    async def ruleset(self, version: int) -> Ruleset: ...

    async def import_job(self, import_id: Id) -> ImportJob | None: ...

    async def import_of(self, fingerprint: str) -> ImportJob | None: ...

    async def customers_after(self, after: Id, limit: int) -> tuple[StoredCustomer, ...]:
        """Living customers, by id. This and its siblings give all there is, page by page."""
        ...

    async def records_after(self, after: Id, limit: int) -> tuple[StoredRecord, ...]: ...

    async def decisions_after(self, after: Id, limit: int) -> tuple[StoredDecision, ...]: ...

    async def reviews_after(self, after: Id, limit: int) -> tuple[ReviewRow, ...]: ...

    async def merges_after(self, after: Id, limit: int) -> tuple[StoredMerge, ...]: ...

    async def apart_after(self, after: tuple[Id, Id], limit: int) -> tuple[Apart, ...]:
        """Pairs of records that are kept apart, after this one; without their customers."""
        ...

    async def rechecks(self, limit: int) -> tuple[Recheck, ...]:
        """What waits to be looked at again, oldest first."""
        ...

    async def waits_for_recheck(self, recheck: Recheck) -> bool: ...

    async def rechecks_waiting(self) -> int: ...

    async def sharing(self, key: int, limit: int) -> tuple[Id, ...]:
        """Records with this key, hot or not; any ``limit`` of them."""
        ...

    async def features_of(self, records: Collection[Id]) -> tuple[Candidate, ...]: ...

    async def was_reviewed(self, customer_a: Id, customer_b: Id) -> bool:
        """Whether a steward has, or had, this pair of customers to look at; the lesser id first."""
        ...

    async def active_version(self) -> int:
        """Of the ruleset."""
        ...

    async def rulesets(self) -> tuple[StoredRuleset, ...]:
        """Every version, newest first."""
        ...

    async def activations(self) -> tuple[Activation, ...]:
        """Newest first."""
        ...


class Unit(Reads, Protocol):
    """One transaction, bound to one tenant. Leaving it without `commit` leaves nothing behind."""

    async def claim(self, idempotency: int, keys: Sequence[int]) -> None:
        """Takes the locks that make the check and the write one step; sorted, once per unit.

        Raises:
            IdempotencyInFlight: another unit holds the idempotency lock (0 = none wanted).
            Contention: a lock was not to be had in time.
        """
        ...

    async def expect(self, searches: Callable[[], Sequence[Search]], seen: object = None) -> None:
        """Says what the records that this unit decides on next will be searched by, to a store that asks.

        Answers are the same without it; a store may have them ready sooner. ``seen``: what a `Source` has looked up for them, as of
        the unit's beginning.
        """
        ...

    async def lock_customers(self, customers: Collection[Id]) -> bool:
        """Locks these customers; True if what the last search found, or what was read since, may be out of date."""
        ...

    async def remembered(self, idempotency: int) -> IdempotencyRow | None: ...

    async def remember(self, idempotency: int, row: IdempotencyRow, now: Instant) -> None:
        """Keeps the row in place of an older one, and drops some that have expired by now."""
        ...

    async def now(self) -> Instant:
        """The store's clock."""
        ...

    async def add(self, changes: Changes) -> None: ...

    async def confirm(self, record: StoredRecord, decision: StoredDecision, event: Event, actor: str) -> None:
        """Turns a claimed record into the accepted one given here, with its external_id."""
        ...

    async def hand_over(
        self, claimed: Id, row: StoredRecord, decision: StoredDecision, event: Event, actor: str
    ) -> None:
        """Gives a claimed record's episode to the row that was reported before its confirmation; retires the claimed one."""
        ...

    async def retire(self, record: StoredRecord, heirs: Mapping[Id, Id], event: Event, at: Instant, actor: str) -> None:
        """Frees the record's keys and closes its reviews; each of ``heirs``, by episode, is accepted in its place."""
        ...

    async def lock_rules(self) -> None:
        """Waits for every decision under way and keeps others from being made until this unit ends; its first step."""
        ...

    async def add_ruleset(self, stored: StoredRuleset) -> None: ...

    async def activate(self, activation: Activation, event: Event) -> None:
        """Decisions follow this version from the commit on."""
        ...

    async def merge_customers(self, merge: StoredMerge, lifted: Sequence[Apart], event: Event) -> None:
        """Moves everything of the absorbed customers to the survivor; ``lifted`` pairs are kept apart no longer."""
        ...

    async def put_back(self, customer_id: Id, restored: Mapping[Id, Collection[Id]]) -> None:
        """Takes customers out of the living one that they were merged into, each with those that hang below it, itself included.

        Records and episodes whose home is among them go along.
        """
        ...

    async def note_undone(self, merge: StoredMerge, apart: Sequence[Apart], event: Event) -> None:
        """Writes what the undo of a merge was, and the pairs of records that it keeps apart from now on."""
        ...

    async def bind_ended(self, record_id: Id, external_id: str, object_type: str) -> None:
        """Notes on an ended claim's retired record which row was reported for it after all, so that no other one can be."""
        ...

    async def close_claim(self, closing: Closing, at: Instant, actor: str) -> None:
        """Retires a claimed record: its keys and its episode are gone, its values stay."""
        ...

    async def lease(self, job: str, runner: Id, now: Instant, until: Instant) -> bool:
        """Whether the runner has the job for itself until then; False while it is another one's."""
        ...

    async def flag(self, review: Review, decision: StoredDecision, event: Event, actor: str, now: Instant) -> None:
        """Puts a pair of customers before a steward, beside the decision that its record stands by."""
        ...

    async def end_rechecks(self, done: Sequence[Recheck]) -> None: ...

    async def keep_import(self, job: ImportJob) -> None:
        """Writes how far the import has come, in the place of what was known before."""
        ...

    async def commit(self) -> None:
        """Returns when the change is durable. Raises `Unavailable` if it is not known to be."""
        ...


class Store(Protocol):
    exclusive: bool
    """A unit has the whole store to itself, so that locks keep nobody out who is not kept out already."""

    def reading(self, tenant_id: int) -> AbstractAsyncContextManager[Reads]: ...

    def glance(
        self, tenant_id: int, searches: Sequence[Search]
    ) -> AbstractAsyncContextManager[Sequence[tuple[Reads, Retrieval]]]:
        """What each of these searches finds, made together at less cost than one after the other, and a reading that goes with it.

        What the search has not brought along may raise `NotFetched`, another search among it.
        """
        ...

    def unit(self, tenant_id: int) -> AbstractAsyncContextManager[Unit]: ...

    async def found(self, tenant_id: int, hash_key_check: str, ruleset: Ruleset) -> None:
        """Lays out the tenant with its first ruleset, if it does not exist.

        Raises:
            StoreUnsafe: it exists and belongs to another hash key.
        """
        ...

    async def check(self) -> dict[str, str]:
        """What the store promises, as it is now; raises `StoreUnsafe` if it cannot keep the promises."""
        ...

    async def close(self) -> None: ...
