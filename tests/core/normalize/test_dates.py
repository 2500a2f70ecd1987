"""Dates of birth that are none."""

from __future__ import annotations

import pytest

from dedupsvc.core.normalize.dates import birth_date


@pytest.mark.parametrize(
    "filler", ["1900-01-01", "1970-01-01", "0001-01-01", "9999-12-31", "1899-12-30", "01/01/1900", "无", "0000-00-00"]
)
def test_a_filler_is_no_date(filler: str) -> None:
    assert birth_date(filler) is None


@pytest.mark.parametrize("text", ["2 Foo 1990", "31", "March 2", "3月2日", "02-03-04", "1990-03-02~", "2090-05-05"])
def test_what_cannot_be_read_is_no_date(text: str) -> None:
    assert birth_date(text) is None


@pytest.mark.parametrize("text", ["1990-02-30", "1990/2/31", "30.02.1990", "19900230", "1990年2月"])
def test_an_impossible_day_keeps_year_and_month(text: str) -> None:
    assert birth_date(text) == (1990, 2, 0, False)


@pytest.mark.parametrize("text", ["1990-13-40", "31/31/1990", "1990-01-01", "01.01.1990", "19900101", "1990-00-02"])
def test_new_year_and_an_impossible_month_keep_the_year(text: str) -> None:
    assert birth_date(text) == (1990, 0, 0, False)


def test_no_one_is_born_in_the_placeholder_year() -> None:
    assert birth_date("1900-03-02") is None


def test_a_leap_day_is_a_date() -> None:
    assert birth_date("2000-02-29") == (2000, 2, 29, False)
