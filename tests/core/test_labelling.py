"""What is worth asking: the doubtful before the sure, the frequent before the rare, and nothing twice."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.compare import MODELS
from dedupsvc.core.estimate import Evidence, Pattern, Tally, estimated
from dedupsvc.core.labelling import taken_for_granted, worth_asking
from dedupsvc.core.score import SHIPPED
from tests.core.labels import COLLEAGUES, MOVED, NAMESAKES, PLAIN, SURE, a_pattern, evidence
from tests.core.test_estimate import chance, patterns

DOUBTFUL = a_pattern(name="similar", phone="similar")


def asked(
    counts: dict[Pattern, int], wanted: int, labels: dict[Pattern, tuple[int, int]] | None = None
) -> Counter[Pattern]:
    return Counter(worth_asking(MODELS, evidence(labels or {}, counts), SHIPPED, wanted))


def test_the_doubtful_come_before_the_sure() -> None:
    assert 0.05 < chance(DOUBTFUL) < 0.95
    assert list(asked({SURE: 100, DOUBTFUL: 100, PLAIN: 100}, 1)) == [DOUBTFUL]


def test_of_two_equally_doubtful_ones_the_frequent_comes_first() -> None:
    assert list(asked({MOVED: 10, PLAIN: 1000}, 1)) == [PLAIN]


def test_labels_spread_over_the_patterns() -> None:
    found = asked({SURE: 100, DOUBTFUL: 100, PLAIN: 100}, 60)
    assert set(found) == {SURE, DOUBTFUL, PLAIN}
    assert found[DOUBTFUL] > found[SURE]


def test_what_was_labelled_often_is_worth_less() -> None:
    other = a_pattern(name="homophone", phone="similar")
    assert list(asked({DOUBTFUL: 100, other: 100}, 1, {DOUBTFUL: (5, 5)})) == [other]


def test_what_a_limit_holds_back_is_asked_about_until_the_limit_is_known() -> None:
    models = estimated(MODELS, evidence({COLLEAGUES: (5, 0), SURE: (4, 0)}), SHIPPED)
    assert chance(COLLEAGUES, models) > SHIPPED.match
    counts = {COLLEAGUES: 400, SURE: 400}
    few = worth_asking(models, evidence({COLLEAGUES: (5, 0), SURE: (4, 0)}, counts), SHIPPED, 10)
    many = worth_asking(models, evidence({COLLEAGUES: (80, 0), SURE: (4, 0)}, counts), SHIPPED, 10)
    assert few.count(COLLEAGUES) > 5 > many.count(COLLEAGUES)


@given(st.dictionaries(patterns, st.integers(1, 4), max_size=6), st.integers(0, 30))
def test_no_pair_is_asked_about_twice(counts: dict[Pattern, int], wanted: int) -> None:
    found = asked(counts, wanted)
    assert found.total() == min(wanted, sum(counts.values()))
    assert all(number <= counts[pattern] for pattern, number in found.items())


@given(st.dictionaries(patterns, st.integers(1, 40), max_size=6))
def test_the_same_is_asked_each_time(counts: dict[Pattern, int]) -> None:
    assert asked(counts, 10) == asked(dict(reversed(counts.items())), 10)


def test_what_goes_without_saying_is_what_the_weights_are_certain_of() -> None:
    counts = {SURE: 10, PLAIN: 90, DOUBTFUL: 500, NAMESAKES: 80}
    found = taken_for_granted(MODELS, Evidence(counts, {NAMESAKES: Tally(1, 0)}), SHIPPED, 5)
    assert found == {PLAIN: Tally(other=1), SURE: Tally(same=1)}
    assert taken_for_granted(MODELS, Evidence(counts, {}), SHIPPED, 1) == {PLAIN: Tally(other=1)}
