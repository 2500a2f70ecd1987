"""Match weights from pairs that people have labelled: how far to move from the weights that pairs are scored with now.

A logistic regression on the levels that a pair reaches, each weight with a Gaussian prior around the present one: what
few labels speak of moves little, what none speaks of stays. The result is additive, like the weights it replaces.

Pairs without a label decide what is asked and what a threshold is expected to come to, but not the weights: m and u
estimated from them by EM, from the shipped ones on, told matches from others worse than the shipped ones do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import log
from typing import NamedTuple

from dedupsvc.core.compare import Model, Models
from dedupsvc.core.score import Same, Thresholds, probability, score_levels

SPREAD = 2.0
"""Standard deviation of the prior, in bits: a learned weight two bits from the present one is nothing unusual."""
WORTH_LIFTING = 0.01
"""The limits guard against kinds of pairs that are too rare to be among the labels. One that hardly costs a match stays."""
NEVER_LIFTED = frozenset({"identifier_conflict", "party_type"})
_LONGEST_STEP = 1.5
_SETTLED = 1e-4


class Pattern(NamedTuple):
    """How two records compare: all that the score depends on."""

    party_type: str
    levels: tuple[int, ...]
    """By comparison of the party type; 0 where one side says nothing."""


class Tally(NamedTuple):
    """Labelled pairs."""

    same: int = 0
    other: int = 0

    @property
    def labels(self) -> int:
        return self.same + self.other

    def __add__(self, more: object) -> Tally:
        if not isinstance(more, Tally):
            return NotImplemented
        return Tally(self.same + more.same, self.other + more.other)


Tallies = Mapping[Pattern, Tally]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a store: how many candidate pairs it has of each pattern, and what people said of some of them."""

    counts: Mapping[Pattern, int]
    tallies: Tallies

    def of(self, party_type: str) -> dict[tuple[int, ...], Tally]:
        return {
            pattern.levels: tally
            for pattern, tally in self.tallies.items()
            if pattern.party_type == party_type and tally.labels
        }

    @property
    def labels(self) -> Tally:
        return sum(self.tallies.values(), Tally())


def estimated(models: Models, evidence: Evidence, thresholds: Thresholds, spread: float = SPREAD) -> Models:
    """The models that the labels make of these ones, with the limits lifted that the labels show to be wrong here."""
    found: dict[str, Model] = {}
    for party_type, model in models.items():
        mine = evidence.of(party_type)
        found[party_type] = _fitted(model, mine, spread) if mine else model
    for held in held_back(found, evidence, thresholds):
        model = found[held.party_type]
        if _is_wrong(held, thresholds) and held.pairs >= WORTH_LIFTING * held.matches:
            found[held.party_type] = replace(model, lifted={**model.lifted, held.limit: "off"})
    return found


class HeldBack(NamedTuple):
    """The pairs that would match but for one limit."""

    party_type: str
    limit: str
    pairs: int
    """Of the patterns that have labels."""
    labels: Tally
    matches: int
    """Pairs of the party type that match with the limit in force."""
    share: float
    """How many of the pairs are one customer, estimated from their patterns' labels."""


def held_back(models: Models, evidence: Evidence, thresholds: Thresholds) -> tuple[HeldBack, ...]:
    found: defaultdict[tuple[str, str], list[tuple[int, Tally]]] = defaultdict(list)
    for pattern, tally in sorted(evidence.tallies.items()):
        for code in limits_holding(pattern, models, thresholds) if tally.labels else ():
            found[pattern.party_type, code].append((max(evidence.counts.get(pattern, 0), tally.labels), tally))
    matches = {party_type: matches_of(party_type, models, evidence, thresholds) for party_type, _ in found}
    return tuple(
        HeldBack(
            party_type,
            code,
            matches=matches[party_type],
            pairs=sum(count for count, _ in there),
            labels=sum((tally for _, tally in there), Tally()),
            share=sum(count * tally.same / tally.labels for count, tally in there) / sum(count for count, _ in there),
        )
        for (party_type, code), there in sorted(found.items())
    )


def matches_of(party_type: str, models: Models, evidence: Evidence, thresholds: Thresholds) -> int:
    """How many of the pairs match."""
    return sum(
        count
        for pattern, count in evidence.counts.items()
        if pattern.party_type == party_type
        and score_levels(*pattern, thresholds, models[party_type]).same is Same.MATCH
    )


def limits_holding(pattern: Pattern, models: Models, thresholds: Thresholds) -> tuple[str, ...]:
    """The limits, of those that can be lifted, but for which the pair would match."""
    score = score_levels(pattern.party_type, pattern.levels, thresholds, models[pattern.party_type])
    if score.same is Same.MATCH or probability(score.match_weight) < thresholds.match:
        return ()
    return tuple(code for code in score.limits if code not in NEVER_LIFTED)


def _is_wrong(held: HeldBack, thresholds: Thresholds) -> bool:
    """Whether what the limit holds back is as surely one customer as a match has to be: Laplace's rule of succession."""
    return (held.share * held.labels.labels + 1) / (held.labels.labels + 2) >= thresholds.match


@dataclass(slots=True)
class _Row:
    """The labelled pairs of one pattern, and their weight as it is now."""

    terms: tuple[tuple[int, float], ...]
    """Which coefficients count for it, and how much of each."""
    tally: Tally
    weight: float = 0.0


_PRIOR = (-1, 0)
_REFRESHED = 8
_SWEEPS = 60


def _fitted(model: Model, tallies: Mapping[tuple[int, ...], Tally], spread: float) -> Model:
    """The most probable weights. How much of shared evidence counts depends on them, so it is looked at anew now and then."""
    reached = {(position, level) for levels in tallies for position, level in enumerate(levels) if level}
    names = (_PRIOR, *sorted(reached))
    before = [model.prior, *(model.rows[position][level][0] for position, level in names[1:])]
    number = {name: index for index, name in enumerate(names)}
    values = list(before)
    current = model
    for _ in range(_REFRESHED):
        rows = [_Row(_terms(current, levels, number), tally) for levels, tally in sorted(tallies.items())]
        _climb(rows, values, before, spread)
        current = _with(model, dict(zip(names, values, strict=True)))
    return current


def _terms(
    model: Model, levels: tuple[int, ...], number: Mapping[tuple[int, int], int]
) -> tuple[tuple[int, float], ...]:
    terms = [(number[_PRIOR], 1.0)]
    for position, (level, weight) in enumerate(zip(levels, model.weights(levels), strict=True)):
        if level:
            whole = model.rows[position][level][0]
            terms.append((number[position, level], weight / whole if whole else 1.0))
    return tuple(terms)


def _climb(rows: list[_Row], values: list[float], means: list[float], spread: float) -> None:
    """Newton's steps on one coefficient at a time until none moves; the posterior has one summit."""
    counting: defaultdict[int, list[tuple[_Row, float]]] = defaultdict(list)
    for row in rows:
        row.weight = sum(values[index] * share for index, share in row.terms)
        for index, share in row.terms:
            counting[index].append((row, share))
    for _ in range(_SWEEPS):
        moved = 0.0
        for index in sorted(counting):
            step = _step(counting[index], values[index] - means[index], spread)
            values[index] += step
            for row, share in counting[index]:
                row.weight += step * share
            moved = max(moved, abs(step))
        if moved < _SETTLED:
            return


def _step(rows: Iterable[tuple[_Row, float]], distance: float, spread: float) -> float:
    slope, bend = -distance / spread**2, 1.0 / spread**2
    for row, share in rows:
        chance = probability(row.weight)
        slope += share * _LN2 * (row.tally.same - row.tally.labels * chance)
        bend += (share * _LN2) ** 2 * row.tally.labels * chance * (1.0 - chance)
    return max(-_LONGEST_STEP, min(_LONGEST_STEP, slope / bend))


_LN2 = log(2.0)


def _with(model: Model, values: Mapping[tuple[int, int], float]) -> Model:
    learned = {name: dict(levels) for name, levels in model.learned.items()}
    for (position, level), value in values.items():
        if (position, level) != _PRIOR:
            comparison = model.comparisons[position]
            learned.setdefault(comparison.name, {})[comparison.levels[level].code] = round(value, 3)
    return replace(model, prior=round(values[_PRIOR], 3), learned=learned)
