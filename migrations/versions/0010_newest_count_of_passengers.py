"""How many passengers a flight has is what the newest list says: when that list was prepared."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "flight", sa.Column("announced_prepared_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute("update flight set announced_prepared_at = prepared_at where announced is not null")


def downgrade() -> None:
    op.drop_column("flight", "announced_prepared_at")
