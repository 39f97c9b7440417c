"""The language in which an officer reads the console, kept with him."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("officer", sa.Column("language", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("officer", "language")
