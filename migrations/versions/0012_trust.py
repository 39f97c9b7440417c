"""Certificates of the offline root for the authority's keys; declarations that kiosks' lists speak of."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("authority_key", sa.Column("certificate", sa.LargeBinary(), nullable=True))
    op.add_column(
        "authority_key", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_declaration_denied",
        "declaration",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'withdrawn' or seq > 0"),
    )


def downgrade() -> None:
    op.drop_index("ix_declaration_denied", table_name="declaration")
    op.drop_column("authority_key", "published_at")
    op.drop_column("authority_key", "certificate")
