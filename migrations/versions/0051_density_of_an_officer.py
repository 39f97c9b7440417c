"""How close together an officer wants tables and queues, kept with him."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("officer", sa.Column("density", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("officer", "density")
