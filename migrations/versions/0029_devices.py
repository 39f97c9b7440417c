"""Devices: codes by which they enrol, the change of keys, what they say of themselves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def _row(table: str) -> list[sa.schema.SchemaItem]:
    now = sa.text("clock_timestamp()")
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    op.add_column(
        "device", sa.Column("rotation_asked_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "enrolment_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("assisted", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("code_hash", name=op.f("uq_enrolment_code_code_hash")),
        *_row("enrolment_code"),
    )
    op.create_index(op.f("ix_enrolment_code_name"), "enrolment_code", ["name"])
    op.create_table(
        "device_health",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tests", postgresql.JSONB(), nullable=False),
        sa.Column("list_age", sa.Integer(), nullable=True),
        sa.Column("silent_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_device_health_device_id_device")
        ),
        sa.UniqueConstraint("device_id", name=op.f("uq_device_health_device_id")),
        *_row("device_health"),
    )
    op.create_index(op.f("ix_device_health_seen_at"), "device_health", ["seen_at"])


def downgrade() -> None:
    op.drop_table("device_health")
    op.drop_table("enrolment_code")
    op.drop_column("device", "rotation_asked_at")
