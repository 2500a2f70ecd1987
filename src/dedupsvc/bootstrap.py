"""Builds the service from its settings: the one place that knows which store and which secret it runs with."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from dedupsvc.adapters import crypto
from dedupsvc.adapters.identity import random_ids
from dedupsvc.adapters.importing import Asked, Imports
from dedupsvc.adapters.rechecking import Rechecks
from dedupsvc.adapters.sql import migrations
from dedupsvc.adapters.sql.postgres import PostgresStore
from dedupsvc.adapters.sql.sqlite import SqliteStore
from dedupsvc.adapters.uploads import Uploads
from dedupsvc.core.entity import Id
from dedupsvc.core.errors import DedupError, StoreUnsafe, Unavailable
from dedupsvc.core.normalize import Defaults
from dedupsvc.core.record import Instant, Record, RecordKey
from dedupsvc.core.rules import BALANCED
from dedupsvc.settings import Settings
from dedupsvc.usecases import claims, exports, merge, retire, rules, views
from dedupsvc.usecases.access import DEFAULT_TENANT, Caller
from dedupsvc.usecases.answers import (
    Answer,
    BatchItem,
    CustomerView,
    DecisionView,
    Health,
    Idempotency,
    MergeView,
    RecordView,
    UndoView,
)
from dedupsvc.usecases.import_view import ImportView, import_by_id
from dedupsvc.usecases.ingest import ingest, ingest_batch
from dedupsvc.usecases.learn import Ask, Learned, learn, learn_by_asking
from dedupsvc.usecases.match import match, match_batch, match_together
from dedupsvc.usecases.ports import Store
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.rules import RulesHistory, RulesView

SECOND = 1_000_000
DAY = 86_400 * SECOND


def sqlite_file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _sqlite(url: str, new_id: Callable[[], Id], settings: Settings, alone: bool) -> Store:
    return SqliteStore(sqlite_file(url), new_id, alone=alone)


def _postgresql(url: str, new_id: Callable[[], Id], settings: Settings, alone: bool) -> Store:
    return PostgresStore(url, new_id, settings.pool_size)


STORES: dict[str, Callable[[str, Callable[[], Id], Settings, bool], Store]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
}
"""By the scheme of DEDUPSVC_DATABASE_URL."""


class Service:
    """The use cases, bound to one store. Every method is safe to call concurrently."""

    def __init__(self, resources: Resources, settings: Settings | None = None) -> None:
        settings = settings or Settings.model_construct()
        self.resources = resources
        self._imports = Imports(resources, Uploads(Path(settings.import_folder)), settings.max_import_bytes)
        self._rechecks: Rechecks | None = None
        self._recheck_share = settings.recheck_share

    def start_rechecks(self) -> None:
        """From now on, until it is closed, the service looks again at what it had to leave out; a server does, commands do not."""
        if self._recheck_share:
            self._rechecks = Rechecks(self.resources, [DEFAULT_TENANT], self._recheck_share)
            self._rechecks.start()

    async def match(self, caller: Caller, record: Record) -> Answer:
        return await match(self.resources, caller, record)

    async def match_together(self, tenant_id: int, asked: Sequence[tuple[Caller, Record]]) -> list[Answer | DedupError]:
        return await match_together(self.resources, tenant_id, asked)

    async def ingest(self, caller: Caller, record: Record, idempotency: Idempotency | None = None) -> Answer:
        return await ingest(self.resources, caller, record, idempotency)

    async def match_batch(self, caller: Caller, records: Sequence[Record]) -> tuple[BatchItem, ...]:
        return await match_batch(self.resources, caller, records)

    async def ingest_batch(
        self, caller: Caller, records: Sequence[Record], idempotency: Idempotency | None = None
    ) -> tuple[BatchItem, ...]:
        return await ingest_batch(self.resources, caller, records, idempotency)

    async def confirm_claim(
        self,
        caller: Caller,
        claim_id: str,
        external_id: str,
        object_type: str = "",
        url: str = "",
        idempotency: Idempotency | None = None,
    ) -> Answer:
        return await claims.confirm(self.resources, caller, claim_id, external_id, object_type, url, idempotency)

    async def release_claim(self, caller: Caller, claim_id: str) -> None:
        await claims.release(self.resources, caller, claim_id)

    async def record_by_id(self, caller: Caller, record_id: str) -> RecordView:
        return await views.record_by_id(self.resources, caller, record_id)

    async def record_by_key(self, caller: Caller, key: RecordKey) -> RecordView:
        return await views.record_by_key(self.resources, caller, key)

    async def retire_by_id(self, caller: Caller, record_id: str) -> None:
        await retire.retire_by_id(self.resources, caller, record_id)

    async def retire_by_key(self, caller: Caller, key: RecordKey) -> None:
        await retire.retire_by_key(self.resources, caller, key)

    async def customer(self, caller: Caller, customer_id: str) -> CustomerView:
        return await views.customer(self.resources, caller, customer_id)

    async def decision(self, caller: Caller, decision_id: str) -> DecisionView:
        return await views.decision(self.resources, caller, decision_id)

    async def merge(
        self,
        caller: Caller,
        customer_ids: Sequence[str],
        picks: Mapping[str, str],
        dry_run: bool = False,
        idempotency: Idempotency | None = None,
    ) -> MergeView:
        return await merge.merge(self.resources, caller, customer_ids, picks, dry_run, idempotency)

    async def merge_by_id(self, caller: Caller, merge_id: str) -> MergeView:
        return await merge.merge_by_id(self.resources, caller, merge_id)

    async def undo_merge(self, caller: Caller, merge_id: str, idempotency: Idempotency | None = None) -> UndoView:
        return await merge.undo(self.resources, caller, merge_id, idempotency)

    async def rules_history(self, caller: Caller) -> RulesHistory:
        return await rules.history(self.resources, caller)

    async def rules_version(self, caller: Caller, number: int) -> RulesView:
        return await rules.version(self.resources, caller, number)

    async def active_rules(self, caller: Caller) -> RulesView:
        return await rules.active(self.resources, caller)

    async def create_rules(self, caller: Caller, document: object, note: str = "") -> tuple[RulesView, bool]:
        return await rules.create(self.resources, caller, document, note)

    async def activate_rules(
        self, caller: Caller, number: int, expected: Collection[int] | None = None, note: str = ""
    ) -> RulesView:
        return await rules.activate(self.resources, caller, number, expected, note)

    async def learn(self, caller: Caller) -> Learned:
        return await learn(self.resources, caller)

    async def learn_by_asking(self, caller: Caller, ask: Ask, labels: int) -> Learned:
        return await learn_by_asking(self.resources, caller, ask, labels)

    async def start_import(
        self, caller: Caller, name: str, content: AsyncIterator[bytes], asked: Mapping[str, Any]
    ) -> ImportView:
        return await self._imports.start(caller, name, content, Asked(**asked))

    async def import_by_id(self, caller: Caller, import_id: str) -> ImportView:
        return await import_by_id(self.resources, caller, import_id)

    async def rejected_rows(self, caller: Caller, import_id: str) -> Path | None:
        return await self._imports.rejected_path(caller, import_id)

    def export(self, caller: Caller, what: str, form: str) -> AsyncIterator[bytes]:
        return exports.lines(self.resources, caller, what, form)

    async def health(self) -> Health:
        try:
            return Health(True, await self.resources.store.check())
        except (Unavailable, StoreUnsafe) as error:
            return Health(False, {"store": error.message})

    async def aclose(self) -> None:
        await self._imports.aclose()
        if self._rechecks is not None:
            await self._rechecks.aclose()
        await self.resources.store.close()


async def migrate(settings: Settings) -> str:
    """Brings the database to this version's schema and lays out the default tenant; returns the revision.

    Raises `StoreUnsafe` if the database belongs to another hash key.
    """
    await asyncio.to_thread(migrations.upgrade, settings.database_url)
    secret = crypto.read_or_make(Path(settings.hash_key_file))
    store = _store(settings, random_ids())
    try:
        await store.found(DEFAULT_TENANT, crypto.check_value(secret), BALANCED)
    finally:
        await store.close()
    return migrations.newest() or ""


async def open_service(settings: Settings, alone: bool = False) -> Service:
    """Checks that the database keeps what the service promises, and opens it; ``alone``: for a writer that keeps others out.

    Raises `StoreUnsafe` if it does not: pending migrations, unsafe durability, another hash key.
    """
    if await migrations.current(settings.database_url) != migrations.newest():
        raise StoreUnsafe("The database is not at this version's schema; run `dedupsvc migrate` first.")
    secret = crypto.read_or_make(Path(settings.hash_key_file))
    new_id = random_ids()
    store = _store(settings, new_id, alone)
    try:
        await store.check()
        await store.found(DEFAULT_TENANT, crypto.check_value(secret), BALANCED)
    except BaseException:
        await store.close()
        raise
    return Service(resources(settings, store, new_id, secret), settings)


def resources(settings: Settings, store: Store, new_id: Callable[[], Id], secret: bytes) -> Resources:
    return Resources(
        store=store,
        new_id=new_id,
        secret=secret,
        defaults=Defaults(phone_country=settings.phone_country),
        claim_lifetime=settings.claim_seconds * SECOND,
        idempotency_lifetime=settings.idempotency_days * DAY,
        future_tolerance=settings.future_tolerance_seconds * SECOND,
    )


def _store(settings: Settings, new_id: Callable[[], Id], alone: bool = False) -> Store:
    return STORES[settings.database_url.partition("://")[0]](settings.database_url, new_id, settings, alone)


async def throwaway_service(
    settings: Settings, url: str, new_id: Callable[[], Id], clock: Callable[[], Instant], alone: bool = False
) -> Service:
    """A service over an empty database with its own ids and clock, for measuring; durability is not needed there.

    ``alone``: as `open_service`.
    """
    await asyncio.to_thread(migrations.upgrade, url)
    secret = secrets.token_bytes(crypto.LENGTH)
    store: Store
    if url.startswith("sqlite"):
        store = SqliteStore(sqlite_file(url), new_id, durable=False, clock=clock, alone=alone)
    else:
        store = PostgresStore(url, new_id, settings.pool_size, clock=clock)
    await store.found(DEFAULT_TENANT, crypto.check_value(secret), BALANCED)
    return Service(resources(settings, store, new_id, secret), settings)
