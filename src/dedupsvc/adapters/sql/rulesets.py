"""Versions of the rules in SQL, and which of them was active when."""

from __future__ import annotations

from sqlalchemy import BindParameter, bindparam, select, update

from dedupsvc.adapters.sql import tables as t
from dedupsvc.adapters.sql.driver import Driver
from dedupsvc.adapters.sql.statement import Statement, inserting
from dedupsvc.core.rules import Ruleset
from dedupsvc.usecases.stored import Activation, StoredRuleset

_tenant: BindParameter[int] = bindparam("tenant_id")
_r, _a = t.rulesets.c, t.activations.c

_INSERT = inserting(t.rulesets)
_INSERT_ACTIVATION = inserting(t.activations)
_SWITCH = Statement(
    update(t.tenants).where(t.tenants.c.tenant_id == _tenant).values(rules_version=bindparam("version"))
)
_EVERY = Statement(
    select(_r.version, _r.document, _r.created_at, _r.created_by, _r.note)
    .where(_r.tenant_id == _tenant)
    .order_by(_r.version.desc())
)
_ACTIVATIONS = Statement(
    select(_a.number, _a.version, _a.at, _a.actor, _a.note).where(_a.tenant_id == _tenant).order_by(_a.number.desc())
)


async def add(driver: Driver, tenant_id: int, stored: StoredRuleset) -> None:
    await driver.execute(
        _INSERT,
        tenant_id=tenant_id,
        version=stored.version,
        document=stored.ruleset.model_dump_json(),
        created_at=stored.created_at,
        created_by=stored.created_by,
        note=stored.note,
    )


async def activate(driver: Driver, tenant_id: int, activation: Activation) -> None:
    await driver.execute(
        _INSERT_ACTIVATION,
        tenant_id=tenant_id,
        number=activation.number,
        version=activation.version,
        at=activation.at,
        actor=activation.actor,
        note=activation.note,
    )
    await driver.execute(_SWITCH, tenant_id=tenant_id, version=activation.version)


async def every(driver: Driver, tenant_id: int) -> tuple[StoredRuleset, ...]:
    found = await driver.fetch(_EVERY, tenant_id=tenant_id)
    return tuple(StoredRuleset(row[0], Ruleset.model_validate_json(row[1]), *row[2:]) for row in found)


async def activations(driver: Driver, tenant_id: int) -> tuple[Activation, ...]:
    found = await driver.fetch(_ACTIVATIONS, tenant_id=tenant_id)
    return tuple(Activation(*row) for row in found)
