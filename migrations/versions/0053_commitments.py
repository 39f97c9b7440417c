"""Salts of what was searched; words of steps and of list entries are sealed; a passport put right again; the language of an answer.

As in 0049 the migration has no key: words that are there get a mark in front (0x00) and are read, until ``egate keys
reencrypt`` seals them. Steps of referrals are only appended to: their words are sealed anew through a function of the owner,
which takes nothing but a sealed text of the same length.
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0049"
branch_labels = None
depends_on = None

COLUMNS = (
    ("referral_event", "note", True),
    ("watchlist_entry", "reason", False),
    ("watchlist_proposal_entry", "reason", False),
)
"""Table, column, whether its default is no words."""

RESEAL = """
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('egate.forgetting', true) = 'on' then
        return null;
    end if;
    if tg_op = 'UPDATE' and current_setting('egate.resealing', true) = 'on' then
        return null;
    end if;
    raise exception 'append-only' using errcode = 'insufficient_privilege';
end $$;

create function reseal_steps(ids uuid[], sealed bytea[]) returns bigint language plpgsql security definer
    set search_path = public, pg_temp as $$
declare done bigint;
begin
    perform set_config('egate.resealing', 'on', true);
    update referral_event e set note = r.note
      from unnest(ids, sealed) as r(id, note)
     where e.id = r.id and e.note <> '' and get_byte(r.note, 0) = 1
       and octet_length(r.note) = octet_length(e.note) + case get_byte(e.note, 0) when 0 then 32 else 0 end;
    get diagnostics done = row_count;
    perform set_config('egate.resealing', 'off', true);
    return done;
end $$;

revoke execute on function reseal_steps(uuid[], bytea[]) from public;
do $$
begin
    if exists (select from pg_roles where rolname = 'egate_app') then
        grant execute on function reseal_steps(uuid[], bytea[]) to egate_app;
    end if;
end $$;
"""
BACK = """
drop function reseal_steps(uuid[], bytea[]);
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('egate.forgetting', true) = 'on' then
        return null;
    end if;
    raise exception 'append-only' using errcode = 'insufficient_privilege';
end $$;
"""


def upgrade() -> None:
    op.create_table(
        "audit_salt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_salt")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_salt_entry_id")),
    )  # fmt: skip
    op.create_index(op.f("ix_audit_salt_at"), "audit_salt", ["at"])
    for table, column, has_default in COLUMNS:
        if has_default:
            op.alter_column(table, column, server_default=None)
        op.alter_column(
            table, column, type_=sa.LargeBinary(), existing_type=sa.Text(),
            postgresql_using=f"case when {column} = '' then ''::bytea"
            f" else '\\x00'::bytea || convert_to({column}, 'UTF8') end",
        )  # fmt: skip
        if has_default:
            op.alter_column(table, column, server_default="")
    op.execute(RESEAL)
    op.drop_constraint(op.f("uq_shown_passport_passenger_id_digest"), "shown_passport")
    op.create_unique_constraint(
        op.f("uq_shown_passport_passenger_id_digest_request_id"), "shown_passport",
        ["passenger_id", "digest", "request_id"],
        postgresql_nulls_not_distinct=True,
    )  # fmt: skip
    op.add_column(
        "rights_request", sa.Column("language", sa.Text(), server_default="en", nullable=False)
    )


def downgrade() -> None:
    """Words that are sealed cannot be read here: they are lost. Of passports put right twice the first stays."""
    op.drop_column("rights_request", "language")
    op.execute(
        "delete from shown_passport s using shown_passport o"
        " where o.passenger_id = s.passenger_id and o.digest = s.digest and o.id < s.id"
    )
    op.drop_constraint(op.f("uq_shown_passport_passenger_id_digest_request_id"), "shown_passport")
    op.create_unique_constraint(
        op.f("uq_shown_passport_passenger_id_digest"), "shown_passport", ["passenger_id", "digest"]
    )
    op.execute(BACK)
    for table, column, has_default in COLUMNS:
        if has_default:
            op.alter_column(table, column, server_default=None)
        op.alter_column(
            table, column, type_=sa.Text(), existing_type=sa.LargeBinary(),
            postgresql_using=f"case when get_byte({column} || '\\x01'::bytea, 0) = 0"
            f" then convert_from(substring({column} from 2), 'UTF8') else '' end",
        )  # fmt: skip
        if has_default:
            op.alter_column(table, column, server_default="")
    op.drop_table("audit_salt")
