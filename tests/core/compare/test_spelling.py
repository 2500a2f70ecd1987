"""Spellings and streets: what is a slip and what is another name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.compare.spelling import is_slip, is_typo, resembles
from dedupsvc.core.compare.streets import StreetSame, same_street

words = st.text("abehinorst ", min_size=1, max_size=9)


@given(words, words)
def test_all_of_them_are_symmetric(word: str, other: str) -> None:
    assert is_typo(word, other) == is_typo(other, word)
    assert resembles(word, other) == resembles(other, word)
    assert is_slip(word, other) == is_slip(other, word)
    assert same_street(word, other) == same_street(other, word)


@pytest.mark.parametrize(
    ("word", "other"), [("smith", "smyth"), ("jay", "jaay"), ("eli", "eil"), ("sondergeld", "sondergled")]
)
def test_one_slip_is_a_typo(word: str, other: str) -> None:
    assert is_typo(word, other)


@pytest.mark.parametrize(
    ("word", "other"), [("jay", "ray"), ("li", "lin"), ("mary", "martha"), ("mary ann", "mary anne")]
)
def test_another_name_is_no_typo(word: str, other: str) -> None:
    assert not is_typo(word, other)


@pytest.mark.parametrize(("word", "other"), [("porter", "porrret"), ("jessica", "aessicj"), ("ross", "rose")])
def test_more_slips_resemble(word: str, other: str) -> None:
    assert resembles(word, other)


def test_numbers_are_never_mistyped() -> None:
    assert not is_slip("44th st", "45th st")


@pytest.mark.parametrize(
    ("street", "other", "same"),
    [
        ("w 44th st", "w 44th st", StreetSame.EQUAL),
        ("n winthrop ave", "winthrop", StreetSame.EQUAL),
        ("peachtree rd lenox square mall", "peachtree rd", StreetSame.EQUAL),
        ("lake view dr", "lakeview dr", StreetSame.EQUAL),
        ("peachtree rd", "peachtree st", StreetSame.SIMILAR),
        ("summerville cres", "summervillecrescent", StreetSame.EQUAL),
        ("banks srteet old ffarm", "banks st old farm", StreetSame.SIMILAR),
        ("paul coe drescent", "paul coe cres glenefer gdns", StreetSame.EQUAL),
        ("moon p lace cro wer", "moon pl crower", StreetSame.EQUAL),
        ("federal hi ghway arg yll", "federal hwy argyle", StreetSame.SIMILAR),
        ("parkview ter", "parkside ter", StreetSame.NO),
        ("overstreet", "over", StreetSame.EQUAL),
        ("dines pl ocean park towers", "oceanpark towers dines pl", StreetSame.SIMILAR),
        ("giblin st", "gilbin st", StreetSame.SIMILAR),
        ("e 44th st", "w 44th st", StreetSame.NO),
        ("44th st", "45th st", StreetSame.NO),
        ("main st", "lake st", StreetSame.NO),
        ("南京东路", "南京东路", StreetSame.EQUAL),
        ("光明北路", "广明北路", StreetSame.SIMILAR),
        ("人民路", "建设路", StreetSame.NO),
    ],
)
def test_two_streets(street: str, other: str, same: StreetSame) -> None:
    assert same_street(street, other) is same
    assert same_street(other, street) is same
