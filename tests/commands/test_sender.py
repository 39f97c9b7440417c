"""``egate sender`` and ``egate sandbox`` as an operator calls them."""

import base64
import json

import pytest
import sqlalchemy as sa

from app.cli import main
from app.identity.models import Sender, SenderToken
from app.identity.senders import find_sender
from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.errors import UnauthenticatedError
from tests.conftest import SECRET


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())


def the_sender(database: Database) -> Sender:
    with database.read() as session:
        return session.scalars(sa.select(Sender)).one()


def tokens(database: Database) -> list[bytes]:
    with database.read() as session:
        return list(session.scalars(sa.select(SenderToken.token_hash)))


def test_a_new_sender_gets_a_token_and_settings(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--carrier", "ZZ", "--answers", "interactive", "--contrl", "--require", "seat"]
    assert main(["sender", "Example Air", *words]) == 0
    token = capsys.readouterr().out.strip()
    assert len(token) == 32
    sender = the_sender(database)
    assert (sender.carriers, sender.answers, sender.contrl) == (["ZZ"], "interactive", True)
    assert (sender.ackres, sender.boarding_authority, sender.required) == (False, False, ["seat"])


def test_settings_of_a_sender_change_one_by_one_and_its_token_stays(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["sender", "Example Air", "--carrier", "ZZ", "--contrl"])
    before = tokens(database)
    capsys.readouterr()
    assert main(["sender", "Example Air", "--sandbox-only", "--no-contrl"]) == 0
    assert capsys.readouterr().out == ""
    sender = the_sender(database)
    assert (sender.sandbox_only, sender.contrl, sender.carriers) == (True, False, ["ZZ"])
    assert tokens(database) == before


@pytest.mark.parametrize("words", [["New Air"], ["Example Air", "--carrier", "XX"]])
def test_what_does_not_fit_is_said_in_a_line(
    database: Database, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    main(["sender", "Example Air", "--carrier", "ZZ"])
    assert main(["sender", *words]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert the_sender(database).carriers == ["ZZ"]


def test_the_report_of_the_sandbox(capsys: pytest.CaptureFixture[str]) -> None:
    main(["sender", "Example Air", "--carrier", "ZZ"])
    capsys.readouterr()
    assert main(["sandbox", "Example Air"]) == 1  # not passed yet
    found = json.loads(capsys.readouterr().out)
    assert (found["sender"], found["outcome"], len(found["findings"])) == (
        "Example Air",
        "incomplete",
        11,
    )
    assert main(["sandbox", "Nobody"]) == 2


def test_one_token_replaces_another_without_a_gap(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*words: str) -> str:
        assert main(["sender", *words]) == 0
        return capsys.readouterr().out

    old = said("Example Air", "--carrier", "ZZ").strip()
    new = said("token", "Example Air", "--scope", "messages:write", "--days", "30").strip()
    with database.read() as session:
        known = [find_sender(session, one, system_clock()) for one in (old, new)]
    assert known[0].id == known[1].id
    assert (len(known[0].scopes), known[1].scopes) == (3, {"messages:write"})
    listed = said("tokens", "Example Air")
    assert old not in listed
    first, second = (json.loads(line) for line in listed.splitlines())
    assert (first["used"], second["scopes"]) == (None, ["messages:write"])
    said("revoke", "Example Air", first["id"])
    with database.read() as session:
        with pytest.raises(UnauthenticatedError):
            find_sender(session, old, system_clock())
        assert find_sender(session, new, system_clock())
    assert len(said("tokens", "Example Air").splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["token", "Example Air"],
        ["token", "Example Air", "--scope", "messages:write", "--days", "0"],
        ["token", "Nobody", "--scope", "messages:write"],
        ["revoke", "Example Air", "x"],
        ["revoke", "Example Air", "01890a5d-ac96-774b-bcce-b302099a8057"],
        ["tokens", "Example Air", "too", "many"],
    ],
)
def test_a_token_is_made_and_ended_by_its_name(
    database: Database, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    main(["sender", "Example Air", "--carrier", "ZZ"])
    before = tokens(database)
    assert main(["sender", *words]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert tokens(database) == before
