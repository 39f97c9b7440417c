"""Figures of effectiveness without persons: by day and value, and the load of flights."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def own() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
    )


def upgrade() -> None:
    op.create_table(
        "effect_cell",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("sums", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("closed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        *own(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect_cell")),
        sa.UniqueConstraint(
            "site", "day", "dimension", "value",
            name=op.f("uq_effect_cell_site_day_dimension_value"),
        ),
    )  # fmt: skip
    op.create_table(
        "effect_flight",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("flight_id", sa.Uuid(), nullable=False),
        sa.Column("travellers", sa.Integer(), nullable=False),
        sa.Column("selected", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.Integer(), nullable=False),
        *own(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect_flight")),
        sa.UniqueConstraint(
            "site", "day", "flight_id", name=op.f("uq_effect_flight_site_day_flight_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("effect_flight")
    op.drop_table("effect_cell")
