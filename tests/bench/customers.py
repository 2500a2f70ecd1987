"""The customers of a bench run: those that are stored, and the requests that come: corrupted copies of them, and strangers."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from dedupsvc.core.record import Record
from dedupsvc.usecases.mapping import record_of
from tests.bench import invented
from tests.bench.plan import FOLDER, ROOT

SYNTH = ROOT.parent / "shared" / "eval" / "synth.py"
"""The evaluation's generator; where it is missing, `invented` makes simpler customers."""
COPIES = 20_000
"""At most so many requests are copies of stored customers; they are sent again when all have been sent."""
STRANGERS = 40_000
LATEST = datetime(2026, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Customers:
    """The files of one size: rows to store, and bodies to send, one a line."""

    size: int
    origin: str
    """Which generator made them."""
    key: str
    stored: Path
    requests: Path
    """Copies and strangers in turn; each stranger comes once."""

    def records(self) -> Iterator[Record]:
        with self.stored.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield record_of(row)

    def bodies(self, count: int) -> list[bytes]:
        with self.requests.open("rb") as file:
            return [line.rstrip(b"\n") for line in islice(file, count)]


def customers(size: int) -> Customers:
    """Made at the first call, read from the folder afterwards."""
    origin = "synth.py, profile crm_mixed" if SYNTH.exists() else "tests/bench/invented.py"
    made_by = (SYNTH if SYNTH.exists() else Path(invented.__file__)).read_bytes() + Path(__file__).read_bytes()
    key = f"{size}-{hashlib.sha256(made_by).hexdigest()[:12]}"
    folder = FOLDER / "customers" / key
    if not folder.exists():
        print(f"customers: making {size} by {origin}", flush=True)
        new = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        _make(size, new)
        new.rename(folder)
    return Customers(size, origin, key, folder / "stored.csv", folder / "requests.jsonl")


def _make(size: int, folder: Path) -> None:
    rows, clusters = _generated(folder / "known", size + size // 8 + 200, dup_rate=0.3, seed=11)
    stored, copies = _parted(rows, clusters, size)
    with (folder / "stored.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, stored[0].keys())
        writer.writeheader()
        writer.writerows(stored)
    strangers, _ = _generated(folder / "strangers", STRANGERS, dup_rate=0.0, seed=12)
    with (folder / "requests.jsonl").open("w", encoding="utf-8") as file:
        for place, stranger in enumerate(strangers):
            for row in (copies[place % len(copies)], stranger):
                file.write(json.dumps(body_of(row), ensure_ascii=False, separators=(",", ":")) + "\n")
    for made in ("known", "strangers"):
        shutil.rmtree(folder / made)


def _generated(out: Path, count: int, dup_rate: float, seed: int) -> tuple[list[dict[str, str]], list[str]]:
    """Rows in the order of their arrival, and which customer each is."""
    if SYNTH.exists():
        asked = ["--profile", "crm_mixed", "--n", str(count), "--dup-rate", str(dup_rate), "--seed", str(seed)]
        subprocess.run([sys.executable, str(SYNTH), *asked, "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
    else:
        invented.write(out, count, dup_rate, seed)
    with (out / "records.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    _before(LATEST, rows)
    with (out / "truth.csv").open(encoding="utf-8", newline="") as file:
        return rows, [row["cluster"] for row in csv.DictReader(file)]


def _before(latest: datetime, rows: list[dict[str, str]]) -> None:
    """Moves all events so that the last one is then: many customers reach far into the future, which the service refuses."""
    times = [datetime.fromisoformat(row["occurred_at"]) if row["occurred_at"] else None for row in rows]
    late = max(at for at in times if at is not None) - latest
    for row, at in zip(rows, times, strict=True):
        if at is not None:
            row["occurred_at"] = (at - late).isoformat()


def _parted(
    rows: list[dict[str, str]], clusters: list[str], size: int
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """What is stored, and copies that are held back: always of customers of whom another record is stored."""
    chance = random.Random(13)
    seen: set[str] = set()
    repeats: list[int] = []
    for place, cluster in enumerate(clusters):
        if cluster in seen:
            repeats.append(place)
        seen.add(cluster)
    held = set(chance.sample(repeats, min(COPIES, len(rows) - size, len(repeats) // 2)))
    kept = [place for place in range(len(rows)) if place not in held][:size]
    known = {clusters[place] for place in kept}
    copies = [rows[place] for place in sorted(held) if clusters[place] in known]
    chance.shuffle(copies)
    return [rows[place] for place in kept], copies


def body_of(row: Mapping[str, str]) -> dict[str, Any]:
    """The request that a CRM would send before it inserts the row: it has no id there yet."""
    record = record_of({**row, "id": ""})
    body: dict[str, Any] = {**_said(record.values), **_said(record.envelope)}
    at = record.envelope.occurred_at
    if at is not None:
        body["occurred_at"] = (_EPOCH + timedelta(microseconds=at)).isoformat()
    return body


def _said(value: Any) -> Any:
    if is_dataclass(value):
        each = ((field.name, _said(getattr(value, field.name))) for field in fields(value))
        return {name: said for name, said in each if said}
    if isinstance(value, tuple):
        return [_said(one) for one in value]
    return value
