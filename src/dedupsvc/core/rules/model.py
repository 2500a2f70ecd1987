"""The ruleset document: windows, cells, thresholds and policies, per scenario, and what a scenario inherits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.config import JsonDict

from dedupsvc.core.errors import InvalidField
from dedupsvc.core.normalize import normalize_scenario
from dedupsvc.core.record import Values
from dedupsvc.core.remembered import SHARED
from dedupsvc.core.rules.weights import Weights, weighed

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
        raise ValueError("A length is a whole number and a unit: 30m, 24h, 7d, 2w.")
    return text


def _path(text: str) -> str:
    try:
        path = normalize_scenario(text)
    except InvalidField as error:
        raise ValueError(error.message) from error
    if not text.strip():
        raise ValueError("A scenario path has at least one segment.")
    return path


def _canonical(text: str) -> str:
    """The path, or the text itself if it is none; that is refused where it stands."""
    try:
        return _path(text)
    except ValueError:
        return text


Length: TypeAlias = Annotated[str, AfterValidator(_length)]
ScenarioPath: TypeAlias = Annotated[str, AfterValidator(_path)]
"""In the canonical form that records' scenarios are compared in: a rule for Sales/East would otherwise never apply."""


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(Document):
    """How close in time two events must be to be the same business."""

    mode: Literal["sliding", "session", "calendar", "always"] = Field(
        default="sliding",
        description="sliding: from the episode's first event; session: from its latest one; calendar: the same day, "
        "week or month; always: no two events are too far apart.",
    )
    length: Length = Field(
        default="24h",
        description="For sliding and session: the distance that is just too far. A whole number and s, m, h, d or w.",
    )
    max_span: Length | None = Field(
        default=None,
        description="For session: how far from its first event an episode can be renewed; without it, 10 times the length.",
    )
    unit: Literal["day", "week", "month"] = Field(default="day", description="For calendar.")
    timezone: str = Field(default="UTC", max_length=64, description="For calendar: an IANA name, Asia/Shanghai.")

    @field_validator("timezone")
    @classmethod
    def _exists(cls, timezone: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(timezone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("This is not the IANA name of a time zone, such as Asia/Shanghai.") from error
        return timezone


class Cells(Document):
    """The decision table: customer verdict x window x scenario. A row that is left out is inherited."""

    match_in_same: Verdict | None = Field(
        default=None,
        description="Same customer, in the window, same scenario: the same business again. merge becomes flag if unsafe.",
    )
    match_in_related: Verdict | None = Field(
        default=None, description="Same customer, in the window, related scenario."
    )
    match_otherwise: Verdict | None = Field(
        default=None,
        description="Same customer, out of the window or in another scenario: new business of a known customer.",
    )
    possible_in_same: Verdict | None = Field(
        default=None, description="Possibly the same customer, in the window, same scenario."
    )
    possible_in_related: Verdict | None = Field(
        default=None, description="Possibly the same customer, in the window, related scenario."
    )
    possible_otherwise: Verdict | None = Field(
        default=None, description="Possibly the same customer, out of the window or in another scenario."
    )


class ThresholdsRule(Document):
    """From which match probability on a candidate is taken for the same customer."""

    match: float = Field(gt=0, lt=1, strict=True, description="At least this probability: the same customer.")
    possible: float = Field(
        gt=0, lt=1, strict=True, description="At least this probability: possibly the same; not above `match`."
    )

    @model_validator(mode="after")
    def _ordered(self) -> ThresholdsRule:
        if self.possible > self.match:
            raise ValueError("`possible` must not be above `match`.")
        return self


Across: TypeAlias = (
    Literal["self", "subtree", "siblings", "all"] | Annotated[tuple[ScenarioPath, ...], Field(max_length=100)]
)


class Scenario(Document):
    """What one scenario path says; everything it leaves out comes from its nearest ancestor."""

    window: Window | None = Field(default=None, description="How close in time two events are the same business.")
    cells: Cells = Field(default=Cells(), description="What follows from the verdict on customer, window and scenario.")
    thresholds: ThresholdsRule | None = Field(default=None, description="How sure the customer verdict must be.")
    across: Across | None = Field(
        default=None,
        description="Which scenarios are the same business as this one; either side's counts. A list names paths.",
    )
    allowed_lateness: Length | None = Field(
        default=None, description="What is received longer after it happened than this is at least flagged."
    )


Strategy: TypeAlias = Literal["newest", "most_complete", "trusted_source"]
_VALUE_FIELDS = frozenset(Values.__slots__)


class SurvivorshipRule(Document):
    """Which record's value stands in the golden record when several say something; lists are united."""

    default: Strategy = Field(default="newest", description="For every field that `fields` does not name.")
    sources: tuple[str, ...] = Field(
        default=(), max_length=100, description="For trusted_source: source systems, the most trusted first."
    )
    fields: dict[str, Strategy] = Field(default={}, description="Another strategy for single fields.")

    @field_validator("fields")
    @classmethod
    def _known(cls, fields: dict[str, Strategy]) -> dict[str, Strategy]:
        if not fields.keys() <= _VALUE_FIELDS:
            raise ValueError("Only fields of a customer have a strategy.")
        return fields


EXAMPLE: JsonDict = {
    "name": "our-crm",
    "thresholds": {"match": 0.9, "possible": 0.3},
    "window": {"mode": "sliding", "length": "24h"},
    "scenarios": {
        "lead": {"window": {"length": "24h"}},
        "sales/newbiz": {"window": {"length": "30d"}, "across": "subtree"},
    },
}


class Ruleset(Document):
    """A whole policy. Versions of it are immutable once stored."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    name: str = Field(min_length=1, max_length=64, description="What people call it; need not be unique.")
    description: str = Field(default="", max_length=1024, description="What it is for, in a sentence or two.")
    thresholds: ThresholdsRule = Field(description="How sure the customer verdict must be.")
    window: Window = Field(default=Window(), description="For every scenario without one of its own or inherited.")
    cells: Cells = Field(default=Cells(), description="For every scenario; what is left out is as shipped.")
    across: Across = Field(
        default="self",
        description="Which scenarios are the same business, for every scenario that does not say so itself.",
    )
    scenarios: dict[ScenarioPath, Scenario] = Field(
        default={},
        max_length=1000,
        description="By path, such as sales/newbiz. `default` is for records without a scenario: master data, whose window "
        "is always open unless it says otherwise.",
    )
    unknown_scenarios: Literal["inherit", "refuse"] = Field(
        default="inherit",
        description="A path that is not listed inherits from its nearest listed ancestor, or is refused with 422.",
    )
    on_owner_conflict: Literal["flag", "merge_keep_owner"] = Field(
        default="flag",
        description="The same business, entered by two owners: a steward decides, or the first keeps it.",
    )
    on_bridge: Literal["join", "flag"] = Field(
        default="join",
        description="A record that matches several customers: they are merged if that is safe, or flagged.",
    )
    on_flag: Literal["hold", "proceed_under_review"] = Field(
        default="hold", description="What the caller of a flagged record does until a steward has decided."
    )
    weights: Weights = Field(
        default=Weights(), description="Match weights of this store's own; what is left out is as shipped."
    )
    survivorship: SurvivorshipRule = Field(default=SurvivorshipRule(), description="How the golden record is made.")
    candidates_per_key: int = Field(
        default=50,
        ge=5,
        le=200,
        strict=True,
        description="A blocking key that more records share is too common to search by.",
    )

    @field_validator("scenarios", mode="before")
    @classmethod
    def _different(cls, scenarios: object) -> object:
        """Before the paths become canonical: afterwards the second of two that are the same would have replaced the first."""
        if isinstance(scenarios, Mapping):
            paths = [_canonical(path) for path in scenarios if isinstance(path, str)]
            if len(set(paths)) < len(paths):
                raise ValueError("Two scenarios have the same path.")
        return scenarios


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
        self.models = weighed(ruleset.weights)
        """What each party type's comparisons weigh under these rules."""
        self.policy = lru_cache(maxsize=SHARED)(self._policy)
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
        across: str | tuple[str, ...] = root.across
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
