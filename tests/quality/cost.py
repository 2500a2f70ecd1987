"""CPU to prepare a record and to score a pair, measured in a process of its own: `python -m tests.quality.cost DIR candidates.csv`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from dedupsvc.core.blocking import blocking_keys
from dedupsvc.core.blocking.key import hash_keys
from dedupsvc.core.fields import Features
from dedupsvc.core.normalize import Defaults, normalize
from dedupsvc.core.score import score_pair
from dedupsvc.usecases.mapping import COLUMNS, record_of
from tests.quality.measuring import rows

_SECRET = b"\0" * 32
T = TypeVar("T")


def main(folder: Path, candidates: Path) -> dict[str, float]:
    values = {row["id"]: record_of(row, COLUMNS).values for row in rows(folder / "records.csv")}
    defaults = Defaults()
    features: dict[str, Features] = {}

    def normalized(id: str) -> None:
        features[id] = normalize(values[id], defaults)

    costs = {
        "normalize_us": _each(normalized, list(values)),
        "keys_us": _each(lambda one: hash_keys(_SECRET, 1, blocking_keys(one)), list(features.values())),
    }
    pairs = [(features[row["id1"]], features[row["id2"]]) for row in rows(candidates)]
    return {**costs, "score_us": _each(lambda pair: score_pair(*pair), pairs)}


def _each(work: Callable[[T], object], items: Sequence[T]) -> float:
    """Microseconds of CPU for one of the second half, each seen for the first time after the first half has filled the caches."""
    half = len(items) // 2
    for item in items[:half]:
        work(item)
    begun = time.process_time()
    for item in items[half:]:
        work(item)
    return 1e6 * (time.process_time() - begun) / max(1, len(items) - half)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
