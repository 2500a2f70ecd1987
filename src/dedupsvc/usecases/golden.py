"""A customer's golden record as it stands: its records, the picks of its merges, and the active ruleset's survivorship."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dedupsvc.core.entity import Id, StoredRecord
from dedupsvc.core.rules import Ruleset
from dedupsvc.core.survivorship import Survivor, Survivorship, golden
from dedupsvc.usecases import ids
from dedupsvc.usecases.answers import GoldenField
from dedupsvc.usecases.ports import Reads
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import StoredMerge


async def golden_of(
    reads: Reads,
    resources: Resources,
    tenant_id: int,
    records: Sequence[StoredRecord],
    merges: Iterable[StoredMerge],
) -> tuple[GoldenField, ...]:
    """``records`` are all of the customer's, ``merges`` those that made it what it is, oldest first."""
    survivorship = await active_survivorship(reads, resources, tenant_id)
    return fields(golden(records, survivorship, picks_of(merges)))


async def active_survivorship(reads: Reads, resources: Resources, tenant_id: int) -> Survivorship:
    rules = await resources.rules_of(reads, tenant_id, await reads.active_version())
    return survivorship_of(rules.ruleset)


def survivorship_of(ruleset: Ruleset) -> Survivorship:
    said = ruleset.survivorship
    return Survivorship(said.default, said.sources, said.fields)


def picks_of(merges: Iterable[StoredMerge]) -> Mapping[str, Id]:
    """Of two merges that pick a field the later one counts."""
    return {name: record_id for merge in merges for name, record_id in merge.picks.items()}


def fields(survivors: Iterable[Survivor]) -> tuple[GoldenField, ...]:
    return tuple(GoldenField(one.field, one.value, ids.public(ids.RECORD, one.record_id)) for one in survivors)
