"""The first schema: customers, records, their keys and episodes, decisions with audit and outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("action", sa.Text(), server_default="", nullable=False),
        sa.Column("subject_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("decision_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("detail_json", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_audit"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_subject_id", "audit", ["tenant_id", "subject_id"], unique=False)

    op.create_table(
        "blocking_keys",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key_hash", "record_id", name="pk_blocking_keys"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_blocking_keys_record_id", "blocking_keys", ["tenant_id", "record_id"], unique=False)

    op.create_table(
        "customers",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("merged_into", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_customers"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_customers_merged_into",
        "customers",
        ["tenant_id", "merged_into"],
        unique=False,
        sqlite_where=sa.text("merged_into <> 0"),
        postgresql_where=sa.text("merged_into <> 0"),
    )

    op.create_table(
        "decisions",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("customer_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("decided_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), server_default="", nullable=False),
        sa.Column("reason_code", sa.Text(), server_default="", nullable=False),
        sa.Column("stored", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("input_json", sa.Text(), server_default="", nullable=False),
        sa.Column("answer_json", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_record_id", "decisions", ["tenant_id", "record_id"], unique=False)

    op.create_table(
        "episodes",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("record_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("scenario", sa.Text(), server_default="", nullable=False),
        sa.Column("anchor_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("renewed_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_episodes"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_episodes_customer_id_anchor_at", "episodes", ["tenant_id", "customer_id", "anchor_at"], unique=False
    )
    op.create_index("ix_episodes_record_id", "episodes", ["tenant_id", "record_id"], unique=False)

    op.create_table(
        "hot_keys",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key_hash", name="pk_hot_keys"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "idempotency",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("payload_json", sa.Text(), server_default="", nullable=False),
        sa.Column("expires_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key_hash", name="pk_idempotency"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_idempotency_expires_at", "idempotency", ["tenant_id", "expires_at"], unique=False)

    op.create_table(
        "merges",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("survivor_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("decision_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("moved_json", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_merges"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), server_default="", nullable=False),
        sa.Column("subject_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("payload_json", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_outbox"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "records",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("source_system", sa.Text(), server_default="", nullable=False),
        sa.Column("object_type", sa.Text(), server_default="", nullable=False),
        sa.Column("external_id", sa.Text(), server_default="", nullable=False),
        sa.Column("owner_id", sa.Text(), server_default="", nullable=False),
        sa.Column("department_id", sa.Text(), server_default="", nullable=False),
        sa.Column("department_name", sa.Text(), server_default="", nullable=False),
        sa.Column("scenario", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("received_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("claim_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("claim_key", sa.Text(), server_default="", nullable=False),
        sa.Column("claim_expires_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("claim_state", sa.Text(), server_default="", nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("decision_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=False),
        sa.Column("values_json", sa.Text(), server_default="", nullable=False),
        sa.Column("envelope_json", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_records"),
    )
    op.create_index(
        "ix_records_claim_id",
        "records",
        ["tenant_id", "claim_id"],
        unique=False,
        sqlite_where=sa.text("claim_id <> 0"),
        postgresql_where=sa.text("claim_id <> 0"),
    )
    op.create_index(
        "ix_records_claim_key",
        "records",
        ["tenant_id", "source_system", "claim_key"],
        unique=False,
        sqlite_where=sa.text("claim_state = 'open'"),
        postgresql_where=sa.text("claim_state = 'open'"),
    )
    op.create_index("ix_records_customer_id", "records", ["tenant_id", "customer_id"], unique=False)
    op.create_index(
        "uq_records_row",
        "records",
        ["tenant_id", "source_system", "object_type", "external_id"],
        unique=True,
        sqlite_where=sa.text("external_id <> '' AND state <> 'retired'"),
        postgresql_where=sa.text("external_id <> '' AND state <> 'retired'"),
    )

    op.create_table(
        "reviews",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("decision_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("record_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("customer_a", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("customer_b", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reason_code", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_reviews"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reviews_pair", "reviews", ["tenant_id", "customer_a", "customer_b"], unique=False)
    op.create_index("ix_reviews_state", "reviews", ["tenant_id", "state", "created_at"], unique=False)

    op.create_table(
        "rulesets",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "version", name="pk_rulesets"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tenants",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("hash_key_check", sa.Text(), server_default="", nullable=False),
        sa.Column("rules_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_tenants"),
    )


def downgrade() -> None:
    op.drop_table("tenants")
    op.drop_table("rulesets")
    op.drop_index("ix_reviews_state")
    op.drop_index("ix_reviews_pair")

    op.drop_table("reviews")
    op.drop_index(
        "uq_records_row",
        sqlite_where=sa.text("external_id <> '' AND state <> 'retired'"),
        postgresql_where=sa.text("external_id <> '' AND state <> 'retired'"),
    )
    op.drop_index("ix_records_customer_id")
    op.drop_index(
        "ix_records_claim_key",
        sqlite_where=sa.text("claim_state = 'open'"),
        postgresql_where=sa.text("claim_state = 'open'"),
    )
    op.drop_index(
        "ix_records_claim_id", sqlite_where=sa.text("claim_id <> 0"), postgresql_where=sa.text("claim_id <> 0")
    )

    op.drop_table("records")
    op.drop_table("outbox")
    op.drop_table("merges")
    op.drop_index("ix_idempotency_expires_at")

    op.drop_table("idempotency")
    op.drop_table("hot_keys")
    op.drop_index("ix_episodes_record_id")
    op.drop_index("ix_episodes_customer_id_anchor_at")

    op.drop_table("episodes")
    op.drop_index("ix_decisions_record_id")

    op.drop_table("decisions")
    op.drop_index(
        "ix_customers_merged_into",
        sqlite_where=sa.text("merged_into <> 0"),
        postgresql_where=sa.text("merged_into <> 0"),
    )

    op.drop_table("customers")
    op.drop_index("ix_blocking_keys_record_id")

    op.drop_table("blocking_keys")
    op.drop_index("ix_audit_subject_id")

    op.drop_table("audit")
