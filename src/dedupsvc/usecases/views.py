"""Records, customers and decisions as they stand."""

from __future__ import annotations

from dataclasses import replace

from dedupsvc.core.entity import State, StoredRecord
from dedupsvc.core.errors import NotFound
from dedupsvc.core.record import RecordKey
from dedupsvc.usecases import ids
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.answers import (
    CustomerView,
    DecisionView,
    EpisodeView,
    RecordView,
    VersionView,
    decode_answer,
    decode_record,
)
from dedupsvc.usecases.examine import FOREVER
from dedupsvc.usecases.golden import golden_of
from dedupsvc.usecases.ports import Reads
from dedupsvc.usecases.resources import Resources


async def record_by_id(resources: Resources, caller: Caller, record_id: str) -> RecordView:
    """Raises `NotFound`."""
    number = ids.internal(ids.RECORD, record_id)
    async with resources.store.reading(caller.tenant_id) as reads:
        return await _record(reads, await reads.record_by_id(number))


async def record_by_key(resources: Resources, caller: Caller, key: RecordKey) -> RecordView:
    """Raises `NotFound`."""
    async with resources.store.reading(caller.tenant_id) as reads:
        return await _record(reads, await reads.record(key))


async def _record(reads: Reads, stored: StoredRecord | None) -> RecordView:
    if stored is None:
        raise NotFound("There is no such record.")
    decisions = await reads.decisions_of(stored.place.record_id)
    kept = [decision for decision in decisions if decision.stored]
    versions = []
    for number, decision in zip(range(len(kept), 0, -1), kept, strict=True):
        submitted = decode_record(decision.input)
        versions.append(VersionView(number, submitted.values, submitted.envelope.updated_at, decision.decided_at))
    return replace(_view(stored), versions=tuple(versions))


def _view(stored: StoredRecord) -> RecordView:
    return RecordView(
        record_id=ids.public(ids.RECORD, stored.place.record_id),
        customer_id=ids.public(ids.CUSTOMER, stored.place.customer_id),
        state=stored.place.state.value,
        version=stored.version,
        values=stored.values,
        envelope=replace(
            stored.envelope, scenario=stored.place.scenario, occurred_at=stored.place.occurred_at, cleared=()
        ),
        received_at=stored.place.received_at,
        decision_id=ids.public(ids.DECISION, stored.decision_id),
    )


async def customer(resources: Resources, caller: Caller, customer_id: str) -> CustomerView:
    """The customer, or the one it was merged into. Raises `NotFound`."""
    number = ids.internal(ids.CUSTOMER, customer_id)
    async with resources.store.reading(caller.tenant_id) as reads:
        stored = await reads.customer(number)
        if stored is None:
            raise NotFound("There is no such customer.")
        records = await reads.records_of(stored.customer_id)
        episodes = await reads.episodes({stored.customer_id}, -FOREVER, FOREVER)
        merged = await reads.merged_from(stored.customer_id)
        merges = await reads.merges_of(stored.customer_id)
        golden = await golden_of(reads, resources, caller.tenant_id, records, merges)
    return CustomerView(
        customer_id=ids.public(ids.CUSTOMER, stored.customer_id),
        merged_from=tuple(ids.public(ids.CUSTOMER, one) for one in merged),
        golden=golden,
        records=tuple(_view(record) for record in records),
        episodes=tuple(
            EpisodeView(
                ids.public(ids.EPISODE, episode.episode_id),
                episode.scenario,
                episode.anchor_at,
                ids.public(ids.RECORD, episode.place.record_id),
            )
            for episode in sorted(episodes, key=lambda one: (one.anchor_at, one.episode_id))
            if episode.place.state is not State.RETIRED
        ),
        created_at=stored.created_at,
        merges=tuple(ids.public(ids.MERGE, made.merge_id) for made in merges),
    )


async def decision(resources: Resources, caller: Caller, decision_id: str) -> DecisionView:
    """The decision as made and as it stands. Raises `NotFound`."""
    number = ids.internal(ids.DECISION, decision_id)
    async with resources.store.reading(caller.tenant_id) as reads:
        made = await reads.decision(number)
        if made is None:
            raise NotFound("There is no such decision.")
        record = await reads.record_by_id(made.record_id) if made.record_id else None
    newest = record.decision_id if record is not None else made.decision_id
    return DecisionView(
        decision_id=decision_id,
        decided_at=made.decided_at,
        answer=decode_answer(made.answer),
        current_state=record.place.state.value if record is not None else "",
        current_customer_id=ids.public(ids.CUSTOMER, record.place.customer_id) if record is not None else "",
        superseded_by=ids.public(ids.DECISION, newest) if newest != made.decision_id else "",
    )
