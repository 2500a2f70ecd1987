"""Which pairs are worth a person's time, because their answer would change most verdicts; and which answers go without saying."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt

from dedupsvc.core.compare import Models
from dedupsvc.core.estimate import WORTH_LIFTING, Evidence, Pattern, Tally, limits_holding, matches_of
from dedupsvc.core.score import Thresholds, probability

_SURE = 0.04
"""What even the surest pattern is worth asking about: otherwise nobody would learn that it is wrong."""
_ENOUGH = 6.0
"""Labels after which a limit is asked about half as eagerly."""
_CERTAIN = 0.01


@dataclass(slots=True)
class _Limit:
    """The pairs that would match but for one limit."""

    pairs: int = 0
    asked: int = 0


@dataclass(slots=True)
class _Open:
    """A pattern whose pairs can be asked about."""

    doubt: float
    left: int
    asked: int
    limits: list[_Limit] = field(default_factory=list)

    @property
    def worth(self) -> float:
        """Each label of a pattern, or of a limit, makes the next one worth less."""
        verdicts = self.doubt * sqrt(self.left)
        for limit in self.limits:
            verdicts = max(verdicts, sqrt(limit.pairs) / (1.0 + limit.asked / _ENOUGH))
        return verdicts / (1 + self.asked)


def worth_asking(models: Models, evidence: Evidence, thresholds: Thresholds, wanted: int) -> tuple[Pattern, ...]:
    """The patterns to label next, one pair each time one is named.

    What is doubtful by its evidence comes first, and what a limit holds back of which too little is known here; the frequent
    before the rare.
    """
    queue = _opened(models, evidence, thresholds)
    chosen: list[Pattern] = []
    while queue and len(chosen) < wanted:
        pattern = max(queue, key=lambda one: (queue[one].worth, one))
        chosen.append(pattern)
        found = queue[pattern]
        found.asked += 1
        found.left -= 1
        for limit in found.limits:
            limit.asked += 1
        if not found.left:
            del queue[pattern]
    return tuple(chosen)


def _opened(models: Models, evidence: Evidence, thresholds: Thresholds) -> dict[Pattern, _Open]:
    limits: dict[tuple[str, str], _Limit] = {}
    queue: dict[Pattern, _Open] = {}
    for pattern, count in evidence.counts.items():
        model = models[pattern.party_type]
        chance = probability(model.prior + sum(model.weights(pattern.levels)))
        asked = evidence.tallies.get(pattern, Tally()).labels
        found = _Open(max(_SURE, 4.0 * chance * (1.0 - chance)), count - asked, asked)
        for code in limits_holding(pattern, models, thresholds):
            limit = limits.setdefault((pattern.party_type, code), _Limit())
            limit.pairs += count
            limit.asked += asked
            found.limits.append(limit)
        if found.left > 0:
            queue[pattern] = found
    least = {party: WORTH_LIFTING * matches_of(party, models, evidence, thresholds) for party in models}
    for (party_type, _), limit in limits.items():
        if limit.pairs < least[party_type]:
            limit.pairs = 0  # whatever were answered, it would stay
    return queue


def taken_for_granted(models: Models, evidence: Evidence, thresholds: Thresholds, wanted: int) -> dict[Pattern, Tally]:
    """Labels for the most frequent patterns that nobody has labelled and the weights are certain of, one each.

    Stewards see the doubtful pairs only. Without what is plain on either side, their answers alone would make all pairs look
    like the ones they happened to decide on.
    """
    found: dict[Pattern, Tally] = {}
    for pattern in sorted(evidence.counts, key=lambda one: (-evidence.counts[one], one)):
        if len(found) == wanted:
            break
        model = models[pattern.party_type]
        chance = probability(model.prior + sum(model.weights(pattern.levels)))
        certain = chance < _CERTAIN or chance > 1.0 - _CERTAIN
        if certain and pattern not in evidence.tallies and not limits_holding(pattern, models, thresholds):
            found[pattern] = Tally(same=1) if chance > 0.5 else Tally(other=1)
    return found
