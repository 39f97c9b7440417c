"""A backtest may be of some carriers and routes, as the rule that it tries."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("carriers", "routes"):
        op.add_column(
            "backtest", sa.Column(name, sa.ARRAY(sa.Text()), server_default="{}", nullable=False)
        )
        op.alter_column("backtest", name, server_default=None)


def downgrade() -> None:
    for name in ("carriers", "routes"):
        op.drop_column("backtest", name)
