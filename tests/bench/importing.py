"""`dedupsvc import` of a whole file into an empty store, by the command that a user types, and the no-op of the same minutes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.customers import Customers
from tests.bench.load import load
from tests.bench.measure import NOOP
from tests.bench.plan import FOLDER, ROOT
from tests.bench.served import cpu, memory, served

CLIENTS, SECONDS = 8, 5.0
"""Of a slice of the no-op: one before the import and one after it."""
GLANCE_SECONDS = 0.5
"""Between two looks at how much memory the processes have."""


@dataclass(frozen=True, slots=True)
class Imported:
    """One file."""

    rows: int
    seconds: float
    """From the command's start to its end."""
    cpu: float
    """Seconds of CPU, of all its processes."""
    memory: float
    """MB that its processes had together at most, what they share counted in each."""
    noop: float
    """Seconds of CPU that a no-op took meanwhile."""

    @property
    def noops(self) -> float:
        """Time a row takes, in no-ops: what can be compared between machines, and between a machine's good and bad days."""
        return self.seconds / self.rows / self.noop


def measured(customers: Customers) -> Imported:
    """The rows that the bench's stores are filled with, each judged against all before it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="import-", dir=FOLDER) as name:
        folder = Path(name)
        settings = {
            "DEDUPSVC_DATABASE_URL": f"sqlite:///{folder / 'store.sqlite3'}",
            "DEDUPSVC_HASH_KEY_FILE": str(folder / "dedupsvc.key"),
        }
        file = folder / "customers.csv"
        shutil.copyfile(customers.stored, file)
        _run("migrate", settings)
        before = _noop(customers, folder)
        with _command("import", settings, str(file), "--exclusive", "--yes") as process:
            begun, spent, most = time.monotonic(), 0.0, 0.0
            while process.poll() is None:
                spent, most = max(spent, cpu(process.pid)), max(most, memory(process.pid))
                time.sleep(GLANCE_SECONDS)
            seconds = time.monotonic() - begun
        if process.returncode:
            raise RuntimeError(f"the import of {customers.size} rows failed:\n{(folder / 'log').read_text()[-4000:]}")
        noop = median([before, _noop(customers, folder)])
        found = Imported(customers.size, seconds, spent, most, noop)
        print(
            f"import of {found.rows}: {seconds:.0f} s, CPU {spent:.0f} s, {most:.0f} MB, no-op {noop * 1e6:.0f} µs",
            flush=True,
        )
        return found


def _noop(customers: Customers, folder: Path) -> float:
    """Over an empty store of its own: whatever is stored, it costs the same."""
    own = folder / "noop"
    own.mkdir(exist_ok=True)
    url = f"sqlite:///{own / 'store.sqlite3'}"
    _run("migrate", {"DEDUPSVC_DATABASE_URL": url, "DEDUPSVC_HASH_KEY_FILE": str(own / "dedupsvc.key")})
    with served(url, own / "dedupsvc.key", own) as server:
        load(server.url + NOOP, customers.requests, 0, CLIENTS, 1)
        before = cpu(server.pid)
        figures = load(server.url + NOOP, customers.requests, 0, CLIENTS, SECONDS)
        return (cpu(server.pid) - before) / max(1, figures.requests)


def _run(command: str, settings: dict[str, str]) -> None:
    line = [sys.executable, "-m", "dedupsvc", command]
    subprocess.run(line, cwd=ROOT, env=_environment(settings), check=True, capture_output=True)


@contextmanager
def _command(command: str, settings: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Ended with whoever started it."""
    line = [sys.executable, "-m", "dedupsvc", command, *arguments]
    with Path(arguments[0]).with_name("log").open("wb") as log:
        process = subprocess.Popen(line, cwd=ROOT, env=_environment(settings), stdout=log, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _environment(settings: dict[str, str]) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if not name.startswith("DEDUPSVC_")}, **settings}
