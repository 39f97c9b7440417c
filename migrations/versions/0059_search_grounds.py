"""The ground of a personal search as a choice beside its words; what is recorded keeps its words alone."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0057"
branch_labels = None
depends_on = None

TABLES = ("inspection", "inspection_amendment")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("search_ground_kind", sa.Text(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "search_ground_kind")
