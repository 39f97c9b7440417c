"""Requests of data subjects: access, rectification, erasure, redress; a passport may also be told by one."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0051"
branch_labels = None
depends_on = None

_SEALED = ("surname", "given_names", "birth_date", "issuer", "number", "wish")


def upgrade() -> None:
    op.create_table(
        "rights_request",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("identity_check", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in _SEALED),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended_because", sa.LargeBinary(), nullable=True),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "second_by is null or second_by <> decided_by", name=op.f("ck_rights_request_eyes")
        ),
        sa.CheckConstraint(
            "state <> 'closed' or outcome not in ('refused', 'partly') or second_by is not null",
            name=op.f("ck_rights_request_signed"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [name], ["officer.id"], name=op.f(f"fk_rights_request_{name}_officer")
            )
            for name in ("registered_by", "decided_by", "second_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_request")),
    )  # fmt: skip
    op.create_index(
        "ix_rights_request_open", "rights_request", ["site", "due_on"],
        postgresql_where=sa.text("state <> 'closed'"),
    )  # fmt: skip
    op.create_index("ix_rights_request_subject_key", "rights_request", ["subject_key"])
    op.add_column("shown_passport", sa.Column("request_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("shown_passport", "request_id")
    op.drop_table("rights_request")
