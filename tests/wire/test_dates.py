"""Points in time and birth dates: the usual forms pass, the impossible is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from dedupsvc.wire.dates import iso_from_micros, micros_from_iso, possible_birth_date

LAST = 7_289_654_399_999_999
"""2200-12-31T23:59:59.999999Z"""

FORMS = [
    "{0.year}-{0.month}-{0.day}",
    "{0.year}/{0.month:02}/{0.day:02}",
    "{0.year}年{0.month}月{0.day}日",
    "{0.day}.{0.month}.{0.year}",
    "{0.month}/{0.day}/{0.year}",
    "{0:%Y%m%d}",
    "{0:%d%m%Y}",
    "{0:%m/%d/%y}",
    "{0:%Y-%m-%d}T00:00:00Z",
    "{0.year}",
    "{0.year}-{0.month:02}",
    "{0.year}年{0.month}月",
]


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T09:30:00Z",
        "2026-03-01T09:30:00z",
        "2026-03-01 09:30:00",
        "2026-03-01T17:30:00+08:00",
        "2026-03-01T17:30:00.000+0800",
        "2026-03-01 17:30 +08",
        "20260301T093000Z",
        " 2026-03-01T09:30 ",
        "2026-03-01T09:30:00.0000000Z",
    ],
)
def test_one_instant_in_many_spellings(text: str) -> None:
    assert micros_from_iso(text) == 1_772_357_400_000_000


def test_a_day_is_its_midnight() -> None:
    assert iso_from_micros(micros_from_iso("2026-03-01")) == "2026-03-01T00:00:00Z"


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_stays_nothing(nothing: object) -> None:
    assert micros_from_iso(nothing) is None


@pytest.mark.parametrize(
    "bad",
    [
        "2026-02-30T00:00:00Z",
        "2026-03-01T24:30:00Z",
        "1772357400",
        "yesterday",
        "2026-03-01T09:30:00+25:00",
        5,
        True,
        [],
    ],
)
def test_what_is_no_instant_is_refused(bad: object) -> None:
    with pytest.raises(PydanticCustomError):
        micros_from_iso(bad)


@pytest.mark.parametrize("text", ["1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00", "2201-01-01", "9999-12-31"])
def test_an_instant_lies_between_1970_and_2200(text: str) -> None:
    with pytest.raises(PydanticCustomError, match="1970 and 2200"):
        micros_from_iso(text)


@given(st.integers(0, LAST))
def test_an_instant_comes_back_to_the_microsecond(micros: int) -> None:
    text = iso_from_micros(micros)
    assert isinstance(text, str)
    assert text.endswith("Z")
    assert micros_from_iso(text) == micros


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_the_zone_is_heeded(local: datetime, minutes: int) -> None:
    zoned = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert micros_from_iso(zoned.isoformat()) == (zoned - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (micros_from_iso, possible_birth_date):
        with suppress(PydanticCustomError):
            read(text)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from(FORMS))
def test_every_real_date_passes_in_every_usual_form(day: date, form: str) -> None:
    text = form.format(day)
    assert possible_birth_date(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1990-00-00",
        "0000-00-00",
        "March 2, 1990",
        "unknown",
        "9999-12-31",
        "N/A",
        "无",
        "-",
        "1990年",
        "2 mars 1990",
    ],
)
def test_what_is_no_date_is_left_to_normalization(text: str) -> None:
    assert possible_birth_date(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30",
        "31/31/1999",
        "20240230",
        "1990-13",
        "1990年2月30日",
        "32.1.1990",
        "2023-02-29",
        "２０２３－０２－２９",
        "31/31/99",
        "９９-1",
        "not a date",
        "1990-03-02x",
        "yesterday, I think",
    ],
)
def test_what_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        possible_birth_date(text)
