"""How good a run was against known truth: pairs, clusters, blocking and three-same decisions.

Truth and clusters map a record's id to the name of its cluster. Pairs are unordered and counted once; a pair of an id
with itself is none. Shares lie between 0 and 1: nothing predicted has precision 1, nothing to find has recall 1.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple


class ClusterFigures(NamedTuple):
    """Pairwise figures count the pairs within clusters; B-cubed ones average over records (Bagga and Baldwin 1998)."""

    precision: float
    recall: float
    f1: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    clusters: int
    true_clusters: int
    largest: int
    """Records in the largest cluster that was found."""


class DecisionFigures(NamedTuple):
    """Three-same verdicts: which records were said to repeat an earlier one."""

    precision: float
    recall: float
    f1: float
    right_customer: float | None
    """Of the repeats that were found, the share tied to the same customer's record; None if clusters are not known."""


class PairFigures(NamedTuple):
    precision: float
    recall: float
    f1: float


class ThresholdPoint(NamedTuple):
    """What taking every pair at or above a threshold would come to."""

    threshold: float
    precision: float
    recall: float
    f1: float


def cluster_figures(clusters: Mapping[str, str], truth: Mapping[str, str]) -> ClusterFigures:
    """Found against true clusters of the records in ``truth``; a record not in ``clusters`` is alone in its own."""
    place = {id: (True, clusters[id]) if id in clusters else (False, id) for id in truth}
    found = Counter(place.values())
    true = Counter(truth.values())
    # What a found and a true cluster have in common.
    cells = Counter((place[id], name) for id, name in truth.items())
    hits = sum(map(pairs_among, cells.values()))
    precision = share(hits, sum(map(pairs_among, found.values())))
    recall = share(hits, sum(map(pairs_among, true.values())))
    bcubed_precision = share(sum(n * n / found[cluster] for (cluster, _), n in cells.items()), len(truth))
    bcubed_recall = share(sum(n * n / true[name] for (_, name), n in cells.items()), len(truth))
    return ClusterFigures(
        precision,
        recall,
        f1(precision, recall),
        bcubed_precision,
        bcubed_recall,
        f1(bcubed_precision, bcubed_recall),
        clusters=len(found),
        true_clusters=len(true),
        largest=max(found.values(), default=0),
    )


def figures_without(
    clusters: Mapping[str, str], truth: Mapping[str, str], without: Collection[tuple[str, str]]
) -> PairFigures:
    """Pairs within clusters, but for those whose answer was given away beforehand."""
    place = {id: (True, clusters[id]) if id in clusters else (False, id) for id in truth}
    distinct = {(a, b) if a < b else (b, a) for a, b in without if a != b}
    known = Counter((place[a] == place[b], truth[a] == truth[b]) for a, b in distinct)
    cells = Counter((place[id], name) for id, name in truth.items())
    hits = sum(map(pairs_among, cells.values())) - known[True, True]
    taken = sum(map(pairs_among, Counter(place.values()).values())) - known[True, True] - known[True, False]
    wanted = sum(map(pairs_among, Counter(truth.values()).values())) - known[True, True] - known[False, True]
    precision, recall = share(hits, taken), share(hits, wanted)
    return PairFigures(precision, recall, f1(precision, recall))


def pair_recall(pairs: Iterable[tuple[str, str]], truth: Mapping[str, str]) -> float:
    """Share of the true pairs that are among ``pairs``: of `match` pairs, or of `match` and `possible` ones.

    An id that truth does not know raises KeyError.
    """
    distinct = {(a, b) if a < b else (b, a) for a, b in pairs if a != b}
    hits = sum(truth[a] == truth[b] for a, b in distinct)
    return share(hits, sum(map(pairs_among, Counter(truth.values()).values())))


def pair_completeness(candidates: Iterable[tuple[str, str]], truth: Mapping[str, str]) -> float:
    """Share of the true pairs that blocking kept as candidates: no later step can find more."""
    return pair_recall(candidates, truth)


def candidates_per_record(n_pairs: int, n_records: int) -> float:
    """Candidates a record has on average. Each pair makes either record a candidate of the other."""
    return 2 * n_pairs / max(1, n_records)


def decision_figures(
    repeat_of: Mapping[str, str], truth_repeat: Mapping[str, str], truth: Mapping[str, str] | None = None
) -> DecisionFigures:
    """Verdicts (record to the earlier record it is said to repeat) against the true repeats.

    A record that repeats nothing is absent or maps to "". Precision and recall ask only whether a record is a repeat;
    `right_customer` asks of what, and takes any record of the same customer, not only the one that truth names.
    """
    said = {id for id, earlier in repeat_of.items() if earlier}
    hits = said & {id for id, earlier in truth_repeat.items() if earlier}
    precision = share(len(hits), len(said))
    recall = share(len(hits), sum(1 for earlier in truth_repeat.values() if earlier))
    right = None
    if truth is not None:
        right = share(sum(truth[repeat_of[id]] == truth[id] for id in hits), len(hits))
    return DecisionFigures(precision, recall, f1(precision, recall), right)


def threshold_curve(
    pairs: Iterable[tuple[float, bool]], true_pairs: int, thresholds: Iterable[float]
) -> tuple[ThresholdPoint, ...]:
    """Precision and recall at each threshold, in the order given. Pairs are a score and whether truth says the same customer.

    ``true_pairs`` are all there are, those that were never scored included.
    """
    ordered = sorted(pairs)
    scores = [score for score, _ in ordered]
    hits_from = [0] * (len(ordered) + 1)
    for index in range(len(ordered) - 1, -1, -1):
        hits_from[index] = hits_from[index + 1] + ordered[index][1]
    points = []
    for threshold in thresholds:
        first = bisect_left(scores, threshold)
        precision = share(hits_from[first], len(scores) - first)
        recall = share(hits_from[first], true_pairs)
        points.append(ThresholdPoint(threshold, precision, recall, f1(precision, recall)))
    return tuple(points)


def histogram(values: Iterable[float], edges: Sequence[float]) -> tuple[int, ...]:
    """How many values lie from each edge up to, not including, the next; those outside count in the first or the last bin."""
    counts = [0] * (len(edges) - 1)
    for value in values:
        counts[min(max(bisect_right(edges, value) - 1, 0), len(counts) - 1)] += 1
    return tuple(counts)


def f1(precision: float, recall: float) -> float:
    """Their harmonic mean; 0 if both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def share(part: float, whole: int) -> float:
    """1 of nothing: who finds none of none has made no mistake."""
    return part / whole if whole else 1.0


def pairs_among(n: int) -> int:
    return n * (n - 1) // 2
