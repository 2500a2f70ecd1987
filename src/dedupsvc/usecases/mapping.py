"""Which column fills which field, and a row of any table as the record that a CRM would have sent: the one way both are done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from dedupsvc.core import lexicon
from dedupsvc.core.errors import InvalidField
from dedupsvc.core.record import (
    Address,
    Custom,
    Email,
    Envelope,
    Identifier,
    Instant,
    PartyType,
    Phone,
    Record,
    Values,
)

COLUMNS: Mapping[str, str] = {
    "id": "external_id",
    "source": "source_system",
    "kind": "party_type",
    "company": "company_name",
    "tax_id": "identifier",
    "national_id": "identifier.other",
    "email": "email",
    "phone": "phone",
    "phone2": "phone",
    "address": "address.full",
    "country": "address.country",
    "region": "address.region",
    "city": "address.city",
    "district": "address.district",
    "postcode": "address.postal_code",
}
"""The columns of an evaluation's records.csv that are called otherwise than the field they fill."""

_TEXTS = frozenset(
    {"name", "given_name", "middle_name", "family_name", "name_order", "company_name", "contact_name"}
    | {"job_title", "birth_date", "website"}
)
_ENVELOPE = frozenset(
    {"source_system", "object_type", "external_id", "url", "owner_id", "owner_name", "department_id"}
    | {"department_name", "scenario", "occurred_at", "updated_at"}
)
_OWN_NAMES = _TEXTS | _ENVELOPE - {"source_system", "object_type", "external_id", "url", "updated_at"}
_LISTS = frozenset({"email", "phone", "alias", "identifier", "custom", "ignore", "party_type"})
_ADDRESS_PARTS = frozenset(Address.__slots__)

_FORMS = (
    ("uscc", re.compile(r"[0-9A-HJ-NP-RTUWXY]{18}")),
    ("ein", re.compile(r"\d{2}-\d{7}")),
    ("vat", re.compile(r"[A-Z]{2}[0-9A-Z]{8,12}")),
)
_PARTY_TYPES = {
    **dict.fromkeys(("person", "individual", "个人", "自然人", "b2c"), PartyType.PERSON),
    **dict.fromkeys(("company", "organization", "business", "企业", "公司", "单位", "机构", "b2b"), PartyType.COMPANY),
}
_SEVERAL = re.compile(r"\s*[;；、\n]\s*")
_WRITTEN = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]+(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?秒?|分)?)?",
    re.ASCII,
)
_LATEST = 7_289_654_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MEMBER = re.compile(r"(emails|phones|aliases|addresses)(?:\.(\d+))?(?:\.(\w+))?")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def guessed(columns: Iterable[str], given: Mapping[str, str] | None = None) -> dict[str, str]:
    """The field that each column most likely fills, by its heading; ``custom`` where nothing is known. ``given`` goes first.

    A field that holds one value is filled by the first column that claims it; further ones become custom values.
    """
    found = dict(given or {})
    taken = {target for target in found.values() if _holds_one(target)}
    for column in sorted(columns, key=lambda column: not is_field(column)):  # our own names are certain
        if column in found:
            continue
        target = guess(column)
        if target in taken:
            target = "custom"
        if _holds_one(target):
            taken.add(target)
        found[column] = target
    return found


def _holds_one(target: str) -> bool:
    return target in _TEXTS or target in _ENVELOPE or target.startswith("address")


def guess(column: str) -> str:
    """The field of one heading: one of our own names, or a heading of lexicon/columns.tsv, remarks in brackets left out."""
    if is_field(column):
        return column
    if (member := _MEMBER.fullmatch(column)) is not None:
        return _of_member(*member.groups())
    headings = _headings()
    plain = _plain(column)
    return headings.get(plain) or headings.get(_plain(re.sub(r"[(（\[【].*", "", column))) or "custom"


def _of_member(name: str, place: str | None, part: str | None) -> str:
    """The field of a list's member as JSON lines have it: phones.2.value, addresses.city."""
    if name == "addresses":
        target = f"address{place or ''}.{part or 'full'}"
        return target if is_field(target) else "custom"
    return {"emails": "email", "phones": "phone", "aliases": "alias"}[name] if part in (None, "value") else "custom"


@cache
def _headings() -> Mapping[str, str]:
    return {_plain(heading): target for heading, target in lexicon.words("columns").items()}


def _plain(heading: str) -> str:
    return _BETWEEN_WORDS.sub("", heading.casefold())


def is_field(target: str) -> bool:
    """Whether a column can be mapped to this."""
    head, _, part = target.partition(".")
    if head.rstrip("0123456789") == "address":
        return part in _ADDRESS_PARTS
    if part:
        return head == "identifier"
    return head in _TEXTS or head in _ENVELOPE or head in _LISTS


def check(mapping: Mapping[str, str]) -> None:
    """Raises InvalidField for the first column that is mapped to something that is no field."""
    for column, target in mapping.items():
        if not is_field(target):
            raise InvalidField(f"mapping.{column}", "is mapped to something that is no field")


def record_of(
    row: Mapping[str, str],
    mapping: Mapping[str, str] = COLUMNS,
    surroundings: Envelope = Envelope(object_type="customer"),  # noqa: B008 - frozen
    zone: tzinfo = UTC,
) -> Record:
    """A row as the record that a CRM would send. Columns that are not mapped become custom values.

    What the row does not say of its envelope is taken from ``surroundings``; times without a zone are read in ``zone``.

    Raises:
        InvalidField: a time that cannot be read.
    """
    texts: dict[str, str] = {}
    envelope: dict[str, Any] = {}
    lists: dict[str, list[str]] = {"email": [], "phone": [], "alias": []}
    parts: list[tuple[str, str, str]] = []
    identifiers: list[Identifier] = []
    custom: list[Custom] = []
    party_type = PartyType.UNKNOWN
    for column, text in row.items():
        value = (text or "").strip()
        if not value:
            continue
        target = mapping.get(column, column if column in _OWN_NAMES else "custom")
        if target in _TEXTS:
            texts[target] = value
        elif target in _ENVELOPE:
            envelope[target] = value
        elif target in lists:
            lists[target] += [part for part in _SEVERAL.split(value) if part]
        elif target == "custom":
            custom.append(Custom(column, value))
        elif target == "party_type":
            party_type = _PARTY_TYPES.get(value.casefold(), PartyType.UNKNOWN)
        else:
            head, _, part = target.partition(".")
            if head == "identifier":
                identifiers.append(Identifier(part or scheme_of(value), value))
            elif head.startswith("address"):
                parts.append((head, part, value))
    for name in ("occurred_at", "updated_at"):
        if name in envelope:
            envelope[name] = instant(name, envelope[name], zone)
    values = Values(
        party_type=party_type,
        emails=tuple([Email(each) for each in lists["email"]]),
        phones=tuple([Phone(each) for each in lists["phone"]]),
        aliases=tuple(lists["alias"]),
        addresses=_addresses(parts),
        identifiers=tuple(identifiers),
        custom=tuple(custom),
        **texts,  # type: ignore[arg-type]
    )
    return Record(values, replace(surroundings, **envelope))


def _addresses(parts: list[tuple[str, str, str]]) -> tuple[Address, ...]:
    """One of all parts whose columns begin alike: address, address2. The parts come as (address, part, value)."""
    groups = groupby(sorted(parts), key=itemgetter(0))
    return tuple([Address(**{part: value for _, part, value in group}) for _, group in groups])


def scheme_of(value: str) -> str:
    """The scheme that a tax id's form tells: uscc, ein, vat, else other."""
    plain = value.strip().upper()
    return next((scheme for scheme, form in _FORMS if form.fullmatch(plain)), "other")


def instant(field: str, text: str, zone: tzinfo = UTC) -> Instant:
    """Microseconds since 1970 UTC. Year first, as ISO 8601, 2024/3/5 14:30 or 2024年3月5日; a day alone is its midnight."""
    try:
        written = _WRITTEN.fullmatch(text)
        moment = datetime(*_numbers(written)) if written else datetime.fromisoformat(text)
        since = (moment if moment.tzinfo else moment.replace(tzinfo=zone)) - _EPOCH
    except (ValueError, OverflowError) as error:
        raise InvalidField(field, "must be a time that begins with its year, such as 2026-03-01 09:30") from error
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    if not 0 <= micros < _LATEST:
        raise InvalidField(field, "must lie between the years 1970 and 2200")
    return micros


def _numbers(written: re.Match[str]) -> tuple[int, int, int, int, int, int]:
    year, month, day, hour, minute, second = (int(part or 0) for part in written.groups())
    return year, month, day, hour, minute, second
