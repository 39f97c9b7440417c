"""When a phone says that a declaration was certified; declarations whose time is over are found by arrival."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "declaration_version", sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_declaration_kept", "declaration", ["arrival_on"],
        postgresql_where=sa.text("document_key <> ''"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_declaration_kept", "declaration")
    op.drop_column("declaration_version", "signed_at")
