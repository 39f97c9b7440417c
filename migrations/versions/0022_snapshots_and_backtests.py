"""The list of snapshot files, the flights in them, and backtests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def _made() -> sa.Column:
    now = sa.text("clock_timestamp()")
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False)


def upgrade() -> None:
    op.create_table(
        "snapshot_file",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("airport", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("flights", sa.Integer(), nullable=False),
        sa.Column("oldest", sa.Date(), nullable=False),
        sa.Column("masked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _made(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot_file")),
    )
    op.create_index("ix_snapshot_file_month_airport", "snapshot_file", ["month", "airport"])
    op.create_table(
        "snapshot_flight",
        sa.Column("flight_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("flight_id", name=op.f("pk_snapshot_flight")),
    )
    op.create_table(
        "backtest",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("before_text", sa.Text(), nullable=True),
        sa.Column("first_month", sa.Text(), nullable=False),
        sa.Column("last_month", sa.Text(), nullable=False),
        sa.Column("airports", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stop_asked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("done_rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("all_rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("samples", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _made(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backtest")),
    )
    op.create_index(
        "ix_backtest_waiting", "backtest", ["state"],
        postgresql_where=sa.text("state in ('queued', 'running')"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("backtest")
    op.drop_table("snapshot_flight")
    op.drop_table("snapshot_file")
