"""An officer proposes that two journeys are one person's; another one joins them."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identity_link", sa.Column("proposed_by", sa.Uuid))
    op.add_column("identity_link", sa.Column("proposed_because", sa.Text))


def downgrade() -> None:
    op.drop_column("identity_link", "proposed_because")
    op.drop_column("identity_link", "proposed_by")
