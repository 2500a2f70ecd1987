"""What one tenant has stored, as of one moment, on either engine."""

from __future__ import annotations

from collections.abc import Collection

from dedupsvc.adapters.sql import queries as q
from dedupsvc.adapters.sql import rows, rulesets
from dedupsvc.adapters.sql.driver import Driver
from dedupsvc.adapters.sql.listing import Listing
from dedupsvc.adapters.sql.rechecks import Rechecking
from dedupsvc.core.entity import Episode, Id, StoredRecord
from dedupsvc.core.errors import NotFound
from dedupsvc.core.merge import Branch
from dedupsvc.core.record import Instant, RecordKey
from dedupsvc.core.rules import Ruleset
from dedupsvc.usecases.ports import Search
from dedupsvc.usecases.stored import (
    Activation,
    Apart,
    Retrieval,
    StoredCustomer,
    StoredDecision,
    StoredMerge,
    StoredRuleset,
)


class SqlReads(Listing, Rechecking):
    """A consistent view of one tenant; no statement leaves without the tenant."""

    def __init__(self, driver: Driver, tenant_id: int) -> None:
        self._driver = driver
        self._tenant = tenant_id

    async def candidates(self, search: Search) -> Retrieval:
        return (await self._driver.retrieve(self._tenant, search)).retrieval

    async def episodes(self, customers: Collection[Id], since: Instant, until: Instant) -> tuple[Episode, ...]:
        known = self._driver.found
        if known is not None and known.has_episodes(customers):
            return known.episodes(customers, since, until)
        found = await self._driver.fetch(
            q.EPISODES, tenant_id=self._tenant, customers=sorted(customers), since=since, until=until
        )
        return tuple(Episode(row[0], row[1], row[2], row[3], row[4], rows.place(row[5:])) for row in found)

    async def record(self, key: RecordKey) -> StoredRecord | None:
        known = self._driver.found
        if known is not None and known.has_record(key):
            return known.record
        found = await self._driver.fetch(
            q.RECORD_BY_ROW,
            tenant_id=self._tenant,
            source_system=key.source_system,
            object_type=key.object_type,
            external_id=key.external_id,
        )
        return rows.stored_record(found[0]) if found else None

    async def record_by_id(self, record_id: Id) -> StoredRecord | None:
        found = await self._driver.fetch(q.RECORD_BY_ID, tenant_id=self._tenant, id=record_id)
        return rows.stored_record(found[0]) if found else None

    async def record_by_claim(self, claim_id: Id) -> StoredRecord | None:
        found = await self._driver.fetch(q.RECORD_BY_CLAIM, tenant_id=self._tenant, claim_id=claim_id)
        return rows.stored_record(found[0]) if found else None

    async def row_of(self, customer_id: Id, source_system: str, object_type: str) -> StoredRecord | None:
        known = self._driver.found
        if known is not None and known.has_row_of(customer_id, source_system, object_type):
            return known.row_of(customer_id)
        found = await self._driver.fetch(
            q.ROW_OF,
            tenant_id=self._tenant,
            customer_id=customer_id,
            source_system=source_system,
            object_type=object_type,
        )
        return rows.stored_record(found[0]) if found else None

    async def open_claims(self, source_system: str, claim_key: str) -> tuple[StoredRecord, ...]:
        found = await self._driver.fetch(
            q.OPEN_CLAIMS, tenant_id=self._tenant, source_system=source_system, claim_key=claim_key
        )
        return tuple(rows.stored_record(row) for row in found)

    async def customer(self, customer_id: Id) -> StoredCustomer | None:
        found = await self._driver.fetch(q.CUSTOMER, tenant_id=self._tenant, id=customer_id)
        if not found:
            return None
        stored = StoredCustomer(*found[0])
        return stored if not stored.merged_into else await self.customer(stored.merged_into)

    async def merged_from(self, customer_id: Id) -> tuple[Id, ...]:
        found = await self._driver.fetch(q.MERGED_FROM, tenant_id=self._tenant, customer_id=customer_id)
        return tuple(row[0] for row in found)

    async def merge(self, merge_id: Id) -> StoredMerge | None:
        found = await self._driver.fetch(q.MERGE, tenant_id=self._tenant, id=merge_id)
        return rows.stored_merge(found[0]) if found else None

    async def merges_of(self, customer_id: Id) -> tuple[StoredMerge, ...]:
        found = await self._driver.fetch(q.MERGES_OF, tenant_id=self._tenant, customer_id=customer_id)
        return tuple(rows.stored_merge(row) for row in found)

    async def branches(self, customer_id: Id) -> tuple[Branch, ...]:
        found = await self._driver.fetch(q.BRANCHES, tenant_id=self._tenant, customer_id=customer_id)
        return tuple(Branch(*row) for row in found)

    async def home_record(self, customer_id: Id) -> Id:
        living = await self.customer(customer_id)
        root = living.customer_id if living is not None else customer_id
        found = await self._driver.fetch(q.HOME_RECORD, tenant_id=self._tenant, customer_id=customer_id, root=root)
        return int(found[0][0]) if found else 0

    async def kept_apart(self, customers: Collection[Id]) -> tuple[Apart, ...]:
        found = await self._driver.fetch(q.KEPT_APART, tenant_id=self._tenant, customers=sorted(customers))
        return tuple(Apart(row[0], row[1], min(row[2:]), max(row[2:])) for row in found)

    async def records_of(self, customer_id: Id) -> tuple[StoredRecord, ...]:
        found = await self._driver.fetch(q.RECORDS_OF, tenant_id=self._tenant, customer_id=customer_id)
        return tuple(rows.stored_record(row) for row in found)

    async def open_review(self, kind: str, customer_a: Id, customer_b: Id, record_id: Id) -> Id:
        found = await self._driver.fetch(
            q.OPEN_REVIEW,
            tenant_id=self._tenant,
            kind=kind,
            customer_a=customer_a,
            customer_b=customer_b,
            record_id=record_id,
        )
        return int(found[0][0]) if found else 0

    async def decision(self, decision_id: Id) -> StoredDecision | None:
        found = await self._driver.fetch(q.DECISION, tenant_id=self._tenant, id=decision_id)
        return rows.stored_decision(found[0]) if found else None

    async def decisions_of(self, record_id: Id) -> tuple[StoredDecision, ...]:
        found = await self._driver.fetch(q.DECISIONS_OF, tenant_id=self._tenant, record_id=record_id)
        return tuple(rows.stored_decision(row) for row in found)

    async def active_version(self) -> int:
        found = await self._driver.fetch(q.HEADER, tenant_id=self._tenant)
        return int(found[0][0]) if found else 0

    async def ruleset(self, version: int) -> Ruleset:
        found = await self._driver.fetch(q.RULESET, tenant_id=self._tenant, version=version)
        if not found:
            raise NotFound("There is no ruleset of this version.")
        return Ruleset.model_validate_json(found[0][0])

    async def rulesets(self) -> tuple[StoredRuleset, ...]:
        return await rulesets.every(self._driver, self._tenant)

    async def activations(self) -> tuple[Activation, ...]:
        return await rulesets.activations(self._driver, self._tenant)
