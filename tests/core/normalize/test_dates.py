"""Dates of birth that are none."""

from __future__ import annotations

import pytest

from dedupsvc.core.normalize.dates import birth_date


@pytest.mark.parametrize(
    "filler", ["1900-01-01", "1970-01-01", "0001-01-01", "9999-12-31", "1899-12-30", "01/01/1900", "无", "0000-00-00"]
)
def test_a_filler_is_no_date(filler: str) -> None:
    assert birth_date(filler) is None


@pytest.mark.parametrize(
    "impossible", ["1990-13-01", "1990-02-30", "1991-02-29", "31/31/1990", "2 Foo 1990", "19901301"]
)
def test_an_impossible_date_is_no_date(impossible: str) -> None:
    assert birth_date(impossible) is None


def test_a_leap_day_is_a_date() -> None:
    assert birth_date("2000-02-29") == (2000, 2, 29, False)
