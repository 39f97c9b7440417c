"""Quarantine of what could not be read, mappings of senders, figures of data quality, senders' own page."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# What was not read before waits as well; its messages' places in the transmission are not known any more.
WAITING = """
insert into quarantine (
    id, message_id, sender_id, site, status, received_at, keep_until, whole, kinds, errors, codes,
    code, tag, segment
)
select gen_random_uuid(), m.id, m.sender_id, m.site, 'waiting', m.created_at,
    m.created_at + interval '30 days', m.status = 'rejected',
    array(select distinct one ->> 'type' from jsonb_array_elements(m.summary) one
          where one ->> 'type' <> ''),
    f.errors, f.codes, f.code, f.tag, f.segment
from message m join (
    select message_id, count(*) as errors, array_agg(distinct code) as codes,
        (array_agg(code order by id))[1] as code, (array_agg(tag order by id))[1] as tag,
        (array_agg(segment order by id))[1] as segment
    from message_fault where severity = 'error' group by message_id
) f on f.message_id = m.id
where m.status in ('rejected', 'applied')
"""


def upgrade() -> None:
    op.create_table(
        "quality_day",
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name=op.f("fk_quality_day_sender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_day")),
        sa.UniqueConstraint(
            "sender_id", "day", "carrier", name=op.f("uq_quality_day_sender_id_day_carrier")
        ),
    )
    op.create_index("ix_quality_day_site_day", "quality_day", ["site", "day"], unique=False)
    op.create_table(
        "quality_flight",
        sa.Column("flight_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("departs_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrives_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_list_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_list_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_push_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_push_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("parts_missing", sa.Integer(), nullable=False),
        sa.Column("api_only", sa.Integer(), nullable=False),
        sa.Column("pnr_only", sa.Integer(), nullable=False),
        sa.Column("both", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name=op.f("fk_quality_flight_sender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_flight")),
        sa.UniqueConstraint(
            "flight_id", "sender_id", name=op.f("uq_quality_flight_flight_id_sender_id")
        ),
    )
    op.create_index("ix_quality_flight_site_day", "quality_flight", ["site", "day"], unique=False)
    op.create_table(
        "sender_mapping",
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_sender_mapping_officer_id")
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name=op.f("fk_sender_mapping_sender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender_mapping")),
        sa.UniqueConstraint(
            "sender_id", "version", name=op.f("uq_sender_mapping_sender_id_version")
        ),
    )
    op.create_table(
        "sender_session",
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name=op.f("fk_sender_session_sender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sender_session_token_hash")),
    )
    op.create_table(
        "quarantine",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=True),
        sa.Column("segment", sa.Integer(), nullable=True),
        sa.Column("replays", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_quarantine_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_quarantine_officer_id")
        ),
        sa.ForeignKeyConstraint(["sender_id"], ["sender.id"], name=op.f("fk_quarantine_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("message_id", name=op.f("uq_quarantine_message_id")),
    )
    op.create_index("ix_quarantine_sender_id", "quarantine", ["sender_id"], unique=False)
    op.create_index(
        "ix_quarantine_site_status", "quarantine", ["site", "status", "id"], unique=False
    )
    op.add_column("message", sa.Column("mapping_version", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_message_sender_id_created_at", "message", ["sender_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_message_summary",
        "message",
        ["summary"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"summary": "jsonb_path_ops"},
    )
    op.create_index(
        "ix_message_uncounted",
        "message",
        ["id"],
        unique=False,
        postgresql_where=sa.text("counted_at is null"),
    )
    op.add_column("message_fault", sa.Column("ordinal", sa.Integer(), nullable=True))
    op.execute(WAITING)
