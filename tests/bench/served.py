"""A server process of the bench, and what the operating system knows of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.plan import ROOT
from tests.concurrency.server import free_port

PATIENCE = 120.0
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Served:
    """The application, answering in a process of its own."""

    url: str
    pid: int

    def memory(self) -> float:
        """Resident, in MB, with the processes beside it; pages of a mapped database file are the page cache's, not their own."""
        return sum(map(_resident, [self.pid, *_children(self.pid)])) / 1024


def _resident(pid: int, field: str = "RssAnon") -> int:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return int(fields[field].split()[0])


def memory(pid: int) -> float:
    """MB of a process and its children, pages of files counted in; 0 while one of them ends."""
    try:
        return sum(_resident(one, "VmRSS") for one in (pid, *_children(pid))) / 1024
    except (FileNotFoundError, KeyError):
        return 0.0


def cpu(pid: int) -> float:
    """Seconds of CPU that the process has used, with its children's, dead ones included."""
    return sum(map(_ticks, (pid, *_children(pid)))) / TICK


def _ticks(pid: int) -> int:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return sum(int(one) for one in after_name[11:15])


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def served(database_url: str, secret: Path, folder: Path, **more: str) -> Iterator[Served]:
    """One worker over the store; ended and waited for at the end, so that it can write what it has counted."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DEDUPSVC_")},
        "DEDUPSVC_DATABASE_URL": database_url,
        "DEDUPSVC_HASH_KEY_FILE": str(secret),
        "DEDUPSVC_IMPORT_FOLDER": str(folder / "imports"),
        "DEDUPSVC_DEV_OPEN": "1",
        **more,
    }
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.serve", str(port)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _await(process, url, folder / "server.log")
        yield Served(url, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
                up, _, all_of_them = json.load(answer)["checks"].get("lookup_processes", "").partition(" of ")
                if up == all_of_them:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the server does not get ready:\n{log.read_text()[-4000:]}")
        time.sleep(0.1)
