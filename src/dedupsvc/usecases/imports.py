"""A file of customers, row by row through the decision of /ingest; how far it has come is written together with its rows."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import BinaryIO, TypeAlias

from dedupsvc.core.errors import Conflict, InvalidField, Unavailable
from dedupsvc.usecases import ids
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.examine import Kind
from dedupsvc.usecases.import_view import ImportView, viewed
from dedupsvc.usecases.ingest import check_and_add, locks_of
from dedupsvc.usecases.layout import Layout
from dedupsvc.usecases.outcome import Outcome
from dedupsvc.usecases.ports import Contention, Search, Unit
from dedupsvc.usecases.preparation import Batch, Here, Preparation, Prepped, Source, fault_of
from dedupsvc.usecases.prepare import Prepared
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import ImportJob
from dedupsvc.usecases.tabular import Fault, FileRefused, Row, Tabular, csv_line

ROWS_PER_UNIT = 50
LOCKS_PER_UNIT = 512
"""Where a unit takes locks key by key."""
_END_OF = {"accept": "accepted", "link": "linked", "merge": "merged", "flag": "flagged", "reject": "rejected"}
_REJECTED_COLUMNS = ("rejected line", "rejected code", "rejected reason", "rejected rest")
"""Before the file's own; the rest is what stood in no column."""
_MOST_OWN_LOCKS = 3
"""Beside those of its keys: its row, the one that it replaces, its claim key."""
_PATIENCE = (1.0, 2.0, 4.0)
"""Seconds to wait for a store that does not answer, before giving up until somebody starts the import again."""

Chunk: TypeAlias = Sequence[Prepped]


@dataclass(slots=True)
class Import:
    """One run through a file, from where the last one ended. Decisions are those of one row after the other."""

    resources: Resources
    caller: Caller
    table: Tabular
    layout: Layout
    content: str
    """A digest of the file's content."""
    name: str
    rejected: Callable[[str], BinaryIO]
    """Opens the file of rejected rows of the import of this id, for reading and writing; made if there is none."""
    source: Source | None = None
    """Where the rows are prepared; without it, here."""
    rows_per_unit: int = ROWS_PER_UNIT
    rows_per_long_unit: int = 0
    """Where units have the store to themselves, each goes on for so many rows; 0: they are short."""
    note: Callable[[Row, Outcome], None] | None = None
    """Hears each decision; of rows that have to be decided again, each time."""
    _clock: int = 0
    _runner: int = 0
    _lock: int = 0
    _file: BinaryIO = field(default_factory=io.BytesIO)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(f"{self.content}\x1f{self.layout.json()}".encode()).hexdigest()

    async def begin(self) -> ImportJob:
        """Takes the import over from whoever worked on it, or founds it. Nobody else's rows are written after this."""
        self.layout.checked()
        return await self.resources.retried(self._begin)

    async def _begin(self) -> ImportJob:
        tenant = self.caller.tenant_id
        self._runner = self.resources.new_id()
        self._lock = self.resources.lock_of("import", tenant, self.fingerprint)
        async with self.resources.store.unit(tenant) as unit:
            await unit.claim(0, [self._lock])
            now = await unit.now()
            job = await unit.import_of(self.fingerprint)
            if job is None:
                job = ImportJob(
                    self.resources.new_id(),
                    self.fingerprint,
                    self.name,
                    self.layout.json(),
                    "running",
                    rows=0,
                    line=0,
                    rejected_bytes=0,
                    counts="{}",
                    fault="",
                    runner=self._runner,
                    busy=0,
                    started_at=now,
                    updated_at=now,
                )
            elif job.state != "finished":
                job = replace(job, state="running", fault="", runner=self._runner, updated_at=now)
            await unit.keep_import(job)
            await unit.commit()
        return job

    async def run(self, job: ImportJob, progress: Callable[[ImportJob], None] = lambda job: None) -> ImportView:
        """From a job that `begin` gave to its end; a finished one stays as it is.

        Raises:
            Conflict: somebody else has taken the import over.
            Unavailable: the store does not answer; what was done is kept, and running it again goes on from there.
            FileRefused: the file is damaged from some place on.
        """
        if job.state == "finished":
            return viewed(job)
        with self.rejected(ids.public(ids.IMPORT, job.import_id)) as self._file:
            # A machine that lost its power may have lost the end of this file, which is never waited for.
            job = replace(job, rejected_bytes=min(job.rejected_bytes, self._file.seek(0, io.SEEK_END)))
            try:
                return viewed(await self._to_the_end(job, progress))
            except (FileRefused, Unavailable) as error:
                await self._give_up(job, error.message)
                raise

    async def _to_the_end(self, job: ImportJob, progress: Callable[[ImportJob], None]) -> ImportJob:
        self._lap()
        source = self.source or Here(self.table)
        async with aclosing(source.batches(self._preparation(), job.rows, self.rows_per_unit)) as batches:
            while self._is_long and job.state != "finished":
                job = await self._decide_many(job, batches, progress)
            async for batch in batches:
                for chunk in self._chunks(batch.rows):
                    job = await self._patiently(job, chunk)
                    progress(job)
                    await asyncio.sleep(0)
        return job if job.state == "finished" else await self._patiently(replace(job, state="finished"), ())

    @property
    def _is_long(self) -> bool:
        """A long unit would need more locks than there are, where it needs any."""
        return self.rows_per_long_unit > 0 and self.resources.store.exclusive

    def _preparation(self) -> Preparation:
        resources = self.resources
        tenant = self.caller.tenant_id
        cap = resources.expected_rules(tenant).ruleset.candidates_per_key
        own = self.content[:16]
        return Preparation(self.layout, tenant, own, resources.secret, resources.defaults, self.fingerprint, cap)

    def _chunks(self, batch: Chunk) -> Iterator[Chunk]:
        """Rows that go into one unit: no more than it may hold locks for."""
        if self.resources.store.exclusive:
            yield batch
            return
        chunk: list[Prepped] = []
        locks = 0
        for row, prepared in batch:
            more = self._most_locks(prepared) if isinstance(prepared, Prepared) else 0
            if chunk and locks + more >= LOCKS_PER_UNIT:
                yield chunk
                chunk, locks = [], 0
            chunk.append((row, prepared))
            locks += more
        yield chunk

    def _most_locks(self, prepared: Prepared) -> int:
        """What `locks_of` can come to, without a hash for each lock."""
        return sum(key not in self.resources.hot for key in prepared.keys) + _MOST_OWN_LOCKS

    async def _patiently(self, job: ImportJob, chunk: Chunk) -> ImportJob:
        """The chunk in one unit; if others are in the way all the time, row by row."""
        for seconds in _PATIENCE:
            try:
                return await self.resources.retried(partial(self._decide, job, chunk))
            except Contention:
                if len(chunk) > 1:
                    for one in chunk:
                        job = await self._patiently(job, (one,))
                    return job
            except Unavailable:
                pass
            await asyncio.sleep(seconds)
        return await self.resources.retried(partial(self._decide, job, chunk))

    async def _decide(self, job: ImportJob, chunk: Chunk) -> ImportJob:
        hot: set[int] = set()
        async with self.resources.store.unit(self.caller.tenant_id) as unit:
            await unit.claim(0, self._locks(chunk))
            stored = await self._own(unit)
            if stored.rows != job.rows:  # the last commit was not answered, but it did happen
                return stored
            job = await self._judged(unit, job, chunk, hot)
            await unit.keep_import(job)
            await unit.commit()
        self.resources.remember_hot(frozenset(hot))
        return job

    async def _decide_many(
        self, job: ImportJob, batches: AsyncIterator[Batch], progress: Callable[[ImportJob], None]
    ) -> ImportJob:
        """One long unit. Its rows are gone when it fails, so it is not tried again: who runs the import again does that."""
        damage: FileRefused | None = None
        async with AsyncExitStack() as stack:
            opened = partial(self.resources.store.unit, self.caller.tenant_id)
            unit = await self.resources.retried(lambda: stack.enter_async_context(opened()))
            await unit.claim(0, [self._lock])
            await self._own(unit)
            begun = job.rows
            enough = begun + self.rows_per_long_unit
            try:
                while job.rows < enough and job.state != "finished":
                    batch = await anext(batches, None)
                    if batch is None:
                        job = replace(job, state="finished")
                        continue
                    # What was looked up before the last commit does not show what that has stored.
                    await unit.expect(partial(self._coming, batch.rows), batch.seen if batch.done == begun else None)
                    job = await self._judged(unit, job, batch.rows, set())
                    progress(job)
                    await asyncio.sleep(0)
            except FileRefused as error:  # what comes before the damage is kept
                damage = error
            await unit.keep_import(job)
            await unit.commit()
        if damage is not None:
            raise damage
        return job

    async def _judged(self, unit: Unit, job: ImportJob, chunk: Chunk, hot: set[int]) -> ImportJob:
        """The job after these rows; hot keys that they met are added to ``hot``."""
        counts = Counter(json.loads(job.counts))
        bad: list[tuple[Row, Fault]] = []
        for row, prepared in chunk:
            outcome = await self._decided(unit, prepared)
            if isinstance(outcome, Fault):
                bad.append((row, outcome))
                counts["bad"] += 1
                continue
            counts[_end(outcome)] += 1
            hot.update(outcome.examination.retrieval.truncated)
            if self.note is not None:
                self.note(row, outcome)
        return replace(
            job,
            rows=job.rows + len(chunk),
            line=chunk[-1][0].line if chunk else job.line,
            rejected_bytes=self._write(job, bad),
            counts=json.dumps(counts),
            busy=job.busy + self._lap(),
            updated_at=await unit.now(),
        )

    def _coming(self, chunk: Chunk) -> list[Search]:
        cap = self.resources.expected_rules(self.caller.tenant_id).ruleset.candidates_per_key
        return [one.search(cap) for _, one in chunk if isinstance(one, Prepared)]

    def _lap(self) -> int:
        """Microseconds since the last time this was asked."""
        before, self._clock = self._clock, time.perf_counter_ns()
        return (self._clock - before) // 1000

    def _locks(self, chunk: Chunk) -> list[int]:
        if self.resources.store.exclusive:
            return [self._lock]
        prepared = [each for _, each in chunk if isinstance(each, Prepared)]
        locks = {lock for each in prepared for lock in locks_of(self.resources, self.caller, each)}
        return sorted(locks | {self._lock})

    async def _own(self, unit: Unit) -> ImportJob:
        """The job as stored; under its lock, so that nobody takes it over before the commit."""
        stored = await unit.import_of(self.fingerprint)
        if stored is None or stored.runner != self._runner:
            raise Conflict("The import of this file has been taken over by another run.")
        return stored

    async def _decided(self, unit: Unit, prepared: Prepared | Fault) -> Outcome | Fault:
        if isinstance(prepared, Fault):
            return prepared
        try:
            return await check_and_add(unit, self.resources, self.caller, prepared)
        except InvalidField as error:  # raised by the check, before anything of the row is written
            return fault_of(error)

    def _write(self, job: ImportJob, bad: Sequence[tuple[Row, Fault]]) -> int:
        """Puts the rows at the place where the job's own end; what an abandoned attempt left there is overwritten."""
        self._file.seek(job.rejected_bytes)
        self._file.truncate()
        if not bad:
            return job.rejected_bytes
        if not job.rejected_bytes:
            self._file.write(b"\xef\xbb\xbf" + csv_line((*_REJECTED_COLUMNS, *self.table.columns)))
        for row, fault in bad:
            cells = (row.cells.get(column, "") for column in self.table.columns)
            rest = {name: cell for name, cell in row.cells.items() if name not in self.table.columns}
            told = json.dumps(rest, ensure_ascii=False) if rest else ""
            self._file.write(csv_line((str(row.line), fault.code, fault.message, told, *cells)))
        self._file.flush()
        return self._file.tell()

    async def _give_up(self, job: ImportJob, fault: str) -> None:
        """Notes why, if that can still be noted; the rows that are done stay done."""
        try:
            async with self.resources.store.unit(self.caller.tenant_id) as unit:
                await unit.claim(0, [self._lock])
                stored = await self._own(unit)
                await unit.keep_import(replace(stored, state="failed", fault=fault, updated_at=await unit.now()))
                await unit.commit()
        except (Unavailable, Conflict):
            return


def _end(outcome: Outcome) -> str:
    if outcome.examination.kind in (Kind.UNCHANGED, Kind.STALE):
        return "unchanged"
    return _END_OF[outcome.answer.decision]
