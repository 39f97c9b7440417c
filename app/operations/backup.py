"""Backups: a dump of the database and the snapshots beside it, in a folder each, whole or not there at all.

Counts, trail and dump are of one snapshot of the database, whatever is written meanwhile. What is unlogged (faces,
live pictures) is in no backup, as in no replica. A backup lives as long as the shortest clock of what is in it.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psycopg
from psycopg import sql

from app.audit.sealing import seal_all, signer
from app.formats.signed_note import Signer
from app.kernel.crypto import Vault
from app.kernel.db import Database, libpq_url
from app.kernel.keyring import KeyKind
from app.operations.manifest import (
    BackupError,
    Manifest,
    Trail,
    hashes,
    read_manifest,
    write_manifest,
)
from app.operations.tools import run_tool, server_major, sync

_TIME = "%Y%m%dT%H%M%SZ"
_MAKING = ".making-"
DUMP, SNAPSHOTS = "database", "snapshots"


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up: the database as the owner of its tables, the keys that sign, the folder of snapshots."""

    url: str
    vault: Vault
    site: str
    snapshots: Path | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup in its folder; ``manifest`` None: it cannot be read."""

    path: Path
    manifest: Manifest | None


def make_backup(source: Source, folder: Path, now: datetime, *, jobs: int = 2) -> Kept:
    """A new backup in ``folder``. Raises BackupError, ToolError and UnavailableError; nothing is left then."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        for remains in folder.glob(_MAKING + "*"):
            shutil.rmtree(remains)
        name = f"{now:{_TIME}}-{secrets.token_hex(4)}"
        making = folder / (_MAKING + name)
        making.mkdir(mode=0o700)
        try:
            manifest = _fill(source, making, now, jobs)
            for path in sorted(making.rglob("*"), reverse=True):
                sync(path)
            making.rename(folder / name)
            sync(folder)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
    return Kept(folder / name, manifest)


def list_backups(folder: Path) -> list[Kept]:
    """The backups of a folder, oldest first."""
    return [
        Kept(path, _read(path))
        for path in sorted(folder.iterdir() if folder.is_dir() else ())
        if path.is_dir() and not path.name.startswith(".")
    ]


def expire_backups(folder: Path, now: datetime, kept: timedelta) -> list[Path]:
    """Remove backups made longer than ``kept`` ago; which they were. What is no backup stays."""
    gone = []
    for one in list_backups(folder):
        if one.manifest and one.manifest.made_at < now - kept:
            hidden = one.path.with_name(_MAKING + one.path.name)  # half a backup is none
            one.path.rename(hidden)
            shutil.rmtree(hidden)
            gone.append(one.path)
    return gone


def _read(path: Path) -> Manifest | None:
    try:
        return read_manifest(path)
    except BackupError:
        return None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with os.fdopen(os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT, 0o600), "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BackupError("another backup is being made in this folder") from None
        yield


def _fill(source: Source, making: Path, now: datetime, jobs: int) -> Manifest:
    database = Database(source.url, name="egate-backup", pool=1)
    try:
        seal_all(database, source.vault, now)
        with database.read() as session:
            who = signer(session, source.vault)
    finally:
        database.dispose()
    with psycopg.connect(libpq_url(source.url)) as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        row = connection.execute("select pg_export_snapshot()").fetchone()
        assert row is not None
        major = server_major(connection)
        if source.snapshots and source.snapshots.is_dir():
            _copy_snapshots(connection, source.snapshots, making / SNAPSHOTS)
        run_tool(
            "pg_dump", major, source.url,
            ["--format=directory", f"--jobs={jobs}", "--compress=gzip:1", f"--snapshot={row[0]}",
             "--no-owner", "--no-unlogged-table-data", f"--file={making / DUMP}"],
        )  # fmt: skip
        manifest = _describe(connection, source, who, making, now)
    write_manifest(making, manifest, who)
    return manifest


def _copy_snapshots(connection: psycopg.Connection, store: Path, target: Path) -> None:
    """The files that count in the dump's snapshot; they are never changed, and go an hour after they no longer count."""
    rows = connection.execute("select id::text, month, airport from snapshot_file").fetchall()
    for identifier, month, airport in rows:
        name = Path(f"month={month}") / f"airport={airport}" / f"{identifier}.parquet"
        if (store / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(store / name, target / name)


def _describe(
    connection: psycopg.Connection, source: Source, who: Signer, making: Path, now: datetime
) -> Manifest:
    return Manifest(
        made_at=now,
        version=program_version(),
        site=source.site,
        schema=schema_head(connection),
        postgresql=server_major(connection),
        database_bytes=_one(connection, "select pg_database_size(current_database())"),
        roles=roles_needed(connection),
        tables=count_rows(connection),
        trail=_trail(connection, who),
        keys=[key.id.hex() for key in source.vault.ring.of(KeyKind.SEAL)],
        files=dict(hashes(making)),
    )


def _trail(connection: psycopg.Connection, who: Signer) -> Trail:
    row = connection.execute(
        "select size, note from audit_checkpoint order by size desc limit 1"
    ).fetchone()
    size, note = row or (0, "")
    return Trail(size, note, who.verifier().line())


def program_version() -> str:
    """Of this program, as it was installed."""
    try:
        return version("egate")
    except PackageNotFoundError:
        return ""


def schema_head(connection: psycopg.Connection) -> str:
    """The last migration that the database has seen."""
    row = connection.execute("select version_num from alembic_version").fetchone()
    return str(row[0]) if row else ""


def count_rows(connection: psycopg.Connection) -> dict[str, int]:
    """Rows by table, of all tables whose rows are in a backup."""
    tables = connection.execute(
        "select relname from pg_class where relkind = 'r' and relpersistence = 'p'"
        " and relnamespace = 'public'::regnamespace order by relname"
    ).fetchall()
    return {
        name: _one(connection, sql.SQL("select count(*) from {}").format(sql.Identifier(name)))
        for (name,) in tables
    }


def roles_needed(connection: psycopg.Connection) -> list[str]:
    """Roles that the rights of tables and functions name, beside their owner."""
    rows = connection.execute(
        "select distinct r.rolname from pg_class c, aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee"
        " where c.relnamespace = 'public'::regnamespace and a.grantee <> c.relowner"
        " union select r.rolname from pg_default_acl d join pg_roles r on r.oid = d.defaclrole order by 1"
    ).fetchall()
    return [row[0] for row in rows]


def _one(connection: psycopg.Connection, query: str | sql.Composable) -> int:
    row = connection.execute(query).fetchone()  # type: ignore[arg-type]  # all of them are ours
    return int(row[0]) if row else 0
