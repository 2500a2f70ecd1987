"""Why a pair scored as it did: one row per comparison that said something, rebuilt for the survivors only."""

from __future__ import annotations

from typing import NamedTuple

from dedupsvc.core.compare import Level
from dedupsvc.core.fields import Features
from dedupsvc.core.score import MODELS, PARTY_WEIGHT, levels_of


class Row(NamedTuple):
    """One line of an explanation; the rows' weights add up to the match weight."""

    field: str
    """A key of fields.LABELS; "" for the prior and the party type."""
    comparison: str
    level: str
    """A stable code: equal, similar, conflict …"""
    label_zh: str
    label_en: str
    weight: float


def explanation(left: Features, right: Features) -> tuple[Row, ...]:
    """The prior first, then the comparisons of the party type in their order, those without evidence left out."""
    if left.party_type != right.party_type:
        return (Row("", "party_type", "different", "一方为个人，一方为企业", "a person and a company", PARTY_WEIGHT),)
    model = MODELS[left.party_type]
    levels = levels_of(model, left, right)
    rows = [Row("", "prior", "prior", "先验", "before any evidence", model.prior)]
    for comparison, index, weight in zip(model.comparisons, levels, model.weights(levels), strict=True):
        if index:
            level = comparison.levels[index]
            rows.append(Row(comparison.label(index), comparison.name, level.code, level.zh, level.en, weight))
    return tuple(rows)


def matched_fields(left: Features, right: Features) -> tuple[str, ...]:
    """The fields that a reader would call the same, strongest evidence first: keys of fields.LABELS."""
    if left.party_type != right.party_type:
        return ()
    model = MODELS[left.party_type]
    agreeing: list[tuple[float, str]] = []
    for comparison, index in zip(model.comparisons, levels_of(model, left, right), strict=True):
        level: Level = comparison.levels[index]
        if level.agrees:
            agreeing.append((-level.weight, comparison.label(index)))
    return tuple(label for _, label in sorted(agreeing))
