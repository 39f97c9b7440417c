"""A backtest names the purpose that it was run for; results that were kept tell no few people."""

import json

import sqlalchemy as sa
from alembic import op

from app.analysis.coarse import coarse

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

# The purpose of the newest version whose text was tried; None: nobody named one, and it proves no other version.
PURPOSES = """
update backtest b set purpose = (
    select v.purpose from rule_version v where sha256(convert_to(v.text, 'UTF8')) = b.digest
    order by v.id desc limit 1)
"""


def upgrade() -> None:
    op.add_column("backtest", sa.Column("purpose", sa.Text(), nullable=True))
    op.execute(PURPOSES)
    connection = op.get_bind()
    kept = connection.execute(sa.text("select id, result from backtest where result is not null"))
    for identifier, result in kept.all():
        connection.execute(
            sa.text("update backtest set result = cast(:result as jsonb) where id = :id"),
            {"id": identifier, "result": json.dumps(coarse(result))},
        )


def downgrade() -> None:
    op.drop_column("backtest", "purpose")
