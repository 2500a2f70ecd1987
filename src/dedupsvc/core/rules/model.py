"""The ruleset document: windows, cells, thresholds and policies, per scenario, and what a scenario inherits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from dedupsvc.core.errors import InvalidField
from dedupsvc.core.normalize import normalize_scenario

MICROSECONDS: Mapping[str, int] = {
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
DEFAULT_SCENARIO = "default"


class Verdict(StrEnum):
    """The decision, from the lightest to the gravest."""

    ACCEPT = "accept"
    LINK = "link"
    MERGE = "merge"
    FLAG = "flag"
    REJECT = "reject"


def microseconds(length: str) -> int:
    """``24h`` → 86,400,000,000. Units: s m h d w."""
    return int(length[:-1]) * MICROSECONDS[length[-1]]


def _length(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,5}[smhdw]", text):
        raise ValueError("a length is a whole number and a unit: 30m, 24h, 7d, 2w")
    return text


def _path(text: str) -> str:
    try:
        path = normalize_scenario(text)
    except InvalidField as error:
        raise ValueError(error.message) from error
    if not text.strip():
        raise ValueError("A scenario path has at least one segment.")
    return path


Length: TypeAlias = Annotated[str, AfterValidator(_length)]
ScenarioPath: TypeAlias = Annotated[str, AfterValidator(_path)]
"""In the canonical form that records' scenarios are compared in: a rule for Sales/East would otherwise never apply."""


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(Document):
    """How close in time two events must be to be the same business."""

    mode: Literal["sliding", "session", "calendar", "always"] = "sliding"
    length: Length = "24h"
    """For sliding and session: the distance that is just too far."""
    max_span: Length | None = None
    """For session: how far from its first event an episode can be renewed; without it, 10 times the length."""
    unit: Literal["day", "week", "month"] = "day"
    """For calendar."""
    timezone: str = "UTC"
    """For calendar: an IANA name."""

    @model_validator(mode="after")
    def _timezone_exists(self) -> Window:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("timezone is not a known IANA name") from error
        return self


class Cells(Document):
    """The decision table: customer verdict x window x scenario. A row that is left out is inherited."""

    match_in_same: Verdict | None = None
    match_in_related: Verdict | None = None
    match_otherwise: Verdict | None = None
    possible_in_same: Verdict | None = None
    possible_in_related: Verdict | None = None
    possible_otherwise: Verdict | None = None


class ThresholdsRule(Document):
    match: float = Field(gt=0, lt=1)
    possible: float = Field(gt=0, lt=1)

    @model_validator(mode="after")
    def _ordered(self) -> ThresholdsRule:
        if self.possible > self.match:
            raise ValueError("possible must not be above match")
        return self


class Scenario(Document):
    """What one scenario path says; everything it leaves out comes from its nearest ancestor."""

    window: Window | None = None
    cells: Cells = Cells()
    thresholds: ThresholdsRule | None = None
    across: Literal["self", "subtree", "siblings", "all"] | tuple[ScenarioPath, ...] | None = None
    allowed_lateness: Length | None = None


class Ruleset(Document):
    """A whole policy. Versions of it are immutable once stored."""

    name: str = Field(min_length=1, max_length=64)
    description: str = Field(default="", max_length=1024)
    thresholds: ThresholdsRule
    window: Window = Window()
    cells: Cells = Cells()
    scenarios: dict[str, Scenario] = {}
    unknown_scenarios: Literal["inherit", "refuse"] = "inherit"
    on_owner_conflict: Literal["flag", "merge_keep_owner"] = "flag"
    on_bridge: Literal["join", "flag"] = "join"
    on_flag: Literal["hold", "proceed_under_review"] = "hold"
    candidates_per_key: int = Field(default=50, ge=5, le=200)

    @field_validator("scenarios")
    @classmethod
    def _canonical(cls, scenarios: dict[str, Scenario]) -> dict[str, Scenario]:
        canonical = {_path(path): rule for path, rule in scenarios.items()}
        if len(canonical) < len(scenarios):
            raise ValueError("Two scenarios have the same path.")
        return canonical


SHIPPED_CELLS = Cells(
    match_in_same=Verdict.MERGE,
    match_in_related=Verdict.FLAG,
    match_otherwise=Verdict.LINK,
    possible_in_same=Verdict.FLAG,
    possible_in_related=Verdict.FLAG,
    possible_otherwise=Verdict.ACCEPT,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for one scenario path, inheritance resolved."""

    path: str
    known: bool
    window: Window
    cells: Cells
    match_threshold: float
    possible_threshold: float
    """Probabilities."""
    across: str | tuple[str, ...]
    allowed_lateness: int | None
    """Microseconds; None = any."""

    @property
    def length(self) -> int | None:
        """Microseconds within which this window can reach; None = without end."""
        match self.window.mode:
            case "always":
                return None
            case "calendar":
                return microseconds({"day": "1d", "week": "1w", "month": "31d"}[self.window.unit])
            case "session":
                return max(self.max_span, microseconds(self.window.length))
            case _:
                return microseconds(self.window.length)

    @property
    def max_span(self) -> int:
        if self.window.max_span is not None:
            return microseconds(self.window.max_span)
        return 10 * microseconds(self.window.length)


class Rules:
    """A ruleset ready for use, with its version."""

    def __init__(self, ruleset: Ruleset, version: int) -> None:
        self.ruleset = ruleset
        self.version = version
        self.policy = lru_cache(maxsize=4096)(self._policy)
        """policy(path): resolved once per path, because each decision needs two or more of them."""
        lengths = [self._policy(path).length for path in ruleset.scenarios if path != DEFAULT_SCENARIO]
        lengths.append(self._policy("\x00").length)
        self.reach: int | None = None if None in lengths else max(length for length in lengths if length is not None)
        """Microseconds: no window of a named scenario reaches further; None = without end."""

    def _policy(self, path: str) -> Policy:
        root = self.ruleset
        window = root.window
        if path == DEFAULT_SCENARIO:
            window = Window(mode="always")
        cells, thresholds = _overlaid(SHIPPED_CELLS, root.cells), root.thresholds
        across: str | tuple[str, ...] = "self"
        lateness: str | None = None
        segments = path.split("/")
        for depth in range(1, len(segments) + 1):
            rule = root.scenarios.get("/".join(segments[:depth]))
            if rule is None:
                continue
            window = rule.window or window
            cells = _overlaid(cells, rule.cells)
            thresholds = rule.thresholds or thresholds
            across = rule.across if rule.across is not None else across
            lateness = rule.allowed_lateness or lateness
        return Policy(
            path=path,
            known=path == DEFAULT_SCENARIO or path in root.scenarios,
            window=window,
            cells=cells,
            match_threshold=thresholds.match,
            possible_threshold=thresholds.possible,
            across=across,
            allowed_lateness=None if lateness is None else microseconds(lateness),
        )


def _overlaid(under: Cells, over: Cells) -> Cells:
    said = {name: value for name, value in over if value is not None}
    return under.model_copy(update=said) if said else under
