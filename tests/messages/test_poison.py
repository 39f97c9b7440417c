"""A transmission that makes the program fail each time: kept, told to the operator, tried again by a command."""

import base64
import json

import pytest
from structlog.testing import capture_logs

from app.cli import main
from app.messages import apply
from app.operations.state import read_state
from tests.conftest import SECRET
from tests.messages.airline import api, booking, person, push, traveller
from tests.messages.conftest import Post, post

__all__ = ["post"]


def failed(post: Post) -> int:
    with post.database.read() as session:
        return read_state(session, post.clock()).failed


def test_a_poisoned_transmission_waits_for_a_mended_program(
    post: Post, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setenv("EGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())

    def stumble(*args: object) -> None:
        raise ValueError("QUILLFEATHER")

    poison, good = post.receive(push(booking(traveller()))), post.receive(api(person()))
    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setitem(apply._APPLIERS, "PNRGOV", stumble)
        post.work()
    assert post.message(good.id).status == "applied"  # the queue went on
    assert failed(post) == 1
    [told] = [one for one in findings(capsys) if one["check"] == "messages.failed"]
    assert told["level"] == "warn"
    assert "egate replay" in told["do"]
    stumbled = [one for one in logs if one["event"] == "message.part_failed"]
    assert [one["message"] for one in stumbled] == [str(poison.id)]

    assert replayed(capsys) == 1
    assert post.work() == 1
    assert post.message(poison.id).status == "applied"
    assert failed(post) == 0
    assert replayed(capsys) == 0


def replayed(capsys) -> int:
    capsys.readouterr()  # what was logged before
    assert main(["replay"]) == 0
    return int(json.loads(capsys.readouterr().out)["put_back"])


def findings(capsys) -> list[dict[str, str]]:
    main(["doctor", "--json"])
    return list(json.loads(capsys.readouterr().out)["findings"])
