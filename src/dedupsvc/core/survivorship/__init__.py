"""The golden record: which of several records' values stand for the customer. Pure: the same records give the same one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import NamedTuple

from dedupsvc.core.entity import Id, State, StoredRecord
from dedupsvc.core.record import PartyType, Values

_COUNTED = frozenset({State.ACCEPTED, State.CLAIMED, State.JOINED})
"""Held records wait for a steward; until then they say nothing about the customer."""


class Survivor(NamedTuple):
    """One field's value and the record it was taken from; lists hold every value, each from the first that said it."""

    field: str
    value: object
    record_id: Id


def golden(records: Sequence[StoredRecord]) -> tuple[Survivor, ...]:
    """Newest non-empty value of each single field, union of each list, in the order of `Values`' fields."""
    counted = sorted((one for one in records if one.place.state in _COUNTED), key=_recency, reverse=True)
    survivors = []
    for field in fields(Values):
        said = [(getattr(one.values, field.name), one.place.record_id) for one in counted]
        said = [(value, record_id) for value, record_id in said if value and value is not PartyType.UNKNOWN]
        if not said:
            continue
        value, record_id = said[0]
        if isinstance(value, tuple):
            value = tuple(dict.fromkeys(item for items, _ in said for item in items))
        survivors.append(Survivor(field.name, value, record_id))
    return tuple(survivors)


def _recency(record: StoredRecord) -> tuple[int, int]:
    return record.updated_at or record.place.received_at, record.place.record_id


def merge_steps(row: Values, submitted: Values) -> tuple[tuple[str, str], ...]:
    """What a CRM does with each submitted field of the row it has: (field, keep | add | replace). Never shows a value."""
    steps = []
    for field in fields(Values):
        new, old = getattr(submitted, field.name), getattr(row, field.name)
        if not new or new is PartyType.UNKNOWN:
            continue
        if isinstance(new, tuple):
            action = "add" if set(new) - set(old) else "keep"
        else:
            action = "keep" if old and old is not PartyType.UNKNOWN else "replace"
        steps.append((field.name, action))
    return tuple(steps)
