"""The first sheet of an .xlsx workbook that holds anything, every cell as text."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from dedupsvc.adapters.files.delimited import MOST_COLUMNS, TOO_MANY, named
from dedupsvc.usecases.tabular import FileRefused, Row, plain

MOST_CELLS = 20_000_000
_CHUNK = 1 << 20


class Sheet:
    """A sheet is read as a whole, so its size is looked at before; see `MOST_CELLS`."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        _refuse_bombs(path, most_bytes)
        try:
            workbook = CalamineWorkbook.from_path(str(path))
            self._sheet = _first_filled(workbook)
        except (CalamineError, OSError) as error:
            raise FileRefused("The workbook cannot be read; is it locked by a password, or no .xlsx?") from error
        header = next(((number, cells) for number, cells in self._lines() if any(cells)), None)
        if header is None:
            raise FileRefused("The workbook is empty.")
        self._header, cells = header
        self.columns = named(cells)
        if len(self.columns) > MOST_COLUMNS:
            raise FileRefused("The first row is no header.")
        self.form = f"XLSX, sheet {self._sheet.name!r}"

    def rows(self) -> Iterator[Row]:
        for number, cells in self._lines():
            if number <= self._header or not any(cells):
                continue
            beyond = any(cells[len(self.columns) :])
            yield Row(number, dict(zip(self.columns, map(plain, cells), strict=False)), TOO_MANY if beyond else None)

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """(row of the sheet, its cells), the empty rows above the first filled one included."""
        for number, cells in enumerate(self._sheet.iter_rows(), 1):
            yield number, [_text(cell) for cell in cells]


def _first_filled(workbook: CalamineWorkbook) -> CalamineSheet:
    for described in workbook.sheets_metadata:
        if described.typ == SheetTypeEnum.WorkSheet:
            sheet = workbook.get_sheet_by_name(described.name)
            if sheet.total_height * sheet.total_width > MOST_CELLS:
                raise FileRefused("The sheet has too many cells; save it as CSV.")
            if sheet.total_height:
                return sheet
    raise FileRefused("The workbook is empty.")


def _refuse_bombs(path: Path, most_bytes: int) -> None:
    """A few kilobytes can unpack to gigabytes: the declared sizes are added up, and then each part must keep to its own."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > 10_000 or sum(part.file_size for part in parts) > most_bytes:
                raise FileRefused("The workbook is too large; save it as CSV.")
            for part in parts:
                with archive.open(part) as content:
                    while content.read(_CHUNK):
                        pass
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise FileRefused("The file is no .xlsx workbook, or is damaged.") from error


def _text(cell: Any) -> str:
    """Numbers as they were typed (13876397250, never 13876397250.0), dates in ISO 8601."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() else repr(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell)
