"""Live pictures for an identity look: one sealed picture at a time, in an unlogged table."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "live_look",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("presentation_id", sa.Uuid(), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"), nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_look")),
        sa.UniqueConstraint("referral_id", name=op.f("uq_live_look_referral_id")),
        prefixes=["UNLOGGED"],
    )  # fmt: skip
    op.create_index("ix_live_look_presentation_id", "live_look", ["presentation_id"])


def downgrade() -> None:
    op.drop_table("live_look")
