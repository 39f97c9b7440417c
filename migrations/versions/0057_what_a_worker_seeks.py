"""Indexes by which a worker finds what is due without reading whole tables."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0055"
branch_labels = None
depends_on = None

_DUE = sa.text("facts_version > assessed_version")
_ACTING = sa.text("is_current and action in ('stop', 'discreet', 'observe')")


def upgrade() -> None:
    op.drop_index("ix_passenger_due", "passenger")
    op.create_index("ix_passenger_due", "passenger", ["flight_id"], postgresql_where=_DUE)
    op.drop_index("ix_assessment_created_at", "assessment")
    op.create_index("ix_assessment_acting", "assessment", ["created_at"], postgresql_where=_ACTING)
    op.create_index(
        "ix_declaration_flight",
        "declaration",
        ["flight", "arrival_on"],
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index(
        "ix_inspection_amended_at",
        "inspection",
        ["amended_at"],
        postgresql_where=sa.text("amended_at is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_inspection_amended_at", "inspection")
    op.drop_index("ix_declaration_flight", "declaration")
    op.drop_index("ix_assessment_acting", "assessment")
    op.create_index(
        "ix_assessment_created_at", "assessment", ["created_at"], postgresql_using="brin"
    )
    op.drop_index("ix_passenger_due", "passenger")
    op.create_index("ix_passenger_due", "passenger", ["facts_version"], postgresql_where=_DUE)
