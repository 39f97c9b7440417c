"""``egate sender`` and ``egate sandbox`` as an operator calls them."""

import base64
import json

import pytest
import sqlalchemy as sa

from app.cli import main
from app.identity.models import Sender
from app.kernel.db import Database
from tests.conftest import SECRET


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())


def the_sender(database: Database) -> Sender:
    with database.read() as session:
        return session.scalars(sa.select(Sender)).one()


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
    before = the_sender(database).token_hash
    capsys.readouterr()
    assert main(["sender", "Example Air", "--sandbox-only", "--no-contrl"]) == 0
    assert capsys.readouterr().out == ""
    sender = the_sender(database)
    assert (sender.sandbox_only, sender.contrl, sender.carriers) == (True, False, ["ZZ"])
    assert sender.token_hash == before


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
