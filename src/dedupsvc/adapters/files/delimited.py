"""Delimited text: a broken line costs its own row only, an unclosed quote included."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from dedupsvc.adapters.files.encoding import LONGEST_LINE, lines, opened_text
from dedupsvc.usecases.tabular import Fault, FileRefused, Row, plain

DELIMITERS = (",", "\t", ";", "|")
LINES_PER_ROW = 200
"""A quoted cell may hold this many line breaks; beyond that its quote was never closed."""
MOST_COLUMNS = 1_000

TOO_MANY = Fault("TOO_MANY_CELLS", "The row has more cells than the header.")
TOO_FEW = Fault("TOO_FEW_CELLS", "The row has fewer cells than the header.")
UNCLOSED = Fault("UNCLOSED_QUOTE", "A quote is opened and never closed.")
BROKEN_QUOTES = Fault("BROKEN_QUOTES", "Text follows after a closing quote.")
TOO_LONG = Fault("ROW_TOO_LONG", "The row is too long.")
BAD_ENCODING = Fault("BAD_ENCODING", "The row holds bytes that are no text in the file's encoding.")


class DelimitedText:
    """A CSV or TSV file, packed or not."""

    def __init__(self, path: Path, encoding: str, packed: bool, delimiter: str = "") -> None:
        self._path, self._encoding, self._packed = path, encoding, packed
        with opened_text(path, packed, encoding) as file:
            head = [line for line in islice(lines(file), 50) if line.strip()]
        if not head:
            raise FileRefused("The file is empty.")
        self._delimiter = delimiter if delimiter and delimiter in head[0] else likely_delimiter(head)
        header = next(_records(iter(head), self._delimiter), None)
        if header is None or header[2] is not None or len(header[1]) > MOST_COLUMNS:
            raise FileRefused("The first line is no header.")
        self.columns = named(header[1])
        shown = {",": ",", "\t": "tab"}.get(self._delimiter, self._delimiter)
        self.form = f"{'gzip, ' if packed else ''}{encoding.removesuffix('-sig')}, delimiter {shown}"

    def rows(self) -> Iterator[Row]:
        with opened_text(self._path, self._packed, self._encoding) as file:
            records = _records(lines(file), self._delimiter)
            next(records)
            for line, cells, fault in records:
                if fault is None and not any(cell.strip() for cell in cells):
                    continue
                yield row(line, self.columns, cells, fault)


def row(line: int, columns: Sequence[str], cells: Sequence[str], fault: Fault | None = None) -> Row:
    """Cells by column; what is beyond the columns is kept under the last one's name, to be seen among the rejected."""
    while len(cells) > len(columns) and not cells[-1]:
        cells = cells[:-1]
    if fault is None and len(cells) != len(columns):
        fault = TOO_MANY if len(cells) > len(columns) else TOO_FEW
    if len(cells) > len(columns):
        cells = [*cells[: len(columns) - 1], " ".join(cells[len(columns) - 1 :])]
    if fault is None and any(not cell.isascii() and _is_undecoded(cell) for cell in cells):
        fault = BAD_ENCODING
    return Row(line, {column: plain(cell) for column, cell in zip(columns, cells, strict=False)}, fault)


def _is_undecoded(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return "\ufffd" in text


def named(header: Sequence[str]) -> tuple[str, ...]:
    """Every column with a name of its own."""
    while header and not header[-1].strip():
        header = header[:-1]
    names: list[str] = []
    for number, cell in enumerate(header, 1):
        name = base = " ".join(cell.replace("\ufeff", "").split()) or f"column {number}"
        repeats = 2
        while name in names:
            name, repeats = f"{base} ({repeats})", repeats + 1
        names.append(name)
    if not names:
        raise FileRefused("The first line is no header.")
    return tuple(names)


def likely_delimiter(head: Sequence[str]) -> str:
    """The one that parts the first lines into the most cells, the same number in each if there is such a one."""

    def quality(delimiter: str) -> tuple[int, int]:
        widths = [len(cells) for _, cells, fault in _records(iter(head), delimiter) if fault is None]
        usual = max(set(widths), key=widths.count, default=1)
        return (widths.count(usual) if usual > 1 else 0), usual

    best = max(DELIMITERS, key=quality)
    return best if best in head[0] else next((one for one in DELIMITERS if one in head[0]), ",")


def _records(source: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str], Fault | None]]:
    """(first line, cells, fault) of each row; empty lines are none."""
    ahead: deque[str] = deque()
    source = iter(source)
    number = 0
    while True:
        line = ahead.popleft() if ahead else next(source, "")
        if not line:
            return
        number += 1
        if not line.strip("\r\n"):
            continue
        taken = [line]
        cells, fault = _cells(taken, delimiter)
        while fault is UNCLOSED and len(taken) < LINES_PER_ROW:
            more = ahead.popleft() if ahead else next(source, "")
            if not more:
                break
            taken.append(more)
            if '"' in more:
                cells, fault = _cells(taken, delimiter)
        if fault is UNCLOSED or (fault is BROKEN_QUOTES and len(taken) > 1):
            fault = UNCLOSED
            ahead.extendleft(reversed(taken[1:]))
            taken = taken[:1]
            cells = line.rstrip("\r\n").split(delimiter)
        yield number, cells, fault
        number += len(taken) - 1


def _cells(taken: Sequence[str], delimiter: str) -> tuple[list[str], Fault | None]:
    if len(taken) == 1:
        line = taken[0]
        if len(line) >= LONGEST_LINE:
            return [line[:1_000]], TOO_LONG
        if '"' not in line:
            return line.rstrip("\r\n").split(delimiter), None
    try:
        parsed = list(csv.reader(taken, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return [], UNCLOSED
        return "".join(taken).rstrip("\r\n").split(delimiter), TOO_LONG if "limit" in str(error) else BROKEN_QUOTES
    return parsed[0], None
