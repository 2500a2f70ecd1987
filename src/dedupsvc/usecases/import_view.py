"""An import of a file as it stands, for whoever asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from dedupsvc.core.errors import NotFound
from dedupsvc.core.record import Instant
from dedupsvc.usecases import ids
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import ImportJob

ENDS = ("accepted", "linked", "merged", "flagged", "rejected", "unchanged", "bad")
"""What can become of a row. ``rejected`` by the rules; ``bad`` is what could not be read, and is in the file of rejected rows."""


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import as it stands."""

    import_id: str
    name: str
    state: str
    """running | finished | failed"""
    rows: int
    line: int
    counts: Mapping[str, int]
    """By `ENDS`."""
    seconds: float
    """Of work, pauses not counted."""
    rows_per_second: float
    fault: str
    layout: Mapping[str, object]
    started_at: Instant
    updated_at: Instant


def viewed(job: ImportJob) -> ImportView:
    seconds = job.busy / 1_000_000
    return ImportView(
        import_id=ids.public(ids.IMPORT, job.import_id),
        name=job.name,
        state=job.state,
        rows=job.rows,
        line=job.line,
        counts=dict.fromkeys(ENDS, 0) | json.loads(job.counts),
        seconds=round(seconds, 3),
        rows_per_second=round(job.rows / seconds, 1) if seconds else 0.0,
        fault=job.fault,
        layout=json.loads(job.layout),
        started_at=job.started_at,
        updated_at=job.updated_at,
    )


async def import_by_id(resources: Resources, caller: Caller, import_id: str) -> ImportView:
    """Raises `NotFound`."""
    number = ids.internal(ids.IMPORT, import_id)
    async with resources.store.reading(caller.tenant_id) as reads:
        job = await reads.import_job(number)
    if job is None:
        raise NotFound("There is no such import.")
    return viewed(job)
