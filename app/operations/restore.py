"""Restoring a backup into an empty database, and proving that it is what was backed up.

Before: every file is what was written, the manifest is signed. After: rows by table, schema and the whole sealed
trail, its newest checkpoint the one of the manifest. Transactions of the old server mean nothing in the new one, so the rows
that name theirs get the restoring one's, and the feed another epoch: who follows it begins afresh.
"""

import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from app.audit.verify import Report, verify
from app.formats.signed_note import Verifier
from app.kernel.db import Database, libpq_url
from app.kernel.migrate import known_revisions
from app.operations.backup import DUMP, SNAPSHOTS, count_rows, schema_head
from app.operations.manifest import BackupError, Manifest, check_backup
from app.operations.tools import run_tool, server_major

_NUMBERED = """
select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
 where a.atttypid = 'xid8'::regtype and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored and how fast."""

    manifest: Manifest
    report: Report
    seconds: float

    @property
    def gigabytes_per_minute(self) -> float:
        """Of the database as it was, through loading and all checks."""
        return self.manifest.database_bytes / 1e9 / (self.seconds / 60)


def restore(
    backup: Path, url: str, trusted: Sequence[Verifier], now: datetime, *,
    jobs: int = 2, snapshots: Path | None = None,
) -> Restored:  # fmt: skip
    """Restore ``backup`` into the empty database of ``url``, as its owner. Raises BackupError, ToolError.

    ``trusted``: whose signature on manifest and trail is believed.
    """
    began = time.monotonic()
    manifest = check_backup(backup, trusted)
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        _check_target(connection, manifest)
        if snapshots:
            _restore_snapshots(backup / SNAPSHOTS, snapshots)
        _load(connection, url, backup / DUMP, jobs)
        _begin_epoch(connection)
        connection.execute("analyze")
        _compare(connection, manifest)
    report = verify_trail(url, trusted, now, manifest.trail.checkpoint)
    if report.size != manifest.trail.size:
        raise _different(f"the trail has {report.size} leaves, not {manifest.trail.size}")
    return Restored(manifest, report, time.monotonic() - began)


def settle_recovered(
    url: str, trusted: Sequence[Verifier], now: datetime, witnesses: Sequence[str]
) -> Report:
    """After a recovery to a point in time, or a promotion that may have lost something: another epoch for the feed,
    since cursors may lie ahead of what is there, and the trail gone over. ``witnesses``: checkpoints kept elsewhere.
    """
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        _begin_epoch(connection)
    return verify_trail(url, trusted, now, *witnesses)


def verify_trail(url: str, trusted: Sequence[Verifier], now: datetime, *notes: str) -> Report:
    """Go over the whole trail of a database. Raises BackupError where it is not as it was sealed."""
    database = Database(url, name="egate-restore", pool=1)
    try:
        with database.read(snapshot=True) as session:
            report = verify(session, trusted, now, exported=[note for note in notes if note])
    finally:
        database.dispose()
    if not report.is_intact:
        faults = ", ".join(sorted({str(one.fault) for one in report.faults}))
        raise _different(f"the trail is not as it was sealed ({faults}): egate audit verify")
    return report


def _check_target(connection: psycopg.Connection, manifest: Manifest) -> None:
    if manifest.schema not in known_revisions():
        raise BackupError(
            f"the backup is of schema {manifest.schema}, which this program does not know: take the one of its time or a newer one"
        )
    if server_major(connection) < manifest.postgresql:
        raise BackupError(f"the backup is of PostgreSQL {manifest.postgresql}, the server is older")
    row = connection.execute(
        "select count(*) from pg_class where relnamespace = 'public'::regnamespace"
    ).fetchone()
    if row != (0,):
        raise BackupError(
            "the database is not empty: a backup is restored into an empty one, and nothing is overwritten"
        )
    there = {name for (name,) in connection.execute("select rolname from pg_roles")}
    if missing := sorted(set(manifest.roles) - there):
        raise BackupError(
            f"the server lacks the roles {', '.join(missing)}: make them first (docs/deploy/roles.sh)"
        )


def _load(connection: psycopg.Connection, url: str, dump: Path, jobs: int) -> None:
    major = server_major(connection)
    how = ["--no-owner", "--exit-on-error"]
    run_tool("pg_restore", major, url, [*how, "--section=pre-data", dump])
    with _numbered_anew(connection):
        run_tool("pg_restore", major, url, [*how, "--section=data", f"--jobs={jobs}", dump])
    run_tool("pg_restore", major, url, [*how, "--section=post-data", f"--jobs={jobs}", dump])


@contextmanager
def _numbered_anew(connection: psycopg.Connection) -> Iterator[None]:
    """Rows that name the transaction that wrote them get the one that restores them."""
    places = connection.execute(_NUMBERED).fetchall()
    for table, column in places:
        function = sql.Identifier(f"restored_{table}")
        connection.execute(
            sql.SQL(
                "create function {}() returns trigger language plpgsql as"
                " 'begin new.{} := pg_current_xact_id(); return new; end'"
            ).format(function, sql.SQL(column))
        )
        connection.execute(
            sql.SQL(
                "create trigger restored before insert on {} for each row execute function {}()"
            ).format(sql.Identifier(table), function)
        )
    yield
    for table, _ in places:
        connection.execute(
            sql.SQL("drop function {} cascade").format(sql.Identifier(f"restored_{table}"))
        )


def _begin_epoch(connection: psycopg.Connection) -> None:
    connection.execute("update setting set value = %s where key = 'epoch'", [secrets.token_hex(4)])


def _compare(connection: psycopg.Connection, manifest: Manifest) -> None:
    found = count_rows(connection)
    for table in sorted({*found, *manifest.tables}):
        if found.get(table) != manifest.tables.get(table):
            raise _different(
                f"{table} has {found.get(table)} rows, backed up were {manifest.tables.get(table)}"
            )
    if schema_head(connection) != manifest.schema:
        raise _different("the schema is another")


def _different(said: str) -> BackupError:
    return BackupError(f"what was restored is not what was backed up: {said}. Do not use it")


def _restore_snapshots(kept: Path, folder: Path) -> None:
    if kept.is_dir():
        shutil.copytree(kept, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
