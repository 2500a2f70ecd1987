"""What each kind of key, each comparison and each limit brings: the figures without it, on sets that are quickly fed."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from dedupsvc.adapters.identity import counted_ids
from dedupsvc.bootstrap import throwaway_service
from dedupsvc.core import is_compiled
from dedupsvc.core.blocking import AT_MOST, KEY_FUNCTIONS, BlockingKey, KeyFunction
from dedupsvc.core.blocking.parts import Parts, parts
from dedupsvc.core.compare import COMPARISONS, Comparison
from dedupsvc.core.fields import Features
from dedupsvc.core.rules import BALANCED
from dedupsvc.core.score import CONTRADICTIONS
from dedupsvc.settings import Settings
from dedupsvc.usecases.access import DEV_OPEN
from dedupsvc.usecases.evaluate import Clock, Run, feed, figures
from dedupsvc.usecases.mapping import COLUMNS, record_of
from dedupsvc.usecases.prepare import prepare
from dedupsvc.usecases.resources import Resources
from tests.quality import contrasts
from tests.quality.measuring import Kept, Result, digest, joined_among, rows, source
from tests.quality.sets import Data, DataSet
from tests.quality.switches import FIELDS, Switch, switches

ROUNDS = 3
LONGEST = BALANCED.candidates_per_key
"""Records beyond which a key finds nothing."""
T = TypeVar("T")
COMPLETE, FINISHED = "as shipped", "all switches"
CONTRASTED = "look-alikes made for it"


def run(data: Data, kept: Kept, jobs: int) -> None:
    """Every switch on every small set on which it can make a difference; each in a process of its own."""
    if is_compiled():
        raise SystemExit("Switches change modules, and compiled code calls what it was compiled with: use COMPILED=0.")
    small = data.small()
    for one in small:  # before anything forks: a forked worker would hold the generator's pipes open
        data.ensure(one)
    with get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        for one in small:
            content = f"{source()} {digest([one.folder, Path(__file__).with_name('switches.py')])}"
            if kept.get(key_of(one.name, COMPLETE), content) is None:
                kept.put(key_of(one.name, COMPLETE), {**pool.apply(_fed, (one, None)), "content": content})
            complete = kept.results[key_of(one.name, COMPLETE)]
            missing = [
                switch
                for switch in switches()
                if kept.get(key_of(one.name, switch.title), content) is None and _matters(switch, complete)
            ]
            results = pool.imap(_without, [(one, switch.title) for switch in missing])
            for done, (switch, result) in enumerate(zip(missing, results, strict=True), 1):
                kept.put(key_of(one.name, switch.title), {**result, "content": content})
                print(f"{one.name:14} {done}/{len(missing)} without {switch.title}", flush=True)
            kept.put(key_of(one.name, FINISHED), {"content": content})
    if kept.get(CONTRASTED, source()) is None:
        kept.put(CONTRASTED, {"counted": contrasts.run(one for one in small if one.profile), "content": source()})


def key_of(data: str, switch: str) -> str:
    return f"{data} | {switch}"


def _matters(switch: Switch, complete: Result) -> bool:
    """A kind of key that no record has, a field that none fills, a limit that no pair met: without it all is the same."""
    if switch.kind == "other" or switch.name in CONTRADICTIONS:
        return True
    return switch.name in complete["seen"]


def _without(task: tuple[DataSet, str]) -> Result:
    one, title = task
    return _fed(one, next(switch for switch in switches() if switch.title == title))


def _fed(one: DataSet, switch: Switch | None) -> Result:
    """What one run came to; throws the switch for the rest of this process."""
    for name in [name for name in os.environ if name.startswith("DEDUPSVC_")]:
        del os.environ[name]
    if switch is not None:
        switch.throw()
    table_rows = list(rows(one.folder / "records.csv"))
    truth = {row["id"]: row["cluster"] for row in rows(one.folder / "truth.csv")}
    return asyncio.run(_measured(one, table_rows, truth, switch is None))


async def _measured(
    one: DataSet, table_rows: Sequence[Mapping[str, str]], truth: Mapping[str, str], looking: bool
) -> Result:
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="dedupsvc-ablation-") as folder:
        service = await throwaway_service(Settings(), f"sqlite:///{folder}/ablation.sqlite3", counted_ids(), clock)
        run = await feed(service.resources, DEV_OPEN, clock, table_rows)
        await service.aclose()
    seen = _seen(run, service.resources, table_rows, truth) if looking else {}
    joined = joined_among(one.folder / "negatives.csv", run.clusters) if one.profile else {}
    return {
        "figures": dict(figures(run, truth)),
        **seen,
        "joined": sum(count for _, count in joined.values()),
    }


def _seen(run: Run, resources: Resources, table_rows: Sequence[Mapping[str, str]], truth: Mapping[str, str]) -> Result:
    """What comes up in a set, and what each part of it costs by itself: microseconds per record or per pair, keys per record."""
    found, kinds = Counter[str](), Counter[str]()
    features: dict[str, Features] = {}
    keys: dict[str, frozenset[BlockingKey]] = {}
    for row in table_rows:
        prepared = prepare(resources, DEV_OPEN.tenant_id, record_of(row, COLUMNS))
        features[row["id"]] = prepared.features
        keys[row["id"]] = frozenset(prepared.keys.values())
        kinds.update(key.kind for key in prepared.keys.values())
        filled = [name for name, field in FIELDS.items() if getattr(prepared.features, field)]
        found.update(f"{prepared.features.party_type}: {name}" for name in filled)
    for score in run.scores.values():
        found.update(score.limits)
    pairs = [(features[first], features[second]) for first, second in run.scores]
    return {
        "seen": sorted(found | kinds),
        "keys": {kind: count / len(features) for kind, count in kinds.items()},
        "alone": found_alone(keys, truth),
        "alone_or_beside_one": found_alone(keys, truth, others=1),
        "microseconds": {**_cost_of_keys(list(features.values())), **_cost_of_comparisons(pairs)},
    }


def found_alone(
    keys: Mapping[str, frozenset[BlockingKey]], truth: Mapping[str, str], others: int = 0
) -> dict[str, float]:
    """Shares of the true pairs that a kind of key, and at most so many others, would find where the rare kinds have become hot."""
    held = Counter(key for mine in keys.values() for key in mine)
    customers: dict[str, list[str]] = {}
    for record, customer in truth.items():
        customers.setdefault(customer, []).append(record)
    pairs, alone = 0, Counter[str]()
    for records in customers.values():
        for first, second in combinations(records, 2):
            pairs += 1
            shared = keys[first] & keys[second]
            finding = {key.kind for key in shared if key.kind not in AT_MOST and held[key] <= LONGEST}
            if len(finding) <= 1 + others:
                alone.update(finding)
    return {kind: count / max(1, pairs) for kind, count in alone.items()}


def _cost_of_keys(records: Sequence[Features]) -> dict[str, float]:
    made = [(one, parts(one)) for one in records]
    costs = {}
    for entry in KEY_FUNCTIONS:
        mine = [given for given in made if given[0].party_type in entry.parties]
        costs[f"blocking key {entry.kind}"] = _least(partial(_made, entry), mine)
    return costs


def _made(entry: KeyFunction, given: tuple[Features, Parts]) -> tuple[str, ...]:
    return tuple(entry.function(*given))


def _cost_of_comparisons(pairs: Sequence[tuple[Features, Features]]) -> dict[str, float]:
    costs = {}
    for party, comparisons in COMPARISONS.items():
        mine = [pair for pair in pairs if pair[0].party_type == pair[1].party_type == party]
        for one in comparisons:
            costs[f"comparison {party}: {one.name}"] = _least(partial(_level, one), mine)
    return costs


def _level(comparison: Comparison, pair: tuple[Features, Features]) -> int:
    return comparison.level(*pair)


def _least(work: Callable[[T], object], items: Sequence[T]) -> float:
    """Microseconds of CPU for one: the least of several rounds, because others use this machine too."""
    rounds = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for item in items:
            work(item)
        rounds.append(time.process_time() - begun)
    return 1e6 * min(rounds) / max(1, len(items))
