"""Answers to carriers, officers' orders on boarding, test messages, how a sender is answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer",
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_answer_message_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["sender.id"], name=op.f("fk_answer_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("sender_id", "number", name=op.f("uq_answer_sender_id_number")),
    )
    op.create_index("ix_answer_message_id", "answer", ["message_id"], unique=False)
    op.create_index("ix_answer_reference", "answer", ["sender_id", "reference"], unique=False)
    op.create_index(
        "ix_answer_undelivered",
        "answer",
        ["sender_id", "number"],
        unique=False,
        postgresql_where=sa.text("delivered_at is null"),
    )
    op.create_table(
        "sandbox_message",
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("control_reference", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("flight", sa.Text(), nullable=False),
        sa.Column("departs_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("part", sa.Integer(), nullable=True),
        sa.Column("last", sa.Boolean(), nullable=False),
        sa.Column("closing", sa.Boolean(), nullable=False),
        sa.Column("checks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("links", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("link_segments", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_sandbox_message_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name=op.f("fk_sandbox_message_sender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_message")),
        sa.UniqueConstraint(
            "message_id", "position", name=op.f("uq_sandbox_message_message_id_position")
        ),
    )
    op.create_index(
        "ix_sandbox_message_sender_id", "sandbox_message", ["sender_id", "created_at"], unique=False
    )
    op.create_table(
        "boarding_order",
        sa.Column("passenger_id", sa.Uuid(), nullable=False),
        sa.Column("boarding", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_boarding_order_answer_id")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_boarding_order_officer_id")
        ),
        sa.ForeignKeyConstraint(
            ["passenger_id"], ["passenger.id"], name=op.f("fk_boarding_order_passenger_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boarding_order")),
    )
    op.create_index(
        "ix_boarding_order_passenger_id", "boarding_order", ["passenger_id", "id"], unique=False
    )
    op.add_column("sender", sa.Column("answers", sa.Text(), server_default="none", nullable=False))
    op.add_column(
        "sender", sa.Column("contrl", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column(
        "sender", sa.Column("ackres", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column(
        "sender",
        sa.Column(
            "boarding_authority", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column(
        "sender",
        sa.Column("sandbox_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("sender", sa.Column("interchange_id", sa.Text(), nullable=True))
    op.add_column("sender", sa.Column("required", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column(
        "sender", sa.Column("answered", sa.BigInteger(), server_default="0", nullable=False)
    )
