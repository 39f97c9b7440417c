"""Senders have several tokens, each made for scopes and with an end; the one that each had goes on, without an end."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0050"
down_revision = "0045"
branch_labels = None
depends_on = None

MOVE = """
insert into sender_token (id, sender_id, token_hash, scopes, created_at)
select gen_random_uuid(), id, token_hash,
  case when sets_flights
    then array['events:read', 'flights:read', 'flights:write', 'messages:read', 'messages:write', 'quality:read']
    else array['messages:read', 'messages:write', 'quality:read'] end,
  created_at
from sender
"""
NEWEST = """
update sender set token_hash = coalesce(
  (select token_hash from sender_token where sender_id = sender.id and revoked_at is null order by created_at desc limit 1),
  sha256(sender.id::text::bytea))
"""


def upgrade() -> None:
    op.create_table(
        "sender_token",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("sender_id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name=op.f("fk_sender_token_sender_id_sender")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sender_token_token_hash")),
    )
    op.create_index(op.f("ix_sender_token_sender_id"), "sender_token", ["sender_id"])
    op.execute(MOVE)
    op.drop_constraint(op.f("uq_sender_token_hash"), "sender")
    op.drop_column("sender", "token_hash")


def downgrade() -> None:
    """Each sender keeps its newest token."""
    op.add_column("sender", sa.Column("token_hash", sa.LargeBinary))
    op.execute(NEWEST)
    op.alter_column("sender", "token_hash", nullable=False)
    op.create_unique_constraint(op.f("uq_sender_token_hash"), "sender", ["token_hash"])
    op.drop_table("sender_token")
