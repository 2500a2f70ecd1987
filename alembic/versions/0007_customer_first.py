"""The records of a customer are found by an index that begins with the customer, whose id no other tenant has either.

Where nothing has been counted yet, PostgreSQL takes a tenant for a row or two, and would go through all of its records by any index
that begins with the tenant.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NAME = "ix_records_customer_id"


def upgrade() -> None:
    _made_anew(["customer_id"], "1000000 3")


def downgrade() -> None:
    _made_anew(["tenant_id", "customer_id"], "1000000 1000000 3")


def _made_anew(columns: list[str], shared: str) -> None:
    """``shared``: the row that 0005_planner would have for it."""
    op.drop_index(NAME, "records")
    op.create_index(NAME, "records", columns)
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        row = ("records", NAME, shared)
        connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", row)
