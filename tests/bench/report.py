"""The report: one table of ratios with what is to be reached, and the figures that they come from."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TypeAlias

from dedupsvc.core import is_compiled
from tests.bench.importing import Imported
from tests.bench.load import wrk
from tests.bench.measure import INGEST, MATCH, NOOP, RAPIDFUZZ, TRIGRAMS, Measured, Slice
from tests.bench.micro import Micro
from tests.bench.plan import LARGE, Plan, shown

Row: TypeAlias = tuple[str, ...]


def text(
    plan: Plan,
    found: Sequence[Measured],
    core: dict[int, Micro],
    origin: str,
    versions: str,
    imported: Sequence[Imported] = (),
) -> str:
    """Markdown; ratios are medians over the rounds of what was measured within seconds of the no-op."""
    parts = [
        "# What a request costs\n",
        _surroundings(plan, origin, versions),
        "## To reach\n",
        _table(
            ("what", "reach", "beyond", "measured"),
            [*_to_reach(found), *_core_rows(found, core), *_import_rows(imported)],
        ),
        _IMPORT_NOTE if imported else "",
        _INSTEAD_TITLE,
        _table(("store", "way", "rps against the no-op", "p50 ms", "p99 ms", "/match, p50 ms"), _instead(found)),
        "## Figures\n\nMilliseconds; CPU in µs a request. They are this machine's, on that day: compare ratios only.\n",
        _table(_HEADINGS, [row for one in found for row in _figures(plan, one)]),
        _layers(found),
        _micro(core),
    ]
    return "\n".join(part for part in parts if part)


def _surroundings(plan: Plan, origin: str, versions: str) -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    client = "wrk" if wrk() else "tests/bench/client.py"
    built = "compiled (`make compiled`)" if is_compiled() else "interpreted"
    return f"""Written by `make bench`. {os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, shared by clients, server
and database. Python {platform.python_version()}, {built}, SQLite {sqlite3.sqlite_version}{versions}. Load by {client},
{plan.rounds} rounds of {plan.seconds:g} s a route. Customers: {origin}; 30 % of the stored records repeat an
earlier one. Half of the requests are corrupted copies of stored records, half are new customers;
/match and /ingest get the same kind of request, without an external_id.

The no-op is a route of the same application: same middleware, authentication, request model and a constant answer with three
candidates and an explanation, serialized for each request. All commits are durable (SQLite synchronous=FULL; PostgreSQL fsync and
synchronous_commit on). Stores grow by what /ingest writes during the run. Before every slice the database's files are read once, so
that they lie in memory, as where a machine is the service's own: a virtual one may hand back what was not touched for a minute or two.
PostgreSQL has a quarter of the memory for its buffers, and begins with the database in them.
The service is one worker as it starts by itself: the process that speaks HTTP, and one beside it that only answers /match
(DEDUPSVC_LOOKUP_PROCESSES=1; the no-op, /ingest and all else need the first one only). The CPU of a request is that of both. What the
first one does alone is measured besides (DEDUPSVC_LOOKUP_PROCESSES=0), and where the microseconds go is sampled there.
Every slice opens its connections anew, and their first requests are counted: of slices of two seconds with 32 clients the p99 is that
of connections which had to wait to be accepted.
"""


def _to_reach(found: Sequence[Measured]) -> list[Row]:
    rows: list[Row] = []
    targets = (("sqlite", "55 / 65 %", "70 / 80 %"), ("postgresql", "30 / 45 %", "45 / 60 %"))
    for engine, reach, beyond in targets:
        for one in _of(found, engine):
            said = _pair(one, MATCH, _rate, _percent)
            rows.append((f"/match, {one.case.title}: rps against the no-op, 8 / 32 clients", reach, beyond, said))
            if one.in_one_process:
                said = _pair(one, MATCH, _rate, _percent, in_one_process=True)
                rows.append((f"the same without the process beside, {one.case.title}", reach, beyond, said))
    for one in found:
        reach, beyond = ("2x / 2x", "1.5x / 1.5x") if one.case.engine == "sqlite" else ("3x / 6x", "2x / 4x")
        said = _pair(one, MATCH, _p99, _times)
        rows.append((f"/match, {one.case.title}: p99 against the no-op's, 8 / 32 clients", reach, beyond, said))
        if one.in_one_process:
            said = _pair(one, MATCH, _p99, _times, in_one_process=True)
            rows.append((f"the same without the process beside, {one.case.title}", reach, beyond, said))
    for one in found:
        reach, beyond = ("20 / 20 %", "30 / 30 %") if one.case.engine == "postgresql" else ("-", "-")
        rows.append(
            (
                f"/ingest, {one.case.title}: rps against the no-op, 8 / 32 clients",
                reach,
                beyond,
                _pair(one, INGEST, _rate, _percent),
            )
        )
    rows += [row for engine, *_ in targets for row in _growth(_of(found, engine))]
    for one in found:
        rows.append(
            (
                f"memory of one worker and the process beside it, {one.case.title}: before / after the load",
                "250 MB",
                "150 MB",
                "{:.0f} / {:.0f} MB".format(*one.memory),
            )
        )
    return rows


def _growth(found: Sequence[Measured]) -> Sequence[Row]:
    """p50 of each size over the smallest one's, both against the no-op's of their own minutes."""
    if len(found) < 2:
        return []
    first, *others = sorted(found, key=lambda one: one.case.size)
    base = first.against_noop(MATCH, 8, _p50)
    return [
        (
            f"growth of /match's p50, {first.case.title} to {shown(one.case.size)}, 8 clients",
            "1.3x",
            "1.1x",
            _times(one.against_noop(MATCH, 8, _p50) / base),
        )
        for one in others
    ]


def _core_rows(found: Sequence[Measured], core: dict[int, Micro]) -> list[Row]:
    noop = median(one.over(NOOP, 8, _server_cpu) for one in found) * 1e6
    largest = core[max(core)]
    return [
        (
            "CPU to normalize and key a record / to score a pair, as a share of the no-op's CPU",
            "0.25 / 0.04",
            "0.15 / 0.02",
            f"{largest.prepare / noop:.2f} / {largest.score / noop:.3f}",
        )
    ]


TARGET_NOOP = 175e-6
"""Seconds of CPU of a no-op where the targets were set: 160 to 190 µs."""


def _import_rows(imported: Sequence[Imported]) -> list[Row]:
    rows: list[Row] = []
    for one in imported:
        targets = [
            f"{seconds:.0f} s, 1 GB; {seconds / LARGE / TARGET_NOOP:.1f} no-ops a row" if one.rows == LARGE else "-"
            for seconds in (300, 120)
        ]
        said = (
            f"{one.seconds:.0f} s, {one.memory / 1024:.2f} GB; {one.noops:.2f} no-ops of {one.noop * 1e6:.0f} µs a row"
        )
        rows.append(
            (f"import of a CSV of {shown(one.rows)} records, each judged against all before it", *targets, said)
        )
    if len(imported) > 1:
        first, last = min(imported, key=lambda one: one.rows), max(imported, key=lambda one: one.rows)
        title = f"growth of the import's time a row, {shown(first.rows)} to {shown(last.rows)}"
        rows.append((title, "-", "-", _times(last.noops / first.noops)))
    return rows


_IMPORT_NOTE = """An import is the command `dedupsvc import FILE --exclusive --yes` from its start to its end, into an empty
SQLite file. Its seconds are this machine's; the no-op before and after it tells how fast that was: where 300 s were set as the
target, a no-op took 160 to 190 µs.
"""

_INSTEAD_TITLE = """## What a team would write instead

Behind the same application, 8 clients: pg_trgm's twenty most similar names from a GIN index (Debian's PostgreSQL), and RapidFuzz over
all names in the process. Neither looks at more than the name.
"""


def _instead(found: Sequence[Measured]) -> list[Row]:
    rows: list[Row] = []
    for one in found:
        for route, way in ((TRIGRAMS, "pg_trgm"), (RAPIDFUZZ, "rapidfuzz.process.extract")):
            if (route, 8) in one.slices:
                share = one.over(route, 8, _rate) / one.over(NOOP, 8, _rate)
                figures = one.slices[route, 8][0].figures
                rows.append(
                    (
                        one.case.title,
                        way,
                        _percent(share),
                        f"{figures.p50:.1f}",
                        f"{figures.p99:.1f}",
                        f"{one.over(MATCH, 8, _p50):.1f}",
                    )
                )
    return rows


_HEADINGS = (
    "store",
    "route",
    "clients",
    "rps",
    "of the no-op",
    "p50",
    "p95",
    "p99",
    "CPU, server",
    "CPU, database",
    "candidates",
)


def _figures(plan: Plan, one: Measured) -> list[Row]:
    rows: list[Row] = []
    for clients in plan.clients:
        for route in (NOOP, MATCH, INGEST):
            rows.append(
                (
                    one.case.title,
                    route,
                    str(clients),
                    f"{one.over(route, clients, _rate):.0f}",
                    _percent(one.against_noop(route, clients, _rate)),
                    f"{one.over(route, clients, _p50):.2f}",
                    f"{one.over(route, clients, lambda each: each.figures.p95):.2f}",
                    f"{one.over(route, clients, lambda each: each.figures.p99):.2f}",
                    f"{one.over(route, clients, _server_cpu) * 1e6:.0f}",
                    f"{one.over(route, clients, lambda each: each.database_cpu) * 1e6:.0f}",
                    "-" if route == NOOP else f"{one.candidates:.1f}",
                )
            )
    return rows


def _layers(found: Sequence[Measured]) -> str:
    parts = []
    for one in found:
        if not one.layers:
            continue
        routes = list(one.layers)
        order = sorted(
            {layer for counts in one.layers.values() for layer in counts},
            key=lambda layer: -one.layers[MATCH].get(layer, 0),
        )
        rows: list[Row] = [(layer, *(f"{one.layers[route].get(layer, 0):.0f}" for route in routes)) for layer in order]
        rows.append(("all", *(f"{sum(one.layers[route].values()):.0f}" for route in routes)))
        if one.case.engine == "postgresql":
            rows.append(
                (
                    "beside it: the database",
                    *(f"{one.over(route, 8, lambda each: each.database_cpu) * 1e6:.0f}" for route in routes),
                )
            )
        parts.append(f"### {one.case.title}\n\n" + _table(("layer", *routes), rows))
    title = "## Where the microseconds go\n\nCPU of the server process a request, by sampling, 8 clients, on the sources.\n\n"
    return title + "\n".join(parts) if parts else ""


def _micro(core: dict[int, Micro]) -> str:
    rows = [
        (
            shown(size),
            *(f"{value:.1f}" for value in (one.normalize, one.keys, one.hashes, one.score, one.serialize)),
            f"{one.keys_per_record:.1f}",
            f"{one.candidates:.1f}",
        )
        for size, one in sorted(core.items())
    ]
    headings = (
        "store",
        "normalize",
        "keys",
        "hashes",
        "score a pair",
        "serialize an answer",
        "keys a record",
        "candidates a query",
    )
    return "## The core alone\n\nCPU in µs a record, in a process that does nothing else.\n\n" + _table(headings, rows)


def _of(found: Sequence[Measured], engine: str) -> list[Measured]:
    return [one for one in found if one.case.engine == engine]


def _pair(
    one: Measured,
    route: str,
    figure: Callable[[Slice], float],
    said: Callable[[float], str],
    in_one_process: bool = False,
) -> str:
    return " / ".join(
        said(one.against_noop(route, clients, figure, in_one_process))
        for clients in sorted({each for _, each in one.slices})
    )


def _rate(one: Slice) -> float:
    return one.figures.rate


def _p50(one: Slice) -> float:
    return one.figures.p50


def _p99(one: Slice) -> float:
    return one.figures.p99


def _server_cpu(one: Slice) -> float:
    return one.server_cpu


def _percent(value: float) -> str:
    return f"{value * 100:.0f} %"


def _times(value: float) -> str:
    return f"{value:.2f}x"


def _table(headings: Row, rows: Sequence[Row]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def kept_notes(path: Path) -> str:
    """What people have written below the generated part stays there."""
    if not path.exists():
        return ""
    return path.read_text(encoding="utf-8").partition(NOTES)[2]


NOTES = "<!-- below: written by people, kept by `make bench` -->\n"
