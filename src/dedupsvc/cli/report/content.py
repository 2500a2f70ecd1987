"""What the report shows of a run: its figures, its curve, single pairs laid open, and its errors by cause."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import combinations
from math import ceil, floor
from typing import NamedTuple

from dedupsvc.core.explain import Row, agreeing_fields, explanation_of
from dedupsvc.core.fields import Features
from dedupsvc.core.judge import Reason
from dedupsvc.core.measure import ThresholdPoint, histogram, pairs_among, threshold_curve
from dedupsvc.core.messages import message
from dedupsvc.core.normalize import normalize
from dedupsvc.core.record import Instant
from dedupsvc.core.rules import DEFAULT_SCENARIO, Verdict
from dedupsvc.core.score import CONTRADICTIONS, PairScore, Same, Thresholds, match_weight, probability, score_pair
from dedupsvc.usecases.access import DEV_OPEN
from dedupsvc.usecases.evaluate import Run
from dedupsvc.usecases.mapping import record_of
from dedupsvc.usecases.resources import Resources

Pair = tuple[str, str]
LOWEST, HIGHEST = -24, 32
"""Match weights beyond these are drawn at the edge: 2**24 to 1 is as good as certain."""
EXAMPLES = 4
"""Pairs shown of each cause of errors."""
STEPS_PER_UNIT = 4
THRESHOLDS_LISTED = (0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99)


class Bins(NamedTuple):
    """Candidate pairs by match weight, one bin per unit, by what truth says of them."""

    first: int
    """The match weight at which the first bin begins."""
    same: tuple[int, ...]
    different: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One record of a pair: as the file has it, and as it is compared."""

    id: str
    cells: Mapping[str, str]
    features: Features
    at: Instant | None


@dataclass(frozen=True, slots=True)
class Case:
    """Two records and everything that was said of them."""

    sides: tuple[Side, Side]
    """The earlier one first."""
    score: PairScore
    rows: tuple[Row, ...]
    true: bool
    decision: str
    """On the later record."""
    sentences: tuple[str, str]
    """The answer in English and in Chinese."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Errors of one kind: how many, and what most of them look like."""

    code: str
    count: int
    cases: tuple[tuple[Case, int], ...]
    """A pair, and how many pairs reach the same levels."""


@dataclass(frozen=True, slots=True)
class Content:
    thresholds: Thresholds
    decided: Bins
    """Pairs whose match weight decided."""
    held_back: Bins
    """Pairs that a limit held back, at the weight that they would have had."""
    curve: tuple[ThresholdPoint, ...]
    """Over match weights."""
    listed: tuple[ThresholdPoint, ...]
    """Over probabilities."""
    samples: tuple[tuple[str, Case], ...]
    missed: tuple[Cause, ...]
    wrong: tuple[Cause, ...]
    decisions: tuple[tuple[str, str, int], ...]
    """Decision, reason and number of records, the most frequent first."""


class Told:
    """A run beside the truth, its rows and its rules."""

    def __init__(
        self,
        run: Run,
        truth: Mapping[str, str],
        rows: Sequence[Mapping[str, str]],
        columns: Mapping[str, str],
        resources: Resources,
    ) -> None:
        self.run, self.truth, self.columns, self.defaults = run, truth, columns, resources.defaults
        self.rules = resources.expected_rules(DEV_OPEN.tenant_id)
        policy = self.rules.policy(DEFAULT_SCENARIO)
        self.thresholds = Thresholds(policy.match_threshold, policy.possible_threshold)
        self.rows = {row["id"]: row for row in rows}
        self.place = {id: place for place, id in enumerate(self.rows)}
        self.decisions = {row[0]: row for row in run.decisions}

    def is_true(self, pair: Pair) -> bool:
        return self.truth[pair[0]] == self.truth[pair[1]]

    def is_joined(self, pair: Pair) -> bool:
        first, second = (self.run.clusters.get(id) for id in pair)
        return first is not None and first == second

    def side(self, id: str) -> Side:
        record = record_of(self.rows[id], self.columns)
        cells = {column: text for column, text in self.rows[id].items() if column and text}
        return Side(id, cells, normalize(record.values, self.defaults), record.envelope.occurred_at)

    def case(self, pair: Pair) -> Case:
        earlier, later = (self.side(id) for id in sorted(pair, key=self.place.__getitem__))
        left, right = later.features, earlier.features
        score = self.run.scores.get(pair) or score_pair(left, right, self.thresholds, self.rules.models)
        return Case(
            (earlier, later),
            score,
            explanation_of(left.party_type, score.levels, self.rules.models),
            self.is_true(pair),
            self.decisions[later.id][1],
            self._sentences(earlier, later, score),
        )

    def _sentences(self, earlier: Side, later: Side, score: PairScore) -> tuple[str, str]:
        _, decision, *_, reason = self.decisions[later.id]
        if decision == "error":
            return "", ""
        age = None if earlier.at is None or later.at is None else later.at - earlier.at
        fields = agreeing_fields(later.features.party_type, score.levels, self.rules.models)
        english, chinese = (
            message(locale, Verdict(decision), Reason(reason), age=age, fields=fields) for locale in ("en", "zh")
        )
        return english, chinese


def content(told: Told) -> Content:
    """Everything the page shows. Pairs that a limit held back count for no threshold: none would let them through."""
    scores, rules = told.run.scores, told.thresholds
    free = [(one.match_weight, told.is_true(pair)) for pair, one in scores.items() if not is_held_back(one)]
    held = [(one.match_weight, told.is_true(pair)) for pair, one in scores.items() if is_held_back(one)]
    weights = [weight for weight, _ in (*free, *held)]
    first = max(LOWEST, floor(min(weights, default=-10.0)))
    last = min(HIGHEST, max(ceil(max(weights, default=10.0)), first + 1))
    steps = [first + step / STEPS_PER_UNIT for step in range((last - first) * STEPS_PER_UNIT + 1)]
    true_pairs = sum(map(pairs_among, Counter(told.truth.values()).values()))
    asked = sorted({*THRESHOLDS_LISTED, rules.match})
    points = threshold_curve(free, true_pairs, [match_weight(threshold) for threshold in asked])
    return Content(
        rules,
        _bins(free, first, last),
        _bins(held, first, last),
        threshold_curve(free, true_pairs, steps),
        tuple(point._replace(threshold=threshold) for point, threshold in zip(points, asked, strict=True)),
        tuple(_samples(told)),
        _causes(told, _missed(told)),
        _causes(told, _wrong(told)),
        tuple((*kind, count) for kind, count in _decisions(told.run)),
    )


def is_held_back(score: PairScore) -> bool:
    """Whether a limit lowered its score: what the weight says is not what was decided."""
    return score.score < probability(score.match_weight)


def _bins(pairs: Sequence[tuple[float, bool]], first: int, last: int) -> Bins:
    edges = list(range(first, last + 1))
    same, different = (
        histogram([weight for weight, true in pairs if true is wanted], edges) for wanted in (True, False)
    )
    return Bins(first, same, different)


def _decisions(run: Run) -> list[tuple[tuple[str, str], int]]:
    return Counter((decision, reason) for _, decision, *_, reason in run.decisions).most_common()


def _samples(told: Told) -> Iterator[tuple[str, Case]]:
    """A match, a possible and a veto that show most: many fields compared, and the decision was about this very pair."""
    about = Counter(id for pair, one in told.run.scores.items() if one.same is not Same.NONE for id in pair)
    wanted = {"match": {"merge", "link"}, "possible": {"flag"}, "veto": {"accept", "flag"}}

    def telling(pair: Pair, kind: str) -> tuple[object, ...]:
        score = told.run.scores[pair]
        later = max(pair, key=told.place.__getitem__)
        return (
            told.decisions[later][1] in wanted[kind],
            told.is_true(pair) is (kind != "veto"),
            kind == "veto" and score.match_weight,
            about[later] <= 1,
            sum(map(bool, score.levels)),
            len(set(score.levels)),
            score.match_weight,
            pair,
        )

    kinds: dict[str, list[Pair]] = defaultdict(list)
    for pair, score in told.run.scores.items():
        if not CONTRADICTIONS.isdisjoint(score.limits) and score.same is not Same.MATCH:
            kinds["veto"].append(pair)
        elif score.same is not Same.NONE:
            kinds[score.same.value].append(pair)
    for kind in wanted:
        if kinds[kind]:
            yield kind, told.case(max(kinds[kind], key=lambda pair: telling(pair, kind)))


def _missed(told: Told) -> Iterator[tuple[str, Pair]]:
    """True pairs that ended in two customers, each with the cause."""
    together: dict[str, list[str]] = defaultdict(list)
    for id in told.rows:
        if id in told.truth:
            together[told.truth[id]].append(id)
    for members in together.values():
        for first, second in combinations(sorted(members), 2):
            pair = (first, second)
            if not told.is_joined(pair):
                yield _why_missed(told.run.scores.get(pair)), pair


def _why_missed(score: PairScore | None) -> str:
    if score is None:
        return "never_compared"
    if is_held_back(score):
        return score.limits[0]
    return {Same.MATCH: "matched_apart", Same.POSSIBLE: "possible", Same.NONE: "too_little"}[score.same]


def _wrong(told: Told) -> Iterator[tuple[str, Pair]]:
    """Pairs that ended in one customer and are two, each with the cause."""
    together: dict[str, list[str]] = defaultdict(list)
    for id, customer in told.run.clusters.items():
        if id in told.truth:
            together[customer].append(id)
    for members in together.values():
        for first, second in combinations(sorted(members), 2):
            pair = (first, second)
            if not told.is_true(pair):
                score = told.run.scores.get(pair)
                yield "matched" if score is not None and score.same is Same.MATCH else "through_others", pair


def _causes(told: Told, errors: Iterator[tuple[str, Pair]]) -> tuple[Cause, ...]:
    """The most frequent cause first, with one pair of each of its most frequent level patterns."""
    found: dict[str, dict[tuple[int, ...], list[Pair]]] = defaultdict(lambda: defaultdict(list))
    for cause, pair in errors:
        score = told.run.scores.get(pair)
        found[cause][score.levels if score is not None else ()].append(pair)
    causes = []
    for code, patterns in found.items():
        frequent = nlargest(EXAMPLES, patterns.values(), key=len)
        if not any(patterns):  # never compared: nothing to tell them apart by
            frequent = [[pair] for pair in sorted(*patterns.values())[:EXAMPLES]]
        cases = tuple((told.case(min(pairs)), len(pairs)) for pairs in frequent)
        causes.append(Cause(code, sum(map(len, patterns.values())), cases))
    return tuple(sorted(causes, key=lambda cause: (-cause.count, cause.code)))
