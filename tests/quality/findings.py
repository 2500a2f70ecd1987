"""What the results come to: against the targets, pooled over seeds, and how far seeds lie apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.quality import targets
from tests.quality.explained import Answered
from tests.quality.measuring import Result
from tests.quality.targets import Peer, Target

KINDS = {
    "colleague": "colleague",
    "company_vs_employee": "company and its employee",
    "branch": "branch",
    "sister_company": "sister company",
    "family": "family",
    "namesake": "namesake",
    "recycled_phone": "recycled phone",
}
SEED_FIGURES = (
    "precision",
    "recall",
    "f1",
    "match_or_possible_recall",
    "three_same_24h_precision",
    "three_same_24h_f1",
    "flagged_share",
    "pair_completeness",
    "candidates_per_record",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """All results of a campaign: public sets by name, seeds by profile, seed 1 first."""

    public: Mapping[str, Result]
    seeds: Mapping[str, Mapping[str, Result]]
    peers: Mapping[str, Sequence[Peer]]
    explained: Sequence[Answered]


def judged(measured: Measured) -> list[tuple[str, Target, float, float]]:
    """Set, target, mean and worst value; of a profile over its seeds."""
    lines = []
    for name, result in measured.public.items():
        for target in targets.PUBLIC[name]:
            value = result["figures"][target.figure]
            lines.append((name, target, value, value))
    for profile, seeds in measured.seeds.items():
        for target in targets.SYNTHETIC:
            values = [result["figures"][target.figure] for result in seeds.values()]
            lines.append((profile, target, sum(values) / len(values), worst(target, seeds.values())))
    return lines


def worst(target: Target, results: Iterable[Result]) -> float:
    values: list[float] = [result["figures"][target.figure] for result in results]
    return max(values) if target.at_most else min(values)


def best_at_default(measured: Measured, name: str) -> Peer | None:
    return max(measured.peers.get(name, ()), key=lambda peer: peer.default[2], default=None)


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Pairs of one kind that are two customers, pooled over profiles and seeds."""

    title: str
    pairs: int
    matched: int
    joined: int
    bound: float

    @property
    def share(self) -> float:
        return self.matched / max(1, self.pairs)


def pooled(measured: Measured) -> list[LookAlike]:
    lines = []
    for kind, bound in targets.LOOK_ALIKES.items():
        pairs = matched = joined = 0
        for seeds in measured.seeds.values():
            for result in seeds.values():
                count, share = result["false_match"].get(kind, (0, 0.0))
                pairs += count
                matched += round(count * share)
                joined += result["joined"].get(kind, (0, 0))[1]
        lines.append(LookAlike(KINDS[kind], pairs, matched, joined, bound))
    return lines


def spreads(measured: Measured) -> list[tuple[str, str, float]]:
    """Profile, figure, and how far its seeds lie apart."""
    found = []
    for profile, seeds in measured.seeds.items():
        for figure in SEED_FIGURES:
            if figure != "candidates_per_record":
                values = [result["figures"][figure] for result in seeds.values()]
                found.append((profile, figure, max(values) - min(values)))
    return found
