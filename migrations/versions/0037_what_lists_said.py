"""What the newest list that names a passenger says; when a flight was cancelled: the order of lists is nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

NAMED = """
update passenger set named_status = travel_status
where status_prepared_at is not null and travel_status in ('withdrawn', 'boarded', 'not-boarded')
"""
CANCELLED = "update flight set cancelled_prepared_at = prepared_at where status = 'cancelled'"


def upgrade() -> None:
    op.add_column("passenger", sa.Column("named_status", sa.Text(), nullable=True))
    op.add_column(
        "flight", sa.Column("cancelled_prepared_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute(NAMED)
    op.execute(CANCELLED)


def downgrade() -> None:
    op.drop_column("flight", "cancelled_prepared_at")
    op.drop_column("passenger", "named_status")
