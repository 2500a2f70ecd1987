"""A record's row names the keys that it lies behind: the index by record was as large as all of them, and every write paid for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NAME = "ix_blocking_keys_record_id"
HELD = "FROM blocking_keys k WHERE k.tenant_id = records.tenant_id AND k.record_id = records.id"
LISTED = {
    "sqlite": "(SELECT json_group_array(k.key_hash) {held})",
    "postgresql": "'[' || array_to_string(ARRAY(SELECT k.key_hash {held}), ',') || ']'",
}


def upgrade() -> None:
    connection = op.get_bind()
    engine = connection.dialect.name
    op.add_column("records", sa.Column("keys_json", sa.Text(), nullable=False, server_default=""))
    connection.exec_driver_sql(f"UPDATE records SET keys_json = {LISTED[engine].format(held=HELD)}")  # noqa: S608 - fixed
    if engine == "sqlite":
        connection.exec_driver_sql("DELETE FROM sqlite_stat1 WHERE idx = ?", (NAME,))
    op.drop_index(NAME, "blocking_keys")


def downgrade() -> None:
    op.create_index(NAME, "blocking_keys", ["tenant_id", "record_id"])
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        row = ("blocking_keys", NAME, "1000000 1000000 8")
        connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", row)
    op.drop_column("records", "keys_json")
