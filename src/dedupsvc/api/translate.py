"""Between the wire and the core: bodies become records, answers and views become JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from dedupsvc.api import errors
from dedupsvc.api import locale as locales
from dedupsvc.core.errors import DedupError
from dedupsvc.core.record import (
    Address,
    Custom,
    Email,
    Envelope,
    Identifier,
    Interaction,
    PartyType,
    Phase,
    Phone,
    Record,
    RecordKey,
    Values,
)
from dedupsvc.usecases.answers import Answer, BatchItem
from dedupsvc.wire.answer import AnswerBody
from dedupsvc.wire.record import AddressBody, RecordBody

DEFAULT_SOURCE = "default"
"""The system of a caller that has only one and does not name it; a row without a system could not be found again."""
_NOTHING = Values()
_VALUE_FIELDS = tuple(field.name for field in fields(Values))
_PLURAL = {"email": "emails", "phone": "phones", "address": "addresses"}

View = TypeVar("View", bound=BaseModel)


def record(body: RecordBody, locale: str) -> Record:
    """The record as the core knows it; `locale` is the one resolved for the request."""
    values = _values(body)
    return Record(values, _envelope(body, locale, _cleared(body, values) if body.patch else ()))


def _values(body: RecordBody) -> Values:
    return Values(
        party_type=PartyType(body.party_type or "unknown"),
        name=body.name or "",
        given_name=body.given_name or "",
        middle_name=body.middle_name or "",
        family_name=body.family_name or "",
        name_order=body.name_order or "",
        aliases=tuple(alias for alias in body.aliases if alias.strip()),
        company_name=body.company_name or "",
        contact_name=body.contact_name or "",
        job_title=body.job_title or "",
        birth_date=body.birth_date or "",
        website=body.website or "",
        emails=tuple(Email(email.value, email.type or "") for email in body.all_emails()),
        phones=tuple(
            Phone(phone.value, phone.type or "", phone.country or "", phone.extension or "")
            for phone in body.all_phones()
        ),
        addresses=tuple(_address(address) for address in body.all_addresses()),
        identifiers=tuple(Identifier(each.scheme, each.value, each.country or "") for each in body.identifiers),
        interactions=tuple(Interaction(each.kind, each.id, each.occurred_at) for each in body.interactions),
        custom=tuple(Custom(each.key, each.value, each.type or "") for each in body.custom),
    )


def _address(body: AddressBody) -> Address:
    return Address(
        body.full or "",
        body.country or "",
        body.region or "",
        body.city or "",
        body.district or "",
        body.street or "",
        body.postal_code or "",
    )


def _cleared(body: RecordBody, values: Values) -> tuple[str, ...]:
    """The fields that were sent, as null or empty; those that were not sent at all are kept by a patch."""
    sent = {_PLURAL.get(name, name) for name in body.model_fields_set}
    return tuple(name for name in _VALUE_FIELDS if name in sent and getattr(values, name) == getattr(_NOTHING, name))


def _envelope(body: RecordBody, locale: str, cleared: tuple[str, ...]) -> Envelope:
    return Envelope(
        source_system=body.source_system or DEFAULT_SOURCE,
        object_type=body.object_type or "customer",
        external_id=body.external_id or "",
        url=body.url or "",
        owner_id=body.owner_id or "",
        owner_name=body.owner_name or "",
        department_id=body.department_id or "",
        department_name=body.department_name or "",
        scenario=body.scenario or "",
        occurred_at=body.occurred_at,
        updated_at=body.updated_at,
        locale=locale,
        phase=Phase(body.phase) if body.phase else None,
        claim_key=body.claim_key or "",
        patch=bool(body.patch),
        cleared=cleared,
        replaces=_replaced(body),
    )


def _replaced(body: RecordBody) -> RecordKey | None:
    if body.replaces is None:
        return None
    return RecordKey(body.source_system or DEFAULT_SOURCE, body.replaces.object_type, body.replaces.external_id)


def answered(answer: Answer, duplicate_status: str | None) -> Response:
    """The answer as a reply: 200, or 409 for a blocking one if the caller asked for that."""
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else None
    return reply(answer_json(answer), answer.blocking, duplicate_status, headers)


def reply(
    content: bytes, blocking: bool, duplicate_status: str | None, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(
        content, 409 if duplicate_status == "409" and blocking else 200, headers, media_type="application/json"
    )


def answer_json(answer: Answer) -> bytes:
    return AnswerBody.__pydantic_serializer__.to_json(AnswerBody.model_validate(answer))


def viewed(kind: type[View], view: object, status: int = 200, replayed: bool = False) -> Response:
    """A stored thing as a reply, read off the use case's plain object attribute by attribute."""
    shown = kind.model_validate(view, from_attributes=True)
    headers = {"Idempotent-Replayed": "true"} if replayed else None
    return Response(kind.__pydantic_serializer__.to_json(shown), status, headers, media_type="application/json")


class Batch:
    """The records of a batch, those that cannot be read set aside, so that one wrong item fails nobody else."""

    def __init__(self, bodies: Sequence[object], locale: str, request_id: str) -> None:
        self.records: list[Record] = []
        self._locale = locale
        self._request_id = request_id
        self._places: list[int] = []
        self._refused: dict[int, bytes] = {}
        for place, sent in enumerate(bodies):
            try:
                body = RecordBody.model_validate(sent)
                self.records.append(record(body, locales.from_body(body.locale) or locale))
            except (ValidationError, DedupError) as error:
                self._refused[place] = self._failed(place, error)
            else:
                self._places.append(place)

    def answered(self, items: Sequence[BatchItem]) -> Response:
        """The reply in the order in which the records were sent; each item's index is its place there."""
        parts = dict(self._refused)
        for item in items:
            place = self._places[item.index]
            if item.answer is not None:
                # An answer is flat, so its item is the same object with two more members in front.
                parts[place] = b'{"index":%d,"status":200,' % place + answer_json(item.answer)[1:]
            elif item.error is not None:
                parts[place] = self._failed(place, item.error)
        content = b'{"items":[' + b",".join(parts[place] for place in sorted(parts)) + b"]}"
        replayed = bool(items) and all(item.answer is not None and item.answer.replayed for item in items)
        headers = {"Idempotent-Replayed": "true"} if replayed else None
        return Response(content, 200, headers, media_type="application/json")

    def _failed(self, place: int, error: Exception) -> bytes:
        problem = errors.problem(error, self._locale)
        return b'{"index":%d,"status":%d,"error":%s}' % (place, problem.status, problem.json(self._request_id))
