"""Keeping of data: masked rows, legal holds, unmasking, runs of the job; old entries of append-only tables may go."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0047"
down_revision = "0044"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)
TABLES = ("masked_row", "legal_hold", "unmasking", "retention_indication", "retention_run")

# What stands in an append-only table goes by these functions alone, and not before its time: the program's role
# may call them, but cannot delete by itself. The floors are of the law, not of the profile: no setting lowers them.
FORGET = """
create function trail_clock() returns timestamptz language sql as 'select clock_timestamp()';

create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('egate.forgetting', true) = 'on' then
        return null;
    end if;
    raise exception 'append-only' using errcode = 'insufficient_privilege';
end $$;

create function forget_entries(ids uuid[]) returns bigint language plpgsql security definer
    set search_path = public, pg_temp as $$
declare gone bigint;
begin
    perform set_config('egate.forgetting', 'on', true);
    delete from audit_entry where id = any(ids) and at < trail_clock() - interval '1827 days';
    get diagnostics gone = row_count;
    perform set_config('egate.forgetting', 'off', true);
    return gone;
end $$;

create function forget_steps(ids uuid[]) returns bigint language plpgsql security definer
    set search_path = public, pg_temp as $$
declare gone bigint;
begin
    perform set_config('egate.forgetting', 'on', true);
    delete from referral_event e using referral r
     where e.id = any(ids) and r.id = e.referral_id and r.state = 'closed'
       and r.closed_at < trail_clock() - interval '365 days';
    get diagnostics gone = row_count;
    perform set_config('egate.forgetting', 'off', true);
    return gone;
end $$;

revoke execute on function forget_entries(uuid[]), forget_steps(uuid[]) from public;
do $$
begin
    if exists (select from pg_roles where rolname = 'egate_app') then
        grant execute on function forget_entries(uuid[]), forget_steps(uuid[]) to egate_app;
    end if;
end $$;
"""
BACK = """
drop function forget_steps(uuid[]);
drop function forget_entries(uuid[]);
drop function trail_clock();
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'append-only' using errcode = 'insufficient_privilege';
end $$;
"""


def row() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", UTC, server_default=sa.text("clock_timestamp()"), nullable=False),
    ]


def text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "masked_row",
        text("row_table"),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("passenger_id", sa.Uuid()),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("masked_at", UTC, nullable=False),
        *row(),
    )
    op.create_index(op.f("ix_masked_row_row_id"), "masked_row", ["row_id"])
    op.create_index(op.f("ix_masked_row_passenger_id"), "masked_row", ["passenger_id"])
    op.create_table(
        "legal_hold",
        text("site"),
        text("kind"),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("covers", postgresql.ARRAY(sa.Uuid()), nullable=False),
        text("authority"),
        text("reference"),
        text("reason"),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("placed_at", UTC, nullable=False),
        sa.Column("lift_asked_by", sa.Uuid()),
        sa.Column("ended_by", sa.Uuid()),
        sa.Column("ended_at", UTC),
        *row(),
        sa.CheckConstraint(
            "ended_by is null or ended_by <> lift_asked_by", name=op.f("ck_legal_hold_two_lift")
        ),
    )
    op.create_index("ix_legal_hold_covers", "legal_hold", ["covers"], postgresql_using="gin")
    op.create_table(
        "unmasking",
        text("site"),
        sa.Column("passenger_id", sa.Uuid(), nullable=False),
        text("reason"),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", UTC, nullable=False),
        sa.Column("decided_by", sa.Uuid()),
        sa.Column("decided_at", UTC),
        sa.Column("open_until", UTC),
        sa.Column("looks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reviewed_by", sa.Uuid()),
        sa.Column("reviewed_at", UTC),
        sa.Column("proper", sa.Boolean()),
        *row(),
        sa.CheckConstraint(
            "decided_by is null or decided_by <> asked_by", name=op.f("ck_unmasking_two")
        ),
        sa.CheckConstraint(
            "reviewed_by is null or reviewed_by not in (asked_by, decided_by)",
            name=op.f("ck_unmasking_third"),
        ),
    )
    op.create_index(op.f("ix_unmasking_passenger_id"), "unmasking", ["passenger_id"])
    op.create_table(
        "retention_indication",
        sa.Column("passenger_id", sa.Uuid(), nullable=False),
        text("reason"),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", UTC, nullable=False),
        *row(),
    )
    op.create_index(
        op.f("ix_retention_indication_passenger_id"), "retention_indication", ["passenger_id"]
    )
    op.create_table(
        "retention_run",
        text("profile"),
        text("digest"),
        sa.Column("started_at", UTC, nullable=False),
        sa.Column("finished_at", UTC),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("failed", postgresql.ARRAY(sa.Text()), nullable=False),
        *row(),
    )
    op.execute(FORGET)


def downgrade() -> None:
    op.execute(BACK)
    for table in TABLES:
        op.drop_table(table)
