"""Whether the name of a passport that was shown fills its machine-readable zone, so that its end may be missing."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "shown_passport",
        sa.Column("names_cut", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("shown_passport", "names_cut")
