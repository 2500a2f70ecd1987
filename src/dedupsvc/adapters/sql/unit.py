"""The one write path: a unit of work bound to one tenant, on either engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

from dedupsvc.adapters.codec import encode_envelope
from dedupsvc.adapters.sql import merging, rechecks, rows, rulesets
from dedupsvc.adapters.sql import queries as q
from dedupsvc.adapters.sql.driver import Driver
from dedupsvc.adapters.sql.listing import keep_import
from dedupsvc.adapters.sql.reads import SqlReads
from dedupsvc.adapters.sql.statement import Statement
from dedupsvc.core.entity import ClaimState, Id, State, StoredRecord
from dedupsvc.core.fields import Features
from dedupsvc.core.record import Instant
from dedupsvc.usecases.ports import Search
from dedupsvc.usecases.stored import (
    Activation,
    Apart,
    Changes,
    Closing,
    Event,
    IdempotencyRow,
    ImportJob,
    Join,
    Recheck,
    Review,
    StoredDecision,
    StoredMerge,
    StoredRuleset,
)

Inserts: TypeAlias = list[tuple[Statement, dict[str, Any]]]


class SqlUnit(SqlReads):
    """One transaction. What it writes is all in `add` and its siblings below; `commit` ends it."""

    def __init__(self, driver: Driver, tenant_id: int, new_id: Callable[[], Id]) -> None:
        super().__init__(driver, tenant_id)
        self._new_id = new_id

    async def now(self) -> Instant:
        return await self._driver.now()

    async def claim(self, idempotency: int, keys: Sequence[int]) -> None:
        await self._driver.lock(self._tenant, idempotency, sorted(set(keys)))

    async def expect(self, searches: Callable[[], Sequence[Search]], seen: object = None) -> None:
        self._driver = await self._driver.expect(self._tenant, searches, seen)

    async def lock_customers(self, customers: Collection[Id]) -> bool:
        return await self._driver.lock_customers(self._tenant, sorted(customers))

    async def remembered(self, idempotency: int) -> IdempotencyRow | None:
        found = await self._driver.fetch(q.IDEMPOTENCY, tenant_id=self._tenant, key_hash=idempotency)
        return IdempotencyRow(*found[0]) if found else None

    async def remember(self, idempotency: int, row: IdempotencyRow, now: Instant) -> None:
        own = {"tenant_id": self._tenant, "key_hash": idempotency}
        kept = {"fingerprint": row.fingerprint, "payload_json": row.payload, "expires_at": row.expires_at}
        await self._driver.insert([(q.FORGET_EXPIRED, own | {"now": now}), (q.KEEP_IDEMPOTENCY, own | kept)])

    async def add(self, changes: Changes) -> None:
        for closing in changes.closings:
            await self.close_claim(closing, changes.decision.decided_at, changes.actor)
        if changes.join is not None:
            await self._join(changes.join, changes.decision, changes.actor)
        if changes.replaced is not None:
            await self._pass_on(changes.replaced, changes.decision)
        inserts: Inserts = []
        if changes.record is not None and changes.features is not None:
            inserts += await self._record_rows(changes, changes.record, changes.features)
        decision = changes.decision
        for key in changes.hot:
            inserts.append((q.INSERT_HOT, {"tenant_id": self._tenant, "key_hash": key, "since": decision.decided_at}))
        for review in changes.reviews:
            if not await self.open_review(review.kind, review.customer_a, review.customer_b, review.record_id):
                inserts.append((q.INSERT_REVIEW, rows.review_row(self._tenant, review, decision)))
        inserts.append((q.INSERT_DECISION, rows.decision_row(self._tenant, decision)))
        action = f"decision.{decision.verdict}"
        inserts.append(self._audited(changes.actor, action, decision.record_id, decision.decided_at, decision))
        if changes.recheck:
            waiting = {"tenant_id": self._tenant, "id": decision.decision_id, "record_id": decision.record_id}
            inserts.append((rechecks.INSERT_RECHECK, waiting))
        for event in changes.events:
            inserts.append((q.INSERT_EVENT, rows.event_row(self._tenant, self._new_id(), event, decision.decided_at)))
        if changes.replaced is not None:
            subject = changes.replaced.place.record_id
            inserts.append(self._audited(changes.actor, "record.replaced", subject, decision.decided_at, decision))
        await self._driver.insert(inserts)
        if changes.replaced is not None:
            said = {"record_id": decision.record_id, "from_record": changes.replaced.place.record_id}
            await self._driver.execute(q.INHERIT_HOME, tenant_id=self._tenant, **said)

    async def _pass_on(self, replaced: StoredRecord, decision: StoredDecision) -> None:
        """What hangs on the replaced record hangs on the decision's from now on; the replaced one is retired."""
        old = replaced.place.record_id
        for statement in (q.MOVE_EPISODE, q.MOVE_REVIEWS):
            await self._driver.execute(statement, tenant_id=self._tenant, from_record=old, to_record=decision.record_id)
        await self._retire(old, replaced.claim_state)

    async def _record_rows(self, changes: Changes, record: StoredRecord, features: Features) -> Inserts:
        """The rows of a new record; of a stored one, what is left to insert after its row has been updated."""
        tenant, record_id = self._tenant, record.place.record_id
        inserts: Inserts = []
        if changes.new_customer:
            created_at = changes.decision.decided_at
            inserts.append((q.INSERT_CUSTOMER, rows.customer_row(tenant, record.place.customer_id, created_at)))
        keys = sorted(changes.keys)
        row = rows.record_row(tenant, record, changes.encoded or rows.encoded(record, features), keys)
        if changes.is_new:
            inserts.append((q.INSERT_RECORD, row))
        else:
            await self._driver.execute(q.DELETE_KEYS, tenant_id=tenant, record_id=record_id)
            await self._driver.execute(q.UPDATE_RECORD, **row)
        if keys:
            inserts.append((q.INSERT_KEYS, {"tenant_id": tenant, "keys": keys, "record_id": record_id}))
        if changes.episode is not None:
            inserts.append((q.INSERT_EPISODE, rows.episode_row(tenant, changes.episode, record_id)))
        if changes.renewed is not None:
            episode_id, at = changes.renewed
            inserts.append((q.RENEW_EPISODE, {"tenant_id": tenant, "id": episode_id, "at": at}))
        return inserts

    def _audited(
        self, actor: str, action: str, subject: Id, at: Instant, decision: StoredDecision | None = None
    ) -> tuple[Statement, dict[str, Any]]:
        return q.INSERT_AUDIT, rows.audit_row(self._tenant, self._new_id(), actor, action, subject, at, decision)

    async def _join(self, join: Join, decision: StoredDecision, actor: str) -> None:
        merge = StoredMerge(
            join.merge_id, join.survivor, join.absorbed, decision.decided_at, "bridge", actor, {}, join.plan
        )
        await merging.absorb(self._driver, self._tenant, merge, decision.decision_id)

    async def merge_customers(self, merge: StoredMerge, lifted: Sequence[Apart], event: Event) -> None:
        await merging.absorb(self._driver, self._tenant, merge)
        for pair in lifted:
            await self._lift(pair)
        detail = {
            "merge_id": merge.merge_id,
            "absorbed": merge.absorbed,
            "picked": sorted(merge.picks),
            "kept_apart_no_longer": [(pair.record_a, pair.record_b) for pair in lifted],
        }
        await self._noted(merge.actor, "customer.merged", merge, merge.created_at, detail, event)

    async def put_back(self, customer_id: Id, restored: Mapping[Id, Collection[Id]]) -> None:
        await merging.put_back(self._driver, self._tenant, customer_id, restored)

    async def note_undone(self, merge: StoredMerge, apart: Sequence[Apart], event: Event) -> None:
        await self._driver.execute(
            q.UNDO_MERGE,
            tenant_id=self._tenant,
            id=merge.merge_id,
            undone_at=merge.undone_at,
            undone_by=merge.undone_by,
            undone_json=merge.undone,
        )
        for pair in apart:
            await self._lift(pair)
            row = {"record_a": pair.record_a, "record_b": pair.record_b, "created_at": merge.undone_at}
            await self._driver.execute(q.INSERT_APART, tenant_id=self._tenant, merge_id=merge.merge_id, **row)
        detail = {
            "merge_id": merge.merge_id,
            "restored": merge.absorbed,
            "kept_apart": [(pair.record_a, pair.record_b) for pair in apart],
        }
        await self._noted(merge.undone_by, "customer.unmerged", merge, merge.undone_at, detail, event)

    async def _lift(self, pair: Apart) -> None:
        await self._driver.execute(q.LIFT_APART, tenant_id=self._tenant, record_a=pair.record_a, record_b=pair.record_b)

    async def _noted(
        self, actor: str, action: str, merge: StoredMerge, at: Instant, detail: Mapping[str, Any], event: Event
    ) -> None:
        audit = rows.audit_row(self._tenant, self._new_id(), actor, action, merge.survivor, at, None, detail)
        outbox = rows.event_row(self._tenant, self._new_id(), event, at)
        await self._driver.insert([(q.INSERT_AUDIT, audit), (q.INSERT_EVENT, outbox)])

    async def _retire(self, record_id: Id, state: ClaimState) -> None:
        tenant = self._tenant
        await self._driver.execute(q.RETIRE_RECORD, tenant_id=tenant, record_id=record_id, claim_state=state.value)
        await self._driver.execute(q.DELETE_KEYS, tenant_id=tenant, record_id=record_id)
        await self._driver.execute(q.DELETE_EPISODES, tenant_id=tenant, record_id=record_id)

    async def retire(self, record: StoredRecord, heirs: Mapping[Id, Id], event: Event, at: Instant, actor: str) -> None:
        number = record.place.record_id
        for episode_id, heir in heirs.items():
            await self._driver.execute(q.PASS_EPISODE_ON, tenant_id=self._tenant, id=episode_id, to_record=heir)
            await self._driver.execute(q.SET_STATE, tenant_id=self._tenant, record_id=heir, state=State.ACCEPTED.value)
        await self._driver.execute(q.CLOSE_REVIEWS, tenant_id=self._tenant, record_id=number)
        await self._retire(number, record.claim_state)
        event_row = rows.event_row(self._tenant, self._new_id(), event, at)
        await self._driver.insert([self._audited(actor, event.type, number, at), (q.INSERT_EVENT, event_row)])

    async def lock_rules(self) -> None:
        await self._driver.lock_epoch(self._tenant)

    async def add_ruleset(self, stored: StoredRuleset) -> None:
        await rulesets.add(self._driver, self._tenant, stored)
        detail = {"rules_version": stored.version}
        row = rows.audit_row(
            self._tenant, self._new_id(), stored.created_by, "rules.created", 0, stored.created_at, None, detail
        )
        await self._driver.insert([(q.INSERT_AUDIT, row)])

    async def activate(self, activation: Activation, event: Event) -> None:
        await rulesets.activate(self._driver, self._tenant, activation)
        at, detail = activation.at, {"rules_version": activation.version}
        audit = rows.audit_row(self._tenant, self._new_id(), activation.actor, "rules.activated", 0, at, None, detail)
        outbox = rows.event_row(self._tenant, self._new_id(), event, at)
        await self._driver.insert([(q.INSERT_AUDIT, audit), (q.INSERT_EVENT, outbox)])

    async def bind_ended(self, record_id: Id, external_id: str, object_type: str) -> None:
        await self._driver.execute(
            q.BIND_ENDED,
            tenant_id=self._tenant,
            record_id=record_id,
            external_id=external_id,
            object_type=object_type,
        )

    async def close_claim(self, closing: Closing, at: Instant, actor: str) -> None:
        await self._retire(closing.record_id, closing.state)
        what = f"claim.{closing.state.value}"
        event = Event(what, closing.record_id, "{}")
        event_row = rows.event_row(self._tenant, self._new_id(), event, at)
        await self._driver.insert([self._audited(actor, what, closing.record_id, at), (q.INSERT_EVENT, event_row)])

    async def confirm(self, record: StoredRecord, decision: StoredDecision, event: Event, actor: str) -> None:
        """Writes the confirmed record over the claimed one; keys and episode stay as they are."""
        place = record.place
        await self._driver.execute(
            q.CONFIRM_RECORD,
            tenant_id=self._tenant,
            record_id=place.record_id,
            external_id=place.external_id,
            object_type=place.object_type,
            envelope_json=encode_envelope(record.envelope),
            decision_id=decision.decision_id,
        )
        await self._confirmed(place.record_id, decision, event, actor)

    async def hand_over(
        self, claimed: Id, row: StoredRecord, decision: StoredDecision, event: Event, actor: str
    ) -> None:
        """The claimed record's episode goes to the row that was reported before its confirmation."""
        tenant = self._tenant
        await self._driver.execute(q.MOVE_EPISODE, tenant_id=tenant, from_record=claimed, to_record=row.place.record_id)
        await self._driver.execute(
            q.SET_STATE, tenant_id=tenant, record_id=row.place.record_id, state=State.ACCEPTED.value
        )
        await self._retire(claimed, ClaimState.CONFIRMED)
        await self.bind_ended(claimed, row.place.external_id, row.place.object_type)
        await self._confirmed(claimed, decision, event, actor)

    async def _confirmed(self, record_id: Id, decision: StoredDecision, event: Event, actor: str) -> None:
        inserts: Inserts = [
            (q.INSERT_DECISION, rows.decision_row(self._tenant, decision)),
            self._audited(actor, "claim.confirmed", record_id, decision.decided_at, decision),
            (q.INSERT_EVENT, rows.event_row(self._tenant, self._new_id(), event, decision.decided_at)),
        ]
        await self._driver.insert(inserts)

    async def lease(self, job: str, runner: Id, now: Instant, until: Instant) -> bool:
        return await rechecks.lease(self._driver, self._tenant, job, runner, now, until)

    async def flag(self, review: Review, decision: StoredDecision, event: Event, actor: str, now: Instant) -> None:
        inserts: Inserts = [
            (q.INSERT_REVIEW, {**rows.review_row(self._tenant, review, decision), "created_at": now}),
            self._audited(actor, "review.opened", review.review_id, now, decision),
            (q.INSERT_EVENT, rows.event_row(self._tenant, self._new_id(), event, now)),
        ]
        await self._driver.insert(inserts)

    async def end_rechecks(self, done: Sequence[Recheck]) -> None:
        await rechecks.end(self._driver, self._tenant, done)

    async def keep_import(self, job: ImportJob) -> None:
        await keep_import(self._driver, self._tenant, job)

    async def commit(self) -> None:
        await self._driver.commit()
