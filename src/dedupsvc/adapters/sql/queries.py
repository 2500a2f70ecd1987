"""Every statement but the candidate lookup, in SQLAlchemy Core, compiled at import."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    Integer,
    and_,
    any_,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from dedupsvc.adapters.sql import tables as t
from dedupsvc.adapters.sql.rows import (
    CANDIDATE_COLUMNS,
    DECISION_COLUMNS,
    MERGE_COLUMNS,
    PLACE_COLUMNS,
    RECORD_COLUMNS,
)
from dedupsvc.adapters.sql.statement import AnyOf, Statement, inserting

_tenant: BindParameter[int] = bindparam("tenant_id")
_r, _e, _c, _d, _k = t.records.c, t.episodes.c, t.customers.c, t.decisions.c, t.blocking_keys.c

INSERT_CUSTOMER = inserting(t.customers)
INSERT_RECORD = inserting(t.records)
INSERT_KEYS = Statement(
    insert(t.blocking_keys)
    .from_select(
        ["tenant_id", "key_hash", "record_id"],
        select(
            bindparam("tenant_id", type_=Integer).label("tenant_id"),
            func.unnest(bindparam("keys", type_=ARRAY(BigInteger))),
            bindparam("record_id", type_=BigInteger).label("record_id"),
        ),
    )
    .inline(),
    insert(t.blocking_keys)
    .values({column.name: bindparam(column.name) for column in t.blocking_keys.columns})
    .inline(),
)
"""All keys of a record; on SQLite one of them."""
INSERT_EPISODE = inserting(t.episodes)
INSERT_DECISION = inserting(t.decisions)
INSERT_REVIEW = inserting(t.reviews)
INSERT_AUDIT = inserting(t.audit)
INSERT_EVENT = inserting(t.outbox)
INSERT_MERGE = inserting(t.merges)
INSERT_APART = inserting(t.kept_apart)
INSERT_HOT = inserting(t.hot_keys)
INSERT_TENANT = inserting(t.tenants)

CANDIDATE = Statement(select(*CANDIDATE_COLUMNS).where(_r.tenant_id == _tenant, _r.id == bindparam("id")))
HEADER = Statement(select(t.tenants.c.rules_version).where(t.tenants.c.tenant_id == _tenant))
TENANT = Statement(
    select(t.tenants.c.hash_key_check, t.tenants.c.rules_version).where(t.tenants.c.tenant_id == _tenant)
)
RULESET = Statement(
    select(t.rulesets.c.document).where(t.rulesets.c.tenant_id == _tenant, t.rulesets.c.version == bindparam("version"))
)

EPISODES = Statement(
    select(_e.id, _e.customer_id, _e.scenario, _e.anchor_at, _e.renewed_at, *PLACE_COLUMNS)
    .join_from(t.episodes, t.records, and_(_r.tenant_id == _e.tenant_id, _r.id == _e.record_id))
    .where(
        _e.tenant_id == _tenant,
        AnyOf(_e.customer_id, "customers"),
        _e.anchor_at <= bindparam("until"),
        _e.renewed_at >= bindparam("since"),
    )
    .order_by(_e.id)
)

_RECORD = select(*RECORD_COLUMNS).where(_r.tenant_id == _tenant)
RECORD_BY_ID = Statement(_RECORD.where(_r.id == bindparam("id")))
RECORD_BY_CLAIM = Statement(_RECORD.where(_r.claim_id == bindparam("claim_id"), _r.claim_id != literal_column("0")))
RECORD_BY_ROW = Statement(
    _RECORD.where(
        _r.source_system == bindparam("source_system"),
        _r.object_type == bindparam("object_type"),
        _r.external_id == bindparam("external_id"),
        _r.external_id != literal_column("''"),
        _r.state != literal_column("'retired'"),
    )
)
ROW_OF = Statement(
    _RECORD.where(
        _r.customer_id == bindparam("customer_id"),
        _r.source_system == bindparam("source_system"),
        _r.object_type == bindparam("object_type"),
        # Keeps the planner from the index of rows, in which a system's are all of them, and leaves it the customer's.
        _r.external_id.op("||")(literal_column("''")) != literal_column("''"),
        or_(_r.state == literal_column("'accepted'"), _r.state == literal_column("'joined'")),
    )
    .order_by(_r.received_at, _r.id)
    .limit(1)
)
OPEN_CLAIMS = Statement(
    _RECORD.where(
        _r.source_system == bindparam("source_system"),
        _r.claim_key == bindparam("claim_key"),
        _r.claim_state == literal_column("'open'"),
    ).order_by(_r.id)
)
RECORDS_OF = Statement(_RECORD.where(_r.customer_id == bindparam("customer_id")).order_by(_r.received_at, _r.id))

CUSTOMER = Statement(
    select(_c.id, _c.merged_into, _c.created_at).where(_c.tenant_id == _tenant, _c.id == bindparam("id"))
)
MERGED_FROM = Statement(
    select(_c.id)
    .where(_c.tenant_id == _tenant, _c.merged_into == bindparam("customer_id"), _c.merged_into != literal_column("0"))
    .order_by(_c.id)
)
DECISION = Statement(select(*DECISION_COLUMNS).where(_d.tenant_id == _tenant, _d.id == bindparam("id")))
DECISIONS_OF = Statement(
    select(*DECISION_COLUMNS)
    .where(_d.tenant_id == _tenant, _d.record_id == bindparam("record_id"))
    .order_by(_d.decided_at.desc(), _d.id.desc())
)

_own_record = and_(_r.tenant_id == _tenant, _r.id == bindparam("record_id"))
_UPDATED_COLUMNS = [c.name for c in t.records.columns if c.name not in ("tenant_id", "id", "received_at", "home_id")]
UPDATE_RECORD = Statement(
    update(t.records)
    .where(_r.tenant_id == _tenant, _r.id == bindparam("id"))
    .values({name: bindparam(name) for name in _UPDATED_COLUMNS})
)
RETIRE_RECORD = Statement(
    update(t.records).where(_own_record).values(state=literal_column("'retired'"), claim_state=bindparam("claim_state"))
)
_its_key = func.json_each(_r.keys_json).table_valued("value")
_its_keys = select(func.translate(_r.keys_json, "[]", "{}")).where(_own_record).scalar_subquery()
_keys_of = delete(t.blocking_keys).where(_k.tenant_id == _tenant, _k.record_id == bindparam("record_id"))
DELETE_KEYS = Statement(
    _keys_of.where(_k.key_hash == any_(cast(_its_keys, ARRAY(BigInteger)))),
    _keys_of.where(_k.key_hash.in_(select(_its_key.c.value).join_from(t.records, _its_key, true()).where(_own_record))),
)
DELETE_EPISODES = Statement(delete(t.episodes).where(_e.tenant_id == _tenant, _e.record_id == bindparam("record_id")))
MOVE_EPISODE = Statement(
    update(t.episodes)
    .where(_e.tenant_id == _tenant, _e.record_id == bindparam("from_record"))
    .values(record_id=bindparam("to_record"))
)
PASS_EPISODE_ON = Statement(
    update(t.episodes).where(_e.tenant_id == _tenant, _e.id == bindparam("id")).values(record_id=bindparam("to_record"))
)
_replaced = t.records.alias("replaced")
INHERIT_HOME = Statement(
    update(t.records)
    .where(_own_record)
    .values(
        home_id=select(_replaced.c.home_id)
        .where(_replaced.c.tenant_id == _tenant, _replaced.c.id == bindparam("from_record"))
        .scalar_subquery()
    )
)
RENEW_EPISODE = Statement(
    update(t.episodes)
    .where(_e.tenant_id == _tenant, _e.id == bindparam("id"), _e.renewed_at < bindparam("at"))
    .values(renewed_at=bindparam("at"))
)
CONFIRM_RECORD = Statement(
    update(t.records)
    .where(_own_record)
    .values(
        state=literal_column("'accepted'"),
        claim_state=literal_column("'confirmed'"),
        external_id=bindparam("external_id"),
        object_type=bindparam("object_type"),
        envelope_json=bindparam("envelope_json"),
        decision_id=bindparam("decision_id"),
        version=_r.version + literal_column("1"),
    )
)
BIND_ENDED = Statement(
    update(t.records)
    .where(_own_record, _r.state == literal_column("'retired'"))
    .values(
        claim_state=literal_column("'confirmed'"),
        external_id=bindparam("external_id"),
        object_type=bindparam("object_type"),
    )
)
SET_STATE = Statement(update(t.records).where(_own_record).values(state=bindparam("state")))

RECORD_IDS_OF = Statement(
    select(_r.id, _r.customer_id).where(_r.tenant_id == _tenant, AnyOf(_r.customer_id, "customers")).order_by(_r.id)
)
EPISODE_IDS_OF = Statement(
    select(_e.id, _e.customer_id).where(_e.tenant_id == _tenant, AnyOf(_e.customer_id, "customers")).order_by(_e.id)
)
MOVE_RECORDS = Statement(
    update(t.records)
    .where(_r.tenant_id == _tenant, AnyOf(_r.customer_id, "customers"))
    .values(
        customer_id=bindparam("survivor"),
        home_id=case((_r.home_id == literal_column("0"), _r.customer_id), else_=_r.home_id),
    )
)
MOVE_EPISODES = Statement(
    update(t.episodes)
    .where(_e.tenant_id == _tenant, AnyOf(_e.customer_id, "customers"))
    .values(customer_id=bindparam("survivor"))
)
POINT_FOLLOWERS = Statement(
    update(t.customers)
    .where(_c.tenant_id == _tenant, AnyOf(_c.merged_into, "customers"), _c.merged_into != literal_column("0"))
    .values(merged_into=bindparam("survivor"))
)
POINT_CUSTOMERS = Statement(
    update(t.customers)
    .where(_c.tenant_id == _tenant, AnyOf(_c.id, "customers"))
    .values(merged_into=bindparam("survivor"), merge_id=bindparam("merge_id"))
)

_m = t.merges.c
MERGE = Statement(select(*MERGE_COLUMNS).where(_m.tenant_id == _tenant, _m.id == bindparam("id")))
_below = and_(
    _c.tenant_id == _tenant, _c.merged_into == bindparam("customer_id"), _c.merged_into != literal_column("0")
)
MERGES_OF = Statement(
    select(*MERGE_COLUMNS)
    .where(_m.tenant_id == _tenant, _m.id.in_(select(_c.merge_id).where(_below).scalar_subquery()))
    .order_by(_m.created_at, _m.id)
)
BRANCHES = Statement(
    select(_c.id, _c.merge_id, _m.survivor_id)
    .join_from(t.customers, t.merges, and_(_m.tenant_id == _c.tenant_id, _m.id == _c.merge_id))
    .where(_below)
    .order_by(_c.id)
)
RESTORE_CUSTOMER = Statement(
    update(t.customers)
    .where(_c.tenant_id == _tenant, _c.id == bindparam("customer_id"))
    .values(merged_into=literal_column("0"), merge_id=literal_column("0"))
)
RESTORE_FOLLOWERS = Statement(
    update(t.customers)
    .where(_c.tenant_id == _tenant, AnyOf(_c.id, "followers"))
    .values(merged_into=bindparam("customer_id"))
)
RESTORE_RECORDS = Statement(
    update(t.records)
    .where(_r.tenant_id == _tenant, _r.customer_id == bindparam("root"), AnyOf(_r.home_id, "tree"))
    .values(
        customer_id=bindparam("customer_id"),
        home_id=case((_r.home_id == bindparam("customer_id"), literal_column("0")), else_=_r.home_id),
    )
)
RESTORE_EPISODES = Statement(
    update(t.episodes)
    .where(
        _e.tenant_id == _tenant,
        _e.customer_id == bindparam("root"),
        _e.record_id.in_(
            select(_r.id).where(_r.tenant_id == _tenant, _r.customer_id == bindparam("customer_id")).scalar_subquery()
        ),
    )
    .values(customer_id=bindparam("customer_id"))
)
UNDO_MERGE = Statement(
    update(t.merges)
    .where(_m.tenant_id == _tenant, _m.id == bindparam("id"))
    .values({name: bindparam(name) for name in ("undone_at", "undone_by", "undone_json")})
)
HOME_RECORD = Statement(
    select(_r.id)
    .where(
        _r.tenant_id == _tenant,
        or_(
            and_(_r.customer_id == bindparam("customer_id"), _r.home_id == literal_column("0")),
            and_(_r.customer_id == bindparam("root"), _r.home_id == bindparam("customer_id")),
        ),
    )
    .order_by(case((_r.state == literal_column("'retired'"), literal_column("1")), else_=literal_column("0")))
    .order_by(_r.received_at, _r.id)
    .limit(1)
)
_a, _one, _two = t.kept_apart.c, t.records.alias("one"), t.records.alias("two")
KEPT_APART = Statement(
    select(_a.record_a, _a.record_b, _one.c.customer_id, _two.c.customer_id)
    .join_from(t.kept_apart, _one, and_(_one.c.tenant_id == _a.tenant_id, _one.c.id == _a.record_a))
    .join(_two, and_(_two.c.tenant_id == _a.tenant_id, _two.c.id == _a.record_b))
    .where(
        _a.tenant_id == _tenant,
        AnyOf(_one.c.customer_id, "customers"),
        AnyOf(_two.c.customer_id, "customers"),
        _one.c.customer_id != _two.c.customer_id,
    )
    .order_by(_a.record_a, _a.record_b)
)
LIFT_APART = Statement(
    delete(t.kept_apart).where(
        _a.tenant_id == _tenant, _a.record_a == bindparam("record_a"), _a.record_b == bindparam("record_b")
    )
)

_i = t.idempotency.c
IDEMPOTENCY = Statement(
    select(_i.fingerprint, _i.payload_json, _i.expires_at).where(
        _i.tenant_id == _tenant, _i.key_hash == bindparam("key_hash")
    )
)
_kept: dict[str, BindParameter[Any]] = {column.name: bindparam(column.name) for column in t.idempotency.columns}
_KEY = ("tenant_id", "key_hash")
_VALUES = ("fingerprint", "payload_json", "expires_at")
_into_postgresql, _into_sqlite = postgresql.insert(t.idempotency), sqlite.insert(t.idempotency)
KEEP_IDEMPOTENCY = Statement(
    _into_postgresql.values(_kept)
    .inline()
    .on_conflict_do_update(index_elements=_KEY, set_={name: _into_postgresql.excluded[name] for name in _VALUES}),
    _into_sqlite.values(_kept)
    .inline()
    .on_conflict_do_update(index_elements=_KEY, set_={name: _into_sqlite.excluded[name] for name in _VALUES}),
)
_v = t.reviews.c
OPEN_REVIEW = Statement(
    select(_v.id).where(
        _v.tenant_id == _tenant,
        _v.customer_a == bindparam("customer_a"),
        _v.customer_b == bindparam("customer_b"),
        _v.kind == bindparam("kind"),
        _v.state == literal_column("'open'"),
        or_(_v.customer_a != _v.customer_b, _v.record_id == bindparam("record_id")),
    )
)
MOVE_REVIEWS = Statement(
    update(t.reviews)
    .where(_v.tenant_id == _tenant, _v.record_id == bindparam("from_record"), _v.state == literal_column("'open'"))
    .values(record_id=bindparam("to_record"))
)
CLOSE_REVIEWS = Statement(
    update(t.reviews)
    .where(_v.tenant_id == _tenant, _v.record_id == bindparam("record_id"), _v.state == literal_column("'open'"))
    .values(state=literal_column("'closed'"))
)
_expired = (
    select(_i.key_hash)
    .where(_i.tenant_id == _tenant, _i.expires_at < bindparam("now"), _i.key_hash != bindparam("key_hash"))
    # In order, or PostgreSQL expects to come across some soon, and reads all that have not expired.
    .order_by(_i.expires_at)
    .limit(16)
    .scalar_subquery()
)
FORGET_EXPIRED = Statement(delete(t.idempotency).where(_i.tenant_id == _tenant, _i.key_hash.in_(_expired)))
