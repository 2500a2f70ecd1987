"""All that is stored, as a stream of lines: CSV for spreadsheets, JSON lines that leave nothing out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from typing import Any, TypeAlias

from dedupsvc.core.entity import Id, StoredRecord
from dedupsvc.core.record import Address, Custom, Email, Identifier, Interaction, Phone, Values
from dedupsvc.usecases import ids
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.golden import golden_of
from dedupsvc.usecases.ports import Reads
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import ReviewRow, StoredCustomer, StoredDecision
from dedupsvc.usecases.tabular import csv_line
from dedupsvc.wire.dates import iso_from_micros

PAGE = 200
FORMATS = ("csv", "jsonl")

Item: TypeAlias = dict[str, Any]
"""What one line tells; names as in the answers of the API."""
Page: TypeAlias = tuple[Id, list[Item]]
"""The last id, and a page of items; an empty one is the end."""

_VALUE_FIELDS = tuple(field.name for field in fields(Values))
_ENVELOPE = ("url", "owner_id", "owner_name", "department_id", "department_name", "locale")


async def lines(resources: Resources, caller: Caller, what: str, form: str) -> AsyncIterator[bytes]:
    """The export of this name, in UTF-8, in order of the ids.

    Each page is read at its own moment: what is written meanwhile may or may not be in it, and nothing else is ever missing.
    """
    page_of, columns = EXPORTS[what]
    if form == "csv":
        yield b"\xef\xbb\xbf" + csv_line(columns)
    after = 0
    while True:
        async with resources.store.reading(caller.tenant_id) as reads:
            after, items = await page_of(reads, resources, caller, after)
        if not items:
            return
        if form == "csv":
            yield b"".join(csv_line([_cell(item.get(column)) for column in columns]) for item in items)
        else:
            yield b"".join(json.dumps(item, ensure_ascii=False, default=_told).encode() + b"\n" for item in items)


async def _customers(reads: Reads, resources: Resources, caller: Caller, after: Id) -> Page:
    found = await reads.customers_after(after, PAGE)
    items = [await _customer(reads, resources, caller, one) for one in found]
    return (found[-1].customer_id if found else after), items


async def _customer(reads: Reads, resources: Resources, caller: Caller, customer: StoredCustomer) -> Item:
    """Each field of the golden record, and beside it, as ``…_from``, the record that it was taken from."""
    records = await reads.records_of(customer.customer_id)
    merges = await reads.merges_of(customer.customer_id)
    item: Item = {
        "customer_id": ids.public(ids.CUSTOMER, customer.customer_id),
        "created_at": iso_from_micros(customer.created_at),
        "records": len(records),
    }
    for survivor in await golden_of(reads, resources, caller.tenant_id, records, merges):
        item[survivor.field] = survivor.value
        item[f"{survivor.field}_from"] = survivor.record_id
    return item


async def _records(reads: Reads, resources: Resources, caller: Caller, after: Id) -> Page:
    found = await reads.records_after(after, PAGE)
    return (found[-1].place.record_id if found else after), [_record(one) for one in found]


def _record(record: StoredRecord) -> Item:
    place, envelope = record.place, record.envelope
    return {
        "record_id": ids.public(ids.RECORD, place.record_id),
        "customer_id": ids.public(ids.CUSTOMER, place.customer_id),
        "decision_id": ids.public(ids.DECISION, record.decision_id),
        "state": place.state.value,
        "version": record.version,
        "source_system": place.source_system,
        "object_type": place.object_type,
        "external_id": place.external_id,
        "scenario": place.scenario,
        "occurred_at": iso_from_micros(place.occurred_at),
        "received_at": iso_from_micros(place.received_at),
        "updated_at": iso_from_micros(record.updated_at),
        **{name: getattr(envelope, name) for name in _ENVELOPE},
        **{name: getattr(record.values, name) for name in _VALUE_FIELDS},
    }


async def _decisions(reads: Reads, resources: Resources, caller: Caller, after: Id) -> Page:
    found = await reads.decisions_after(after, PAGE)
    return (found[-1].decision_id if found else after), [_decision(one) for one in found]


def _decision(decision: StoredDecision) -> Item:
    answer = json.loads(decision.answer)
    return {
        "decision_id": ids.public(ids.DECISION, decision.decision_id),
        "record_id": ids.public(ids.RECORD, decision.record_id),
        "customer_id": ids.public(ids.CUSTOMER, decision.customer_id),
        "decided_at": iso_from_micros(decision.decided_at),
        "rules_version": decision.rules_version,
        "decision": decision.verdict,
        "reason_code": decision.reason_code,
        "stored": decision.stored,
        **{name: answer.get(name, "") for name in ("action", "score", "existing_id", "review_id", "message")},
        "answer": answer,
        "input": json.loads(decision.input),
    }


async def _reviews(reads: Reads, resources: Resources, caller: Caller, after: Id) -> Page:
    found = await reads.reviews_after(after, PAGE)
    return (found[-1].review.review_id if found else after), [_review(one) for one in found]


def _review(row: ReviewRow) -> Item:
    review = row.review
    return {
        "review_id": ids.public(ids.REVIEW, review.review_id),
        "kind": review.kind,
        "state": row.state,
        "record_id": ids.public(ids.RECORD, review.record_id),
        "customer_a": ids.public(ids.CUSTOMER, review.customer_a),
        "customer_b": ids.public(ids.CUSTOMER, review.customer_b),
        "reason_code": review.reason_code,
        "decision_id": ids.public(ids.DECISION, row.decision_id),
        "created_at": iso_from_micros(row.created_at),
    }


PageOf: TypeAlias = Callable[[Reads, Resources, Caller, Id], Any]

EXPORTS: Mapping[str, tuple[PageOf, Sequence[str]]] = {
    "customers": (
        _customers,
        ("customer_id", "created_at", "records", *_VALUE_FIELDS, *(f"{name}_from" for name in _VALUE_FIELDS)),
    ),
    "records": (
        _records,
        (
            "record_id",
            "customer_id",
            "decision_id",
            "state",
            "version",
            "source_system",
            "object_type",
            "external_id",
            "scenario",
            "occurred_at",
            "received_at",
            "updated_at",
            *_ENVELOPE,
            *_VALUE_FIELDS,
        ),
    ),
    "decisions": (
        _decisions,
        (
            "decision_id",
            "record_id",
            "customer_id",
            "decided_at",
            "rules_version",
            "decision",
            "reason_code",
            "stored",
            "action",
            "score",
            "existing_id",
            "review_id",
            "message",
        ),
    ),
    "reviews": (
        _reviews,
        (
            "review_id",
            "kind",
            "state",
            "record_id",
            "customer_a",
            "customer_b",
            "reason_code",
            "decision_id",
            "created_at",
        ),
    ),
}
"""What can be exported: how a page of it is read, and its columns in CSV."""


def _told(value: object) -> object:
    """What JSON has no word for; called by json.dumps."""
    if is_dataclass(value) and not isinstance(value, type):
        members = asdict(value)
        if isinstance(value, Interaction):
            members["occurred_at"] = iso_from_micros(value.occurred_at)
        return members
    raise TypeError(f"{type(value).__name__} is not exported")


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return "; ".join(_short(each) for each in value)
        case _:
            return str(value)


def _short(value: object) -> str:
    """A list's item in few words; JSON lines have the whole of it."""
    match value:
        case Email() | Phone():
            return value.value
        case Address():
            parts = (value.street, value.district, value.city, value.region, value.postal_code, value.country)
            return value.full or ", ".join(part for part in parts if part)
        case Identifier():
            return f"{value.scheme}:{value.value}"
        case Interaction():
            return f"{value.kind}:{value.id}"
        case Custom():
            return f"{value.key}={value.value}"
        case _:
            return str(value)
