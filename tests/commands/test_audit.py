"""``egate audit`` as an auditor calls it: here, and where there is no database."""

import base64
import io
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from app.audit.commitments import record_search
from app.audit.log import SYSTEM, record
from app.audit.models import AuditEntry, AuditSalt
from app.cli import main
from app.kernel import postgres
from app.kernel.clock import system_clock
from app.kernel.db import Database
from tests.conftest import SECRET


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())


class Auditor:
    """Calls the program and keeps what it says in files."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def says(self, *words: object, code: int = 0) -> str:
        assert main(["audit", *map(str, words)]) == code
        return self.capsys.readouterr().out

    def file(self, name: str, *words: object) -> Path:
        path = self.folder / name
        path.write_text(self.says(*words))
        return path

    def refused(self, *words: object, code: int = 2) -> str:
        assert main(["audit", *map(str, words)]) == code
        return self.capsys.readouterr().err


@pytest.fixture
def auditor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Auditor:
    return Auditor(tmp_path, capsys)


def write(database: Database, number: int = 3) -> list[Any]:
    with database.transaction() as session:
        for _ in range(number):
            record(session, SYSTEM, "case.closed", "case", uuid4(), system_clock(), count=1)
        return list(session.scalars(sa.select(AuditEntry.id).order_by(AuditEntry.id)))


def test_an_empty_trail_is_intact(auditor: Auditor) -> None:
    assert json.loads(auditor.says("verify"))["intact"] is True
    assert auditor.says("checkpoints") == ""


def test_what_was_exported_is_a_witness(auditor: Auditor, database: Database) -> None:
    write(database)
    kept = auditor.file("old", "checkpoints")
    write(database)
    key = auditor.file("key", "key")
    every = auditor.file("all", "checkpoints", "--after", 0)
    said = json.loads(
        auditor.says("verify", "--checkpoints", kept, "--checkpoints", every, "--key", key)
    )
    assert said == {
        "intact": True,
        "entries": 6,
        "checkpoints": 2,
        "forgotten": 0,
        "waiting": 0,
        "faults": [],
    }


def test_what_waits_for_its_seal_is_told(auditor: Auditor, database: Database) -> None:
    write(database, 2)
    assert json.loads(auditor.says("verify"))["waiting"] == 2


def test_an_altered_trail_is_named_by_its_range(
    auditor: Auditor, database: Database, cluster: postgres.Cluster
) -> None:
    ids = write(database, 5)
    auditor.says("checkpoints")
    engine = sa.create_engine(cluster.url(postgres.OWNER, database.engine.url.database or ""))
    with engine.begin() as connection:
        connection.execute(sa.text("set local session_replication_role = replica"))
        connection.execute(
            sa.text("update audit_entry set action = 'x' where id = any(:ids)"), {"ids": ids[1:3]}
        )
    engine.dispose()
    (fault,) = json.loads(auditor.says("verify", code=1))["faults"]
    assert (fault["fault"], fault["first"], fault["last"]) == ("altered", 1, 2)
    assert fault["entries"] == [str(ids[1]), str(ids[2])]


def test_one_decision_is_proven_without_the_trail(
    auditor: Auditor, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = write(database, 300)[123]
    proof, key = auditor.file("proof", "prove", entry), auditor.file("key", "key")
    monkeypatch.setenv("EGATE_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    held = json.loads(auditor.says("check", proof, "--key", key))
    assert held["holds"] is True
    assert held["entry"]["id"] == str(entry)
    forged = proof.read_text().replace("case.closed", "case.opened")
    proof.write_text(forged)
    assert "does not stand" in auditor.refused("check", proof, "--key", key, code=1)


def test_what_cannot_be_read_is_said_in_a_line(auditor: Auditor, database: Database) -> None:
    write(database, 1)
    wrong = auditor.folder / "wrong"
    key = auditor.file("key", "key")
    wrong.write_text("{}")
    assert "no proof" in auditor.refused("check", wrong, "--key", key, code=1)
    assert "no key" in auditor.refused("check", wrong, "--key", wrong)
    assert "cannot be taken" in auditor.refused("verify", "--checkpoints", wrong)
    assert "cannot be read" in auditor.refused("verify", "--checkpoints", auditor.folder / "none")
    assert "not-found" in auditor.refused("prove", uuid4())


def test_a_salt_that_was_taken_away_is_an_exit_code(
    auditor: Auditor, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(code: int) -> dict[str, Any]:
        monkeypatch.setattr("sys.stdin", io.StringIO("Lindqvist\n"))
        answer: dict[str, Any] = json.loads(auditor.says("searched", code=code))
        return answer

    with database.transaction() as session:
        record_search(session, SYSTEM, "audit.asked", "audit", None, system_clock(), ["Lindqvist"])
    assert (asked(0)["looked"], asked(0)["missing"]) == (1, 0)
    with database.transaction() as session:
        session.execute(sa.delete(AuditSalt))
    assert asked(1)["missing"] == 3
