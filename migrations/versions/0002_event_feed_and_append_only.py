"""The event table with its day partitions, the append-only audit trail, the roles' rights."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

EVENT = """
create table event (
    id bigint generated always as identity,
    at timestamptz not null default clock_timestamp(),
    tx xid8 not null default pg_current_xact_id(),
    kind text not null,
    subject uuid not null,
    version bigint not null default 0,
    site text not null default '',
    primary key (id, at)
) partition by range (at);
create table event_default partition of event default;
create index ix_event_tx on event (tx);
"""

APPEND_ONLY = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_entry_append_only before update or delete or truncate on audit_entry
    for each statement execute function refuse_change();
create trigger referral_event_append_only before update or delete or truncate on referral_event
    for each statement execute function refuse_change();
create trigger rule_event_append_only before update or delete or truncate on rule_event
    for each statement execute function refuse_change();
"""

# Whoever changes the facts of a passenger takes back what was decided on the old ones, in the same
# transaction, whichever code path it took. No event: the change itself emits passenger.changed.
REVOKE = """
create function revoke_clearances() returns trigger language plpgsql as $$
begin
    update clearance set revoked_at = clock_timestamp(), revoked_because = 'facts-changed'
    where passenger_id = new.id and consumed_at is null and revoked_at is null
        and facts_version is distinct from new.facts_version;
    return null;
end $$;
create trigger passenger_revokes_clearances after update of facts_version on passenger
    for each row when (old.facts_version is distinct from new.facts_version)
    execute function revoke_clearances();
"""

# The roles exist in the embedded cluster and wherever an administrator made them.
RIGHTS = """
do $$
begin
    if exists (select from pg_roles where rolname = 'egate_app') then
        grant usage on schema public to egate_app;
        grant select, insert, update, delete on all tables in schema public to egate_app;
        grant usage on all sequences in schema public to egate_app;
        alter default privileges in schema public
            grant select, insert, update, delete on tables to egate_app;
        alter default privileges in schema public grant usage on sequences to egate_app;
        revoke update, delete on audit_entry, referral_event, rule_event from egate_app;
    end if;
    if exists (select from pg_roles where rolname = 'egate_read') then
        grant usage on schema public to egate_read;
        grant select on all tables in schema public to egate_read;
        alter default privileges in schema public grant select on tables to egate_read;
    end if;
end $$;
"""


def upgrade() -> None:
    op.execute(EVENT)
    op.execute(APPEND_ONLY)
    op.execute(REVOKE)
    op.execute(RIGHTS)
    op.execute(
        sa.text("insert into setting (key, value) values ('epoch', :epoch)").bindparams(
            epoch=secrets.token_hex(4)
        )
    )
