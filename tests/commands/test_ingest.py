"""``egate ingest`` as a machine calls it: one JSON line per file, whatever the files are."""

import base64
import json
from pathlib import Path

import pytest

from app.cli import main
from tests.conftest import SECRET
from tests.messages.airline import api, person
from tests.messages.conftest import Post, post

__all__ = ["post"]

LARGE = 32 * 1024 * 1024 + 1


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Names of files that can be taken and of some that cannot."""
    (tmp_path / "dir").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "junk").write_bytes(b"somebody's lunch")
    (tmp_path / "good.edi").write_bytes(api(person()))
    with (tmp_path / "large").open("wb") as handle:
        handle.truncate(LARGE)  # a hole: takes no room
    names = ("empty", "missing", "dir", "large", "junk", "good.edi")
    return {name: str(tmp_path / name) for name in names}


def ingested(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[dict]]:
    code = main(["ingest", "--sender", "ZZ test", *words])
    out, err = capsys.readouterr()
    assert err == ""
    return code, [json.loads(line) for line in out.splitlines()]


def test_a_file_that_cannot_be_taken_costs_the_others_nothing(post: Post, files, capsys) -> None:
    code, lines = ingested(capsys, *files.values())
    assert code == 1
    assert [line["file"] for line in lines] == list(files.values())
    assert [line.get("error") for line in lines] == [
        "message-empty",
        "FileNotFoundError",
        "IsADirectoryError",
        "message-too-large",
        None,
        None,
    ]
    assert [line["status"] for line in lines[4:]] == ["received", "received"]
    assert post.work() == 2
    assert post.message(lines[5]["id"]).status == "applied"
    assert post.person().surname == "QUILLFEATHER"


def test_all_taken_is_exit_0_also_a_second_time(post: Post, files, capsys) -> None:
    first = ingested(capsys, files["good.edi"])
    second = ingested(capsys, files["good.edi"])
    assert (first[0], first[1][0]["status"]) == (0, "received")
    assert (second[0], second[1][0]["status"]) == (0, "duplicate")


def test_an_unknown_sender_is_an_error_of_use_said_once(files, capsys) -> None:
    assert main(["ingest", "--sender", "nobody", files["good.edi"], files["junk"]]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "egate: There is no such sender (unknown-sender)\n")
