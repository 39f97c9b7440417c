"""Roles are granted in places and for purposes; a hall may name its terminal. What an officer was stays so everywhere."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0046"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "officer_grant",
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("place_kind", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("purposes", ARRAY(sa.Text()), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["officer.id"], name=op.f(f"fk_officer_grant_{column}")
            )
            for column in ("officer_id", "proposed_by", "signed_by", "ended_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_grant")),
    )
    op.create_index(
        "uq_officer_grant",
        "officer_grant",
        ["officer_id", "role", "place_kind", "place"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.execute(
        "insert into officer_grant (id, officer_id, role, place_kind, place, signed_at)"
        " select gen_random_uuid(), o.id, r.role, 'site', '', now()"
        " from officer o cross join lateral (select distinct unnest(o.roles) as role) r"
    )
    op.drop_column("officer", "roles")
    op.add_column("hall", sa.Column("terminal", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("hall", "terminal")
    op.add_column(
        "officer", sa.Column("roles", ARRAY(sa.Text()), server_default="{}", nullable=False)
    )
    op.execute(
        "update officer o set roles = g.roles from ("
        " select officer_id, array_agg(distinct role) as roles from officer_grant"
        " where signed_at is not null and ended_at is null group by officer_id) g"
        " where g.officer_id = o.id"
    )
    op.alter_column("officer", "roles", server_default=None)
    op.drop_table("officer_grant")
