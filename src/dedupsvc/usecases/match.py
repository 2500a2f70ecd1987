"""What ingest would decide now, without writing anything."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from dedupsvc.core.errors import DedupError
from dedupsvc.core.record import Record
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.answering import preview
from dedupsvc.usecases.answers import Answer, BatchItem
from dedupsvc.usecases.examine import Examination, examine, whole
from dedupsvc.usecases.gathering import TOGETHER
from dedupsvc.usecases.ingest import rows_of
from dedupsvc.usecases.outcome import Rows
from dedupsvc.usecases.ports import NotFetched, Reads
from dedupsvc.usecases.prepare import Prepared, prepare_each
from dedupsvc.usecases.resources import Resources


async def match(resources: Resources, caller: Caller, record: Record) -> Answer:
    """The decision on the record as of now. Raises `InvalidField` and `Unavailable` like ingest."""
    (found,) = await match_together(resources, caller.tenant_id, ((caller, record),))
    if isinstance(found, DedupError):
        raise found
    return found


async def match_batch(resources: Resources, caller: Caller, records: Sequence[Record]) -> tuple[BatchItem, ...]:
    """Each record on its own against what is stored; the records of the batch do not see each other."""
    found: list[Answer | DedupError] = []
    for start in range(0, len(records), TOGETHER):
        asked = [(caller, record) for record in records[start : start + TOGETHER]]
        found += await match_together(resources, caller.tenant_id, asked)
        await asyncio.sleep(0)  # SQLite answers without a pause of its own, and others want to be served
    return tuple(
        BatchItem(index, error=one) if isinstance(one, DedupError) else BatchItem(index, answer=one)
        for index, one in enumerate(found)
    )


async def match_together(
    resources: Resources, tenant_id: int, asked: Sequence[tuple[Caller, Record]]
) -> list[Answer | DedupError]:
    """The decision on each record of this tenant, or why there is none; in order. None of them sees another.

    All go through one step before any goes through the next: the code and the tables of a step do not fit into a core's cache
    beside those of all others, so that the first record pays for loading them and the others find them there.
    """
    found: dict[int, Answer | DedupError] = {}
    prepared: dict[int, Prepared] = {}
    for index, one in enumerate(prepare_each(resources, tenant_id, [record for _, record in asked])):
        if isinstance(one, Prepared):
            prepared[index] = one
        else:
            found[index] = one
    alone = [index for index, one in prepared.items() if _leans_on_more(one)]
    together = [index for index in prepared if index not in alone] if alone else list(prepared)
    try:
        alone += await _glanced(resources, tenant_id, asked, prepared, together, found)
    except DedupError as error:  # of the store, and so everybody's
        found.update(dict.fromkeys(together, error))
    for index in alone:
        try:
            found[index] = await _read(resources, tenant_id, asked[index][0], prepared[index])
        except DedupError as error:
            found[index] = error
    return [found[index] for index in range(len(asked))]


def _leans_on_more(prepared: Prepared) -> bool:
    """Whether more than a search has to be read anyway: the row that is patched, the claims that are superseded."""
    envelope = prepared.record.envelope
    return envelope.patch or bool(envelope.claim_key)


async def _glanced(
    resources: Resources,
    tenant_id: int,
    asked: Sequence[tuple[Caller, Record]],
    prepared: dict[int, Prepared],
    together: Sequence[int],
    found: dict[int, Answer | DedupError],
) -> list[int]:
    """Decides by one glance for all; returns those for whom more has to be read than it brought along."""
    if not together:
        return []
    rules = resources.expected_rules(tenant_id)
    cap = rules.ruleset.candidates_per_key
    searches = [prepared[index].search(cap) for index in together]
    more: list[int] = []
    examined: list[tuple[int, Examination, Reads]] = []
    answering: list[tuple[int, Examination, Rows]] = []
    async with resources.store.glance(tenant_id, searches) as glances:
        for index, (reads, retrieval) in zip(together, glances, strict=True):
            try:
                examination = await examine(reads, prepared[index], resources, tenant_id, retrieval)
                examined.append((index, examination, reads))
            except NotFetched:
                more.append(index)
            except DedupError as error:
                found[index] = error
        for index, examination, reads in examined:
            try:
                answering.append((index, examination, await rows_of(reads, examination)))
            except NotFetched:
                more.append(index)
    for index, examination, rows in answering:
        found[index] = preview(examination, asked[index][0], rows.existing)
    return more


async def _read(resources: Resources, tenant_id: int, caller: Caller, prepared: Prepared) -> Answer:
    async with resources.store.reading(tenant_id) as reads:
        prepared = await whole(reads, prepared, resources, tenant_id)
        examination = await examine(reads, prepared, resources, tenant_id)
        rows = await rows_of(reads, examination)
        return preview(examination, caller, rows.existing)
