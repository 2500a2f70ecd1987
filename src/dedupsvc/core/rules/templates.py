"""The rulesets that ship with the service."""

from __future__ import annotations

from dedupsvc.core.rules.model import Cells, Ruleset, Scenario, ThresholdsRule, Verdict, Window

BALANCED = Ruleset(
    name="balanced",
    description="Merges what is surely the same business, asks a steward when in doubt, never stops new business of a known customer.",
    thresholds=ThresholdsRule(match=0.9, possible=0.3),
    window=Window(mode="sliding", length="24h"),
    scenarios={path: Scenario() for path in ("lead", "opportunity", "order", "service", "exhibition", "sales")},
)

STRICT = BALANCED.model_copy(
    update={
        "name": "strict",
        "description": "As balanced, but the same business a second time is turned away instead of merged.",
        "cells": Cells(match_in_same=Verdict.REJECT),
    }
)

MASTER_DATA = BALANCED.model_copy(
    update={
        "name": "master_data",
        "description": "One row per customer, whenever and in whatever scenario it comes: time and scenario do not matter.",
        "window": Window(mode="always"),
        "across": "all",
        "scenarios": {},
    }
)

TEMPLATES: dict[str, Ruleset] = {ruleset.name: ruleset for ruleset in (BALANCED, STRICT, MASTER_DATA)}
