"""The vocabulary of comparing: a comparison is an ordered list of levels, each with its m and u probability."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import log2

from dedupsvc.core.fields import Features


@dataclass(frozen=True, slots=True)
class Level:
    """One way two values can relate.

    ``m`` and ``u`` are the shares of matching and of other pairs (of those that meet as candidates' strangers would, at
    random) that stand at this level; ``weight`` is log2(m / u).
    """

    code: str
    zh: str
    en: str
    m: float
    u: float
    shared: bool = False
    """Several customers legitimately have this in common (switchboard, home, employer): never enough on its own."""
    agrees: bool = False
    """A reader would say that the field is the same."""
    label: str = ""
    """The key of fields.LABELS, if it differs from the comparison's name (a landline is not a mobile)."""
    weight: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", log2(self.m / self.u))


MISSING = Level("missing", "未提供", "missing", m=1.0, u=1.0)
"""Index 0 of every comparison: what one side does not say is no evidence."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one field of two records is compared; ``level`` gives an index into ``levels`` and is symmetric."""

    name: str
    level: Callable[[Features, Features], int]
    levels: tuple[Level, ...]

    def label(self, index: int) -> str:
        return self.levels[index].label or self.name
