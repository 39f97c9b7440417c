"""An inspection whose officer gives no sign has a moment at which a supervisor was called."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("referral", sa.Column("called_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("referral", "called_at")
