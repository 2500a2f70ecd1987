"""Rows prepared in a process of their own, ahead of the one that decides on them; run as a module, that process.

What goes over the pipes is pickled: both ends are this program, and nobody else has them.
"""

from __future__ import annotations

import asyncio
import copyreg
import io
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from dedupsvc.adapters.files import open_table
from dedupsvc.core.errors import Unavailable
from dedupsvc.core.record import Address, Custom, Email, Envelope, Identifier, Phone, Record, Values
from dedupsvc.usecases.preparation import Preparation, Prepped
from dedupsvc.usecases.prepare import Prepared
from dedupsvc.usecases.tabular import Fault, FileRefused, Row

_LENGTH = 8
_KINDS = (Row, Fault, Prepared, Record, Envelope, Values, Email, Phone, Address, Identifier, Custom)


@dataclass(frozen=True, slots=True)
class Ahead:
    """Memory stays flat: the process waits until its last batch is taken, and one more waits here."""

    path: Path

    async def batches(self, preparation: Preparation, done: int, size: int) -> AsyncGenerator[Sequence[Prepped], None]:
        asked = _asked(self.path, preparation, done, size)
        with _started() as process:
            coming: asyncio.Future[bytes] = asyncio.ensure_future(asyncio.to_thread(_begun, process, asked))
            try:
                while batch := _unpacked(await coming, process):
                    coming = asyncio.ensure_future(asyncio.to_thread(_received, process))
                    yield batch
            finally:
                process.kill()
                coming.cancel()


def _asked(path: Path, preparation: Preparation, done: int, size: int) -> bytes:
    return pickle.dumps((path, preparation, done, size))


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


def _unpacked(message: bytes, process: subprocess.Popen[bytes]) -> Sequence[Prepped]:
    """Empty after the last row."""
    if not message:
        raise Unavailable(f"The process that reads the rows has ended early (status {process.wait()}).")
    said: Sequence[Prepped] | FileRefused = pickle.loads(message)  # noqa: S301 - from a process of our own
    if isinstance(said, FileRefused):
        raise said
    return said


def _packed(said: Sequence[Prepped] | FileRefused) -> bytes:
    text = io.BytesIO()
    pickler = pickle.Pickler(text, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _REDUCED
    pickler.dump(said)
    return text.getvalue()


def _reduced(one: Any) -> tuple[type, tuple[Any, ...]]:
    return type(one), tuple([getattr(one, name) for name in one.__slots__])


_REDUCED = {**copyreg.dispatch_table, **dict.fromkeys(_KINDS, _reduced)}
"""A call of its class brings an instance back in a third of the time of the way that frozen dataclasses go by themselves."""


def _work(asked: BinaryIO, answers: BinaryIO) -> None:
    path, preparation, done, size = pickle.load(asked)  # noqa: S301 - from the process that started this one
    for said in _batches(path, preparation, done, size):
        message = _packed(said)
        answers.write(len(message).to_bytes(_LENGTH) + message)
        answers.flush()


def _batches(path: Path, preparation: Preparation, done: int, size: int) -> Iterator[Sequence[Prepped] | FileRefused]:
    try:
        rest = islice(open_table(path).rows(), done, None)
        while batch := list(islice(rest, size)):
            yield [(row, preparation.of(row)) for row in batch]
        yield ()
    except FileRefused as error:
        yield error


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the one that decides ends this one
    try:
        _work(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:  # nobody takes the rows any longer
        os._exit(1)


if __name__ == "__main__":
    main()
