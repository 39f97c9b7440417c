"""Backups: whole, of one moment, without keys and faces; restored into an empty database and proved."""

import base64
import gzip
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from app.audit.log import SYSTEM, record
from app.audit.sealing import seal, signer_named
from app.cli import main
from app.gate import halls
from app.gate.models import HallSteps
from app.kernel import postgres
from app.kernel.crypto import Vault
from app.kernel.db import Database, libpq_url
from app.kernel.events import current_cursor, emit, read_since
from app.kernel.http import Kernel
from app.operations import backup as backups
from app.operations import restore as restoring
from app.operations.backup import Source, expire_backups, list_backups, make_backup
from app.operations.manifest import BackupError, read_manifest
from app.operations.restore import Restored, restore, settle_recovered
from app.work import chores
from tests.conftest import SECRET, administer
from tests.support import NOW

VAULT = Vault(SECRET)


@pytest.fixture
def owner_url(cluster: postgres.Cluster, database: Database) -> str:
    return cluster.url(postgres.OWNER, database.engine.url.database or "")


@pytest.fixture
def source(owner_url: str) -> Source:
    return Source(owner_url, VAULT, "NRT")


@pytest.fixture
def empty(cluster: postgres.Cluster) -> Iterator[str]:
    """The URL of a database without a table, as its owner."""
    name = f"empty_{uuid4().hex[:8]}"
    administer(cluster, sql.SQL("create database {}").format(sql.Identifier(name)))
    yield cluster.url(postgres.OWNER, name)
    administer(cluster, sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def write(database: Database, entries: int = 3) -> None:
    with database.transaction() as session:
        if halls.find_hall(session, "Hall A") is None:
            halls.create_hall(session, "NRT", "Hall A", HallSteps.TWO, NOW, halls.WITHOUT_READERS)
            entries -= 1  # that is one, too
        for _ in range(entries):
            record(session, SYSTEM, "case.closed", "case", uuid4(), NOW, count=1)
            emit(session, "case.closed", uuid4(), site="NRT")


def restored(backup: Path, url: str) -> Restored:
    name = read_manifest(backup).trail.key.partition("+")[0]
    return restore(backup, url, [signer_named(name, VAULT).verifier()], NOW)


def asked(url: str, query: str) -> object:
    with psycopg.connect(libpq_url(url)) as connection:
        return (connection.execute(query).fetchone() or [None])[0]


def test_what_is_restored_is_what_was_there(
    cluster: postgres.Cluster, database: Database, source: Source, empty: str, tmp_path: Path
) -> None:
    write(database)
    made = make_backup(source, tmp_path, NOW)
    done = restored(made.path, empty)
    assert made.manifest is not None
    assert done.manifest == made.manifest
    assert made.manifest.tables["hall"] == 1
    assert done.report.size == made.manifest.trail.size == 3
    assert asked(empty, "select name from hall") == "Hall A"
    before, after = (
        asked(url, "select value from setting where key = 'epoch'") for url in (source.url, empty)
    )
    assert before != after
    program = Database(cluster.url("egate_app", sa.make_url(empty).database or ""))
    try:
        with program.read() as session:
            assert read_since(session, current_cursor(session)).hints == []
        with program.transaction() as session:
            emit(session, "case.closed", uuid4())
            assert seal(session, VAULT, NOW) == 0
        for statement in ("delete from audit_entry", "update audit_leaf set position = 9"):
            with pytest.raises(sa.exc.DBAPIError), program.transaction() as session:
                session.execute(sa.text(statement))
    finally:
        program.dispose()


def test_transactions_of_the_old_server_lie_behind_whoever_follows_the_new_one(
    database: Database, source: Source, owner_url: str, empty: str, tmp_path: Path
) -> None:
    with psycopg.connect(libpq_url(owner_url)) as connection:
        connection.execute("set session_replication_role = replica")
        for table, rest in (("event", "(tx, kind, subject) values ('9000000000', 'k', gen_random_uuid())"),
                            ("audit_entry", f"select gen_random_uuid(), timestamptz '{NOW}', 'system', null, 'a', 'b', null, '{{}}', '9000000000'")):  # fmt: skip
            connection.execute(f"insert into {table} {rest}")  # type: ignore[arg-type]
    restored(make_backup(source, tmp_path, NOW).path, empty)
    for table in ("event", "audit_entry"):
        assert asked(empty, f"select count(*) from {table} where tx > pg_current_xact_id()") == 0
        assert asked(empty, f"select count(*) from {table}") == 1
    assert asked(empty, "select count(*) from pg_proc where proname like 'restored%'") == 0


def test_a_backup_is_of_one_moment_whatever_is_written_meanwhile(
    database: Database, source: Source, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(database)
    run = backups.run_tool

    def meanwhile(*words: object) -> None:
        write(database, 2)
        run(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(backups, "run_tool", meanwhile)
    made = make_backup(source, tmp_path, NOW)
    monkeypatch.undo()
    assert made.manifest is not None
    assert made.manifest.tables["audit_entry"] == 3
    assert restored(made.path, empty).report.entries == 3


def test_neither_keys_nor_faces_are_in_a_backup(
    database: Database, source: Source, owner_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(libpq_url(owner_url)) as connection:
        connection.execute("insert into referral_picture (id, referral_id, which, sealed, expires_at)"
                           " values (gen_random_uuid(), gen_random_uuid(), 'live', 'FACE-OF-ANNA', now())")  # fmt: skip
    made = make_backup(source, tmp_path, NOW)
    content = b"".join(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in made.path.rglob("*") if path.is_file()
    )  # fmt: skip
    assert b"alembic_version" in content
    for secret in (
        base64.urlsafe_b64encode(SECRET),
        SECRET,
        SECRET.hex().encode(),
        b"FACE-OF-ANNA".hex().encode(),
    ):
        assert secret not in content
    assert made.path.stat().st_mode & 0o077 == 0


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


DAMAGES = {
    "altered": lambda at: _cut(next((at / "database").glob("*.gz"))),
    "gone": lambda at: (at / "database" / "toc.dat").unlink(),
    "more": lambda at: (at / "database" / "9999.dat.gz").write_bytes(b""),
    "manifest": lambda at: (at / "manifest.json").write_text(
        (at / "manifest.json").read_text().replace('"hall": 1', '"hall": 2')
    ),
    "signature": lambda at: (at / "manifest.note").write_text(
        (at / "manifest.note").read_text().replace("sha256 ", "sha256 0")
    ),
}
SAID = {
    "altered": "is not what was written", "gone": "toc.dat of the backup is gone", "more": "is not what was written",
    "manifest": "is not what was signed", "signature": "is not signed by a key that is trusted",
}  # fmt: skip


def test_a_damaged_backup_is_refused_before_anything_is_loaded(
    database: Database, source: Source, empty: str, tmp_path: Path
) -> None:
    write(database)
    whole = make_backup(source, tmp_path, NOW).path
    for kind, damage in DAMAGES.items():
        copy = tmp_path / "damaged"
        shutil.copytree(whole, copy)
        damage(copy)
        with pytest.raises(BackupError, match=SAID[kind]):
            restored(copy, empty)
        shutil.rmtree(copy)
        assert (
            asked(
                empty, "select count(*) from pg_class where relnamespace = 'public'::regnamespace"
            )
            == 0
        )
    stranger = signer_named(read_manifest(whole).trail.key.partition("+")[0], Vault(bytes(32)))
    with pytest.raises(BackupError, match="not signed by a key that is trusted"):
        restore(whole, empty, [stranger.verifier()], NOW)


def test_only_an_empty_database_with_the_roles_is_filled(
    cluster: postgres.Cluster, database: Database, source: Source, owner_url: str, empty: str, tmp_path: Path
) -> None:  # fmt: skip
    administer(cluster, sql.SQL("create role reporting"))
    with psycopg.connect(libpq_url(owner_url), autocommit=True) as connection:
        connection.execute("grant select on setting to reporting")
        made = make_backup(source, tmp_path, NOW)
        with pytest.raises(BackupError, match="the database is not empty"):
            restored(made.path, source.url)
        connection.execute("drop owned by reporting")
    administer(cluster, sql.SQL("drop role reporting"))
    with pytest.raises(BackupError, match="lacks the roles reporting"):
        restored(made.path, empty)


def test_a_backup_of_a_newer_program_is_refused(
    database: Database, source: Source, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backup(source, tmp_path, NOW)
    monkeypatch.setattr(restoring, "known_revisions", lambda: ["0001"])
    with pytest.raises(BackupError, match="which this program does not know"):
        restored(made.path, empty)


def test_rows_that_are_missing_after_a_restore_are_named(
    database: Database, source: Source, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(database)
    count = backups.count_rows
    monkeypatch.setattr(backups, "count_rows", lambda c: count(c) | {"hall": 2})
    made = make_backup(source, tmp_path, NOW)
    with pytest.raises(BackupError, match="hall has 1 rows, backed up were 2"):
        restored(made.path, empty)


def test_a_trail_that_was_altered_before_the_backup_is_found_by_the_restore(
    database: Database, source: Source, owner_url: str, empty: str, tmp_path: Path
) -> None:
    write(database)
    make_backup(source, tmp_path / "first", NOW)
    with psycopg.connect(libpq_url(owner_url)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update audit_entry set action = 'case.opened'")
    made = make_backup(source, tmp_path / "second", NOW)
    with pytest.raises(BackupError, match=r"not as it was sealed \(altered\)"):
        restored(made.path, empty)


def test_backups_go_with_the_shortest_clock_and_nothing_else_does(
    database: Database, source: Source, kernel: Kernel, tmp_path: Path
) -> None:
    old = make_backup(source, tmp_path, NOW - timedelta(days=15))
    young = make_backup(source, tmp_path, NOW - timedelta(days=13))
    (tmp_path / "notes").mkdir()
    kernel.backups = tmp_path
    assert kernel.backup_days == 14
    chores.expire_backups(kernel)
    assert [one.path.name for one in list_backups(tmp_path)] == [young.path.name, "notes"]
    assert not old.path.exists()
    assert expire_backups(tmp_path, NOW, timedelta(days=13)) == []


def test_a_backup_that_fails_leaves_nothing_and_remains_of_killed_ones_go(
    database: Database, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".making-killed").mkdir()

    def fails(*_: object) -> None:
        raise BackupError("no room")

    monkeypatch.setattr(backups, "run_tool", fails)
    with pytest.raises(BackupError, match="no room"):
        make_backup(source, tmp_path, NOW)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_two_backups_at_once_in_one_folder_are_one(source: Source, tmp_path: Path) -> None:
    with backups._alone(tmp_path), pytest.raises(BackupError, match="another backup"):
        make_backup(source, tmp_path, NOW)


def test_after_a_recovery_the_feed_begins_anew_and_the_trail_is_gone_over(
    database: Database, source: Source, owner_url: str
) -> None:
    write(database)
    with database.transaction() as session:
        seal(session, VAULT, NOW)
        [note, name] = [session.scalar(sa.text(query)) for query in (
            "select note from audit_checkpoint", "select value from setting where key = 'audit-origin'")]  # fmt: skip
    trusted = [signer_named(name, VAULT).verifier()]
    before = asked(owner_url, "select value from setting where key = 'epoch'")
    assert settle_recovered(owner_url, trusted, NOW, [note]).size == 3
    assert asked(owner_url, "select value from setting where key = 'epoch'") != before
    with psycopg.connect(libpq_url(owner_url)) as connection:
        connection.execute("set session_replication_role = replica")
        for table in ("audit_checkpoint", "audit_leaf", "audit_node", "audit_entry"):
            connection.execute(f"delete from {table}")  # type: ignore[arg-type]
    with pytest.raises(BackupError, match="cut-off"):
        settle_recovered(owner_url, trusted, NOW, [note])


def test_an_operator_backs_up_lists_restores_and_removes(
    database: Database, owner_url: str, empty: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    write(database)
    for name, value in (("DATABASE_URL", owner_url), ("BACKUPS", str(tmp_path)),
                        ("SECRET", base64.urlsafe_b64encode(SECRET).decode())):  # fmt: skip
        monkeypatch.setenv(f"EGATE_{name}", value)
    assert main(["backup"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert main(["backup", "list"]) == 0
    assert json.loads(capsys.readouterr().out) == made
    assert main(["restore", made["backup"], "--to", empty]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["trail"] == {"size": 3, "intact": True}
    assert "next: egate migrate" in said.err
    assert main(["restore", made["backup"], "--to", empty]) == 2
    assert "the database is not empty" in capsys.readouterr().err
    assert main(["restore", made["backup"], "--to", "http://x"]) == 2
    assert "--to must be postgresql://" in capsys.readouterr().err
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(bytes(32)).decode())
    assert main(["restore", made["backup"], "--to", empty]) == 2
    assert "EGATE_SECRET and EGATE_KEYRING must be those of its time" in capsys.readouterr().err
    assert main(["backup", "expire"]) == 0
    assert capsys.readouterr().out == ""
    monkeypatch.delenv("EGATE_BACKUPS")
    assert main(["backup", "list"]) == 2
