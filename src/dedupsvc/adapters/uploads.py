"""Uploaded files and the rows that were rejected from them, on this machine's disk, one folder for each tenant."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dedupsvc.usecases.tabular import FileRefused

_ENDING = re.compile(r"(\.[a-z]{2,7})?(\.gz)?$")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived whole."""

    path: Path
    name: str
    digest: str
    """SHA-256 of its content: the same file again is the same upload."""


class Uploads:
    """An upload lives as long as its import; nothing a caller says becomes part of a path but a known ending."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, tenant_id: int, name: str, chunks: AsyncIterator[bytes], most: int) -> Upload:
        """Raises FileRefused for one that is larger than ``most`` bytes; what has arrived of it is removed."""
        folder = self._of(tenant_id)
        self._sweep(folder)
        ending = _ENDING.search(name.lower())
        path = folder / f"upload-{secrets.token_hex(8)}{ending[0] if ending else ''}"
        digest, size, whole = hashlib.sha256(), 0, False
        try:
            with path.open("xb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > most:
                        raise FileRefused(f"The file is larger than {most} bytes.")
                    digest.update(chunk)
                    file.write(chunk)
            whole = True
        finally:
            if not whole:
                path.unlink(missing_ok=True)
        return Upload(path, name, digest.hexdigest())

    def _sweep(self, folder: Path) -> None:
        """Files whose process was killed are left behind; no import takes a day."""
        for path in folder.glob("upload-*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - 86_400:
                    path.unlink()

    def rejected(self, tenant_id: int, import_id: str) -> BinaryIO:
        """The rejected rows of one import, for reading and writing; an empty file at first."""
        path = self.rejected_path(tenant_id, import_id)
        path.touch(0o600)
        return path.open("r+b")

    def rejected_path(self, tenant_id: int, import_id: str) -> Path:
        return self._of(tenant_id) / f"{import_id}.rejected.csv"

    def _of(self, tenant_id: int) -> Path:
        folder = self._folder / str(tenant_id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder
