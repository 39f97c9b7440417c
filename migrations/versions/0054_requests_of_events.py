"""An event names the request that it came of, as the log does: an id, nothing of the caller."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("event", sa.Column("request", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("event", "request")
