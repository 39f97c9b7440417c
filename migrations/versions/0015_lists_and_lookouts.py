"""Lists with severity, source and restricted reasons; proposals, versions, urgent lookouts, cleared pairs."""

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_STEP = 2000


def _fingerprint() -> None:
    """The fingerprints of the entries that are there, as :func:`app.screening.entries.fingerprint` said then."""
    connection = op.get_bind()
    entries = sa.text("select id, kind, content, reason, valid_from, valid_to from watchlist_entry")
    held = connection.execute(entries).all()
    for start in range(0, len(held), _STEP):
        part = held[start : start + _STEP]
        values = [{"key": row.id, "digest": _digest(row)} for row in part]
        connection.execute(
            sa.text("update watchlist_entry set digest = :digest where id = :key"), values
        )


def _digest(row: Any) -> bytes:
    content = {name: value for name, value in row.content.items() if value}
    said = [row.kind, content, row.reason, "", None, str(row.valid_from),
            str(row.valid_to) if row.valid_to else None]  # fmt: skip
    packed = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(packed.encode()).digest()


# What the lists are set to now, so that their history has a beginning.
VERSIONS = """
insert into watchlist_version (
    id, watchlist_id, version, settings, added, replaced, removed, made_at
)
select gen_random_uuid(), l.id, l.version,
    jsonb_build_object('title', l.title, 'purpose', l.purpose, 'handling', l.handling,
        'category', l.category, 'severity', l.severity, 'source', l.source,
        'reason_restricted', l.reason_restricted, 'bulk_limit', l.bulk_limit, 'thresholds', null),
    0, 0, 0, clock_timestamp()
from watchlist l
"""


def upgrade() -> None:
    op.create_table(
        "known_not_match",
        sa.Column("watchlist_id", sa.Uuid(), nullable=False),
        sa.Column("entry_key", sa.Text(), nullable=False),
        sa.Column("entry_digest", sa.LargeBinary(), nullable=False),
        sa.Column("document_key", sa.LargeBinary(), nullable=True),
        sa.Column("person_keys", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("passenger_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("normaliser", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_because", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "expires_on <= (cleared_at at time zone 'UTC')::date + 366",
            name=op.f("ck_known_not_match_one_year"),
        ),
        sa.CheckConstraint("approved_by <> officer_id", name=op.f("ck_known_not_match_eyes")),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_known_not_match_officer_id")
        ),
        sa.ForeignKeyConstraint(
            ["watchlist_id"], ["watchlist.id"], name=op.f("fk_known_not_match_watchlist_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_not_match")),
    )
    op.create_index(
        "ix_known_not_match_document",
        "known_not_match",
        ["document_key"],
        unique=False,
        postgresql_where=sa.text("voided_at is null"),
    )
    op.create_index(
        "ix_known_not_match_entry",
        "known_not_match",
        ["watchlist_id", "entry_key"],
        unique=False,
        postgresql_where=sa.text("voided_at is null"),
    )
    op.create_table(
        "urgent_lookout",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("handling", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("verdict_note", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "expires_at <= raised_at + interval '24 hours'", name=op.f("ck_urgent_lookout_one_day")
        ),
        sa.CheckConstraint("reviewed_by <> raised_by", name=op.f("ck_urgent_lookout_eyes")),
        sa.ForeignKeyConstraint(
            ["raised_by"], ["officer.id"], name=op.f("fk_urgent_lookout_raised_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urgent_lookout")),
    )
    op.create_index(
        "ix_urgent_lookout_live",
        "urgent_lookout",
        ["site"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "watchlist_proposal",
        sa.Column("watchlist_id", sa.Uuid(), nullable=False),
        sa.Column("base_version", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("because", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("faulty", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "decided_by is distinct from author_id or decided_by is null",
            name=op.f("ck_watchlist_proposal_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["watchlist_id"], ["watchlist.id"], name=op.f("fk_watchlist_proposal_watchlist_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlist_proposal")),
    )
    op.create_index(
        op.f("ix_watchlist_proposal_watchlist_id"),
        "watchlist_proposal",
        ["watchlist_id"],
        unique=False,
    )
    op.create_table(
        "watchlist_version",
        sa.Column("watchlist_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("replaced", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["watchlist_id"], ["watchlist.id"], name=op.f("fk_watchlist_version_watchlist_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlist_version")),
        sa.UniqueConstraint(
            "watchlist_id", "version", name=op.f("uq_watchlist_version_watchlist_id_version")
        ),
    )
    op.create_table(
        "watchlist_proposal_entry",
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["watchlist_proposal.id"],
            name=op.f("fk_watchlist_proposal_entry_proposal_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlist_proposal_entry")),
        sa.UniqueConstraint(
            "proposal_id", "key", name=op.f("uq_watchlist_proposal_entry_proposal_id_key")
        ),
    )
    op.add_column(
        "ruleset",
        sa.Column("lookouts", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
    )
    op.add_column("watchlist", sa.Column("category", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "watchlist", sa.Column("severity", sa.Text(), server_default="ordinary", nullable=False)
    )
    op.add_column("watchlist", sa.Column("source", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "watchlist",
        sa.Column("reason_restricted", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "watchlist", sa.Column("bulk_limit", sa.Integer(), server_default="20", nullable=False)
    )
    op.add_column(
        "watchlist",
        sa.Column(
            "thresholds", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
    )
    op.add_column(
        "watchlist_entry", sa.Column("category", sa.Text(), server_default="", nullable=False)
    )
    op.add_column("watchlist_entry", sa.Column("severity", sa.Text(), nullable=True))
    op.add_column("watchlist_entry", sa.Column("digest", sa.LargeBinary(), nullable=True))
    _fingerprint()
    op.alter_column("watchlist_entry", "digest", nullable=False)
    op.create_index(
        "uq_watchlist_entry_live",
        "watchlist_entry",
        ["watchlist_id", "key"],
        unique=True,
        postgresql_where=sa.text("removed_version is null"),
    )
    op.execute(VERSIONS)


def downgrade() -> None:
    op.drop_index(
        "uq_watchlist_entry_live",
        table_name="watchlist_entry",
        postgresql_where=sa.text("removed_version is null"),
    )
    op.drop_column("watchlist_entry", "digest")
    op.drop_column("watchlist_entry", "severity")
    op.drop_column("watchlist_entry", "category")
    op.drop_column("watchlist", "thresholds")
    op.drop_column("watchlist", "bulk_limit")
    op.drop_column("watchlist", "reason_restricted")
    op.drop_column("watchlist", "source")
    op.drop_column("watchlist", "severity")
    op.drop_column("watchlist", "category")
    op.drop_column("ruleset", "lookouts")
    op.drop_table("watchlist_proposal_entry")
    op.drop_table("watchlist_version")
    op.drop_index(op.f("ix_watchlist_proposal_watchlist_id"), table_name="watchlist_proposal")
    op.drop_table("watchlist_proposal")
    op.drop_index(
        "ix_urgent_lookout_live",
        table_name="urgent_lookout",
        postgresql_where=sa.text("ended_at is null"),
    )
    op.drop_table("urgent_lookout")
    op.drop_index(
        "ix_known_not_match_entry",
        table_name="known_not_match",
        postgresql_where=sa.text("voided_at is null"),
    )
    op.drop_index(
        "ix_known_not_match_document",
        table_name="known_not_match",
        postgresql_where=sa.text("voided_at is null"),
    )
    op.drop_table("known_not_match")
