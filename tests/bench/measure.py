"""One case of the bench: a store, a server over it, and load on its routes in turn, so that all routes meet the same machine."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench import instead
from tests.bench.customers import Customers
from tests.bench.load import Figures, load
from tests.bench.plan import FOLDER, ROOT, Case, Plan
from tests.bench.postgresql import Server
from tests.bench.served import Served, cpu, served
from tests.bench.stores import Stored

PIECE = 1 << 20
"""Bytes that are read at once."""
NOOP, MATCH, INGEST = "/noop", "/match", "/ingest"
ONE_PROCESS = {"DEDUPSVC_LOOKUP_PROCESSES": "0"}
RAPIDFUZZ, TRIGRAMS = "/instead/rapidfuzz", "/instead/trigrams"


@dataclass(frozen=True, slots=True)
class Slice:
    """One route under one number of clients for some seconds."""

    figures: Figures
    server_cpu: float
    """Seconds of CPU per request, as all CPU here."""
    database_cpu: float


@dataclass(slots=True)
class Measured:
    """What a case came to."""

    case: Case
    slices: dict[tuple[str, int], list[Slice]] = field(default_factory=dict)
    """By route and clients, one of each round."""
    in_one_process: dict[tuple[str, int], list[Slice]] = field(default_factory=dict)
    """The same without a process beside the service's."""
    memory: tuple[float, float] = (0.0, 0.0)
    """The worker's memory before and after the load, in MB, that of the process beside it included."""
    candidates: float = 0.0
    """Per query."""
    layers: dict[str, dict[str, float]] = field(default_factory=dict)
    """By route: microseconds per request of each layer."""

    def over(self, route: str, clients: int, figure: Callable[[Slice], float]) -> float:
        """The median over the rounds."""
        return median(figure(one) for one in self.slices[route, clients])

    def against_noop(
        self, route: str, clients: int, figure: Callable[[Slice], float], in_one_process: bool = False
    ) -> float:
        """The median of the ratios round by round: both were measured within seconds of one another."""
        slices = self.in_one_process if in_one_process else self.slices
        pairs = zip(slices[route, clients], slices[NOOP, clients], strict=True)
        return median(figure(one) / figure(noop) for one, noop in pairs)


def measured(
    plan: Plan,
    case: Case,
    customers: Customers,
    stored: Stored,
    url: str,
    kept: Path,
    database: Server | None = None,
    trigrams: str = "",
) -> Measured:
    """``kept``: the file of the database behind ``url``, or the folder of its files."""
    found = Measured(case)
    with tempfile.TemporaryDirectory(prefix="work-", dir=FOLDER) as name:
        folder = Path(name)
        with served(url, stored.secret, folder) as server:
            course = _Course(plan, customers, server, database, kept, found, found.slices)
            for route in (NOOP, MATCH, INGEST):
                course.slice(route, 8, 1, keep=False)
            before = server.memory()
            for _ in range(plan.rounds):
                for clients in plan.clients:
                    for route in (NOOP, MATCH, INGEST):
                        course.slice(route, clients, plan.seconds)
            found.memory = (before, server.memory())
        with served(url, stored.secret, folder, **ONE_PROCESS) as server:
            course = _Course(plan, customers, server, database, kept, found, found.in_one_process)
            for route in (NOOP, MATCH):
                course.slice(route, 8, 1, keep=False)
            for _ in range(plan.rounds):
                for clients in plan.clients:
                    for route in (NOOP, MATCH):
                        course.slice(route, clients, plan.seconds)
        if case.engine == "sqlite" or trigrams:
            route = RAPIDFUZZ if case.engine == "sqlite" else TRIGRAMS
            needs = {instead.NAMES: "1"} if case.engine == "sqlite" else {instead.TRIGRAMS: trigrams}
            with served(url, stored.secret, folder, **needs) as server:
                course = _Course(plan, customers, server, None, kept, found, found.slices)
                course.slice(route, 8, 1, keep=False)
                course.slice(route, 8, plan.seconds)
        if case in plan.profiled:
            for route in (NOOP, MATCH, INGEST):
                touched(kept)
                found.layers[route] = _layers(plan, route, customers, stored, url, folder)
    return found


@dataclass(slots=True)
class _Course:
    plan: Plan
    customers: Customers
    server: Served
    database: Server | None
    kept: Path
    found: Measured
    slices: dict[tuple[str, int], list[Slice]]
    """Where each slice is kept."""
    _sent: dict[str, int] = field(default_factory=dict)

    def slice(self, route: str, clients: int, seconds: float, keep: bool = True) -> None:
        touched(self.kept)
        before = cpu(self.server.pid), self._database_cpu()
        # What /ingest has stored, /match would find; so it begins elsewhere in the file.
        start = self._sent.get(route, 0 if route == INGEST else len_of(self.customers) // 2)
        figures = load(self.server.url + route, self.customers.requests, start, clients, seconds)
        self._sent[route] = start + figures.requests
        if figures.errors:
            raise RuntimeError(f"{figures.errors} requests of {figures.requests} to {route} failed")
        count = max(1, figures.requests)
        spent = (cpu(self.server.pid) - before[0]) / count, (self._database_cpu() - before[1]) / count
        if keep:
            self.slices.setdefault((route, clients), []).append(Slice(figures, *spent))
            print(
                f"{self.found.case.title} {route} {clients} clients: {figures.rate:.0f}/s, p50 {figures.p50:.2f} ms, "
                f"p99 {figures.p99:.2f} ms, CPU {spent[0] * 1e6:.0f} µs + {spent[1] * 1e6:.0f} µs",
                flush=True,
            )

    def _database_cpu(self) -> float:
        return cpu(self.database.pid) if self.database is not None else 0.0


def touched(kept: Path) -> None:
    """Reads the file, or all files of the folder, so that the system has them in memory.

    That is where a machine keeps the files of a database that is in use. A virtual one may hand back to its host what nobody
    touched for a minute or two; of a million records that would be most, and what was measured the host's disk.
    """
    for path in kept.iterdir() if kept.is_dir() else (kept,):
        with path.open("rb") as file:
            while file.read(PIECE):
                pass


def len_of(customers: Customers) -> int:
    with customers.requests.open("rb") as file:
        return sum(1 for _ in file)


def _layers(plan: Plan, route: str, customers: Customers, stored: Stored, url: str, folder: Path) -> dict[str, float]:
    """Microseconds of the server's CPU per request by layer, from a run of its own: sampling costs a little itself.

    On the sources, always: compiled code leaves no frames to tell its layers by.
    """
    samples = folder / "samples.json"
    in_sight = {"BENCH_SAMPLES": str(samples), "PYTHONPATH": str(ROOT / "src"), **ONE_PROCESS}
    with served(url, stored.secret, folder, **in_sight) as server:
        load(server.url + route, customers.requests, 20_000, 8, 1)
        before = cpu(server.pid)
        figures = load(server.url + route, customers.requests, 21_000, 8, plan.profile_seconds)
        spent = (cpu(server.pid) - before) / figures.requests
    counts = json.loads(samples.read_text())
    total = sum(counts.values())
    return {layer: count / total * spent * 1e6 for layer, count in counts.items()}
