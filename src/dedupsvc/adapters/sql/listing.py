"""Imports as they stand, and everything that is stored, page by page: the statements, and what they bring."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Table, bindparam, delete, literal_column, select, tuple_
from sqlalchemy.sql.selectable import Select

from dedupsvc.adapters.sql import rows
from dedupsvc.adapters.sql import tables as t
from dedupsvc.adapters.sql.driver import Driver
from dedupsvc.adapters.sql.statement import Statement, inserting
from dedupsvc.core.entity import Id, StoredRecord
from dedupsvc.usecases.stored import Apart, ImportJob, Review, ReviewRow, StoredCustomer, StoredDecision, StoredMerge

_IMPORT = tuple(column for column in t.imports.c if column.name != "tenant_id")
_i, _c, _v = t.imports.c, t.customers.c, t.reviews.c
_tenant: BindParameter[int] = bindparam("tenant_id")

_IMPORT_BY_ID = Statement(select(*_IMPORT).where(_i.tenant_id == _tenant, _i.id == bindparam("id")))
_IMPORT_BY_FINGERPRINT = Statement(
    select(*_IMPORT).where(_i.tenant_id == _tenant, _i.fingerprint == bindparam("fingerprint"))
)
_FORGET_IMPORT = Statement(delete(t.imports).where(_i.tenant_id == _tenant, _i.id == bindparam("id")))
_INSERT_IMPORT = inserting(t.imports)


def _page(table: Table, chosen: Select[Any]) -> Statement:
    return Statement(
        chosen.where(table.c.tenant_id == _tenant, table.c.id > bindparam("after"))
        .order_by(table.c.id)
        .limit(bindparam("most"))
    )


_CUSTOMERS = _page(
    t.customers, select(_c.id, _c.merged_into, _c.created_at).where(_c.merged_into == literal_column("0"))
)
_RECORDS = _page(t.records, select(*rows.RECORD_COLUMNS))
_DECISIONS = _page(t.decisions, select(*rows.DECISION_COLUMNS))
_REVIEWS = _page(
    t.reviews,
    select(
        _v.id,
        _v.kind,
        _v.record_id,
        _v.customer_a,
        _v.customer_b,
        _v.reason_code,
        _v.state,
        _v.decision_id,
        _v.created_at,
    ),
)
_MERGES = _page(t.merges, select(*rows.MERGE_COLUMNS))
_a = t.kept_apart.c
_APART = Statement(
    select(_a.record_a, _a.record_b)
    .where(_a.tenant_id == _tenant, tuple_(_a.record_a, _a.record_b) > tuple_(bindparam("a"), bindparam("b")))
    .order_by(_a.record_a, _a.record_b)
    .limit(bindparam("most"))
)


class Listing:
    """The part of a unit's reads that this module is about."""

    _driver: Driver
    _tenant: int

    async def import_job(self, import_id: Id) -> ImportJob | None:
        found = await self._driver.fetch(_IMPORT_BY_ID, tenant_id=self._tenant, id=import_id)
        return ImportJob(*found[0]) if found else None

    async def import_of(self, fingerprint: str) -> ImportJob | None:
        found = await self._driver.fetch(_IMPORT_BY_FINGERPRINT, tenant_id=self._tenant, fingerprint=fingerprint)
        return ImportJob(*found[0]) if found else None

    async def customers_after(self, after: Id, limit: int) -> tuple[StoredCustomer, ...]:
        found = await self._driver.fetch(_CUSTOMERS, tenant_id=self._tenant, after=after, most=limit)
        return tuple(StoredCustomer(*row) for row in found)

    async def records_after(self, after: Id, limit: int) -> tuple[StoredRecord, ...]:
        found = await self._driver.fetch(_RECORDS, tenant_id=self._tenant, after=after, most=limit)
        return tuple(rows.stored_record(row) for row in found)

    async def decisions_after(self, after: Id, limit: int) -> tuple[StoredDecision, ...]:
        found = await self._driver.fetch(_DECISIONS, tenant_id=self._tenant, after=after, most=limit)
        return tuple(rows.stored_decision(row) for row in found)

    async def reviews_after(self, after: Id, limit: int) -> tuple[ReviewRow, ...]:
        found = await self._driver.fetch(_REVIEWS, tenant_id=self._tenant, after=after, most=limit)
        return tuple(ReviewRow(Review(*tuple(row)[:6]), row[6], row[7], row[8]) for row in found)

    async def merges_after(self, after: Id, limit: int) -> tuple[StoredMerge, ...]:
        found = await self._driver.fetch(_MERGES, tenant_id=self._tenant, after=after, most=limit)
        return tuple(rows.stored_merge(row) for row in found)

    async def apart_after(self, after: tuple[Id, Id], limit: int) -> tuple[Apart, ...]:
        found = await self._driver.fetch(_APART, tenant_id=self._tenant, a=after[0], b=after[1], most=limit)
        return tuple(Apart(*row) for row in found)


async def keep_import(driver: Driver, tenant_id: int, job: ImportJob) -> None:
    await driver.execute(_FORGET_IMPORT, tenant_id=tenant_id, id=job.import_id)
    kept = zip((column.name for column in _IMPORT), _values(job), strict=True)
    await driver.execute(_INSERT_IMPORT, tenant_id=tenant_id, **dict(kept))


def _values(job: ImportJob) -> tuple[Any, ...]:
    return tuple(getattr(job, name) for name in ImportJob.__slots__)
