"""One data set measured: `dedupsvc evaluate`, the data folder's own metrics beside it, and the CPU that it takes."""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from tests.quality.sets import Data, DataSet

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/dedupsvc"
DECIDING = ("core", "usecases", "adapters", "bootstrap.py")
"""What a decision depends on."""
TOLERANCE = 0.00005

Result = dict[str, Any]


class Kept:
    """Results by name, in one JSON file, each with the content that it was measured on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.results: dict[str, Result] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def get(self, name: str, content: str) -> Result | None:
        found = self.results.get(name)
        return found if found is not None and found["content"] == content else None

    def put(self, name: str, result: Result) -> None:
        self.results[name] = result
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps(self.results, indent=1, sort_keys=True), encoding="utf-8")
        partial.replace(self.path)


def digest(paths: Sequence[Path]) -> str:
    """Of the files' names and contents; folders with all that they hold."""
    state = blake2b(digest_size=8)
    for path in sorted(paths):
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix != ".pyc":
                state.update(f"{file.relative_to(path.parent)}\0".encode())
                state.update(blake2b(file.read_bytes()).digest())
    return state.hexdigest()


def source() -> str:
    return digest([SOURCE / name for name in DECIDING])


def content_of(one: DataSet) -> str:
    """What a result depends on: the source and the set."""
    return f"{source()} {digest([one.folder])}"


def measure(data: Data, one: DataSet) -> Result:
    """The result of this source on this set; ``content`` says on which, or that it changed meanwhile."""
    content, begun = content_of(one), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dedupsvc-quality-") as folder:
        out = Path(folder, "out")
        _child(["dedupsvc", "evaluate", str(one.folder), "--out", str(out)], folder)
        summary = json.loads((out / "summary.json").read_text("utf-8"))
        checked = _checked(data, one, out, summary)
        cost = json.loads(_child(["tests.quality.cost", str(one.folder), str(out / "candidates.csv")], folder))
        clusters = {row["id"]: row["cluster"] for row in rows(out / "clusters.csv")}
        joined = joined_among(one.folder / "negatives.csv", clusters) if one.profile else {}
    result = {"figures": summary["figures"], "thresholds": summary["thresholds"], **checked, "cost": cost}
    unchanged = content_of(one) == content
    return result | {
        "joined": joined,
        "seconds": round(time.monotonic() - begun, 1),
        "content": content if unchanged else "changed meanwhile",
    }


def _checked(data: Data, one: DataSet, out: Path, summary: Result) -> Result:
    """The data folder's own metrics, which must agree with ours to the fourth decimal."""
    given = [str(one.folder), "--pairs", str(out / "pairs.csv"), "--clusters", str(out / "clusters.csv")]
    given += ["--candidates", str(out / "candidates.csv"), "--threshold", str(summary["thresholds"]["match"])]
    if one.profile:
        given += ["--cases", "--decisions", str(out / "decisions.csv"), "--window", "24h"]
    done = subprocess.run([sys.executable, str(data.metrics), *given], check=True, capture_output=True, text=True)
    theirs = json.loads(done.stdout)
    ours = summary["figures"]
    pairs = {
        "precision": theirs["clusters"]["closed"]["p"],
        "recall": theirs["clusters"]["closed"]["r"],
        "bcubed_f1": theirs["clusters"]["bcubed"]["f1"],
        "pair_completeness": theirs["candidates"]["pair_completeness"],
        "candidates_per_record": theirs["candidates"]["candidates_per_record"],
    }
    if one.profile:
        pairs["three_same_24h_f1"] = theirs["decisions"]["f1"]
    for name, value in pairs.items():
        if abs(value - ours[name]) > TOLERANCE:
            raise SystemExit(
                f"{one.name}: {name} is {ours[name]:.4f} by dedupsvc and {value:.4f} by {data.metrics.name}"
            )
    single = theirs["pairs"]["default"]
    result: Result = {"pairs": {name: single[name] for name in ("p", "r", "f1")}}
    if one.profile:
        (cases,) = theirs["cases"].values()
        result |= {"false_match": cases["false_match"], "recall_single": cases["recall_single"]}
    return result


def joined_among(negatives: Path, clusters: Mapping[str, str]) -> dict[str, list[int]]:
    """By kind, how many pairs look alike and are two customers, and how many of them ended in one."""
    known, joined = Counter[str](), Counter[str]()
    for row in rows(negatives):
        known[row["type"]] += 1
        first, second = clusters.get(row["id1"]), clusters.get(row["id2"])
        joined[row["type"]] += first is not None and first == second
    return {kind: [count, joined[kind]] for kind, count in sorted(known.items())}


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Of a CSV file, which may be compressed."""
    if not path.exists():
        path = path.with_name(f"{path.name}.gz")
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def bare_environment() -> dict[str, str]:
    """Nothing of the developer's own settings; the compiled package stays before the sources, if it was there."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DEDUPSVC_")} | {
        "PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT / "src"), str(ROOT)]))
    }


def _child(module: Sequence[str], folder: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *module], cwd=folder, env=bare_environment(), capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(module)}\n{done.stderr[-2000:]}")
    return done.stdout
