"""Lanes: their state, what happened at them, officers' orders; one open alert for each device."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def _row(table: str) -> list[sa.schema.SchemaItem]:
    now = sa.text("clock_timestamp()")
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f(f"fk_{table}_device_id_device")
        ),
    ]


def upgrade() -> None:
    op.add_column(
        "device", sa.Column("assisted", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("referral", sa.Column("device_id", sa.Uuid(), nullable=True))
    op.create_index(
        "uq_referral_device_alert", "referral", ["device_id"], unique=True,
        postgresql_where=sa.text("device_id is not null and state <> 'closed'"),
    )  # fmt: skip
    op.create_table(
        "lane_status",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("stop_due", sa.Boolean(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("device_id", name=op.f("uq_lane_status_device_id")),
        *_row("lane_status"),
    )
    op.create_table(
        "lane_event",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("device_id", "key", name=op.f("uq_lane_event_device_id_key")),
        *_row("lane_event"),
    )
    op.create_index(
        "ix_lane_event_device_id_happened_at", "lane_event", ["device_id", "happened_at"]
    )
    op.create_table(
        "lane_order",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_lane_order_officer_id_officer")
        ),
        *_row("lane_order"),
    )
    op.create_index(
        "ix_lane_order_waiting", "lane_order", ["device_id"],
        postgresql_where=sa.text("taken_at is null"),
    )  # fmt: skip


def downgrade() -> None:
    for table in ("lane_order", "lane_event", "lane_status"):
        op.drop_table(table)
    op.drop_index("uq_referral_device_alert", "referral")
    op.drop_column("referral", "device_id")
    op.drop_column("device", "assisted")
