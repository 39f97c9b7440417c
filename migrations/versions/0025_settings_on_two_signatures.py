"""A proposal may say how a list shall be set; what it says acts with a second signature only."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("watchlist_proposal", sa.Column("settings", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(
        op.f("ck_watchlist_proposal_signed"),
        "watchlist_proposal",
        "settings is null or status <> 'applied' or decided_by is not null",
    )


def downgrade() -> None:
    op.execute("delete from watchlist_proposal where settings is not null")
    op.drop_constraint(op.f("ck_watchlist_proposal_signed"), "watchlist_proposal")
    op.drop_column("watchlist_proposal", "settings")
