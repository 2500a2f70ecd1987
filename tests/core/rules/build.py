"""Rulesets, places and episodes by hand: each builder states only what its test is about."""

from __future__ import annotations

from typing import Any

from dedupsvc.core.entity import Episode, Place, State
from dedupsvc.core.record import Instant
from dedupsvc.core.rules import Rules, Ruleset

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NOON = 1_780_315_200_000_000
"""2026-06-01 12:00 UTC, a Monday."""


def a_ruleset(**said: Any) -> Ruleset:
    """As a document would be read, so that a test cannot build what a user could not write."""
    return Ruleset.model_validate({"name": "test", "thresholds": {"match": 0.9, "possible": 0.25}, **said})


def rules(scenarios: dict[str, Any] | None = None, **said: Any) -> Rules:
    return Rules(a_ruleset(scenarios=scenarios or {}, **said), 1)


def a_place(record_id: int = 1, customer_id: int = 100, **said: Any) -> Place:
    fields: dict[str, Any] = {"state": State.ACCEPTED, "scenario": "lead", "occurred_at": NOON, "received_at": NOON}
    return Place(record_id=record_id, customer_id=customer_id, **{**fields, **said})


def an_episode(
    anchor_at: Instant = NOON, scenario: str = "lead", renewed_at: Instant | None = None, place: Place | None = None
) -> Episode:
    place = place or a_place(scenario=scenario, occurred_at=anchor_at)
    return Episode(
        episode_id=1000 + place.record_id,
        customer_id=place.customer_id,
        scenario=scenario,
        anchor_at=anchor_at,
        renewed_at=anchor_at if renewed_at is None else renewed_at,
        place=place,
    )
