"""The ruleset: what counts as the same window and scenario, and what follows from it."""

from dedupsvc.core.rules.document import read_document
from dedupsvc.core.rules.model import DEFAULT_SCENARIO, Policy, Rules, Ruleset, Verdict, Window, microseconds
from dedupsvc.core.rules.templates import BALANCED, TEMPLATES
from dedupsvc.core.rules.weights import PartyWeights, Weights, weights_of

__all__ = [
    "BALANCED",
    "DEFAULT_SCENARIO",
    "TEMPLATES",
    "PartyWeights",
    "Policy",
    "Rules",
    "Ruleset",
    "Verdict",
    "Weights",
    "Window",
    "microseconds",
    "read_document",
    "weights_of",
]
