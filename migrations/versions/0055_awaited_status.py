"""What lists said of people by a reference that was nobody's yet."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "awaited_status",
        sa.Column("flight_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["flight_id"], ["flight.id"], name=op.f("fk_awaited_status_flight_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awaited_status")),
        sa.UniqueConstraint(
            "flight_id", "reference", name=op.f("uq_awaited_status_flight_id_reference")
        ),
    )


def downgrade() -> None:
    op.drop_table("awaited_status")
