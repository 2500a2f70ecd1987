"""What learned weights are worth: on labels they were not learned from, and among all pairs at each threshold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log2
from typing import NamedTuple

from dedupsvc.core.compare import Models
from dedupsvc.core.estimate import Evidence, Pattern, Tally, estimated
from dedupsvc.core.measure import ThresholdPoint, f1
from dedupsvc.core.score import Same, Thresholds, probability, score_levels

FOLDS = 10
PRECISION_AT_STAKE = 0.002
"""What a lower threshold may cost in expected precision: a wrong match merges two customers."""
_AS_GOOD = 0.001


class LabelFigures(NamedTuple):
    """How well the labelled pairs are told apart."""

    precision: float
    recall: float
    surprise: float
    """Mean bits that a label tells after the model has spoken: 0 = foreseen, 1 = as good as tossing a coin."""


def cross_validated(models: Models, evidence: Evidence, thresholds: Thresholds) -> tuple[LabelFigures, LabelFigures]:
    """The models as they are and what the labels make of them, each label judged by what the other folds' labels say."""
    labels = [
        (pattern, one)
        for pattern, tally in sorted(evidence.tallies.items())
        for one in (*[Tally(same=1)] * tally.same, *[Tally(other=1)] * tally.other)
    ]
    folds = [labels[fold::FOLDS] for fold in range(min(FOLDS, len(labels)))]
    learned = []
    for fold in folds:
        others = _counted(label for other in folds if other is not fold for label in other)
        learned.append((fold, estimated(models, Evidence(evidence.counts, others), thresholds)))
    return _figures([(labels, models)], thresholds), _figures(learned, thresholds)


def _counted(labels: Iterable[tuple[Pattern, Tally]]) -> dict[Pattern, Tally]:
    found: dict[Pattern, Tally] = {}
    for pattern, label in labels:
        found[pattern] = found.get(pattern, Tally()) + label
    return found


def _figures(judged: Iterable[tuple[Sequence[tuple[Pattern, Tally]], Models]], thresholds: Thresholds) -> LabelFigures:
    hits = taken = same = labels = 0
    surprise = 0.0
    for fold, models in judged:
        for pattern, label in fold:
            score = score_levels(pattern.party_type, pattern.levels, thresholds, models[pattern.party_type])
            chance = probability(score.match_weight)
            surprise -= log2(chance if label.same else 1.0 - chance)
            same += label.same
            labels += 1
            if score.same is Same.MATCH:
                hits += label.same
                taken += 1
    return LabelFigures(hits / taken if taken else 1.0, hits / same if same else 1.0, surprise / max(1, labels))


def expected_curve(models: Models, evidence: Evidence, thresholds: Iterable[float]) -> tuple[ThresholdPoint, ...]:
    """What each match threshold is expected to come to: a pair counts as much of a true one as its label says, or its weight."""
    return tuple(_expected(models, evidence, threshold) for threshold in thresholds)


def _expected(models: Models, evidence: Evidence, threshold: float) -> ThresholdPoint:
    at = Thresholds(match=threshold, possible=min(threshold, 0.3))
    hits = taken = true = 0.0
    for pattern, count in evidence.counts.items():
        tally = evidence.tallies.get(pattern, Tally())
        score = score_levels(pattern.party_type, pattern.levels, at, models[pattern.party_type])
        same = tally.same + max(0, count - tally.labels) * probability(score.match_weight)
        true += same
        if score.same is Same.MATCH:
            hits += same
            taken += count
    precision, recall = hits / taken if taken else 1.0, hits / true if true else 1.0
    return ThresholdPoint(threshold, precision, recall, f1(precision, recall))


def best_threshold(curve: Sequence[ThresholdPoint], present: float) -> float:
    """The highest threshold with about the best F1, of those that cost next to no precision; never above the present one."""
    at_present = min(curve, key=lambda point: abs(point.threshold - present))
    open_to = [
        point
        for point in curve
        if point.threshold <= present and point.precision >= at_present.precision - PRECISION_AT_STAKE
    ]
    if not open_to:
        return present
    best = max(point.f1 for point in open_to)
    return max(point.threshold for point in open_to if point.f1 >= best - _AS_GOOD)


class WeightChange(NamedTuple):
    """One weight, before and after, with the labels that reached its level."""

    party_type: str
    comparison: str
    level: str
    """Both empty for the prior."""
    before: float
    after: float
    labels: Tally


def changes(before: Models, after: Models, evidence: Evidence) -> tuple[WeightChange, ...]:
    """Every weight that labels speak of, in the order of the comparisons."""
    found = []
    for party_type, model in after.items():
        mine = evidence.of(party_type)
        if not mine:
            continue
        found.append(
            WeightChange(party_type, "", "", before[party_type].prior, model.prior, sum(mine.values(), Tally()))
        )
        for position, comparison in enumerate(model.comparisons):
            for index, level in enumerate(comparison.levels):
                there = sum((tally for levels, tally in mine.items() if levels[position] == index), Tally())
                if index and there.labels:
                    was, now = before[party_type].rows[position][index][0], model.rows[position][index][0]
                    found.append(WeightChange(party_type, comparison.name, level.code, was, now, there))
    return tuple(found)
