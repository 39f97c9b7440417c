"""The audit trail sealed into a Merkle tree: leaves, kept nodes, signed checkpoints."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

TABLES = ("audit_leaf", "audit_node", "audit_checkpoint")
APPEND_ONLY = """
create trigger {table}_append_only before update or delete or truncate on {table}
    for each statement execute function refuse_change();
"""
RIGHTS = """
do $$
begin
    if exists (select from pg_roles where rolname = 'egate_app') then
        revoke update, delete on {table} from egate_app;
    end if;
end $$;
"""


def upgrade() -> None:
    # every entry that is there gets this transaction's number: all of them are sealed at first
    op.execute("alter table audit_entry add tx xid8 not null default pg_current_xact_id()")
    op.create_index(op.f("ix_audit_entry_tx"), "audit_entry", ["tx"])
    op.create_table(
        "audit_leaf",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_leaf")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_leaf_entry_id")),
    )
    op.create_table(
        "audit_node",
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_audit_node")),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoint")),
    )
    for table in TABLES:
        op.execute(APPEND_ONLY.format(table=table))
        op.execute(RIGHTS.format(table=table))
    op.execute(
        sa.text("insert into setting (key, value) values ('audit-origin', :name)").bindparams(
            name=f"egate-audit-{secrets.token_hex(4)}"
        )
    )


def downgrade() -> None:
    op.execute("delete from setting where key = 'audit-origin'")
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("audit_entry", "tx")
