"""Points in time and birth dates as callers write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2201, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ISO = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}(?:[Tt ][0-9:.,]{2,24} ?(?:[Zz]|[+-][0-9]{2}:?[0-9]{0,2})?)?", re.ASCII)

_PARTED = re.compile(r"([0-9]{1,4}) ?[-/.年] ?([0-9]{1,2}) ?[-/.月] ?([0-9]{1,4})日?(?:[T ].*)?", re.ASCII)
_MONTH = re.compile(r"[0-9]{4} ?[-/.年] ?([0-9]{1,2})月?", re.ASCII)
_DIGITS = re.compile(r"[0-9]{8}", re.ASCII)
# A year, a date with a month's name, or a word that says there is none: what else there is cannot be a date.
_OTHER_FORM = re.compile(
    r"|[0-9]{4} ?年?|(?:[0-9]{1,2}(?:st|nd|rd|th|\.)? +)?[^\W\d_]{3,10}\.? +(?:[0-9]{1,2}(?:st|nd|rd|th)?,? +)?[0-9]{4}"
    r"|[^\W\d_]{1,10}|[nN][/.]?[aA]\.?|[-–—?？./*0]{1,10}"
)


def micros_from_iso(value: object) -> int | None:
    """Microseconds since 1970 UTC of an ISO 8601 text; without a zone it is UTC, a day alone is its midnight."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise PydanticCustomError("bad_instant_type", "Must be text in ISO 8601, such as 2026-03-01T09:30:00Z.")
    text = value.strip()
    if not _ISO.fullmatch(text):
        raise PydanticCustomError("bad_instant", "Must be a point in time in ISO 8601, such as 2026-03-01T09:30:00Z.")
    try:
        instant = datetime.fromisoformat(text.upper().replace(" Z", "Z").replace(" +", "+").replace(" -", "-"))
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "bad_instant", "Must be a point in time in ISO 8601, such as 2026-03-01T09:30:00Z."
        ) from None
    if not _EPOCH <= instant < _LATEST:
        raise PydanticCustomError("instant_range", "Must lie between the years 1970 and 2200.")
    return (instant - _EPOCH) // _MICROSECOND


def iso_from_micros(value: object) -> object:
    """ISO 8601 in UTC with "Z" of microseconds since 1970; anything else passes for pydantic to judge."""
    if not isinstance(value, int):
        return value
    instant = _EPOCH + timedelta(microseconds=value)
    return instant.isoformat(timespec="microseconds" if value % 1_000_000 else "seconds").replace("+00:00", "Z")


def possible_birth_date(text: str | None) -> str | None:
    """Refuses a date that no calendar has, in any usual order; the rest is for normalization to read."""
    if text is None:
        return None
    plain = unicodedata.normalize("NFKC", text).strip()
    if month := _MONTH.fullmatch(plain):
        possible = int(month[1]) <= 12
    elif parted := _PARTED.fullmatch(plain):
        possible = _any_order(parted[1], parted[2], parted[3])
    elif _DIGITS.fullmatch(plain):
        possible = any(
            _on_calendar(year, month_, day)
            for year, month_, day in (
                (plain[:4], plain[4:6], plain[6:]),
                (plain[4:], plain[2:4], plain[:2]),
                (plain[4:], plain[:2], plain[2:4]),
            )
        )
    else:
        possible = _OTHER_FORM.fullmatch(plain) is not None
    if not possible:
        raise PydanticCustomError("bad_date", "There is no such date; write it as 1990-03-02.")
    return text


def _any_order(first: str, second: str, third: str) -> bool:
    if len(first) > 2:
        return len(third) <= 2 and _on_calendar(first, second, third)
    if len(third) > 2:
        return _on_calendar(third, second, first) or _on_calendar(third, first, second)
    return any(
        _on_calendar(f"20{year:0>2}", month, day)
        for year, month, day in ((first, second, third), (third, second, first), (third, first, second))
    )


def _on_calendar(year: str, month: str, day: str) -> bool:
    """Zeros count as "unknown", as 1990-00-00 is written by many systems."""
    if int(month) == 0 or int(day) == 0:
        return int(month) <= 12 and int(day) <= 31
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


InstantIn = Annotated[
    int | None,
    BeforeValidator(micros_from_iso),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}),
]
"""ISO 8601 on the wire, microseconds since 1970 UTC inside."""

InstantOut = Annotated[str, BeforeValidator(iso_from_micros), Field(json_schema_extra={"format": "date-time"})]
