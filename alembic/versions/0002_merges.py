"""Merges that can be undone: where each record comes from, who merged what, and the pairs that are kept apart."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NEW = {
    "customers": (("merge_id", sa.BigInteger(), "0"),),
    "records": (("home_id", sa.BigInteger(), "0"),),
    "merges": (
        ("kind", sa.Text(), ""),
        ("actor", sa.Text(), ""),
        ("picks_json", sa.Text(), ""),
        ("plan_json", sa.Text(), ""),
        ("undone_at", sa.BigInteger(), "0"),
        ("undone_by", sa.Text(), ""),
        ("undone_json", sa.Text(), ""),
    ),
}


def upgrade() -> None:
    for table, columns in _NEW.items():
        for name, kind, default in columns:
            op.add_column(table, sa.Column(name, kind, server_default=default, nullable=False))
    op.create_table(
        "kept_apart",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_a", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_b", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("merge_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "record_a", "record_b", name="pk_kept_apart"),
        sqlite_with_rowid=False,
    )
    _remember_origins()


def _remember_origins() -> None:
    """Until now every merge was a bridge's, and none was undone: the first one that moved a record moved it from home."""
    connection = op.get_bind()
    found = connection.execute(sa.text("SELECT tenant_id, id, moved_json FROM merges ORDER BY created_at, id"))
    for tenant, merge, moved in found.fetchall():
        said = {"tenant": tenant, "merge": merge}
        connection.execute(
            sa.text(
                "UPDATE merges SET kind = 'bridge', picks_json = '{}', plan_json = '[]' "
                "WHERE tenant_id = :tenant AND id = :merge"
            ),
            said,
        )
        for customer, parts in json.loads(moved).items():
            said["customer"] = int(customer)
            connection.execute(
                sa.text("UPDATE customers SET merge_id = :merge WHERE tenant_id = :tenant AND id = :customer"), said
            )
            for record in parts["records"]:
                connection.execute(
                    sa.text(
                        "UPDATE records SET home_id = :customer "
                        "WHERE tenant_id = :tenant AND id = :record AND home_id = 0"
                    ),
                    {**said, "record": record},
                )


def downgrade() -> None:
    op.drop_table("kept_apart")
    for table, columns in _NEW.items():
        for name, _, _ in reversed(columns):
            op.drop_column(table, name)
