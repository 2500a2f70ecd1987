"""A record that is no customer's any longer, because its row is gone from the source: it is found no more, its history stays."""

from __future__ import annotations

import json

from dedupsvc.core.assess import has_expired
from dedupsvc.core.entity import ClaimState, Id, State, StoredRecord
from dedupsvc.core.errors import NotFound
from dedupsvc.core.record import Record, RecordKey
from dedupsvc.core.rules import Rules
from dedupsvc.usecases import ids
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.examine import FOREVER, is_of
from dedupsvc.usecases.ingest import locks_of
from dedupsvc.usecases.ports import Contention, Unit
from dedupsvc.usecases.prepare import Prepared, prepare
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import Closing, Event


async def retire_by_id(resources: Resources, caller: Caller, record_id: str) -> None:
    """Retires the record; one that is retired already stays as it is. An open claim is given back.

    Business that it opened goes on in the oldest record that joined it, if there is one; otherwise the place is free again.

    Raises:
        NotFound: there was never such a record.
    """
    number = ids.internal(ids.RECORD, record_id)
    async with resources.store.reading(caller.tenant_id) as reads:
        stored = await reads.record_by_id(number)
    await _retired(resources, caller, stored)


async def retire_by_key(resources: Resources, caller: Caller, key: RecordKey) -> None:
    """`retire_by_id` for the row of this key. Raises `NotFound`, also for a row that has been retired."""
    async with resources.store.reading(caller.tenant_id) as reads:
        stored = await reads.record(key)
    await _retired(resources, caller, stored)


async def _retired(resources: Resources, caller: Caller, stored: StoredRecord | None) -> None:
    if stored is None:
        raise NotFound("There is no such record.")
    prepared = prepare(resources, caller.tenant_id, Record(stored.values, stored.envelope))
    await resources.retried(lambda: _attempt(resources, caller, stored.place.record_id, prepared))


async def _attempt(resources: Resources, caller: Caller, number: Id, prepared: Prepared) -> None:
    async with resources.store.unit(caller.tenant_id) as unit:
        await unit.claim(0, locks_of(resources, caller, prepared))
        stored = await _locked(unit, number)
        if stored is None or stored.place.state is State.RETIRED:
            return
        now = await unit.now()
        if stored.claim_state is ClaimState.OPEN:
            state = ClaimState.EXPIRED if has_expired(stored.place, now) else ClaimState.RELEASED
            await unit.close_claim(Closing(number, state), now, caller.principal)
        else:
            rules = await resources.rules_of(unit, caller.tenant_id, await unit.active_version())
            heirs = await _heirs(unit, stored, rules)
            thin = {
                "record_id": ids.public(ids.RECORD, number),
                "customer_id": ids.public(ids.CUSTOMER, stored.place.customer_id),
            }
            await unit.retire(stored, heirs, Event("record.retired", number, json.dumps(thin)), now, caller.principal)
        await unit.commit()


async def _locked(unit: Unit, number: Id) -> StoredRecord | None:
    """The record as it is once nobody else can change its customer."""
    before = await unit.record_by_id(number)
    if before is None:
        return None
    await unit.lock_customers({before.place.customer_id})
    stored = await unit.record_by_id(number)
    if stored is not None and stored.place.customer_id != before.place.customer_id:
        raise Contention("This customer is being changed by others; please try again.")
    return stored


async def _heirs(unit: Unit, stored: StoredRecord, rules: Rules) -> dict[Id, Id]:
    """Of each episode that the record opened, the oldest record that joined it; without those that nobody joined."""
    own = stored.place
    opened = [
        one for one in await unit.episodes({own.customer_id}, -FOREVER, FOREVER) if one.place.record_id == own.record_id
    ]
    if not opened:
        return {}
    joined = [one.place for one in await unit.records_of(own.customer_id) if one.place.state is State.JOINED]
    return {
        episode.episode_id: place.record_id
        for episode in opened
        for place in reversed(joined)  # the oldest is the last to be noted
        if is_of(episode, place.occurred_at, place.scenario, rules)
    }
