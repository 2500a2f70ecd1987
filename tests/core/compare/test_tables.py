"""The tables: each row must name the level its function returns, and weigh it as it is ordered."""

from __future__ import annotations

import pytest

from dedupsvc.core.compare import COMPARISONS, MISSING, Comparison
from dedupsvc.core.compare.addresses import ADDRESS_CODES
from dedupsvc.core.compare.companies import COMPANY_CODES
from dedupsvc.core.compare.contacts import EMAIL_CODES, PHONE_CODES, WEBSITE_CODES
from dedupsvc.core.compare.domains import DOMAIN_CODES, domain_level
from dedupsvc.core.compare.facts import BIRTH_DATE_CODES, IDENTIFIER_CODES, INTERACTION_CODES
from dedupsvc.core.compare.names import NAME_CODES
from dedupsvc.core.fields import LABELS

CODES = {
    "name": NAME_CODES,
    "contact": NAME_CODES,
    "company": COMPANY_CODES,
    "email": EMAIL_CODES,
    "phone": PHONE_CODES,
    "address": ADDRESS_CODES,
    "identifier": IDENTIFIER_CODES,
    "birth_date": BIRTH_DATE_CODES,
    "website": WEBSITE_CODES,
    "interaction": INTERACTION_CODES,
}
ALL = [
    pytest.param(comparison, id=f"{party}-{comparison.name}")
    for party, table in COMPARISONS.items()
    for comparison in table
]


@pytest.mark.parametrize("comparison", ALL)
def test_a_comparison_has_the_levels_its_function_returns(comparison: Comparison) -> None:
    codes = DOMAIN_CODES if comparison.level is domain_level else CODES[comparison.name]
    assert tuple(level.code for level in comparison.levels) == codes


@pytest.mark.parametrize("comparison", ALL)
def test_missing_is_no_evidence(comparison: Comparison) -> None:
    assert comparison.levels[0] is MISSING
    assert MISSING.weight == 0.0


@pytest.mark.parametrize("comparison", ALL)
def test_shares_are_probabilities(comparison: Comparison) -> None:
    assert all(0 < level.m <= 1 and 0 < level.u <= 1 for level in comparison.levels)


@pytest.mark.parametrize("comparison", ALL)
def test_an_agreement_never_speaks_against_a_match(comparison: Comparison) -> None:
    assert all(level.weight > 0 for level in comparison.levels if level.agrees)


@pytest.mark.parametrize("comparison", ALL)
def test_a_message_can_name_the_field_of_every_level(comparison: Comparison) -> None:
    assert all(comparison.label(index) in LABELS for index in range(len(comparison.levels)))
