"""Assessments that stand for a later rule set say by which one they were judged."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assessment", sa.Column("carried_from", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("assessment", "carried_from")
