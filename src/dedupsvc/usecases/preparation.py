"""The rows of a file, ready to be judged: how one is prepared, and where that is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeAlias

from dedupsvc.core.errors import InvalidField
from dedupsvc.core.normalize import Defaults
from dedupsvc.core.record import Record
from dedupsvc.usecases.layout import Layout
from dedupsvc.usecases.prepare import Prepared, prepare_each
from dedupsvc.usecases.tabular import Fault, Row, Tabular

Prepped: TypeAlias = tuple[Row, Prepared | Fault]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows in their order, and what has been looked up for them if anything has."""

    rows: Sequence[Prepped]
    done: int = -1
    """Rows of the import that were stored when that was looked up."""
    seen: object = None
    """For `Unit.expect`."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """All that preparing a row needs beside the row; small, so that it can be handed to another process."""

    layout: Layout
    tenant_id: int
    file: str
    """What the ids of rows that have none begin with."""
    secret: bytes
    defaults: Defaults
    job: str = ""
    """The import's fingerprint."""
    cap: int = 0
    """Of candidates per key, as the ruleset says."""

    def of_each(self, rows: Sequence[Row]) -> list[Prepped]:
        read = [self._read(row) for row in rows]
        records = [one for one in read if isinstance(one, Record)]
        prepared = iter(prepare_each(self, self.tenant_id, records, history=True))
        return [
            (row, one if isinstance(one, Fault) else _told(next(prepared))) for row, one in zip(rows, read, strict=True)
        ]

    def _read(self, row: Row) -> Record | Fault:
        if row.fault is not None:
            return row.fault
        try:
            return self.layout.record(row, f"{self.file}-{row.line}")
        except InvalidField as error:
            return fault_of(error)


def _told(found: Prepared | InvalidField) -> Prepared | Fault:
    return fault_of(found) if isinstance(found, InvalidField) else found


def fault_of(error: InvalidField) -> Fault:
    return Fault(error.code, f"{error.path} {error.message}")


class Source(Protocol):
    """Where the rows of a file are prepared."""

    def batches(self, preparation: Preparation, done: int, size: int) -> AsyncGenerator[Batch, None]:
        """The rows after the first ``done`` in the file's order, ``size`` at a time; to be closed by whoever asks.

        Raises:
            FileRefused: the file is damaged from some place on.
            Unavailable: the rows cannot be prepared any longer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """In this process, between its other work."""

    table: Tabular

    async def batches(self, preparation: Preparation, done: int, size: int) -> AsyncGenerator[Batch, None]:
        rest = islice(self.table.rows(), done, None)
        while batch := await asyncio.to_thread(lambda: list(islice(rest, size))):
            yield Batch(preparation.of_each(batch))
