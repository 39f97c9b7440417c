"""Which declared line a disposition at the goods counter is of; what was settled before names none."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("disposition", sa.Column("line", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("disposition", "line")
