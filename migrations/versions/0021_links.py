"""What bookings share with others', as pseudonyms: who of them had a hit is a fact."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_key",
        sa.Column("passenger_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("flight_date", sa.Date(), nullable=False),
        sa.Column("hit", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["passenger_id"], ["passenger.id"], name=op.f("fk_link_key_passenger_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_key")),
        sa.UniqueConstraint(
            "passenger_id", "kind", "key", name=op.f("uq_link_key_passenger_id_kind_key")
        ),
    )  # fmt: skip
    op.create_index("ix_link_key_kind_key", "link_key", ["kind", "key", "flight_date"])


def downgrade() -> None:
    op.drop_table("link_key")
