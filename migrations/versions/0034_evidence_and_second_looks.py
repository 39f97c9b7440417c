"""Photos and films of inspections, second looks from afar and their instructions."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_UTC = sa.DateTime(timezone=True)
_EMPTY = sa.text("''")


def _row(table: str) -> list[sa.schema.SchemaItem]:
    now = sa.text("clock_timestamp()")
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", _UTC, server_default=now, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def upgrade() -> None:
    _attachments()
    _looks()
    _instructions()


def _attachments() -> None:
    table = "referral_attachment"
    op.create_table(
        table,
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("finding_number", sa.Integer(), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", _UTC, nullable=False),
        _refers(table, "referral_id", "referral"),
        _refers(table, "added_by", "officer"),
        sa.UniqueConstraint("referral_id", "digest", name=op.f(f"uq_{table}_referral_id_digest")),
        *_row(table),
    )
    # sealed bytes do not compress: the attempt costs more than the space
    op.execute("alter table referral_attachment alter column sealed set storage external")


def _looks() -> None:
    table = "second_look"
    op.create_table(
        table,
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", _UTC, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("invited_id", sa.Uuid(), nullable=True),
        sa.Column("joined_by", sa.Uuid(), nullable=True),
        sa.Column("joined_at", _UTC, nullable=True),
        sa.Column("ended_at", _UTC, nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        _refers(table, "referral_id", "referral"),
        _refers(table, "asked_by", "officer"),
        _refers(table, "invited_id", "officer"),
        _refers(table, "joined_by", "officer"),
        *_row(table),
    )
    op.create_index(op.f(f"ix_{table}_referral_id"), table, ["referral_id"])
    op.create_index(
        "uq_second_look_open", table, ["referral_id"], unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )  # fmt: skip


def _instructions() -> None:
    table = "second_look_instruction"
    op.create_table(
        table,
        sa.Column("look_id", sa.Uuid(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("given_at", _UTC, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("read_by", sa.Uuid(), nullable=True),
        sa.Column("read_at", _UTC, nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default=_EMPTY, nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", _UTC, nullable=True),
        sa.Column("seen_at", _UTC, nullable=True),
        _refers(table, "look_id", "second_look"),
        _refers(table, "given_by", "officer"),
        _refers(table, "read_by", "officer"),
        _refers(table, "answered_by", "officer"),
        *_row(table),
    )
    op.create_index(op.f(f"ix_{table}_look_id"), table, ["look_id"])


def downgrade() -> None:
    op.drop_table("second_look_instruction")
    op.drop_table("second_look")
    op.drop_table("referral_attachment")
