"""What learned weights are worth: labels judge weights that have not seen them, and a threshold falls only for a gain."""

from __future__ import annotations

import pytest

from dedupsvc.core.compare import MODELS
from dedupsvc.core.estimate import Tally, estimated
from dedupsvc.core.measure import ThresholdPoint, f1
from dedupsvc.core.score import SHIPPED
from dedupsvc.core.validation import best_threshold, changes, cross_validated, expected_curve
from tests.core.labels import MOVED, NAMESAKES, PLAIN, SURE, evidence
from tests.core.test_estimate import chance


def a_curve(**points: tuple[float, float]) -> list[ThresholdPoint]:
    """Precision and recall by threshold in per cent."""
    return [
        ThresholdPoint(int(name[1:]) / 100, precision, recall, f1(precision, recall))
        for name, (precision, recall) in points.items()
    ]


def test_labels_that_the_weights_did_not_foresee_are_foreseen_after_learning() -> None:
    before, after = cross_validated(MODELS, evidence({MOVED: (30, 0), PLAIN: (0, 30)}), SHIPPED)
    assert before.surprise > 1 > after.surprise
    assert (before.recall, after.recall) == (0.0, 1.0)


def test_a_label_does_not_judge_what_was_learned_from_it() -> None:
    """One pattern of one label each: the others know nothing of it, so nothing was gained."""
    before, after = cross_validated(MODELS, evidence({SURE: (1, 0), PLAIN: (0, 1)}), SHIPPED)
    assert after.surprise == pytest.approx(before.surprise, abs=0.01)


def test_labels_without_rhyme_or_reason_show_no_gain() -> None:
    before, after = cross_validated(MODELS, evidence({SURE: (40, 0), PLAIN: (0, 40)}), SHIPPED)
    assert after.surprise == pytest.approx(before.surprise, abs=0.05)
    assert after.precision == after.recall == 1.0


def test_without_labels_there_is_nothing_to_judge() -> None:
    before, after = cross_validated(MODELS, evidence({}), SHIPPED)
    assert before == after
    assert before.surprise == 0.0


def test_the_expected_figures_count_labels_as_they_are_and_the_rest_by_weight() -> None:
    counts = {SURE: 100, MOVED: 50}
    (point,) = expected_curve(MODELS, evidence({SURE: (5, 5), MOVED: (2, 0)}, counts), [0.9])
    hits = 5 + 90 * chance(SURE)
    assert point.precision == pytest.approx(hits / 100)
    assert point.recall == pytest.approx(hits / (hits + 2 + 48 * chance(MOVED)))


def test_a_threshold_falls_for_recall_that_costs_next_to_no_precision() -> None:
    curve = a_curve(t50=(0.97, 0.99), t70=(0.998, 0.97), t80=(0.9985, 0.93), t90=(0.999, 0.90))
    assert best_threshold(curve, 0.9) == 0.7


def test_a_threshold_stays_where_a_lower_one_would_bring_nothing() -> None:
    assert best_threshold(a_curve(t50=(1.0, 0.95), t70=(1.0, 0.95), t90=(1.0, 0.95)), 0.9) == 0.9


def test_a_threshold_never_rises() -> None:
    assert best_threshold(a_curve(t50=(0.9, 0.9), t90=(1.0, 0.9)), 0.5) == 0.5
    assert best_threshold(a_curve(t50=(0.9, 0.9), t90=(1.0, 0.9)), 0.4) == 0.4


def test_changes_are_told_by_level_with_their_labels() -> None:
    known = evidence({NAMESAKES: (3, 1), PLAIN: (0, 5)})
    after = estimated(MODELS, known, SHIPPED)
    told = {(one.comparison, one.level): one for one in changes(MODELS, after, known)}
    assert set(told) == {
        ("", ""),
        ("name", "equal"),
        ("name", "different"),
        ("phone", "different"),
        ("email", "different"),
    }
    assert told["", ""].labels == Tally(3, 6)
    assert told["phone", "different"].labels == Tally(3, 6)
    assert told["name", "equal"].labels == Tally(3, 1)
    assert told["name", "equal"].after > told["name", "equal"].before
