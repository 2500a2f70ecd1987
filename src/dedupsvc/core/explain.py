"""Why a pair scored as it did: one row per comparison that said something, rebuilt for the survivors only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from dedupsvc.core.compare import MODELS, Level, Model, Models
from dedupsvc.core.fields import Features
from dedupsvc.core.remembered import SHARED
from dedupsvc.core.score import LIMITS, PARTY_WEIGHT, PairScore, Same, levels_of


class Row(NamedTuple):
    """One line of an explanation; the rows' weights add up to the match weight."""

    field: str
    """A key of fields.LABELS; "" for the prior, the party type and the limits."""
    comparison: str
    level: str
    """A stable code: equal, similar, conflict …"""
    label_zh: str
    label_en: str
    weight: float


def explanation(left: Features, right: Features, models: Models = MODELS) -> tuple[Row, ...]:
    """`explanation_of` two records by themselves, whatever else is stored."""
    if left.party_type != right.party_type:
        return explanation_of(left.party_type, (), models)
    return explanation_of(left.party_type, levels_of(models[left.party_type], left, right), models)


def limits_of(score: PairScore) -> tuple[Row, ...]:
    """What keeps the pair from a better verdict; it weighs nothing, so that the rows still add up."""
    if score.same is Same.MATCH:
        return ()
    return tuple(Row("", "limit", code, *LIMITS[code], 0.0) for code in score.limits)


def explanation_of(party_type: str, levels: Sequence[int], models: Models = MODELS) -> tuple[Row, ...]:
    """The prior first, then the comparisons of the party type in their order, those without evidence left out.

    ``levels`` are those of a `PairScore`: none if the party types differ.
    """
    if not levels:
        return (Row("", "party_type", "different", "一方为个人，一方为企业", "a person and a company", PARTY_WEIGHT),)
    return _rows(models[party_type], tuple(levels))


@lru_cache(maxsize=SHARED)
def _rows(model: Model, levels: tuple[int, ...]) -> tuple[Row, ...]:
    rows = [Row("", "prior", "prior", "比较之前", "before comparing", model.prior)]
    for comparison, index, weight in zip(model.comparisons, levels, model.weights(levels), strict=True):
        if index:
            level = comparison.levels[index]
            rows.append(Row(comparison.label(index), comparison.name, level.code, level.zh, level.en, weight))
    return tuple(rows)


def matched_fields(left: Features, right: Features, models: Models = MODELS) -> tuple[str, ...]:
    """`agreeing_fields` of two records by themselves."""
    if left.party_type != right.party_type:
        return ()
    return agreeing_fields(left.party_type, levels_of(models[left.party_type], left, right), models)


def agreeing_fields(party_type: str, levels: Sequence[int], models: Models = MODELS) -> tuple[str, ...]:
    """The fields that a reader would call the same, strongest evidence first: keys of fields.LABELS."""
    return _agreeing(models[party_type], tuple(levels)) if levels else ()


@lru_cache(maxsize=SHARED)
def _agreeing(model: Model, levels: tuple[int, ...]) -> tuple[str, ...]:
    agreeing: list[tuple[float, str]] = []
    for comparison, row, index in zip(model.comparisons, model.rows, levels, strict=True):
        level: Level = comparison.levels[index]
        if level.agrees:
            agreeing.append((-row[index][0], comparison.label(index)))
    return tuple(label for _, label in sorted(agreeing))
