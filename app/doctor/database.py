"""The database: version, who signs in, what he may not, schema, clock."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from app.doctor.finding import Finding, Probe, fail, ok, warn
from app.kernel.migrate import known_revisions

OLDEST: Final = 16
APPEND_ONLY: Final = (
    "audit_entry", "audit_leaf", "audit_node", "audit_checkpoint", "referral_event", "rule_event",
)  # fmt: skip
SKEW_WARN, SKEW_FAIL = timedelta(seconds=2), timedelta(seconds=30)


def check_version(probe: Probe) -> Iterator[Finding]:
    """The server is one that the program is made for."""
    number = int(probe.session.scalar(sa.text("show server_version_num")) or 0) // 10_000
    if number < OLDEST:
        yield fail(
            "database.version", f"PostgreSQL {number}", f"upgrade to PostgreSQL {OLDEST} or newer"
        )
    else:
        yield ok("database.version", f"PostgreSQL {number}")


def check_role(probe: Probe) -> Iterator[Finding]:
    """The program is not the owner of its tables, and no superuser."""
    row = probe.session.execute(
        sa.text(
            "select current_user as name, r.rolsuper as super, exists (select from pg_class c where c.relname = 'setting'"
            " and c.relnamespace = 'public'::regnamespace and c.relowner = r.oid) as owner from pg_roles r where r.rolname = current_user"
        )
    ).one()
    if row.super or row.owner:
        what = "a superuser" if row.super else "the owner of the tables"
        yield warn(
            "database.role", f"the program signs in as {row.name}, {what}",
            "EGATE_DATABASE_URL: the role egate_app; the owner in EGATE_MIGRATION_URL (docs/deploy/roles.sh)",
        )  # fmt: skip
    else:
        yield ok("database.role", f"the program signs in as {row.name}")


def check_append_only(probe: Probe) -> Iterator[Finding]:
    """Nobody who runs the program can change the trail: neither by rights nor because a trigger is off."""
    open_to = [
        f"{table} ({verb})"
        for table in APPEND_ONLY
        for verb in ("update", "delete", "truncate")
        if probe.session.scalar(
            sa.text("select has_table_privilege('egate_app', :table, :verb)"
                    " from pg_roles where rolname = 'egate_app'"),
            {"table": table, "verb": verb},
        )
    ]  # fmt: skip
    off = probe.session.scalars(
        sa.text(
            "select t.name from unnest(cast(:tables as text[])) as t(name) where not exists (select from pg_trigger g"
            " where g.tgrelid = to_regclass(t.name) and g.tgname = t.name || '_append_only' and g.tgenabled in ('O', 'A'))"
        ),
        {"tables": list(APPEND_ONLY)},
    ).all()
    if open_to:
        yield fail(
            "database.append-only", f"the program's role may change {', '.join(open_to)}",
            "as the owner: revoke update, delete, truncate on these tables from egate_app; then egate audit verify",
        )  # fmt: skip
    if off:
        yield fail(
            "database.append-only", f"the trigger that refuses changes is off at {', '.join(off)}",
            "as the owner: alter table … enable trigger …_append_only; then egate audit verify",
        )  # fmt: skip
    if not open_to and not off:
        yield ok("database.append-only", f"{len(APPEND_ONLY)} tables refuse changes")


def check_schema(probe: Probe) -> Iterator[Finding]:
    """The schema is the one of this program."""
    found = str(probe.session.scalar(sa.text("select version_num from alembic_version")) or "")
    known = known_revisions()
    if found == known[0]:
        yield ok("database.schema", f"schema {found}")
    elif found in known:
        yield fail(
            "database.schema", f"schema {found}, the program's is {known[0]}", "egate migrate"
        )
    else:
        yield fail(
            "database.schema", f"schema {found} is of a newer program",
            "run the program of that release, or restore the backup from before the upgrade",
        )  # fmt: skip


def check_clock(probe: Probe) -> Iterator[Finding]:
    """Database and host agree on the time: tokens, holds and the trail depend on it."""
    moment = probe.session.scalar(sa.text("select clock_timestamp()"))
    assert moment is not None
    skew = abs(moment - probe.now)
    said = f"{skew.total_seconds():.1f} s between the database's clock and this machine's"
    if skew <= SKEW_WARN:
        yield ok("clock", said)
    else:
        level = warn if skew <= SKEW_FAIL else fail
        yield level(
            "clock",
            said,
            "set both by NTP (chrony, systemd-timesyncd), then start the programs again",
        )


CHECKS = (check_version, check_role, check_append_only, check_schema, check_clock)
