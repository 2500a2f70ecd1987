"""Dates of birth in canonical form; filler dates such as 1900-01-01 are no dates."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import BirthDate
from dedupsvc.core.normalize.text import clean, fold_accents
from dedupsvc.core.record import Values
from dedupsvc.core.remembered import OWN

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_BETWEEN = r"\s*[-/.,_\\年月 ]\s*"
_END = r"\s*[日号.]?(?:[t ].*)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}}){_BETWEEN}(\d{{1,2}})(?:{_BETWEEN}(\d{{1,2}})?)?{_END}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})\s*([-/.,_ ])\s*(\d{{1,2}})\s*[-/.,_ ]\s*(\d{{4}}){_END}")
_MONTH_AND_YEAR = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{4})")
_TWO_DIGITS = re.compile(r"(\d\d?)[-/.](\d\d?)[-/.](\d\d?)|(\d\d)(\d\d)(\d\d)")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+|\d{6})?")
_YEAR_ONLY = re.compile(r"(\d{4})\s*年?")
_SERIAL = re.compile(r"([1-5]\d{4})(?:\.\d+)?")
"""Days since 1899-12-30, which is what a spreadsheet makes of a date when it is copied as a number."""
_ERA = re.compile(r"(民国|大正|昭和|平成|令和)\s*(\d{1,3}|元)\s*年")
_ERA_START = {"民国": 1911, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_LUNAR = re.compile(r"农历|阴历|初|腊月|正月|闰")
_HAN_DIGITS = "〇零一二三四五六七八九"
_HAN_YEAR = re.compile(rf"([{_HAN_DIGITS}]{{4}})(?=年)")
_HAN_NUMBER = re.compile(r"([一二三])?(十)?([一二三四五六七八九])?(?=[月日号])")
_LABEL = re.compile(
    r"^(?:出生日期|出生年月日?|出生于|出生|生日|生于|date of birth|d\.?o\.?b\.?|birthday|born(?: on)?)\s*[:.]?\s*"
)
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_FILLING = lexicon.word_set("date_fillings")
_MOST_TOKENS = 8
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
_FILLERS = frozenset({(1970, 1, 1), (1901, 1, 1), (1899, 12, 30), (1899, 12, 31)})
_PLACEHOLDER_YEAR = 1900
_MAX_LENGTH = 64
_EARLIEST, _LATEST = 1880, 2060
_OLDEST_OF_CENTURY = 30
"""Two digits from here on are a year of the last century."""
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def birth_dates(values: Values) -> tuple[BirthDate, ...]:
    """The record's date of birth, if it has one."""
    if not values.birth_date:
        return ()
    found = birth_date(values.birth_date[:_MAX_LENGTH])
    return (found,) if found else ()


@lru_cache(maxsize=OWN)
def birth_date(text: str) -> BirthDate | None:
    """ISO, year first, day or month first (ambiguous if both could be), compact, Chinese, or with a month's name.

    January 1st and a day that its month does not have are what people type to get past a form: the year, or year and
    month, are kept.
    """
    if match := _ISO.fullmatch(text):
        return _year_first(int(match[1]), int(match[2]), int(match[3]))
    text = _LABEL.sub("", clean(text))
    if not text.isascii():
        text = _without_han(text)
    if match := _YEAR_FIRST.fullmatch(text):
        return _year_first(int(match[1]), int(match[2]), int(match[3] or 0))
    if match := _YEAR_LAST.fullmatch(text):
        return _year_last(int(match[1]), int(match[3]), int(match[4]), dotted=match[2] == ".")
    if text[:1].isdecimal() and (found := _digits_only(text)):
        return found
    return _named(text)


def _without_han(text: str) -> str:
    """Chinese and Japanese years and numerals in digits: 一九九〇年三月二日, 民国79年; of a lunar date only the year is sure."""
    if match := _ERA.search(text):
        year = _ERA_START[match[1]] + (1 if match[2] == "元" else int(match[2]))
        text = f"{year}年{text[match.end() :]}"
    text = _HAN_YEAR.sub(lambda match: "".join(str(max(_HAN_DIGITS.index(one) - 1, 0)) for one in match[1]), text)
    if _LUNAR.search(text):
        return text[: len("1990")]
    return _HAN_NUMBER.sub(_number, text)


def _number(match: re.Match[str]) -> str:
    """二十三 to 23, 十 to 10."""
    tens, ten, ones = (match[group] or "" for group in (1, 2, 3))
    if not ten:
        return "".join(str(_HAN_DIGITS.index(one) - 1) for one in tens + ones)
    return str((_HAN_DIGITS.index(tens) - 1 if tens else 1) * 10 + (_HAN_DIGITS.index(ones) - 1 if ones else 0))


def _digits_only(text: str) -> BirthDate | None:
    if match := _COMPACT.fullmatch(text):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
        if month > len(_DAYS) and _EARLIEST <= int(text[4:8]) <= _LATEST:
            return _year_last(int(text[:2]), int(text[2:4]), int(text[4:8]), dotted=False)
        if not _EARLIEST <= year <= _LATEST and len(text) == len("02031990"):
            return _year_last(int(text[:2]), int(text[2:4]), int(text[4:8]), dotted=False)
        return _date(year, month, day)
    if match := _YEAR_ONLY.fullmatch(text):
        return _date(int(match[1]), 0, 0)
    if match := _MONTH_AND_YEAR.fullmatch(text):
        return _date(int(match[2]), int(match[1]), 0)
    if match := _TWO_DIGITS.fullmatch(text):
        first, second, third = (int(one) for one in match.groups() if one is not None)
        return _short_year(first, second, third, dotted="." in text)
    if match := _SERIAL.fullmatch(text):
        found = date(1899, 12, 30) + timedelta(days=int(match[1]))
        return _date(found.year, found.month, found.day)
    return None


def _short_year(first: int, second: int, third: int, dotted: bool) -> BirthDate | None:
    """Only what can be no day is taken for the year: 90-03-02 and 2.3.90, but not 02-03-04."""
    most = max(_DAYS)
    if first > most >= third:
        return _date(_century(first), second, third)
    if third > most >= first:
        return _year_last(first, second, _century(third), dotted)
    return None


def _century(year: int) -> int:
    return year + (1900 if year >= _OLDEST_OF_CENTURY else 2000)


def _named(text: str) -> BirthDate | None:
    """2 March 1990, March 2nd, 1990, 2-Mar-90, 2 de marzo de 1990: the longer number is the year."""
    tokens = [one for one in _TOKEN.findall(fold_accents(text)) if one not in _FILLING and not one.endswith("day")]
    words = [one for one in tokens if one.isalpha()]
    numbers = [one for one in tokens if one.isdecimal()]
    if len(words) != 1 or words[0] not in _MONTHS or not 1 <= len(numbers) <= 2 or len(tokens) > _MOST_TOKENS:
        return None
    years = [one for one in numbers if len(one) == len("1990")]
    if not years and len(numbers[-1]) == 2 and len(numbers) == 2 and int(numbers[-1]) > max(_DAYS):
        years = [str(_century(int(numbers[-1])))]
        numbers[-1] = years[0]
    if len(years) != 1:
        return None
    days = [int(one) for one in numbers if one != years[0]]
    return _date(int(years[0]), _MONTHS[words[0]], days[0] if days else 0)


def _year_first(year: int, month: int, day: int) -> BirthDate | None:
    """Year, day, month is written by nobody but a converter: only if the other way round is impossible."""
    if month > len(_DAYS) >= day > 0:
        month, day = day, month
    return _date(year, month, day)


def _year_last(first: int, second: int, year: int, dotted: bool) -> BirthDate | None:
    """Dots are written where the day comes first; slashes are read so too unless only month first makes sense."""
    if second > len(_DAYS):
        return _date(year, first, second)
    ambiguous = not dotted and first <= len(_DAYS) and first != second
    return _date(year, second, first, ambiguous)


def _date(year: int, month: int, day: int, ambiguous: bool = False) -> BirthDate | None:
    if not _EARLIEST <= year <= _LATEST or year == _PLACEHOLDER_YEAR or (year, month, day) in _FILLERS:
        return None
    if not 1 <= month <= len(_DAYS) or (month, day) == (1, 1):
        return BirthDate(year, 0, 0, False)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= _DAYS[month - 1] or (month == 2 and day == 29 and not leap):
        return BirthDate(year, month, 0, False)
    return BirthDate(year, month, day, ambiguous)
