"""Rows prepared in a process of their own, ahead of the one that decides on them; run as a module, that process.

What goes over the pipes is pickled: both ends are this program, and nobody else has them.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from dedupsvc.adapters.files import open_table
from dedupsvc.adapters.parcels import sent, taken
from dedupsvc.adapters.sql.lookahead import Scout, scouting
from dedupsvc.core.errors import Unavailable
from dedupsvc.usecases.preparation import Batch, Preparation, Prepped
from dedupsvc.usecases.prepare import Prepared
from dedupsvc.usecases.tabular import FileRefused

_LENGTH = 8
GARBAGE_THRESHOLDS = 100_000, 20, 100
"""Rows make tens of objects each and next to no cycles: by Python's own thresholds, 700 of 10 and 10, the collector would go through
those of a batch again and again, a fifth of all work."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Memory stays flat: the process waits until its last batch is taken, and one more waits here."""

    path: Path
    store: Path | None = None
    """The SQLite file that the rows are for: what they look for there is read by the other process, too."""

    async def batches(self, preparation: Preparation, done: int, size: int) -> AsyncGenerator[Batch, None]:
        asked = _asked(self.path, self.store, preparation, done, size)
        with _started() as process:
            coming: asyncio.Future[bytes] = asyncio.ensure_future(asyncio.to_thread(_begun, process, asked))
            try:
                while (batch := _unpacked(await coming, process)).rows:
                    coming = asyncio.ensure_future(asyncio.to_thread(_received, process))
                    yield batch
            finally:
                process.kill()
                coming.cancel()


def _asked(path: Path, store: Path | None, preparation: Preparation, done: int, size: int) -> bytes:
    return pickle.dumps((path, store, preparation, done, size))


def _started() -> subprocess.Popen[bytes]:
    # -P: what lies in the folder that the command is called in is no module of ours.
    line = (sys.executable, "-P", "-m", __name__)
    # What it complains of could hold values.
    return subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603 - fixed


def _begun(process: subprocess.Popen[bytes], asked: bytes) -> bytes:
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(asked)
    return _received(process)


def _received(process: subprocess.Popen[bytes]) -> bytes:
    """Empty if the process has ended."""
    assert process.stdout is not None
    length = int.from_bytes(process.stdout.read(_LENGTH))
    message = process.stdout.read(length)
    return message if len(message) == length else b""


def _unpacked(message: bytes, process: subprocess.Popen[bytes]) -> Batch:
    """Without rows after the last one."""
    if not message:
        raise Unavailable(f"The process that reads the rows has ended early (status {process.wait()}).")
    said: tuple[Sequence[tuple[Any, ...]], int, object] | FileRefused = pickle.loads(message)  # noqa: S301 - from a process of our own
    if isinstance(said, FileRefused):
        raise said
    rows, done, seen = said
    return Batch([taken(*one) for one in rows], done, seen)


def _packed(said: Batch | FileRefused) -> bytes:
    if isinstance(said, FileRefused):
        return pickle.dumps(said)
    return pickle.dumps(([sent(*one) for one in said.rows], said.done, said.seen), pickle.HIGHEST_PROTOCOL)


def _work(asked: BinaryIO, answers: BinaryIO) -> None:
    path, store, preparation, done, size = pickle.load(asked)  # noqa: S301 - from the process that started this one
    with ExitStack() as stack:
        scout = None
        if store is not None:
            with suppress(sqlite3.Error):  # whoever decides looks for itself, and will say what is wrong with the store
                scout = stack.enter_context(scouting(store, preparation.tenant_id, preparation.job))
        for said in _batches(path, scout, preparation, done, size):
            message = _packed(said)
            answers.write(len(message).to_bytes(_LENGTH) + message)
            answers.flush()


def _batches(
    path: Path, scout: Scout | None, preparation: Preparation, done: int, size: int
) -> Iterator[Batch | FileRefused]:
    try:
        rest = islice(open_table(path).rows(), done, None)
        while batch := list(islice(rest, size)):
            rows = preparation.of_each(batch)
            yield Batch(rows) if scout is None else _looked_up(scout, preparation, rows)
        yield Batch(())
    except FileRefused as error:
        yield error


def _looked_up(scout: Scout, preparation: Preparation, rows: Sequence[Prepped]) -> Batch:
    searches = [one.search(preparation.cap) for _, one in rows if isinstance(one, Prepared)]
    try:
        return Batch(rows, *scout.look(searches))
    except sqlite3.Error:
        return Batch(rows)


@contextmanager
def little_garbage() -> Iterator[None]:
    """What has been loaded by now stays; the collector need not look through it, and seldom through what is made from here on."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the one that decides ends this one
    try:
        with little_garbage():
            _work(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:  # nobody takes the rows any longer
        os._exit(1)


if __name__ == "__main__":
    main()
