"""Tables that come and go as files: columns, rows one by one with the broken ones among them, and cells that do no harm.

A spreadsheet takes a cell that begins with one of five characters for a formula, and a formula can send data away. Such cells are
written with an apostrophe before them, and lose it when they are read. JSON lines need none of this: they keep every character.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dedupsvc.core.errors import DedupError


class FileRefused(DedupError):
    """The file is none that can be imported: not a table, too large, or locked by a password."""

    code = "FILE_REFUSED"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row could not be taken; ``message`` carries no value."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row as text by column. ``line`` is its first line in the file, from 1; of a sheet, its row."""

    line: int
    cells: Mapping[str, str]
    fault: Fault | None = None


class Tabular(Protocol):
    """A file of rows: delimited text, a sheet, or JSON lines."""

    columns: tuple[str, ...]
    """Of JSON lines, those of the first rows."""
    form: str
    """What was recognized, for people: "CSV, gb18030, delimiter ;"."""

    def rows(self) -> Iterator[Row]:
        """From the first; each call begins anew. At most a few rows are in memory, whatever the file's size."""
        ...


_ACTIVE = ("=", "+", "-", "@", "\t", "\r")


def disarmed(cell: str) -> str:
    """``'=1+1`` for ``=1+1``."""
    return f"'{cell}" if cell.startswith(_ACTIVE) else cell


def plain(cell: str) -> str:
    """What `disarmed` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_ACTIVE) else cell


def csv_line(cells: Sequence[str]) -> bytes:
    """One line of CSV in UTF-8, every cell disarmed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([disarmed(cell) for cell in cells])
    return text.getvalue().encode("utf-8", "replace")
