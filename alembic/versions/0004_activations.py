"""Rules by version: who wrote and activated which, when and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NEW = ("created_by", "note")


def upgrade() -> None:
    for name in _NEW:
        op.add_column("rulesets", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.create_table(
        "activations",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "number", name="pk_activations"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO activations (tenant_id, number, version, at) "
        "SELECT tenant_id, 1, rules_version, created_at FROM tenants"
    )


def downgrade() -> None:
    op.drop_table("activations")
    for name in reversed(_NEW):
        op.drop_column("rulesets", name)
