"""What a run of the bench measures: which stores, for how long, and where it keeps what it made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "bench"
"""Git-ignored: customers, stores, and PostgreSQL's data, kept from one run to the next."""
REPORT = Path(__file__).with_name("REPORT.md")

SMALL, MIDDLE, LARGE = 10_000, 100_000, 1_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """One store to measure on."""

    engine: str
    """sqlite | postgresql"""
    size: int
    """Records that are stored."""

    @property
    def title(self) -> str:
        engine = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[self.engine]
        return f"{engine} {shown(self.size)}"


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. Every round asks each route with each number of clients, one after the other."""

    cases: tuple[Case, ...]
    rounds: int
    seconds: float
    """Of one slice: one route, one number of clients."""
    profiled: tuple[Case, ...]
    """Where the microseconds are counted, too."""
    profile_seconds: float
    clients: tuple[int, ...] = (8, 32)
    imports: tuple[int, ...] = ()
    """Sizes of the files that are imported."""


QUICK = Plan(
    cases=(Case("sqlite", SMALL), Case("postgresql", SMALL)),
    rounds=2,
    seconds=2,
    profiled=(Case("sqlite", SMALL),),
    profile_seconds=6,
    imports=(SMALL,),
)
"""Under five minutes with making and filling: three on a quiet machine. So no store that takes a minute to fill."""
FULL = Plan(
    cases=tuple(Case(engine, size) for engine in ("sqlite", "postgresql") for size in (SMALL, MIDDLE, LARGE)),
    rounds=3,
    seconds=5,
    profiled=(Case("sqlite", MIDDLE), Case("postgresql", MIDDLE)),
    profile_seconds=20,
    imports=(MIDDLE, LARGE),
)


def chosen(environment: Mapping[str, str]) -> Plan:
    """QUICK=1 asks for the short run; BENCH_CASES=sqlite:100000,postgresql:10000 for certain stores only."""
    plan = QUICK if environment.get("QUICK") == "1" else FULL
    asked = environment.get("BENCH_CASES")
    if not asked:
        return plan
    cases = tuple(Case(engine, int(size)) for engine, _, size in (one.partition(":") for one in asked.split(",")))
    profiled = tuple(one for one in plan.profiled if one in cases)
    imports = tuple(size for size in plan.imports if Case("sqlite", size) in cases)
    return replace(plan, cases=cases, profiled=profiled, imports=imports)


def shown(size: int) -> str:
    """10k, 100k, 1M."""
    return f"{size // 1_000_000}M" if size >= 1_000_000 else f"{size // 1000}k" if size >= 1000 else str(size)
