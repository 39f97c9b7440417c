"""The officers' desk: leases, hand-overs, reopened cases, recalls, late hits; teams, duty, assignments, targets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0034"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def _row(table: str) -> list[sa.schema.SchemaItem]:
    now = sa.text("clock_timestamp()")
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", _AT, server_default=now, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _to(table: str, column: str, other: str, **more: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), **more
    )


def upgrade() -> None:
    op.create_table(
        "lane_team",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("closed_at", _AT, nullable=True),
        *_row("lane_team"),
    )
    op.create_index(
        "uq_lane_team_name", "lane_team", ["hall_id", "name"], unique=True,
        postgresql_where=sa.text("closed_at is null"),
    )  # fmt: skip
    op.create_table(
        "duty",
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("began_at", _AT, nullable=False),
        sa.Column("ended_at", _AT, nullable=True),
        _to("duty", "officer_id", "officer"),
        _to("duty", "team_id", "lane_team"),
        *_row("duty"),
    )
    op.create_index(
        "uq_duty_officer", "duty", ["officer_id"], unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )  # fmt: skip
    op.create_index("ix_duty_began_at", "duty", ["site", "began_at"])
    op.create_table(
        "team_assignment",
        sa.Column("passenger_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("assigned_by", sa.Uuid(), nullable=False),
        sa.Column("assigned_at", _AT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _to("team_assignment", "passenger_id", "passenger", ondelete="CASCADE"),
        _to("team_assignment", "team_id", "lane_team"),
        _to("team_assignment", "assigned_by", "officer"),
        sa.UniqueConstraint("passenger_id", name=op.f("uq_team_assignment_passenger_id")),
        *_row("team_assignment"),
    )
    op.create_table(
        "queue_target",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *_row("queue_target"),
    )
    op.create_index(
        "uq_queue_target", "queue_target", ["site", "hall_id", "kind"], unique=True,
        postgresql_nulls_not_distinct=True,
    )  # fmt: skip
    _referrals()
    op.create_index(
        "ix_clearance_fallen", "clearance", ["passenger_id"],
        postgresql_where=sa.text("revoked_because = 'facts-changed'"),
    )  # fmt: skip
    op.create_index(
        "ix_assessment_created_at", "assessment", ["created_at"], postgresql_using="brin"
    )
    op.add_column("identity_link", sa.Column("made_because", sa.Text(), nullable=True))
    op.add_column("identity_link", sa.Column("undone_because", sa.Text(), nullable=True))


def _referrals() -> None:
    for name, type_ in (
        ("active_at", _AT), ("left_by", sa.Uuid()), ("left_at", _AT), ("left_why", sa.Text()),
        ("offered_to", sa.Uuid()), ("team_id", sa.Uuid()), ("reopens_id", sa.Uuid()),
        ("seen_device_id", sa.Uuid()), ("seen_at", _AT), ("assessment_id", sa.Uuid()),
    ):  # fmt: skip
        op.add_column("referral", sa.Column(name, type_, nullable=True))
    op.add_column(
        "referral", sa.Column("by_officer", sa.Boolean(), server_default="false", nullable=False)
    )
    # Whoever has claimed something at this moment loses no lease by the upgrade.
    op.execute("update referral set active_at = claimed_at where state = 'claimed'")
    for column, other in (
        ("left_by", "officer"), ("offered_to", "officer"), ("team_id", "lane_team"),
        ("reopens_id", "referral"),
    ):  # fmt: skip
        op.create_foreign_key(
            op.f(f"fk_referral_{column}_{other}"), "referral", other, [column], ["id"]
        )
    op.create_index(
        "uq_referral_reopens", "referral", ["reopens_id"], unique=True,
        postgresql_where=sa.text("reopens_id is not null"),
    )  # fmt: skip
    op.create_index(
        "uq_referral_afterwards", "referral", ["passenger_id", "kind"], unique=True,
        postgresql_where=sa.text("kind in ('recall', 'late-hit') and state <> 'closed'"),
    )  # fmt: skip


def downgrade() -> None:
    for column in ("made_because", "undone_because"):
        op.drop_column("identity_link", column)
    op.drop_index("ix_assessment_created_at", "assessment")
    op.drop_index("ix_clearance_fallen", "clearance")
    for column in (
        "active_at", "left_by", "left_at", "left_why", "offered_to", "team_id", "reopens_id",
        "seen_device_id", "seen_at", "assessment_id", "by_officer",
    ):  # fmt: skip
        op.drop_column("referral", column)
    for table in ("queue_target", "team_assignment", "duty", "lane_team"):
        op.drop_table(table)
