"""Load on one route: wrk, or a client of our own where wrk cannot be had."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figures:
    """What the clients saw in one slice. Milliseconds."""

    requests: int
    seconds: float
    errors: int
    p50: float
    p95: float
    p99: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


@cache
def wrk() -> str | None:
    """wrk, installed by apt-get if that is possible; None says so once, and the bench's own client is used."""
    if shutil.which("wrk") is None and shutil.which("apt-get") and os.geteuid() == 0:
        print("load: installing wrk by apt-get", flush=True)
        for command in (
            ["apt-get", "install", "-y", "wrk"],
            ["apt-get", "update"],
            ["apt-get", "install", "-y", "wrk"],
        ):
            if shutil.which("wrk") is None:
                subprocess.run(command, capture_output=True, check=False)
    found = shutil.which("wrk")
    if found is None:
        print(
            "load: wrk is missing (apt-get install wrk); using a client in Python, which takes CPU of its own",
            flush=True,
        )
    return found


def load(url: str, bodies: Path, start: int, clients: int, seconds: float) -> Figures:
    """Clients that ask again as soon as they are answered. Body by body from ``start`` on, the first again after the last."""
    program = wrk()
    if program is not None:
        script = str(Path(__file__).with_name("load.lua"))
        shape = ["-t1", f"-c{clients}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", "-s", script]
        command = [program, *shape, url, "--", str(bodies), str(start)]
    else:
        command = [sys.executable, "-m", "tests.bench.client", url, str(bodies), str(start), str(clients), str(seconds)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return Figures(**json.loads(said.strip().splitlines()[-1]))
