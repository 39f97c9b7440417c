"""Who made the code that opened a session; what was shown in clear to whom, and why.

Sessions by code that are open when this comes are of unknown origin: nothing is signed in them until their officer has
proved anew who he is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sign_in_code",
        sa.Column("made_by", sa.Text(), nullable=False, server_default="administrator"),
    )
    op.add_column("officer_session", sa.Column("code_from", sa.Text(), nullable=True))
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp(), nullable=False
        ),
        sa.Column("session_id", sa.Uuid(), nullable=False, index=True),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("fields", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("disclosure")
    op.drop_column("officer_session", "code_from")
    op.drop_column("sign_in_code", "made_by")
