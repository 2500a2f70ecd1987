"""Survivorship strategies: which record speaks first for a field, as one table of ways to rank records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TypeAlias

from dedupsvc.core.entity import StoredRecord
from dedupsvc.core.record import PartyType, Values

Rank: TypeAlias = Callable[[StoredRecord, Sequence[str]], tuple[int, ...]]
"""A record and the trusted source systems, best first, to a rank; the highest rank speaks first."""

VALUE_FIELDS: tuple[str, ...] = tuple(one.name for one in fields(Values))


@dataclass(frozen=True, slots=True)
class Survivorship:
    """A strategy for all fields, other ones for some, and the source systems that `trusted_source` trusts, best first."""

    default: str = "newest"
    sources: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def ranked(self, records: Sequence[StoredRecord], name: str) -> list[StoredRecord]:
        """The records in the order in which they may speak for this field."""
        rank = STRATEGIES[self.fields.get(name, self.default)]
        return sorted(records, key=lambda one: (*rank(one, self.sources), *_recency(one)), reverse=True)


def said(value: object) -> bool:
    """Whether a field has anything in it."""
    return bool(value) and value is not PartyType.UNKNOWN


def newest(record: StoredRecord, sources: Sequence[str]) -> tuple[int, ...]:
    """By the source's own time of the last change, without one by the time of receipt."""
    return _recency(record)


def most_complete(record: StoredRecord, sources: Sequence[str]) -> tuple[int, ...]:
    """The record that fills the most fields; of equal ones the newest."""
    return (sum(said(getattr(record.values, name)) for name in VALUE_FIELDS),)


def trusted_source(record: StoredRecord, sources: Sequence[str]) -> tuple[int, ...]:
    """The source system that is named first; whatever is not named comes last, and of equal ones the newest."""
    system = record.place.source_system
    return (-sources.index(system) if system in sources else -len(sources),)


def _recency(record: StoredRecord) -> tuple[int, int]:
    return record.updated_at or record.place.received_at, record.place.record_id


STRATEGIES: dict[str, Rank] = {"newest": newest, "most_complete": most_complete, "trusted_source": trusted_source}
