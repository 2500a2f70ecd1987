"""The explanation: rows that add up, and the fields a message may name."""

from __future__ import annotations

import pytest
from hypothesis import given

from dedupsvc.core.explain import explanation, limits_of, matched_fields
from dedupsvc.core.fields import LABELS, Features
from dedupsvc.core.score import LIMITS, Same, score_pair
from tests.core.compare.build import HOME, MOBILE, SWITCHBOARD, WANG_HAO, WANG_JIANGUO, a_company, a_person, an_email
from tests.core.test_score import parties

LEFT = a_person(WANG_JIANGUO, phones=(MOBILE,), emails=(an_email("wang@163.com"),), addresses=(HOME,))


@given(parties, parties)
def test_the_rows_add_up_to_the_match_weight(left: Features, right: Features) -> None:
    rows = explanation(left, right)
    assert sum(row.weight for row in rows) == pytest.approx(score_pair(left, right).match_weight)
    assert all(row.field in LABELS or row.comparison in ("prior", "party_type") for row in rows)
    assert all(row.label_zh and row.label_en for row in rows)


@given(parties, parties)
def test_matched_fields_are_labels_without_repeats(left: Features, right: Features) -> None:
    fields = matched_fields(left, right)
    assert set(fields) <= set(LABELS)
    assert len(set(fields)) == len(fields)
    assert set(fields) == set(matched_fields(right, left))


def test_the_prior_comes_first_and_silent_fields_are_left_out() -> None:
    rows = explanation(LEFT, a_person(WANG_JIANGUO, phones=(MOBILE,)))
    assert [(row.comparison, row.level) for row in rows] == [
        ("prior", "prior"),
        ("name", "equal"),
        ("phone", "same_mobile"),
    ]


def test_the_strongest_agreement_is_named_first() -> None:
    fields = matched_fields(LEFT, LEFT)
    assert set(fields) == {"email", "phone", "address", "name"}
    assert fields[-1] == "name"


def test_a_shared_switchboard_is_called_a_landline() -> None:
    left = a_person(WANG_JIANGUO, phones=(SWITCHBOARD,))
    assert matched_fields(left, left) == ("name", "landline")


def test_what_conflicts_is_not_called_equal() -> None:
    assert "address" not in matched_fields(LEFT, LEFT._replace(addresses=(HOME._replace(unit="502"),)))


def test_a_person_and_a_company_have_one_row_and_no_fields() -> None:
    company = a_company(phones=(MOBILE,))
    assert [row.comparison for row in explanation(LEFT, company)] == ["party_type"]
    assert matched_fields(LEFT, company) == ()


def test_what_keeps_a_pair_from_being_a_match_is_a_row_that_weighs_nothing() -> None:
    other = a_person(WANG_HAO, phones=(MOBILE,), emails=(an_email("wang@163.com"),))
    score = score_pair(LEFT, other)
    assert score.same is Same.POSSIBLE
    (row,) = limits_of(score)
    assert (row.comparison, row.level, row.weight) == ("limit", "name_conflict", 0.0)
    assert (row.label_zh, row.label_en) == LIMITS["name_conflict"]
    assert limits_of(score_pair(LEFT, LEFT)) == ()


@given(parties, parties)
def test_every_limit_that_scoring_names_has_words(left: Features, right: Features) -> None:
    assert {row.level for row in limits_of(score_pair(left, right))} <= set(LIMITS)
