"""Records that wait to be looked at again: the statements, and what they bring."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import BindParameter, bindparam, delete, func, literal_column, select

from dedupsvc.adapters.sql import rows
from dedupsvc.adapters.sql import tables as t
from dedupsvc.adapters.sql.driver import Driver
from dedupsvc.adapters.sql.statement import AnyOf, Statement, inserting
from dedupsvc.core.assess import Candidate
from dedupsvc.core.entity import Id
from dedupsvc.core.record import Instant
from dedupsvc.usecases.stored import Recheck

_w, _k, _r, _v, _l = t.rechecks.c, t.blocking_keys.c, t.records.c, t.reviews.c, t.leases.c
_tenant: BindParameter[int] = bindparam("tenant_id")

INSERT_RECHECK = inserting(t.rechecks)
_WAITING = Statement(
    select(_w.id, _w.record_id).where(_w.tenant_id == _tenant).order_by(_w.id).limit(bindparam("most"))
)
_IS_WAITING = Statement(select(_w.id).where(_w.tenant_id == _tenant, _w.id == bindparam("id")))
_COUNT = Statement(select(func.count()).select_from(t.rechecks).where(_w.tenant_id == _tenant))
_DONE = Statement(delete(t.rechecks).where(_w.tenant_id == _tenant, AnyOf(_w.id, "ids")))
_KEYED = Statement(
    select(_k.record_id).where(_k.tenant_id == _tenant, _k.key_hash == bindparam("key_hash")).limit(bindparam("most"))
)
_CANDIDATES = Statement(select(*rows.CANDIDATE_COLUMNS).where(_r.tenant_id == _tenant, AnyOf(_r.id, "ids")))
_REVIEWED = Statement(
    select(_v.id)
    .where(_v.tenant_id == _tenant, _v.customer_a == bindparam("customer_a"), _v.customer_b == bindparam("customer_b"))
    .limit(literal_column("1"))
)
_LEASE = Statement(select(_l.runner, _l.until).where(_l.tenant_id == _tenant, _l.job == bindparam("job")))
_END_LEASE = Statement(delete(t.leases).where(_l.tenant_id == _tenant, _l.job == bindparam("job")))
_INSERT_LEASE = inserting(t.leases)


class Rechecking:
    """The part of a unit's reads that this module is about."""

    _driver: Driver
    _tenant: int

    async def rechecks(self, limit: int) -> tuple[Recheck, ...]:
        found = await self._driver.fetch(_WAITING, tenant_id=self._tenant, most=limit)
        return tuple(Recheck(*row) for row in found)

    async def waits_for_recheck(self, recheck: Recheck) -> bool:
        return bool(await self._driver.fetch(_IS_WAITING, tenant_id=self._tenant, id=recheck.decision_id))

    async def rechecks_waiting(self) -> int:
        return int((await self._driver.fetch(_COUNT, tenant_id=self._tenant))[0][0])

    async def sharing(self, key: int, limit: int) -> tuple[Id, ...]:
        found = await self._driver.fetch(_KEYED, tenant_id=self._tenant, key_hash=key, most=limit)
        return tuple(row[0] for row in found)

    async def features_of(self, records: Collection[Id]) -> tuple[Candidate, ...]:
        found = await self._driver.fetch(_CANDIDATES, tenant_id=self._tenant, ids=sorted(records))
        return tuple(rows.candidate(row) for row in found)

    async def was_reviewed(self, customer_a: Id, customer_b: Id) -> bool:
        return bool(
            await self._driver.fetch(_REVIEWED, tenant_id=self._tenant, customer_a=customer_a, customer_b=customer_b)
        )


async def end(driver: Driver, tenant_id: int, done: Sequence[Recheck]) -> None:
    await driver.execute(_DONE, tenant_id=tenant_id, ids=sorted(one.decision_id for one in done))


async def lease(driver: Driver, tenant_id: int, job: str, runner: Id, now: Instant, until: Instant) -> bool:
    """Gives the job to the runner, unless another one has it and its time is not up."""
    found = await driver.fetch(_LEASE, tenant_id=tenant_id, job=job)
    if found and found[0][0] != runner and found[0][1] > now:
        return False
    await driver.execute(_END_LEASE, tenant_id=tenant_id, job=job)
    await driver.execute(_INSERT_LEASE, tenant_id=tenant_id, job=job, runner=runner, until=until)
    return True


__all__ = ["INSERT_RECHECK", "Rechecking", "end", "lease"]
