"""How a version of a declaration came, and which device or officer took it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("declaration_version", sa.Column("taken_by", sa.Uuid(), nullable=True))
    op.add_column("declaration_version", sa.Column("channel", sa.Text(), nullable=True))
    op.execute(
        """update declaration_version v set channel = case
             when v.language = 'und' then 'code' else 'online' end"""
    )
    op.alter_column("declaration_version", "channel", nullable=False)


def downgrade() -> None:
    op.drop_column("declaration_version", "channel")
    op.drop_column("declaration_version", "taken_by")
