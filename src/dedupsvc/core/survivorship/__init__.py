"""Survivorship: the golden record of a customer, and how its values get into a CRM's row."""

from dedupsvc.core.survivorship.golden import COUNTED, Survivor, golden
from dedupsvc.core.survivorship.steps import merge_steps
from dedupsvc.core.survivorship.strategies import STRATEGIES, VALUE_FIELDS, Survivorship, said

__all__ = ["COUNTED", "STRATEGIES", "VALUE_FIELDS", "Survivor", "Survivorship", "golden", "merge_steps", "said"]
