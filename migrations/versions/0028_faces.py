"""Faces sealed to lanes, the lanes' keys, and the two pictures of a doubtful face: in unlogged tables, for an hour."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0026"
branch_labels = None
depends_on = None


def _row() -> list[sa.Column]:
    now = sa.text("clock_timestamp()")
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "lane_key",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *_row(),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_lane_key_device_id_device")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane_key")),
        sa.UniqueConstraint("key_id", name=op.f("uq_lane_key_key_id")),
    )
    op.create_index("ix_lane_key_device_id", "lane_key", ["device_id"])
    op.create_table(
        "sealed_face",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("passenger_id", sa.Uuid(), nullable=False),
        sa.Column("declaration_id", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *_row(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_face")),
        sa.UniqueConstraint(
            "registration_id", "key_id", name=op.f("uq_sealed_face_registration_id_key_id")
        ),
        prefixes=["UNLOGGED"],
    )
    for column in ("key_id", "passenger_id"):
        op.create_index(f"ix_sealed_face_{column}", "sealed_face", [column])
    op.create_table(
        "referral_picture",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("which", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *_row(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_picture")),
        sa.UniqueConstraint(
            "referral_id", "which", name=op.f("uq_referral_picture_referral_id_which")
        ),
        prefixes=["UNLOGGED"],
    )


def downgrade() -> None:
    for table in ("referral_picture", "sealed_face", "lane_key"):
        op.drop_table(table)
