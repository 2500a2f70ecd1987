"""A record's values to features in canonical form, one module per kind of field."""

from dedupsvc.core.normalize.scenario import normalize_scenario
from dedupsvc.core.normalize.values import NORMALIZERS, Context, Defaults, normalize

__all__ = ["NORMALIZERS", "Context", "Defaults", "normalize", "normalize_scenario"]
