"""Weights from labels: they move as far as the labels say, nobody else's move, and limits fall only to evidence."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.compare import MODELS, Models
from dedupsvc.core.estimate import (
    NEVER_LIFTED,
    Evidence,
    Pattern,
    Tally,
    estimated,
    held_back,
    limits_holding,
)
from dedupsvc.core.rules import Rules, weights_of
from dedupsvc.core.score import SHIPPED, Same, Thresholds, probability, score_levels
from tests.core.labels import COLLEAGUES, MODEL, MOVED, NAMESAKES, PLAIN, SURE, a_pattern, evidence
from tests.core.rules.build import a_ruleset


def chance(pattern: Pattern, models: Models = MODELS) -> float:
    model = models[pattern.party_type]
    return probability(model.prior + sum(model.weights(pattern.levels)))


def learned(labels: dict[Pattern, tuple[int, int]], spread: float = 2.0) -> Models:
    return estimated(MODELS, evidence(labels), SHIPPED, spread)


def weight(models: Models, comparison: str, code: str) -> float:
    model = models["person"]
    position = [one.name for one in model.comparisons].index(comparison)
    levels = [level.code for level in model.comparisons[position].levels]
    return model.rows[position][levels.index(code)][0]


patterns = st.builds(
    Pattern,
    st.just("person"),
    st.tuples(*[st.integers(0, len(comparison.levels) - 1) for comparison in MODEL.comparisons]),
)
labelled = st.dictionaries(patterns, st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=6)


def test_without_labels_nothing_changes() -> None:
    assert estimated(MODELS, Evidence({SURE: 5}, {}), SHIPPED) == MODELS


def test_pairs_that_turn_out_the_same_are_more_likely_afterwards() -> None:
    assert chance(MOVED, learned({MOVED: (20, 0)})) > 0.5 > chance(MOVED)


def test_pairs_that_turn_out_to_be_others_are_less_likely_afterwards() -> None:
    assert chance(SURE, learned({SURE: (0, 20)})) < 0.5 < chance(SURE)


def test_more_labels_move_further() -> None:
    found = [chance(NAMESAKES, learned({NAMESAKES: (count, 0)})) for count in (0, 1, 5, 25)]
    assert found == sorted(found)
    assert found[0] < found[-1]


def test_what_no_label_speaks_of_keeps_its_weight() -> None:
    after = learned({NAMESAKES: (20, 0)})
    assert weight(after, "email", "same_personal") == weight(MODELS, "email", "same_personal")
    assert weight(after, "phone", "different") > weight(MODELS, "phone", "different")
    assert after["company"] == MODELS["company"]


def test_a_probability_comes_near_to_what_many_labels_say() -> None:
    assert chance(NAMESAKES, learned({NAMESAKES: (300, 100)})) == pytest.approx(0.75, abs=0.02)


def test_a_narrower_prior_holds_the_weights_faster() -> None:
    wide, narrow = learned({MOVED: (20, 0)}, spread=4.0), learned({MOVED: (20, 0)}, spread=0.25)
    assert abs(narrow["person"].prior - MODEL.prior) < abs(wide["person"].prior - MODEL.prior)


@given(labelled)
def test_labels_are_never_less_likely_under_what_was_learned(labels: dict[Pattern, tuple[int, int]]) -> None:
    after = learned(labels)

    def surprise(models: Models) -> float:
        return -sum(
            same * math.log2(chance(pattern, models)) + other * math.log2(1 - chance(pattern, models))
            for pattern, (same, other) in labels.items()
        )

    assert surprise(after) <= surprise(MODELS) + 1e-6


@given(labelled)
def test_what_was_learned_is_a_ruleset_that_scores_so(labels: dict[Pattern, tuple[int, int]]) -> None:
    after = learned(labels)
    said = a_ruleset().model_copy(update={"weights": weights_of(after)})
    rules = Rules(type(said).model_validate_json(said.model_dump_json()), 1)
    assert rules.models["person"].rows == after["person"].rows
    assert rules.models["person"].lifted == after["person"].lifted


def test_a_limit_is_lifted_once_enough_pairs_that_it_holds_back_are_the_same() -> None:
    few, enough = learned({COLLEAGUES: (5, 0), SURE: (5, 0)}), learned({COLLEAGUES: (40, 0), SURE: (5, 0)})
    assert "shared_evidence_only" not in few["person"].lifted
    assert enough["person"].lifted == {"shared_evidence_only": "off"}
    assert score_levels(*COLLEAGUES, SHIPPED, enough["person"]).same is Same.MATCH


def test_a_limit_that_is_right_stays_whatever_the_weights_say() -> None:
    after = learned({COLLEAGUES: (30, 10)})
    assert "shared_evidence_only" not in after["person"].lifted


def test_a_rare_kind_of_pair_says_less_of_a_limit_than_a_frequent_one() -> None:
    boss = a_pattern(name="equal_common", company="same_registered", email="same_role", address="same_building")
    labels, lax = {COLLEAGUES: (4, 0), boss: (0, 4)}, Thresholds(match=0.001, possible=0.0005)
    (held,) = held_back(MODELS, evidence(labels, {COLLEAGUES: 300, boss: 100}), lax)
    assert (held.labels, held.share) == (Tally(4, 4), 0.75)


def test_valid_numbers_that_differ_are_never_overruled() -> None:
    conflict = a_pattern(name="equal", phone="same_mobile", email="same_personal", identifier="conflict")
    after = learned({conflict: (60, 0)})
    assert chance(conflict, after) > SHIPPED.match
    assert not NEVER_LIFTED & after["person"].lifted.keys()
    assert score_levels(*conflict, SHIPPED, after["person"]).same is not Same.MATCH
    assert limits_holding(conflict, after, SHIPPED) == ()


def test_what_a_limit_holds_back_is_told_by_limit() -> None:
    lax = Thresholds(match=0.001, possible=0.0005)
    (held,) = held_back(MODELS, evidence({COLLEAGUES: (3, 1), SURE: (5, 0), PLAIN: (0, 5)}, {COLLEAGUES: 50}), lax)
    assert (held.limit, held.pairs, held.labels, held.share) == ("shared_evidence_only", 50, Tally(3, 1), 0.75)


def test_the_order_of_the_labels_does_not_matter() -> None:
    labels = {COLLEAGUES: (3, 1), SURE: (5, 0), PLAIN: (0, 5), MOVED: (2, 2)}
    assert weights_of(learned(labels)) == weights_of(learned(dict(reversed(labels.items()))))


def test_a_limit_that_hardly_costs_a_match_stays() -> None:
    labels = {COLLEAGUES: (40, 0), SURE: (5, 0)}
    rare, frequent = (
        estimated(MODELS, evidence(labels, {COLLEAGUES: 40, SURE: matches}), SHIPPED)["person"]
        for matches in (8000, 400)
    )
    assert "shared_evidence_only" not in rare.lifted
    assert "shared_evidence_only" in frequent.lifted
