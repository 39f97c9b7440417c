"""``egate keys inventory``, ``rotate``, ``use``, ``reencrypt`` and ``forget`` as an operator calls them."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.audit.models import AuditEntry
from app.cli import main
from app.declarations import keys
from app.declarations.models import AuthorityKey
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.keyring import KeyKind, read_ring
from app.keys.resealing import reseal
from app.travel.models import Traveller
from app.travel.travellers import keys_of
from tests.conftest import SECRET
from tests.screening.world import NOW, add_flight, add_passenger

Says = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def ring_file(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "keyring.json"
    monkeypatch.setenv("EGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())
    monkeypatch.setenv("EGATE_KEYRING", str(path))
    monkeypatch.setattr("app.commands.ring.system_clock", lambda: NOW)
    return path


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str], ring_file: Path) -> Says:
    del ring_file

    def call(*words: object, code: int = 0) -> list[dict[str, Any]]:
        assert main(["keys", *map(str, words)]) == code
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return call


def of(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["kind"] == kind]


def test_a_key_is_changed_in_steps_and_everything_is_put_under_it(
    database: Database, vault: Vault, says: Says, ring_file: Path
) -> None:
    with database.transaction() as session:
        keys.ensure_keys(session, vault, NOW)
    [before] = of(says("inventory"), "seal")
    assert (before["state"], before["rows"]) == ("current", 3)
    [waiting] = says("rotate", "seal")
    assert waiting["state"] == "waiting"
    says("use", "seal")
    current, former = of(says("inventory"), "seal")
    assert (current["id"], current["rows"], former["rows"]) == (waiting["id"], 0, 3)
    assert main(["keys", "forget", "seal", former["id"]]) == 2  # three values stand under it
    assert says("reencrypt", "--batch", 2) == [
        {"place": "authority_key.private_sealed", "sealed": 2, "failed": 0},
        {"place": "authority_key.private_sealed", "sealed": 1, "failed": 0},
    ]
    assert says("reencrypt") == []
    says("forget", "seal", former["id"])
    newest = Vault(SECRET, read_ring(ring_file))
    with database.transaction() as session:
        assert keys.signing_key(session, newest, NOW)
        told = session.execute(
            sa.select(AuditEntry.action, AuditEntry.detail).where(
                AuditEntry.subject_kind == "ring_key"
            )
        ).all()
    assert sorted(row.action for row in told) == ["key.forgotten", "key.made", "key.used"]
    assert all(row.detail["kind"] == "seal" for row in told)


def test_what_no_key_opens_stays_and_is_told(database: Database, vault: Vault, says: Says) -> None:
    with database.transaction() as session:
        keys.ensure_keys(session, vault, NOW)
        one = session.scalars(sa.select(AuthorityKey).limit(1)).one()
        one.private_sealed = b"\x01none of ours"
    says("rotate", "seal")
    says("use", "seal")
    told = says("reencrypt", code=1)
    assert [(line["sealed"], line["failed"]) for line in told] == [(2, 1)]


def test_no_secret_is_in_what_is_said(
    says: Says, ring_file: Path, database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        keys.ensure_keys(session, vault, NOW)
    made = says("rotate", "card")
    told = json.dumps(made + says("inventory"))
    for secret in [key["secret"] for key in json.loads(ring_file.read_text())["keys"]]:
        assert secret not in told
        assert base64.urlsafe_b64decode(secret).hex() not in told
    assert {line["kind"] for line in says("inventory")} >= {
        "seal", "people", "card", "link", "checkpoint", "token", "draw", "masked", "sign", "decrypt", "list",
        "device", "sender", "session",
    }  # fmt: skip


def test_travellers_get_the_pseudonyms_of_a_new_key(
    database: Database, vault: Vault, says: Says, ring_file: Path
) -> None:
    paper = [("P", "UTO", "TR1234567")]
    with database.transaction() as session:
        passenger = add_passenger(session, add_flight(session))
        birth = passenger.birth_date.isoformat() if passenger.birth_date else None
        old = keys_of(vault, paper, passenger.name_key, birth)
        one = Traveller(document_keys=sorted(old.documents), person_keys=sorted(old.persons))
        session.add(one)
        session.flush()
        passenger.traveller_id = one.id
    says("rotate", "people")
    says("use", "people")
    assert says("reencrypt") == [{"place": "traveller", "grown": 1}]
    assert says("reencrypt") == [{"place": "traveller", "grown": 0}]
    newest = Vault(SECRET, read_ring(ring_file))
    both = keys_of(newest, paper, passenger.name_key, birth)
    with database.read() as session:
        kept = session.scalars(sa.select(Traveller)).one()
    assert set(kept.person_keys) == both.persons
    assert len(both.persons) == 2
    assert newest.epoch(KeyKind.PEOPLE, min(both.persons - old.persons)) is not None


def test_without_a_place_for_the_ring_nothing_is_made(
    says: Says, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del says
    monkeypatch.delenv("EGATE_KEYRING")
    assert main(["keys", "rotate", "seal"]) == 2
    assert "EGATE_KEYRING" in capsys.readouterr().err


def test_a_stopped_run_goes_on_where_it_was(
    database: Database, vault: Vault, says: Says, ring_file: Path
) -> None:
    with database.transaction() as session:
        keys.ensure_keys(session, vault, NOW)
    says("rotate", "seal")
    says("use", "seal")
    newest = Vault(SECRET, read_ring(ring_file))
    run = reseal(database, newest, 2)
    assert next(run).sealed == 2
    run.close()  # stopped between two batches
    assert [one.sealed for one in reseal(database, newest, 2)] == [1]
