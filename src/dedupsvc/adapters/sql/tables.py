"""The tables, once for both engines.

Instants are microseconds since 1970-01-01 UTC in BIGINT columns and documents are JSON texts, so that a row reads the same on either
engine. Every table starts with the tenant, and so does every index.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, SmallInteger, Table, Text, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _tenant() -> Column[int]:
    return Column("tenant_id", Integer, primary_key=True, autoincrement=False)


def _id(name: str = "id") -> Column[int]:
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


tenants = Table(
    "tenants",
    metadata,
    _tenant(),
    _text("name"),
    _text("hash_key_check"),
    Column("rules_version", Integer, nullable=False, server_default="1"),
    _number("created_at"),
)

rulesets = Table(
    "rulesets",
    metadata,
    _tenant(),
    Column("version", Integer, primary_key=True, autoincrement=False),
    _text("document"),
    _number("created_at"),
    _text("created_by"),
    _text("note"),
    sqlite_with_rowid=False,
)

activations = Table(
    "activations",
    metadata,
    _tenant(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    _number("at"),
    _text("actor"),
    _text("note"),
    sqlite_with_rowid=False,
)

customers = Table(
    "customers",
    metadata,
    _tenant(),
    _id(),
    _number("merged_into"),
    _number("created_at"),
    _number("merge_id"),
    Index(
        "ix_customers_merged_into",
        "tenant_id",
        "merged_into",
        sqlite_where=text("merged_into <> 0"),
        postgresql_where=text("merged_into <> 0"),
    ),
    sqlite_with_rowid=False,
)

records = Table(
    "records",
    metadata,
    _tenant(),
    _id(),
    _number("customer_id"),
    _text("state"),
    _text("source_system"),
    _text("object_type"),
    _text("external_id"),
    _text("owner_id"),
    _text("department_id"),
    _text("department_name"),
    _text("scenario"),
    _number("occurred_at"),
    _number("received_at"),
    _number("claim_id"),
    _text("claim_key"),
    _number("claim_expires_at"),
    _text("claim_state"),
    Column("updated_at", BigInteger, nullable=True),
    Column("version", Integer, nullable=False, server_default="1"),
    _number("decision_id"),
    Column("features", LargeBinary, nullable=False),
    _text("values_json"),
    _text("envelope_json"),
    _number("home_id"),
    # Of what lies in blocking_keys, so that it can be found again without an index as large as that table.
    _text("keys_json"),
    Index(
        "uq_records_row",
        "tenant_id",
        "source_system",
        "object_type",
        "external_id",
        unique=True,
        sqlite_where=text("external_id <> '' AND state <> 'retired'"),
        postgresql_where=text("external_id <> '' AND state <> 'retired'"),
    ),
    Index("ix_records_customer_id", "customer_id"),
    Index(
        "ix_records_claim_id",
        "tenant_id",
        "claim_id",
        sqlite_where=text("claim_id <> 0"),
        postgresql_where=text("claim_id <> 0"),
    ),
    Index(
        "ix_records_claim_key",
        "tenant_id",
        "source_system",
        "claim_key",
        sqlite_where=text("claim_state = 'open'"),
        postgresql_where=text("claim_state = 'open'"),
    ),
)

blocking_keys = Table(
    "blocking_keys",
    metadata,
    _tenant(),
    _id("key_hash"),
    _id("record_id"),
    sqlite_with_rowid=False,
)

hot_keys = Table("hot_keys", metadata, _tenant(), _id("key_hash"), _number("since"), sqlite_with_rowid=False)

episodes = Table(
    "episodes",
    metadata,
    _tenant(),
    _id(),
    _number("customer_id"),
    _number("record_id"),
    _text("scenario"),
    _number("anchor_at"),
    _number("renewed_at"),
    Index("ix_episodes_customer_id_anchor_at", "tenant_id", "customer_id", "anchor_at"),
    Index("ix_episodes_record_id", "tenant_id", "record_id"),
    sqlite_with_rowid=False,
)

merges = Table(
    "merges",
    metadata,
    _tenant(),
    _id(),
    _number("survivor_id"),
    _number("decision_id"),
    _number("created_at"),
    _text("moved_json"),
    _text("kind"),
    _text("actor"),
    _text("picks_json"),
    _text("plan_json"),
    _number("undone_at"),
    _text("undone_by"),
    _text("undone_json"),
    sqlite_with_rowid=False,
)

kept_apart = Table(
    "kept_apart",
    metadata,
    _tenant(),
    _id("record_a"),
    _id("record_b"),
    _number("merge_id"),
    _number("created_at"),
    sqlite_with_rowid=False,
)

decisions = Table(
    "decisions",
    metadata,
    _tenant(),
    _id(),
    _number("record_id"),
    _number("customer_id"),
    _number("decided_at"),
    Column("rules_version", Integer, nullable=False),
    _text("verdict"),
    _text("reason_code"),
    Column("stored", SmallInteger, nullable=False, server_default="1"),
    _text("input_json"),
    _text("answer_json"),
    Index("ix_decisions_record_id", "tenant_id", "record_id"),
)

reviews = Table(
    "reviews",
    metadata,
    _tenant(),
    _id(),
    _text("kind"),
    _text("state"),
    _number("decision_id"),
    _number("record_id"),
    _number("customer_a"),
    _number("customer_b"),
    _text("reason_code"),
    _number("created_at"),
    Index("ix_reviews_state", "tenant_id", "state", "created_at"),
    Index("ix_reviews_pair", "tenant_id", "customer_a", "customer_b"),
    sqlite_with_rowid=False,
)

audit = Table(
    "audit",
    metadata,
    _tenant(),
    _id(),
    _number("at"),
    _text("actor"),
    _text("action"),
    _number("subject_id"),
    _number("decision_id"),
    _text("detail_json"),
    Index("ix_audit_subject_id", "tenant_id", "subject_id"),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    _tenant(),
    _id(),
    _text("type"),
    _number("subject_id"),
    _text("payload_json"),
    _number("created_at"),
    sqlite_with_rowid=False,
)

idempotency = Table(
    "idempotency",
    metadata,
    _tenant(),
    _id("key_hash"),
    _text("fingerprint"),
    _text("payload_json"),
    _number("expires_at"),
    Index("ix_idempotency_expires_at", "tenant_id", "expires_at"),
    sqlite_with_rowid=False,
)

imports = Table(
    "imports",
    metadata,
    _tenant(),
    _id(),
    _text("fingerprint"),
    _text("name"),
    _text("layout_json"),
    _text("state"),
    _number("rows_done"),
    _number("line"),
    _number("rejected_bytes"),
    _text("counts_json"),
    _text("fault"),
    _number("runner"),
    _number("busy"),
    _number("started_at"),
    _number("updated_at"),
    Index("uq_imports_fingerprint", "tenant_id", "fingerprint", unique=True),
    sqlite_with_rowid=False,
)

rechecks = Table("rechecks", metadata, _tenant(), _id(), _number("record_id"), sqlite_with_rowid=False)

leases = Table(
    "leases",
    metadata,
    _tenant(),
    Column("job", Text, primary_key=True),
    _number("runner"),
    _number("until"),
    sqlite_with_rowid=False,
)
