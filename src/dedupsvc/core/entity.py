"""What is stored: records as candidates, customers' episodes, and the states they can be in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from dedupsvc.core.record import Envelope, Instant, RecordKey, Values

Id: TypeAlias = int
"""An internal id: 63 bits, positive. Callers see it as ``rec_…``, ``cus_…`` and so on."""


class State(StrEnum):
    """Where a stored record stands; all but `RETIRED` are candidates."""

    ACCEPTED = "accepted"
    CLAIMED = "claimed"
    JOINED = "joined"
    HELD = "held"
    RETIRED = "retired"


class ClaimState(StrEnum):
    NONE = ""
    OPEN = "open"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class Place(NamedTuple):
    """Which row of which system a record is, who owns it, and the claim it may be waiting under."""

    record_id: Id
    customer_id: Id
    state: State
    source_system: str = ""
    object_type: str = ""
    external_id: str = ""
    owner_id: str = ""
    department_id: str = ""
    department_name: str = ""
    scenario: str = ""
    occurred_at: Instant = 0
    received_at: Instant = 0
    claim_id: Id = 0
    claim_key: str = ""
    claim_expires_at: Instant = 0

    @property
    def owner(self) -> str:
        """Owners of two systems are two owners, even under one id. "" while nobody owns it."""
        return f"{self.source_system}\x1f{self.owner_id}" if self.owner_id else ""

    @property
    def key(self) -> RecordKey | None:
        return RecordKey(self.source_system, self.object_type, self.external_id) if self.external_id else None


class Episode(NamedTuple):
    """One piece of business of a customer, hanging on the record that opened it (``place``)."""

    episode_id: Id
    customer_id: Id
    scenario: str
    anchor_at: Instant
    renewed_at: Instant
    """The latest event that joined it; only session windows look at it."""
    place: Place
    tentative: bool = False
    """Not opened yet: the business of a held record, which counts only as a reason to flag."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it stands in the store."""

    place: Place
    values: Values
    envelope: Envelope
    version: int
    updated_at: Instant | None
    decision_id: Id
    claim_state: ClaimState = ClaimState.NONE
