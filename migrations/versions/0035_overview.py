"""Indexes by which a day of a site is read: referrals raised, passages, sessions of officers."""

from alembic import op

revision = "0035"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_referral_site_created_at", "referral", ["site", "created_at"])
    op.create_index("ix_passage_passed_at", "passage", ["passed_at"])
    op.create_index("ix_officer_session_created_at", "officer_session", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_officer_session_created_at", "officer_session")
    op.drop_index("ix_passage_passed_at", "passage")
    op.drop_index("ix_referral_site_created_at", "referral")
