"""Who was on board, where a flight ended, numbers it had before; master crew lists."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# From now on only lists that name somebody to be withdrawn, on board or left behind leave their time.
UNSTAMPED = "update passenger set status_prepared_at = null where travel_status = 'booked'"


def upgrade() -> None:
    for column in (
        sa.Column("boarding", sa.Text(), nullable=True),
        sa.Column("boarding_prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("diverted_to", sa.Text(), nullable=True),
        sa.Column("cargo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    ):
        op.add_column("flight", column)
    op.add_column(
        "flight_alias",
        sa.Column("former", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "sender",
        sa.Column("sets_flights", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.execute(UNSTAMPED)
    op.create_table(
        "crew_member",
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crew_member")),
        sa.UniqueConstraint("carrier", "key", name=op.f("uq_crew_member_carrier_key")),
    )
