"""The rulesets that ship with the service."""

from __future__ import annotations

from dedupsvc.core.rules.model import Ruleset, Scenario, ThresholdsRule, Window

BALANCED = Ruleset(
    name="balanced",
    description="Merges what is surely the same business, asks a steward when in doubt, never stops new business of a known customer.",
    thresholds=ThresholdsRule(match=0.9, possible=0.3),
    window=Window(mode="sliding", length="24h"),
    scenarios={path: Scenario() for path in ("lead", "opportunity", "order", "service", "exhibition", "sales")},
)

TEMPLATES: dict[str, Ruleset] = {BALANCED.name: BALANCED}
