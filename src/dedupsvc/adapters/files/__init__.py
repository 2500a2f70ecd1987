"""Customer lists as files: read whatever a CRM exports, write what a CRM and a spreadsheet can read without harm."""

from __future__ import annotations

import zlib
from pathlib import Path

from dedupsvc.adapters.files.delimited import DelimitedText
from dedupsvc.adapters.files.encoding import recognized
from dedupsvc.adapters.files.lines import JsonLines
from dedupsvc.adapters.files.sheet import Sheet
from dedupsvc.usecases.tabular import FileRefused, Tabular

READABLE = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".xlsx")
"""Each of the texts may also be packed: .csv.gz."""
SHEET_BYTES = 400_000_000
"""What the parts of an .xlsx may unpack to."""


def open_table(path: Path, name: str = "", sheet_bytes: int = SHEET_BYTES) -> Tabular:
    """Recognizes the file by its ending (``name``'s, if it is stored under another one).

    Raises:
        FileRefused: it cannot be read as a table at all; single broken rows are no reason for that.
    """
    called = (name or path.name).lower()
    packed = called.endswith(".gz")
    suffix = Path(called.removesuffix(".gz")).suffix
    if suffix not in READABLE or (packed and suffix == ".xlsx"):
        raise FileRefused(f"Files end in {', '.join(READABLE)}, the texts also in .gz.")
    try:
        if suffix == ".xlsx":
            return Sheet(path, sheet_bytes)
        encoding = recognized(path, packed)
        if suffix in (".jsonl", ".ndjson"):
            return JsonLines(path, encoding, packed)
        return DelimitedText(path, encoding, packed, "\t" if suffix == ".tsv" else "")
    except (OSError, EOFError, zlib.error) as error:
        raise FileRefused("The file cannot be read, or is damaged.") from error


__all__ = ["READABLE", "open_table"]
