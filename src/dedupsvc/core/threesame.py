"""三同: whether an event and a stored episode are the same business, by time window and by scenario."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from dedupsvc.core.entity import Episode
from dedupsvc.core.record import Instant
from dedupsvc.core.rules import Policy, Rules, Verdict, Window, microseconds
from dedupsvc.core.score import Same


class WindowSame(StrEnum):
    IN = "in"
    OUT = "out"
    NONE = "none"
    """There is no episode to compare with."""


class ScenarioSame(StrEnum):
    SAME = "same"
    RELATED = "related"
    OTHER = "other"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ThreeSame:
    """The key of every decision; the policy's cells have no other inputs."""

    customer: Same
    window: WindowSame = WindowSame.NONE
    scenario: ScenarioSame = ScenarioSame.NONE


GRAVITY = {verdict: rank for rank, verdict in enumerate(Verdict)}


def verdict_of(key: ThreeSame, policy: Policy) -> Verdict:
    """The decision table of the contract, read from the policy's cells."""
    cells = policy.cells
    match key:
        case ThreeSame(customer=Same.NONE):
            found: Verdict | None = Verdict.ACCEPT
        case ThreeSame(Same.MATCH, WindowSame.IN, ScenarioSame.SAME):
            found = cells.match_in_same
        case ThreeSame(Same.MATCH, WindowSame.IN, ScenarioSame.RELATED):
            found = cells.match_in_related
        case ThreeSame(customer=Same.MATCH):
            found = cells.match_otherwise
        case ThreeSame(Same.POSSIBLE, WindowSame.IN, ScenarioSame.SAME):
            found = cells.possible_in_same
        case ThreeSame(Same.POSSIBLE, WindowSame.IN, ScenarioSame.RELATED):
            found = cells.possible_in_related
        case _:
            found = cells.possible_otherwise
    return found if found is not None else Verdict.FLAG


def same_scenario(path: str, other: str, rules: Rules) -> ScenarioSame:
    """Equal paths are the same; so is what either side's ``across`` takes in. Relatives share a prefix or a non-root parent."""
    if path == other or _widened(path, other, rules) or _widened(other, path, rules):
        return ScenarioSame.SAME
    if path.startswith(other + "/") or other.startswith(path + "/"):
        return ScenarioSame.RELATED
    parent = path.rpartition("/")[0]
    if parent and parent == other.rpartition("/")[0]:
        return ScenarioSame.RELATED
    return ScenarioSame.OTHER


def _widened(path: str, other: str, rules: Rules) -> bool:
    across = rules.policy(path).across
    if isinstance(across, tuple):
        return any(other == listed or other.startswith(listed + "/") for listed in across)
    match across:
        case "all":
            return True
        case "subtree":
            return other.startswith(path + "/")
        case "siblings":
            parent = path.rpartition("/")[0]
            return bool(parent) and parent == other.rpartition("/")[0]
        case _:
            return False


def same_window(at: Instant, policy: Policy, episode: Episode, other: Policy) -> bool:
    """Whether the event at ``at`` falls into the episode's window; of two scenarios' windows the larger one counts."""
    return in_window(at, policy, episode) or (policy.window != other.window and in_window(at, other, episode))


def in_window(at: Instant, policy: Policy, episode: Episode) -> bool:
    """Half-open and symmetric: exactly one window's length apart is out."""
    window = policy.window
    match window.mode:
        case "always":
            return True
        case "calendar":
            return _calendar_unit(at, window) == _calendar_unit(episode.anchor_at, window)
        case "session":
            length = microseconds(window.length)
            near = episode.anchor_at - length < at < episode.renewed_at + length
            return near and abs(at - episode.anchor_at) < max(policy.max_span, length)
        case _:
            return abs(at - episode.anchor_at) < microseconds(window.length)


def _calendar_unit(at: Instant, window: Window) -> date:
    day = datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(_zone(window.timezone)).date()
    match window.unit:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case _:
            return day


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def three_same(customer: Same, at: Instant, scenario: str, episode: Episode, rules: Rules) -> ThreeSame:
    """The key of one customer's one episode."""
    inside = same_window(at, rules.policy(scenario), episode, rules.policy(episode.scenario))
    return ThreeSame(
        customer,
        WindowSame.IN if inside else WindowSame.OUT,
        same_scenario(scenario, episode.scenario, rules),
    )
