"""JSON lines: an object in each line, its members the columns; nested ones are told apart by dots."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from dedupsvc.adapters.files.delimited import TOO_LONG
from dedupsvc.adapters.files.encoding import LONGEST_LINE, lines, opened_text
from dedupsvc.usecases.tabular import Fault, FileRefused, Row

SAMPLE_ROWS = 100
NOT_JSON = Fault("NOT_JSON", "The line is no JSON object.")


class JsonLines:
    """A file of JSON objects."""

    def __init__(self, path: Path, encoding: str, packed: bool) -> None:
        self._path, self._encoding, self._packed = path, encoding, packed
        seen: dict[str, None] = {}
        for row in islice(self.rows(), SAMPLE_ROWS):
            seen.update(dict.fromkeys(row.cells) if row.fault is None else {})
        if not seen:
            raise FileRefused("The file holds no JSON object.")
        self.columns = tuple(seen)
        self.form = f"{'gzip, ' if packed else ''}JSON lines, {encoding.removesuffix('-sig')}"

    def rows(self) -> Iterator[Row]:
        with opened_text(self._path, self._packed, self._encoding) as file:
            for number, line in enumerate(lines(file), 1):
                if line.strip():
                    yield _row(number, line)


def _row(number: int, line: str) -> Row:
    if len(line) >= LONGEST_LINE:
        return Row(number, {"line": line[:1_000]}, TOO_LONG)
    try:
        found = json.loads(line)
        if isinstance(found, dict):
            return Row(number, dict(_flat("", found)))
    except (ValueError, RecursionError):
        pass
    return Row(number, {"line": line.strip()[:10_000]}, NOT_JSON)


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """{"address": {"city": "杭州"}} is ``address.city``; a list of texts is one cell, a list of objects a column for each."""
    match value:
        case None:
            return
        case dict():
            for name, member in value.items():
                yield from _flat(f"{path}.{name}" if path else name, member)
        case list() if all(not isinstance(each, dict | list) for each in value):
            yield path, "; ".join(_text(each) for each in value if each is not None)
        case list():
            for place, each in enumerate(value, 1):
                yield from _flat(f"{path}.{place}" if place > 1 else path, each)
        case _:
            yield path, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
