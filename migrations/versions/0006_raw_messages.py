"""An index of the transmissions whose text is still kept: the worker empties the oldest."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_message_raw", "message", ["created_at"], postgresql_where=sa.text("raw is not null")
    )
