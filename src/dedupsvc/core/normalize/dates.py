"""Dates of birth in canonical form; filler dates such as 1900-01-01 are no dates."""

from __future__ import annotations

import re
from functools import lru_cache

from dedupsvc.core.fields import BirthDate
from dedupsvc.core.normalize.text import clean
from dedupsvc.core.record import Values

_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年 ]\s*(\d{1,2})(?:\s*[-/.月 ]\s*(\d{1,2})?\s*[日号]?)?(?:[t ].*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*([-/. ])\s*(\d{1,2})\s*[-/. ]\s*(\d{4})(?:[t ].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+)?")
_YEAR_ONLY = re.compile(r"(\d{4})\s*年?")
_NAMED = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th|\.)?\s+)?([a-zäéû]{3,10})\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})"
)
_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "jan januar january janvier enero gennaio",
            "feb februar february fevrier febrero febbraio",
            "mar marz march mars marzo mrz",
            "apr april avril abril aprile",
            "may mai mayo maggio",
            "jun juni june juin junio giugno",
            "jul juli july juillet julio luglio",
            "aug august aout agosto",
            "sep sept september septembre septiembre settembre",
            "oct okt oktober october octobre octubre ottobre",
            "nov november novembre noviembre",
            "dec dez dezember december decembre diciembre dicembre",
        ),
        start=1,
    )
    for name in names.split()
}
_FILLERS = frozenset(
    {(1900, 1, 1), (1970, 1, 1), (1901, 1, 1), (1899, 12, 30), (1899, 12, 31), (1, 1, 1), (9999, 12, 31)}
)
_MAX_LENGTH = 64
_EARLIEST, _LATEST = 1880, 2200
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def birth_dates(values: Values) -> tuple[BirthDate, ...]:
    """The record's date of birth, if it has one."""
    if not values.birth_date:
        return ()
    date = birth_date(values.birth_date[:_MAX_LENGTH])
    return (date,) if date else ()


@lru_cache(maxsize=4096)
def birth_date(text: str) -> BirthDate | None:
    """ISO, year first, day or month first (ambiguous if both could be), compact, Chinese, or with a month's name."""
    text = clean(text)
    if match := _YEAR_FIRST.fullmatch(text):
        return _date(int(match[1]), int(match[2]), int(match[3] or 0))
    if match := _YEAR_LAST.fullmatch(text):
        return _year_last(int(match[1]), int(match[3]), int(match[4]), dotted=match[2] == ".")
    if match := _COMPACT.fullmatch(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := _YEAR_ONLY.fullmatch(text):
        return _date(int(match[1]), 0, 0)
    if match := _NAMED.fullmatch(text.replace("ä", "a").replace("é", "e").replace("û", "u")):
        return _date(int(match[4]), _MONTHS.get(match[2], -1), int(match[1] or match[3] or 0))
    return None


def _year_last(first: int, second: int, year: int, dotted: bool) -> BirthDate | None:
    """Dots are written where the day comes first; slashes are read so too unless only month first makes sense."""
    if second > 12:
        return _date(year, first, second)
    ambiguous = not dotted and first <= 12 and first != second
    return _date(year, second, first, ambiguous)


def _date(year: int, month: int, day: int, ambiguous: bool = False) -> BirthDate | None:
    if (year, month, day) in _FILLERS or not _EARLIEST <= year <= _LATEST:
        return None
    if not 0 <= month <= 12 or day < 0 or (month and day > _DAYS[month - 1]) or (not month and day):
        return None
    if month == 2 and day == 29 and (year % 4 or (year % 100 == 0 and year % 400)):
        return None
    return BirthDate(year, month, day, ambiguous)
