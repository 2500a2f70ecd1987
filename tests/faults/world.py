"""Where a campaign takes place: a database of its own, the service in two processes over it, and what was found out."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.concurrency import checker
from tests.concurrency.history import History, findings
from tests.concurrency.server import Server, an_empty_database
from tests.faults.connection import Broken, send
from tests.faults.postgresql import Postgres, a_postgresql

Say = Callable[[str], None]
NO_SETTINGS: Mapping[str, str] = {}


@dataclass
class Result:
    """One campaign, for the report."""

    campaign: str
    engine: str
    seed: int
    done: Counter[str] = field(default_factory=Counter)
    """What was run and what came of it, counted."""
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """Times that were measured, by what they are of."""
    found: dict[str, list[str]] = field(default_factory=dict)
    """Breaches, by the check that found them."""
    notes: list[str] = field(default_factory=list)
    took: float = 0.0

    def add(self, found: dict[str, list[str]]) -> None:
        for check, sentences in found.items():
            self.found.setdefault(check, []).extend(sentences)

    def breach(self, check: str, sentence: str) -> None:
        self.found.setdefault(check, []).append(sentence)

    def measured(self, what: str, seconds: float) -> None:
        self.seconds.setdefault(what, []).append(seconds)


@dataclass
class World:
    """A running service over one database, and the history of what it was asked."""

    server: Server
    postgres: Postgres | None
    chance: random.Random
    result: Result
    say: Say
    history: History = field(default_factory=History)
    _deadlocks: int = 0

    async def examine(self, finished: bool = True) -> bool:
        """Holds what clients were told against what is stored; True if nothing is wrong."""
        self.history.finished = finished
        found = findings(self.history, await checker.read(self.server.url))
        if failures := self.server.failures():
            found["the service fails in no way of its own"] = failures
        deadlocks = self.postgres.deadlocks() if self.postgres else 0
        if deadlocks > self._deadlocks:
            found["no deadlocks"] = [f"{deadlocks - self._deadlocks} deadlocks"]
            self._deadlocks = deadlocks
        self.result.add(found)
        return not found

    async def answers_again(self, what: str, since: float, patience: float = 60.0) -> None:
        """Measures how long the service was away: until it says that it is ready and a decision is made."""
        body = b'{"name":"Recovery Probe","email":"probe@recovery.example","phone":"+8613912345678"}'
        while time.monotonic() - since < patience:
            try:
                if (await send(self.server.address, "POST", "/match", body)).status == 200:
                    self.result.measured(what, time.monotonic() - since)
                    return
            except Broken:
                pass
            await asyncio.sleep(0.05)
        self.result.breach("back by itself", f"no decision {patience:.0f} s after {what}")


def a_folder() -> Path:
    """One that PostgreSQL's own user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="dedupsvc-faults-"))
    folder.chmod(0o755)
    return folder


async def until(holds: Callable[[], bool], patience: float) -> float:
    """Waits until it holds, or for so many seconds; returns how long that was."""
    since = time.monotonic()
    while not holds() and time.monotonic() - since < patience:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.02)
    return time.monotonic() - since


@asynccontextmanager
async def a_world(
    campaign: str,
    engine: str,
    seed: int,
    say: Say = lambda line: None,
    workers: int = 2,
    bug: str = "",
    home: Path | None = None,
    postgres: Postgres | None = None,
    settings: Mapping[str, str] = NO_SETTINGS,
    result: Result | None = None,
) -> AsyncIterator[World]:
    """The service, started; all of it is gone afterwards.

    ``home`` holds the database, when that is to lie elsewhere; ``postgres`` is a server that may be shared, and goes on;
    ``result`` is one to go on with.
    """
    folder = a_folder()
    result, started = result or Result(campaign, engine, seed), time.monotonic()
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if engine == "postgresql" and postgres is None:
            postgres = stack.enter_context(a_postgresql(home or folder / "postgresql"))
        on_postgresql = engine == "postgresql" and postgres is not None
        maintenance = postgres.url if on_postgresql and postgres else None
        place = folder if on_postgresql or home is None else home
        async with an_empty_database(maintenance, place, drop=False) as url:
            server = Server(url, folder, workers, bug=bug, **settings)
            server.migrate()
            try:
                await server.start()
                deadlocks = postgres.deadlocks() if postgres else 0
                yield World(server, postgres, random.Random(seed), result, say, _deadlocks=deadlocks)
            finally:
                await server.stop()
                result.took += time.monotonic() - started
