"""What a party type's comparisons weigh: the prior, a match weight per level, and what counts only once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dedupsvc.core.compare.level import Comparison
from dedupsvc.core.compare.tables import COMPANY_COMPARISONS, PERSON_COMPARISONS
from dedupsvc.core.fields import Features


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A party type's comparisons, and what the scorer assumes of them. Equal only to itself: verdicts are remembered by it."""

    comparisons: tuple[Comparison, ...]
    prior: float
    """log2 odds that two candidates chosen blindly are one customer."""
    shared_rest: float
    """How much of every further piece of shared evidence counts: switchboard, office and employer come together."""
    lifted: Mapping[str, str] = field(default_factory=dict)
    """Limits that a ruleset lifts: code to ``off``, or to ``possible`` for a limit that would forbid even that."""
    learned: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Match weights by comparison and level code that a ruleset says; the other levels weigh what they are shipped with."""
    rows: tuple[tuple[tuple[float, bool], ...], ...] = field(init=False)
    """Each level's match weight and whether it is shared, by comparison and level."""
    compare: tuple[Callable[[Features, Features], int], ...] = field(init=False)
    """The comparisons' functions: all that the hot path reads of them."""

    def __post_init__(self) -> None:
        rows = tuple(
            tuple(
                (self.learned.get(comparison.name, {}).get(level.code, level.weight), level.shared)
                for level in comparison.levels
            )
            for comparison in self.comparisons
        )
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "compare", tuple(comparison.level for comparison in self.comparisons))

    def position(self, comparison: str) -> int:
        """Where the comparison stands in the party type's table, and so in a pair's levels."""
        return [one.name for one in self.comparisons].index(comparison)

    def indices(self, comparison: str, *codes: str) -> frozenset[int]:
        """The levels of these codes; ValueError for a code that the comparison does not have."""
        listed = [level.code for level in self.comparisons[self.position(comparison)].levels]
        return frozenset(listed.index(code) for code in codes)

    def weights(self, levels: Sequence[int]) -> list[float]:
        """Each comparison's weight here. Evidence that several customers share counts once, its rest in part."""
        weights: list[float] = []
        strongest = -1
        for position, (row, level) in enumerate(zip(self.rows, levels, strict=True)):
            if not level:
                weights.append(0.0)
                continue
            weight, shared = row[level]
            if shared and weight > 0.0:
                if strongest < 0:
                    strongest = position
                elif weight > weights[strongest]:
                    weights[strongest] *= self.shared_rest
                    strongest = position
                else:
                    weight *= self.shared_rest
            weights.append(weight)
        return weights


# A candidate shares a blocking key already, but most keys are shared by relatives, colleagues and namesakes.
PERSON_PRIOR = -10.5
# Company names are built to be told apart, and branches are sorted out by rule.
COMPANY_PRIOR = -10.0

PERSON_MODEL = Model(PERSON_COMPARISONS, prior=PERSON_PRIOR, shared_rest=0.25)
COMPANY_MODEL = Model(COMPANY_COMPARISONS, prior=COMPANY_PRIOR, shared_rest=0.5)
Models = Mapping[str, Model]
MODELS: Models = {"person": PERSON_MODEL, "company": COMPANY_MODEL}
"""As shipped, by party type."""
