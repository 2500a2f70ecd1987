"""What one source says about a customer, exactly as it was said, and the envelope it came in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Instant: TypeAlias = int
"""A point in time: microseconds since 1970-01-01 UTC. Integers, because both engines store and compare them alike."""


class PartyType(StrEnum):
    PERSON = "person"
    COMPANY = "company"
    UNKNOWN = "unknown"


class Phase(StrEnum):
    BEFORE = "before"
    """The CRM asks before it inserts the row."""
    AFTER = "after"
    """The row exists already in the CRM."""


@dataclass(frozen=True, slots=True)
class Email:
    value: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Phone:
    value: str
    type: str = ""
    country: str = ""
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    full: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class Identifier:
    scheme: str
    value: str
    country: str = ""


@dataclass(frozen=True, slots=True)
class Interaction:
    kind: str
    id: str
    occurred_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Custom:
    key: str
    value: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Values:
    """The customer's own fields. Empty string and empty tuple mean that the source says nothing."""

    party_type: PartyType = PartyType.UNKNOWN
    name: str = ""
    given_name: str = ""
    middle_name: str = ""
    family_name: str = ""
    name_order: str = ""
    aliases: tuple[str, ...] = ()
    company_name: str = ""
    contact_name: str = ""
    job_title: str = ""
    birth_date: str = ""
    website: str = ""
    emails: tuple[Email, ...] = ()
    phones: tuple[Phone, ...] = ()
    addresses: tuple[Address, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    custom: tuple[Custom, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordKey:
    """Where a record lives in the source: one row of one object type of one system."""

    source_system: str
    object_type: str
    external_id: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything about the submission that is not about the customer. Empty string means: not said."""

    source_system: str = ""
    object_type: str = ""
    external_id: str = ""
    url: str = ""
    owner_id: str = ""
    owner_name: str = ""
    department_id: str = ""
    department_name: str = ""
    scenario: str = ""
    occurred_at: Instant | None = None
    updated_at: Instant | None = None
    locale: str = ""
    phase: Phase | None = None
    claim_key: str = ""
    patch: bool = False
    cleared: tuple[str, ...] = ()
    """Fields of `Values` that a patch sends as null or empty, so that they are emptied and not kept."""
    replaces: RecordKey | None = None
    """The row of the same system that this one comes in place of, as an account does of a lead."""

    @property
    def key(self) -> RecordKey | None:
        """None while the CRM has not given the row an id."""
        if not self.external_id:
            return None
        return RecordKey(self.source_system, self.object_type, self.external_id)

    @property
    def effective_phase(self) -> Phase:
        if self.phase is not None:
            return self.phase
        return Phase.AFTER if self.external_id else Phase.BEFORE


@dataclass(frozen=True, slots=True)
class Record:
    """One submission: the values and their envelope."""

    values: Values
    envelope: Envelope
