"""Comparing two records field by field: COMPARISONS by party type."""

from __future__ import annotations

from dedupsvc.core.compare.level import MISSING, Comparison, Level
from dedupsvc.core.compare.model import COMPANY_MODEL, MODELS, PERSON_MODEL, Model, Models
from dedupsvc.core.compare.tables import COMPANY_COMPARISONS, PERSON_COMPARISONS

COMPARISONS: dict[str, tuple[Comparison, ...]] = {
    "person": PERSON_COMPARISONS,
    "company": COMPANY_COMPARISONS,
}

__all__ = [
    "COMPANY_MODEL",
    "COMPARISONS",
    "MISSING",
    "MODELS",
    "PERSON_MODEL",
    "Comparison",
    "Level",
    "Model",
    "Models",
]
