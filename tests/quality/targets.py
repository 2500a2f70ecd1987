"""What issue 4 asks for, set by set, and the best that peers reach on the same files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Target:
    """One figure of one set, and the value it must not fall below (or, ``at_most``, not exceed)."""

    figure: str
    """A name of summary.json."""
    bound: float
    at_most: bool = False

    def reached(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound


PAIR_COMPLETENESS_PUBLIC = Target("pair_completeness", 0.97)
CANDIDATES = Target("candidates_per_record", 30, at_most=True)
PUBLIC: dict[str, tuple[Target, ...]] = {
    name: (Target("f1", f1), PAIR_COMPLETENESS_PUBLIC, CANDIDATES)
    for name, f1 in (
        ("febrl1", 0.998),
        ("febrl3", 0.995),
        ("fake_1000", 0.90),
        ("restaurants", 0.94),
        ("chicago", 0.92),
    )
}
SYNTHETIC: tuple[Target, ...] = (
    Target("f1", 0.95),
    Target("precision", 0.99),
    Target("match_or_possible_recall", 0.97),
    Target("three_same_24h_f1", 0.95),
    Target("three_same_24h_precision", 0.99),
    Target("flagged_share", 0.04, at_most=True),
    Target("pair_completeness", 0.98),
    CANDIDATES,
)
"""For either profile, at every seed."""
BEYOND = {"f1": 0.97}
SPREAD = 0.01
"""Seeds may differ by this much."""
LOOK_ALIKES: dict[str, float] = {
    "colleague": 0.002,
    "company_vs_employee": 0.0,
    "branch": 0.005,
    "sister_company": 0.01,
    "family": 0.02,
    "namesake": 0.005,
    "recycled_phone": 0.005,
}
"""Share of pairs that look alike and may be matched at most, by kind, pooled over all seeds."""


@dataclass(frozen=True, slots=True)
class Peer:
    system: str
    best: tuple[float, float, float]
    """Precision, recall and F1 at the threshold that suits the set best, which nobody knows without the truth."""
    default: tuple[float, float, float]


_ROW = re.compile(r"\| (\w+) \| (\w+) \| ([\d.]+ / [\d.]+ / [\d.]+) \| ([\d.]+ / [\d.]+ / [\d.]+) \|")


def peers(readme: Path) -> dict[str, list[Peer]]:
    """By set, as the data folder's README has measured them."""
    found: dict[str, list[Peer]] = {}
    for name, system, best, default in _ROW.findall(readme.read_text("utf-8")):
        found.setdefault(name, []).append(Peer(system, _three(best), _three(default)))
    return found


def _three(cell: str) -> tuple[float, float, float]:
    precision, recall, f1 = map(float, cell.split(" / "))
    return precision, recall, f1
