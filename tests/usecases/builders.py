"""Submissions by hand, and a service over a real store whose clock the test sets."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg

from dedupsvc import bootstrap
from dedupsvc.adapters import crypto
from dedupsvc.adapters.identity import counted_ids
from dedupsvc.adapters.sql.postgres import PostgresStore
from dedupsvc.adapters.sql.sqlite import SqliteStore
from dedupsvc.adapters.sql.tables import metadata
from dedupsvc.core.record import Email, Envelope, Instant, Phone, Record, Values
from dedupsvc.core.rules import BALANCED, Ruleset
from dedupsvc.settings import Settings
from dedupsvc.usecases import ids
from dedupsvc.usecases.access import DEFAULT_TENANT, Caller
from dedupsvc.usecases.answers import Answer, BatchItem, Idempotency
from dedupsvc.usecases.ports import Store

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONDAY = 1_780_300_800_000_000
"""2026-06-01 08:00 UTC: when every test begins."""

Dump = Mapping[str, list[tuple[Any, ...]]]


def a_person(name: str = "张伟", phone: str = "13812345678", email: str = "", **said: Any) -> Values:
    if phone:
        said.setdefault("phones", (Phone(phone),))
    if email:
        said.setdefault("emails", (Email(email),))
    return Values(name=name, **said)


def an_envelope(**said: Any) -> Envelope:
    return Envelope(**{"source_system": "crm", "object_type": "lead", "scenario": "lead", **said})


def a_record(values: Values | None = None, **envelope: Any) -> Record:
    return Record(a_person() if values is None else values, an_envelope(**envelope))


def a_key(key: str = "attempt-1", fingerprint: str = "body-1") -> Idempotency:
    return Idempotency(key, "POST /ingest", fingerprint)


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now: Instant = MONDAY

    def __call__(self) -> Instant:
        return self.now

    def advance(self, by: int) -> None:
        self.now += by


@dataclass(frozen=True)
class World:
    """One tenant's view of a service over its own empty database."""

    service: bootstrap.Service
    clock: Clock
    url: str
    caller: Caller

    async def ingest(self, values: Values | None = None, key: Idempotency | None = None, **envelope: Any) -> Answer:
        return await self.service.ingest(self.caller, a_record(values, **envelope), key)

    async def match(self, values: Values | None = None, **envelope: Any) -> Answer:
        return await self.service.match(self.caller, a_record(values, **envelope))

    async def batch(self, *records: Record, key: Idempotency | None = None) -> tuple[BatchItem, ...]:
        return await self.service.ingest_batch(self.caller, records, key)

    async def confirm(self, answer: Answer, external_id: str = "L-1", key: Idempotency | None = None) -> Answer:
        return await self.service.confirm_claim(self.caller, answer.claim_id, external_id, idempotency=key)

    async def release(self, answer: Answer) -> None:
        await self.service.release_claim(self.caller, answer.claim_id)

    async def tenant(self, number: int, **rules: Any) -> World:
        """Another tenant of the same store, under the shipped ruleset but for what is said."""
        ruleset = Ruleset.model_validate({**BALANCED.model_dump(), **rules})
        resources = self.service.resources
        await resources.store.found(number, crypto.check_value(resources.secret), ruleset)
        return replace(self, caller=Caller(number, f"tests-{number}"))

    async def dump(self) -> Dump:
        """Every row of every table, of all tenants."""
        names = sorted(metadata.tables)
        if self.url.startswith("sqlite"):
            connection = sqlite3.connect(self.url.removeprefix("sqlite:///"))
            try:
                found = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
            finally:
                connection.close()
        else:
            remote = await asyncpg.connect(self.url)
            try:
                found = {name: [tuple(row) for row in await remote.fetch(f"SELECT * FROM {name}")] for name in names}
            finally:
                await remote.close()
        return {name: sorted(rows, key=repr) for name, rows in found.items()}

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """This tenant's rows of one table."""
        columns = [column.name for column in metadata.tables[table].columns]
        found = [dict(zip(columns, row, strict=True)) for row in (await self.dump())[table]]
        return [row for row in found if row["tenant_id"] == self.caller.tenant_id]

    async def state_of(self, answer: Answer) -> str:
        """Of the answer's record, as it is stored now."""
        number = ids.internal(ids.RECORD, answer.record_id)
        return next(str(row["state"]) for row in await self.rows("records") if row["id"] == number)

    async def episodes(self) -> list[tuple[str, Instant]]:
        return sorted((row["scenario"], row["anchor_at"]) for row in await self.rows("episodes"))


async def a_world(url: str) -> World:
    """A service over the tables at ``url``, its ids counted, with the default tenant laid out."""
    clock, new_id, secret = Clock(), counted_ids(), bytes(range(crypto.LENGTH))
    settings = Settings(database_url=url)
    store: Store
    if url.startswith("sqlite"):
        store = SqliteStore(Path(url.removeprefix("sqlite:///")), new_id, durable=False, clock=clock)
    else:
        store = PostgresStore(url, new_id, pool_size=2, clock=clock)
    await store.found(DEFAULT_TENANT, crypto.check_value(secret), BALANCED)
    service = bootstrap.Service(bootstrap.resources(settings, store, new_id, secret))
    return World(service, clock, url, Caller(DEFAULT_TENANT, "tests"))
