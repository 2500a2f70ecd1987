"""What ingest would decide now, without writing anything."""

from __future__ import annotations

from collections.abc import Sequence

from dedupsvc.core.errors import DedupError
from dedupsvc.core.record import Record
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.answering import preview
from dedupsvc.usecases.answers import Answer, BatchItem
from dedupsvc.usecases.examine import examine, whole
from dedupsvc.usecases.ingest import rows_of
from dedupsvc.usecases.ports import NotFetched, Reads
from dedupsvc.usecases.prepare import Prepared, prepare
from dedupsvc.usecases.resources import Resources


async def match(resources: Resources, caller: Caller, record: Record) -> Answer:
    """The decision on the record as of now. Raises `InvalidField` and `Unavailable` like ingest."""
    prepared = prepare(resources, caller.tenant_id, record)
    envelope = prepared.record.envelope
    if not envelope.patch and not envelope.claim_key:
        try:
            async with resources.store.glance(caller.tenant_id) as reads:
                return await _previewed(reads, resources, caller, prepared)
        except NotFetched:
            pass
    async with resources.store.reading(caller.tenant_id) as reads:
        prepared = await whole(reads, prepared, resources, caller.tenant_id)
        return await _previewed(reads, resources, caller, prepared)


async def _previewed(reads: Reads, resources: Resources, caller: Caller, prepared: Prepared) -> Answer:
    examination = await examine(reads, prepared, resources, caller.tenant_id)
    rows = await rows_of(reads, examination)
    return preview(examination, caller, rows.existing)


async def match_batch(resources: Resources, caller: Caller, records: Sequence[Record]) -> tuple[BatchItem, ...]:
    """Each record on its own against what is stored; the records of the batch do not see each other."""
    answered = []
    for index, record in enumerate(records):
        try:
            answered.append(BatchItem(index, answer=await match(resources, caller, record)))
        except DedupError as error:
            answered.append(BatchItem(index, error=error))
    return tuple(answered)
