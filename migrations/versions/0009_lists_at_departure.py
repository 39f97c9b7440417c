"""Lists at departure that come in several parts; that a flight has left stands by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# So far the time of any list at departure stood for it; now it is that of the list that counts.
LEFT = "update flight set has_left = true where boarding_prepared_at is not null"
UNKNOWN = "update flight set boarding_prepared_at = null where boarding is null"


def upgrade() -> None:
    op.add_column(
        "flight",
        sa.Column("has_left", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.execute(LEFT)
    op.execute(UNKNOWN)
    op.create_table(
        "boarding_part",
        sa.Column("flight_id", sa.Uuid(), nullable=False),
        sa.Column("list_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("last", sa.Boolean(), nullable=False),
        sa.Column("names", sa.Boolean(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["flight_id"], ["flight.id"], name=op.f("fk_boarding_part_flight_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boarding_part")),
        sa.UniqueConstraint(
            "flight_id", "list_key", "number", "prepared_at",
            name=op.f("uq_boarding_part_flight_id_list_key_number_prepared_at"),
        ),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("boarding_part")
    op.drop_column("flight", "has_left")
