"""Numbering plans: the quick reading of a plain number says what the library says, or nothing."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupsvc.core.normalize.numbering import Line, plain_line

KINDS = {0: "landline", 1: "mobile", 2: "mobile", 3: "tollfree"}


def by_library(digits: str, country: str) -> Line:
    parsed = phonenumbers.parse(digits if country else f"+{digits}", country or None)
    national = phonenumbers.national_significant_number(parsed)
    return Line(str(parsed.country_code), national, KINDS.get(phonenumbers.number_type(parsed), "unknown"))


@pytest.mark.parametrize(
    "country", ["AR", "AU", "BR", "CH", "DE", "ES", "FR", "GB", "HK", "IT", "JP", "MX", "RU", "TW"]
)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_plain_number_is_read_as_the_library_reads_it(country: str, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE]))
    example = phonenumbers.example_number_for_type(country, kind)
    assert example is not None
    national = phonenumbers.national_significant_number(example)
    kept = data.draw(st.integers(0, len(national)))
    size = len(national) - kept
    national = national[:kept] + data.draw(st.text("0123456789", min_size=size, max_size=size))
    prefix = data.draw(st.sampled_from(["", "0", str(example.country_code)]))
    for digits, written_in in ((prefix + national, country), (f"{example.country_code}{national}", "")):
        line = None if digits.startswith("00") else plain_line(digits, written_in)
        assert line is None or line == by_library(digits, written_in)


@pytest.mark.parametrize(
    ("digits", "country", "line"),
    [
        ("07400123456", "GB", Line("44", "7400123456", "mobile")),
        ("447400123456", "", Line("44", "7400123456", "mobile")),
        ("0612345678", "FR", Line("33", "612345678", "mobile")),
        ("390612345678", "", Line("39", "0612345678", "landline")),
        ("85291234567", "", Line("852", "91234567", "mobile")),
    ],
)
def test_a_usual_number_needs_no_library(digits: str, country: str, line: Line) -> None:
    assert plain_line(digits, country) == line


@pytest.mark.parametrize(("digits", "country"), [("123", "GB"), ("447400123456", "GB"), ("999999", ""), ("5", "XX")])
def test_in_doubt_it_says_nothing(digits: str, country: str) -> None:
    assert plain_line(digits, country) is None
