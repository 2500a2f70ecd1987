"""The figures agree with their definitions, counted the slow and obvious way."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.measure import (
    candidates_per_record,
    cluster_figures,
    decision_figures,
    figures_without,
    histogram,
    pair_completeness,
    pair_recall,
    threshold_curve,
)

IDS = st.sampled_from("abcdefgh")
CLUSTERS = st.dictionaries(IDS, st.sampled_from("xyz"), max_size=8)
NAMES = st.dictionaries(IDS, st.sampled_from("xyz"), min_size=1, max_size=8)


def together(clusters: dict[str, str], ids: dict[str, str]) -> set[tuple[str, str]]:
    """The pairs of ids that share a cluster, by looking at every pair."""
    named = [id for id in sorted(ids) if id in clusters]
    return {(a, b) for a, b in combinations(named, 2) if clusters[a] == clusters[b]}


def members(clusters: dict[str, str], id: str, ids: dict[str, str]) -> set[str]:
    if id not in clusters:
        return {id}
    return {other for other in ids if other in clusters and clusters[other] == clusters[id]}


def test_one_wrong_member_costs_precision() -> None:
    truth = {"a": "zhang", "b": "zhang", "c": "li"}
    figures = cluster_figures({"a": "1", "b": "1", "c": "1"}, truth)
    assert figures.precision == pytest.approx(1 / 3)
    assert figures.recall == 1.0
    assert figures.f1 == pytest.approx(0.5)
    assert figures.bcubed_precision == pytest.approx(5 / 9)
    assert figures.bcubed_recall == 1.0
    assert (figures.clusters, figures.true_clusters, figures.largest) == (1, 2, 3)


def test_a_record_without_a_cluster_is_alone() -> None:
    truth = {"a": "zhang", "b": "zhang"}
    assert cluster_figures({}, truth) == cluster_figures({"a": "a", "b": "b"}, truth)
    assert cluster_figures({}, truth).recall == 0.0
    assert cluster_figures({"a": "b"}, truth).clusters == 2


def test_nothing_to_find_and_nothing_found_is_faultless() -> None:
    assert cluster_figures({}, {}) == (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0, 0, 0)
    assert pair_recall([], {"a": "zhang"}) == 1.0
    assert decision_figures({}, {}) == (1.0, 1.0, 1.0, None)


@given(CLUSTERS, NAMES)
def test_pairwise_figures_are_those_of_the_pairs(clusters: dict[str, str], truth: dict[str, str]) -> None:
    found, true = together(clusters, truth), together(truth, truth)
    figures = cluster_figures(clusters, truth)
    assert figures.precision == (len(found & true) / len(found) if found else 1.0)
    assert figures.recall == (len(found & true) / len(true) if true else 1.0)


@given(CLUSTERS, NAMES)
def test_bcubed_figures_are_means_over_records(clusters: dict[str, str], truth: dict[str, str]) -> None:
    common = [(members(clusters, id, truth), members(truth, id, truth)) for id in truth]
    figures = cluster_figures(clusters, truth)
    assert figures.bcubed_precision == pytest.approx(sum(len(f & t) / len(f) for f, t in common) / len(truth))
    assert figures.bcubed_recall == pytest.approx(sum(len(f & t) / len(t) for f, t in common) / len(truth))


@given(NAMES)
def test_the_truth_measured_against_itself_is_perfect(truth: dict[str, str]) -> None:
    figures = cluster_figures(truth, truth)
    assert figures[:6] == pytest.approx((1.0,) * 6)
    assert figures.clusters == figures.true_clusters
    assert pair_recall(together(truth, truth), truth) == 1.0


@given(CLUSTERS, NAMES)
def test_found_and_true_change_places_as_precision_and_recall_do(
    clusters: dict[str, str], truth: dict[str, str]
) -> None:
    both = {id: name for id, name in clusters.items() if id in truth}
    known = {id: name for id, name in truth.items() if id in both}
    there, back = cluster_figures(both, known), cluster_figures(known, both)
    assert (there.precision, there.recall) == (back.recall, back.precision)
    assert there.bcubed_precision == pytest.approx(back.bcubed_recall)


@given(st.lists(st.tuples(IDS, IDS)), st.fixed_dictionaries(dict.fromkeys("abcdefgh", st.sampled_from("xyz"))))
def test_pair_recall_counts_each_true_pair_once(pairs: list[tuple[str, str]], truth: dict[str, str]) -> None:
    true = together(truth, truth)
    hits = true & {(min(pair), max(pair)) for pair in pairs}
    assert pair_recall(pairs, truth) == (len(hits) / len(true) if true else 1.0)
    assert pair_recall([(b, a) for a, b in pairs] + pairs, truth) == pair_recall(pairs, truth)
    assert pair_completeness(pairs, truth) == pair_recall(pairs, truth)


def test_a_pair_of_unknown_ids_is_an_error_not_a_miss() -> None:
    with pytest.raises(KeyError):
        pair_recall([("a", "nobody")], {"a": "zhang"})


@pytest.mark.parametrize(("n_pairs", "n_records", "expected"), [(3, 2, 3.0), (1, 4, 0.5), (0, 0, 0.0)])
def test_a_pair_makes_two_candidates(n_pairs: int, n_records: int, expected: float) -> None:
    assert candidates_per_record(n_pairs, n_records) == expected


def test_repeats_count_whichever_earlier_record_they_name() -> None:
    truth = {"a": "zhang", "b": "zhang", "c": "zhang", "d": "li", "e": "li"}
    figures = decision_figures({"b": "a", "c": "b", "d": "a", "a": ""}, {"b": "a", "c": "a", "e": "d", "d": ""}, truth)
    assert figures.precision == pytest.approx(2 / 3)
    assert figures.recall == pytest.approx(2 / 3)
    assert figures.right_customer == 1.0


def test_a_repeat_tied_to_another_customer_is_found_but_not_right() -> None:
    truth = {"a": "zhang", "b": "zhang", "c": "li"}
    figures = decision_figures({"b": "c"}, {"b": "a"}, truth)
    assert (figures.precision, figures.recall, figures.right_customer) == (1.0, 1.0, 0.0)


@given(st.dictionaries(IDS, st.sampled_from(["", "a", "b"])), st.dictionaries(IDS, st.sampled_from(["", "a", "b"])))
def test_decision_figures_compare_two_sets_of_records(said: dict[str, str], true: dict[str, str]) -> None:
    flagged, repeats = {id for id in said if said[id]}, {id for id in true if true[id]}
    figures = decision_figures(said, true)
    assert figures.precision == (len(flagged & repeats) / len(flagged) if flagged else 1.0)
    assert figures.recall == (len(flagged & repeats) / len(repeats) if repeats else 1.0)
    assert figures.right_customer is None


WEIGHTS = st.floats(-20, 20).map(lambda weight: round(weight, 1))


@given(st.lists(st.tuples(WEIGHTS, st.booleans())), st.integers(0, 5), st.lists(WEIGHTS, max_size=5))
def test_each_point_of_the_curve_is_the_figures_of_the_pairs_above_it(
    pairs: list[tuple[float, bool]], unseen: int, thresholds: list[float]
) -> None:
    true_pairs = sum(same for _, same in pairs) + unseen
    points = threshold_curve(pairs, true_pairs, thresholds)
    assert [point.threshold for point in points] == thresholds
    for point in points:
        taken = [same for weight, same in pairs if weight >= point.threshold]
        assert point.precision == (sum(taken) / len(taken) if taken else 1.0)
        assert point.recall == (sum(taken) / true_pairs if true_pairs else 1.0)


def test_a_threshold_takes_the_pairs_that_stand_exactly_at_it() -> None:
    (point,) = threshold_curve([(0.9, True), (0.9, False), (0.3, True)], 2, [0.9])
    assert (point.precision, point.recall, point.f1) == (0.5, 0.5, 0.5)


@given(st.lists(WEIGHTS))
def test_a_histogram_counts_every_value_once(values: list[float]) -> None:
    edges = [-5.0, 0.0, 0.1, 5.0]
    below, narrow, above = histogram(values, edges)
    assert below == sum(value < 0.0 for value in values)
    assert narrow == sum(0.0 <= value < 0.1 for value in values)
    assert above == sum(value >= 0.1 for value in values)


@given(CLUSTERS, NAMES, st.sets(st.tuples(IDS, IDS)))
def test_pairs_whose_answer_was_given_away_count_nowhere(
    clusters: dict[str, str], truth: dict[str, str], given_away: set[tuple[str, str]]
) -> None:
    known = {tuple(sorted(pair)) for pair in given_away if set(pair) <= truth.keys() and pair[0] != pair[1]}
    found, wanted = together(clusters, truth) - known, together(truth, truth) - known
    figures = figures_without(clusters, truth, [pair for pair in given_away if set(pair) <= truth.keys()])
    assert figures.precision == (len(found & wanted) / len(found) if found else 1.0)
    assert figures.recall == (len(found & wanted) / len(wanted) if wanted else 1.0)


@given(CLUSTERS, NAMES)
def test_if_nothing_was_given_away_the_figures_are_those_of_the_clusters(
    clusters: dict[str, str], truth: dict[str, str]
) -> None:
    assert figures_without(clusters, truth, []) == cluster_figures(clusters, truth)[:3]
