"""``egate keys`` as an operator calls it: at the server, and at the machine that has the root key."""

import base64
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.audit.models import AuditEntry
from app.cli import main
from app.declarations import keys, trust
from app.declarations.models import AuthorityKey
from app.formats.credential import public_key
from app.formats.credential.trust_list import open_trust_list
from app.kernel.crypto import Vault
from app.kernel.db import Database
from tests.conftest import SECRET


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())


class Operator:
    """Somebody with a server, a safe, and a stick between them."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        self.folder, self.capsys, self.patch = folder, capsys, patch
        self.root = folder / "root.pem"

    def says(self, *words: object, code: int = 0) -> list[dict[str, Any]]:
        assert main(["keys", *map(str, words)]) == code
        return [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]

    def refused(self, *words: object) -> str:
        assert main(["keys", *map(str, words)]) == 2
        out, err = self.capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        return err

    def trusts(self) -> str:
        """Make a root and tell the server of it."""
        assert main(["keys", "root", str(self.root)]) == 0
        public = self.capsys.readouterr().out.strip()
        self.patch.setenv("EGATE_TRUST_ROOT", public)
        return public

    def file(self, lines: list[dict[str, Any]]) -> Path:
        path = self.folder / "lines"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return path

    def certified(self, lines: list[dict[str, Any]], *words: object) -> list[dict[str, Any]]:
        return self.says("certify", self.file(lines), "--root", self.root, *words)


@pytest.fixture
def operator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Operator:
    return Operator(tmp_path, capsys, monkeypatch)


def test_a_site_under_a_root_from_nothing_to_a_list(
    operator: Operator, database: Database, vault: Vault
) -> None:
    public = operator.trusts()
    for use in ("sign", "list", "decrypt"):
        [made] = operator.says("make", use)
        assert (made["use"], made["state"], made["certified_until"]) == (use, "in-use", None)
    listed = operator.says("list", code=1)  # two of them wait for the root
    certificates = operator.certified(listed)
    assert {line["use"] for line in certificates} == {"sign", "list"}
    published = operator.says("publish", operator.file(certificates))
    assert all(line["certified_until"] for line in published)
    assert len(operator.says("list")) == 3
    now = datetime.now(UTC)
    with database.read() as session:
        made = trust.make_list(session, vault, now)
        acts = set(session.scalars(sa.select(AuditEntry.action)))
    found = open_trust_list(made.data, public_key(bytes.fromhex(public)), now=int(now.timestamp()))
    assert [one.kid.hex() for one in found.certificates] == [
        line["kid"] for line in published if line["use"] == "sign"
    ]
    assert acts == {"key.made", "key.published"}


def test_a_successor_is_used_after_a_week_and_the_old_one_stays(operator: Operator) -> None:
    operator.trusts()
    operator.says("make", "sign")
    operator.says("publish", operator.file(operator.certified(operator.says("list", code=1))))
    [second] = operator.says("make", "sign")
    assert second["state"] == "waiting"
    ahead = datetime.fromisoformat(second["not_before"]) - datetime.now(UTC)
    assert ahead > keys.LIFE - timedelta(minutes=1), "after the first one's ninety days"
    operator.says("publish", operator.file(operator.certified([second])))
    states = {line["kid"]: line["state"] for line in operator.says("list")}
    assert sorted(states.values()) == ["in-use", "waiting"]


def test_a_leaked_key_is_replaced_at_once(operator: Operator) -> None:
    operator.trusts()
    operator.says("make", "sign")
    [first] = operator.says(
        "publish", operator.file(operator.certified(operator.says("list", code=1)))
    )
    operator.says("make", "sign")  # its successor waits already, and cannot come early
    [gone] = operator.says("retire", first["kid"])
    assert gone["state"] == "retired"
    [second] = operator.says("make", "sign")
    assert second["state"] == "in-use"
    operator.says("publish", "--at-once", operator.file(operator.certified([second])))
    states = sorted(line["state"] for line in operator.says("list", code=1))
    assert states == ["in-use", "retired", "waiting"]
    operator.says("retire", first["kid"])  # again: nothing changes


def test_the_roots_file_is_its_owners_and_is_not_overwritten(operator: Operator) -> None:
    operator.trusts()
    assert stat.S_IMODE(operator.root.stat().st_mode) == 0o600
    before = operator.root.read_bytes()
    assert "cannot be written" in operator.refused("root", operator.root)
    assert operator.root.read_bytes() == before


def test_a_root_behind_a_passphrase(operator: Operator) -> None:
    word = operator.folder / "word"
    word.write_text("correct horse battery staple\n")
    assert main(["keys", "root", str(operator.root), "--passphrase-file", str(word)]) == 0
    operator.patch.setenv("EGATE_TRUST_ROOT", operator.capsys.readouterr().out.strip())
    assert b"ENCRYPTED" in operator.root.read_bytes()
    lines = operator.says("make", "sign")
    certificates = operator.certified(lines, "--passphrase-file", word)
    operator.says("publish", operator.file(certificates))
    assert "root key" in operator.refused("certify", operator.file(lines), "--root", operator.root)


def test_certifying_needs_no_database(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    operator.trusts()
    lines = operator.says("make", "sign")
    monkeypatch.setenv("EGATE_DATABASE_URL", "postgresql://nobody@/none?host=/nonexistent")
    assert len(operator.certified(lines)) == 1


def test_another_roots_certificates_are_refused_and_none_of_them_taken(
    operator: Operator, database: Database
) -> None:
    operator.trusts()
    operator.says("make", "sign")
    operator.says("make", "list")
    certificates = operator.certified(operator.says("list", code=1))
    other = operator.folder / "other.pem"
    main(["keys", "root", str(other)])
    operator.capsys.readouterr()
    forged = operator.says("certify", operator.folder / "lines", "--root", other)
    said = operator.refused("publish", operator.file([certificates[0], forged[1]]))
    assert "certificate-refused" in said
    with database.read() as session:
        assert set(session.scalars(sa.select(AuthorityKey.certificate))) == {None}


@pytest.mark.parametrize(
    "line", ["", "x", "[1]", '{"use": "sign"}', '{"certificate": "zz"}', '{"certificate": 1}']
)
def test_lines_that_are_none(operator: Operator, line: str) -> None:
    operator.trusts()
    path = operator.folder / "broken"
    path.write_text(line)
    if line:
        operator.refused("publish", path)
    else:
        assert operator.says("publish", path) == []
    operator.refused("publish", operator.folder / "absent")


def test_acts_that_cannot_be(operator: Operator) -> None:
    assert "EGATE_TRUST_ROOT" in operator.refused("publish", operator.file([]))
    for wrong in ("02" * 8, "02" + "ff" * 32):
        operator.patch.setenv("EGATE_TRUST_ROOT", wrong)
        assert "66 hexadecimal digits" in operator.refused("list")
    operator.patch.delenv("EGATE_TRUST_ROOT")
    assert "16 hexadecimal digits" in operator.refused("retire", "xyz")
    assert "not-found" in operator.refused("retire", "00" * 8)
    assert "cannot be read" in operator.refused("certify", operator.file([]), "--root", "absent")
