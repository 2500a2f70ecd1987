"""Identifiers, dates of birth and interactions, pair by pair."""

from __future__ import annotations

import pytest

from dedupsvc.core.compare.facts import (
    BIRTH_DATE_CODES,
    IDENTIFIER_CODES,
    birth_date_level,
    identifier_level,
    interaction_level,
)
from dedupsvc.core.fields import BirthDate, IdentifierValue
from tests.core.compare.build import a_date, a_person, an_identifier

USCC = an_identifier("91310115MA1H0YFB3G")


@pytest.mark.parametrize(
    ("one", "two", "level"),
    [
        ((USCC,), (USCC,), "same_strong"),
        ((USCC,), (an_identifier("91110108MA01D0XT7N"),), "conflict"),
        ((USCC,), (an_identifier("91110108MA01D0XT7N"), USCC), "same_strong"),
        ((USCC,), (an_identifier("310115MA1H0YFB3G", "vat"),), "missing"),
        (
            (an_identifier("6988048", "other", strong=False),),
            (an_identifier("6988048", "other", strong=False),),
            "same",
        ),
        (
            (an_identifier("6988048", "other", strong=False),),
            (an_identifier("6988047", "other", strong=False),),
            "adjacent",
        ),
        (
            (an_identifier("6988048", "other", strong=False),),
            (an_identifier("6980848", "other", strong=False),),
            "similar",
        ),
        (
            (an_identifier("6988048", "other", strong=False),),
            (an_identifier("7364009", "other", strong=False),),
            "different",
        ),
        ((), (USCC,), "missing"),
    ],
)
def test_identifiers_reach_their_level_from_both_sides(
    one: tuple[IdentifierValue, ...], two: tuple[IdentifierValue, ...], level: str
) -> None:
    left, right = a_person(identifiers=one), a_person(identifiers=two)
    assert IDENTIFIER_CODES[identifier_level(left, right)] == level
    assert IDENTIFIER_CODES[identifier_level(right, left)] == level


def test_a_weak_agreement_does_not_hide_a_strong_conflict() -> None:
    membership = an_identifier("member 42", "other", strong=False)
    left = a_person(identifiers=(USCC, membership))
    right = a_person(identifiers=(an_identifier("91110108MA01D0XT7N"), membership))
    assert IDENTIFIER_CODES[identifier_level(left, right)] == "conflict"


@pytest.mark.parametrize(
    ("one", "two", "level"),
    [
        (a_date(1971, 6, 24), a_date(1971, 6, 24), "same"),
        (a_date(1971, 6, 4), a_date(1971, 4, 6), "swapped"),
        (a_date(1971, 6, 24), a_date(1971, 5, 24), "similar"),
        (a_date(1971), a_date(1971, 5, 24), "compatible"),
        (a_date(1971), a_date(1971), "compatible"),
        (a_date(1971), a_date(1972, 5, 24), "different"),
        (a_date(1960, 3, 2), a_date(1960, 3, 21), "near"),
        (a_date(1988, 11, 25), a_date(1988, 10, 28), "shifted"),
        (a_date(1960, 12, 20), a_date(1961, 1, 5), "shifted"),
        (a_date(1978, 2, 1), a_date(1988, 3, 1), "shifted"),
        (a_date(1960, 3, 2), a_date(1962, 4, 3), "different"),
        (a_date(1960, 3, 2), a_date(1962, 7, 15), "different"),
        (a_date(1960, 3, 2), a_date(1988, 7, 15), "other_generation"),
    ],
)
def test_birth_dates_reach_their_level_from_both_sides(one: BirthDate, two: BirthDate, level: str) -> None:
    left, right = a_person(birth_dates=(one,)), a_person(birth_dates=(two,))
    assert BIRTH_DATE_CODES[birth_date_level(left, right)] == level
    assert BIRTH_DATE_CODES[birth_date_level(right, left)] == level


def test_other_orders_are_no_evidence_and_a_shared_one_is() -> None:
    one, other = a_person(interactions=("order:1", "order:2")), a_person(interactions=("order:2",))
    assert interaction_level(one, other) == 1
    assert interaction_level(other, a_person(interactions=("order:3",))) == 0
