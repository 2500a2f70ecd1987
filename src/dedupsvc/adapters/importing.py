"""Imports that run in this process beside its requests: from the upload to the last row."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dedupsvc.adapters.files import open_table
from dedupsvc.adapters.uploads import Upload, Uploads
from dedupsvc.core.errors import Conflict, Unavailable
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.import_view import ImportView, import_by_id, viewed
from dedupsvc.usecases.imports import Import
from dedupsvc.usecases.layout import Layout
from dedupsvc.usecases.mapping import guessed
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import ImportJob
from dedupsvc.usecases.tabular import FileRefused, Tabular

FAILURES = logging.getLogger("dedupsvc.failures")
ROWS_PER_UNIT = 16
"""Fewer than on the command line: requests wait for as long as a unit takes."""
MOST_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """How the caller wants the file read; columns that are not named are guessed."""

    columns: Mapping[str, str]
    source_system: str
    object_type: str
    scenario: str
    timezone: str

    def layout(self, table: Tabular) -> Layout:
        columns = guessed(table.columns, self.columns)
        return Layout(columns, self.source_system, self.object_type, self.scenario, self.timezone).checked()


class Imports:
    """The imports of this process, by what they import."""

    def __init__(self, resources: Resources, uploads: Uploads, most_bytes: int) -> None:
        self._resources = resources
        self._uploads = uploads
        self._most_bytes = most_bytes
        self._running: dict[tuple[int, str], asyncio.Task[None]] = {}

    async def start(self, caller: Caller, name: str, content: AsyncIterator[bytes], asked: Asked) -> ImportView:
        """Takes the file in whole, and begins; the same file while it is being imported only tells how far that is.

        Raises:
            FileRefused, InvalidField: it cannot be imported like this.
            Unavailable: too many are running.
        """
        if len(self._running) >= MOST_AT_ONCE:
            raise Unavailable("Too many imports are running; please try again later.", retry_after=30)
        upload = await self._uploads.keep(caller.tenant_id, name, content, self._most_bytes)
        started = False
        try:
            table = await asyncio.to_thread(open_table, upload.path, name)
            running = self._import(caller, upload, table, asked.layout(table))
            key = (caller.tenant_id, running.fingerprint)
            if key in self._running and (known := await self._known(caller, running.fingerprint)) is not None:
                return viewed(known)
            job = await running.begin()
            if job.state == "finished":
                return viewed(job)
            task = asyncio.create_task(self._run(running, job))
            self._running[key] = task
            task.add_done_callback(partial(self._ended, key, upload))
            started = True
            return viewed(job)
        finally:
            if not started:
                upload.path.unlink(missing_ok=True)

    def _import(self, caller: Caller, upload: Upload, table: Tabular, layout: Layout) -> Import:
        rejected = partial(self._uploads.rejected, caller.tenant_id)
        return Import(
            self._resources, caller, table, layout, upload.digest, upload.name, rejected, rows_per_unit=ROWS_PER_UNIT
        )

    async def _known(self, caller: Caller, fingerprint: str) -> ImportJob | None:
        async with self._resources.store.reading(caller.tenant_id) as reads:
            return await reads.import_of(fingerprint)

    async def _run(self, running: Import, job: ImportJob) -> None:
        # What ends an import early is noted with it; one that was taken over is somebody else's from then on.
        with suppress(FileRefused, Unavailable, Conflict):
            await running.run(job)

    def _ended(self, key: tuple[int, str], upload: Upload, task: asyncio.Task[None]) -> None:
        """Also of a task that was cancelled before its first step, which no `finally` of its own would see."""
        upload.path.unlink(missing_ok=True)
        if self._running.get(key) is task:
            del self._running[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            FAILURES.error(json.dumps({"where": "import", "error": type(error).__name__}))  # a message may hold values

    async def rejected_path(self, caller: Caller, import_id: str) -> Path | None:
        """Where the rejected rows of the caller's import are, if there are any on this machine. Raises `NotFound`."""
        view = await import_by_id(self._resources, caller, import_id)
        path = self._uploads.rejected_path(caller.tenant_id, view.import_id)
        return path if path.exists() and path.stat().st_size else None

    async def aclose(self) -> None:
        """Breaks off what is running; each unit is whole, and sending the file again goes on from there."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


__all__ = ["Asked", "Imports"]
