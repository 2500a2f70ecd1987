"""Patterns by the codes of their levels, and stores whose every pair is known."""

from __future__ import annotations

from collections.abc import Mapping

from dedupsvc.core.compare import MODELS
from dedupsvc.core.estimate import Evidence, Pattern, Tally

MODEL = MODELS["person"]


def a_pattern(**codes: str) -> Pattern:
    """Of two persons; a comparison that is not named has nothing to say."""
    known = {comparison.name: [level.code for level in comparison.levels] for comparison in MODEL.comparisons}
    return Pattern("person", tuple(levels.index(codes.get(name, "missing")) for name, levels in known.items()))


SURE = a_pattern(name="equal", phone="same_mobile", email="same_personal")
PLAIN = a_pattern(name="different", phone="different", email="different")
NAMESAKES = a_pattern(name="equal", phone="different")
MOVED = a_pattern(name="equal", address="other_place")
COLLEAGUES = a_pattern(name="equal_common", company="same_registered", email="same_role")


def evidence(labels: Mapping[Pattern, tuple[int, int]], counts: Mapping[Pattern, int] | None = None) -> Evidence:
    """``labels``: how many pairs of a pattern are one customer, and how many two."""
    tallies = {pattern: Tally(*tally) for pattern, tally in labels.items()}
    return Evidence(counts or {pattern: tally.labels for pattern, tally in tallies.items()}, tallies)
