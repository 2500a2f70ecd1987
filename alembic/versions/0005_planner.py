"""Tells SQLite how selective its indexes are: it guesses that a tenant has ten rows, and would read all of them."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ROWS = 1_000_000
# Rows that share the first one, two, three … columns of each index, in a store of a million; the last row of a table
# without a name of its own is its primary key.
SELECTIVITY = (
    ("audit", "audit", (ROWS, 1)),
    ("audit", "ix_audit_subject_id", (ROWS, 2)),
    ("blocking_keys", "blocking_keys", (ROWS, 4, 1)),
    ("blocking_keys", "ix_blocking_keys_record_id", (ROWS, 8)),
    ("customers", "customers", (ROWS, 1)),
    ("customers", "ix_customers_merged_into", (ROWS, 2)),
    ("decisions", "sqlite_autoindex_decisions_1", (ROWS, 1)),
    ("decisions", "ix_decisions_record_id", (ROWS, 2)),
    ("episodes", "episodes", (ROWS, 1)),
    ("episodes", "ix_episodes_customer_id_anchor_at", (ROWS, 3, 1)),
    ("episodes", "ix_episodes_record_id", (ROWS, 1)),
    ("idempotency", "idempotency", (ROWS, 1)),
    ("idempotency", "ix_idempotency_expires_at", (ROWS, 1)),
    ("kept_apart", "kept_apart", (ROWS, 2, 1)),
    ("merges", "merges", (ROWS, 1)),
    ("outbox", "outbox", (ROWS, 1)),
    ("records", "sqlite_autoindex_records_1", (ROWS, 1)),
    ("records", "uq_records_row", (ROWS, ROWS // 4, ROWS // 8, 1)),
    ("records", "ix_records_customer_id", (ROWS, 3)),
    ("records", "ix_records_claim_id", (ROWS, 1)),
    ("records", "ix_records_claim_key", (ROWS, ROWS // 4, 1)),
    ("reviews", "reviews", (ROWS, 1)),
    ("reviews", "ix_reviews_state", (ROWS, ROWS // 2, 1)),
    ("reviews", "ix_reviews_pair", (ROWS, 2, 2)),
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL counts for itself
    connection = op.get_bind()
    connection.exec_driver_sql("ANALYZE sqlite_schema")
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    for table, index, shared in SELECTIVITY:
        numbers = " ".join(str(number) for number in (ROWS, *shared))
        connection.exec_driver_sql(
            "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", (table, index, numbers)
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.get_bind().exec_driver_sql("DELETE FROM sqlite_stat1")
