"""Earlier contents of API records and bookings with their time; keys of travellers indexed at once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What is stored already: nobody knows when it was said first; the newest list or push is the best answer.
SINCE = """
update passenger set api_since = api_prepared_at where api_data is not null;
update booking set since = prepared_at;
"""


def upgrade() -> None:
    op.add_column("passenger", sa.Column("api_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("booking", sa.Column("since", sa.DateTime(timezone=True), nullable=True))
    op.execute(SINCE)
    op.add_column(
        "booking_version", sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "booking_version",
        sa.Column("removed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_table(
        "passenger_version",
        sa.Column("passenger_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["passenger_id"], ["passenger.id"], name=op.f("fk_passenger_version_passenger_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passenger_version")),
        sa.UniqueConstraint(
            "passenger_id", "message_id", name=op.f("uq_passenger_version_passenger_id_message_id")
        ),
    )
    for keys in ("document_keys", "person_keys"):
        op.execute(f"alter index ix_traveller_{keys} set (fastupdate = off)")
        op.execute(f"select gin_clean_pending_list('ix_traveller_{keys}'::regclass)")
