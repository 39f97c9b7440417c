"""``egate user`` as an administrator calls it: nobody is there before, a code opens one session, accounts are linked."""

import base64

import pytest
import sqlalchemy as sa

from app.cli import main
from app.identity import officers
from app.identity.oidc import links
from app.identity.sign_in_models import OfficerLink
from app.kernel.clock import system_clock
from app.kernel.db import Database
from tests.conftest import SECRET


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())


def test_a_code_is_printed_and_an_account_becomes_the_officers(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["kei", "--role", "gate-officer", "--link", "agency=0a1b=2c"]
    assert main(["user", *words]) == 0
    code = capsys.readouterr().out.strip()
    with database.transaction() as session:
        officers.sign_in(session, code, system_clock())
        kei = officers.find_officer(session, "kei")
        assert kei is not None
        assert links.officer_by_subject(session, "agency", "0a1b=2c") == kei.id


@pytest.mark.parametrize("account", ["agency", "=s", "agency="])
def test_an_account_needs_provider_and_subject(
    database: Database, capsys: pytest.CaptureFixture[str], account: str
) -> None:
    assert main(["user", "kei", "--link", account]) == 2
    assert capsys.readouterr().err == "egate: --link needs PROVIDER=SUBJECT\n"
    with database.read() as session:
        assert officers.find_officer(session, "kei") is None


def test_an_account_that_is_anothers_is_refused_and_nothing_is_made(database: Database) -> None:
    assert main(["user", "kei", "--link", "agency=s-1"]) == 0
    assert main(["user", "mio", "--link", "agency=s-1"]) == 2
    with database.read() as session:
        assert officers.find_officer(session, "mio") is None
        assert session.scalar(sa.select(sa.func.count()).select_from(OfficerLink)) == 1


@pytest.mark.parametrize("login", ["KEI", "k\tei", "kei\u202e", ""])
def test_a_login_that_looks_like_anothers_is_refused(
    database: Database, capsys: pytest.CaptureFixture[str], login: str
) -> None:
    assert main(["user", "kei"]) == 0
    capsys.readouterr()
    assert main(["user", login, "--name", "K."]) == 2
    assert capsys.readouterr().out == ""
