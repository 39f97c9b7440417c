"""``egate watch``: what it says when there is nothing to watch, and the whole program on a folder."""

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli import _parser
from app.commands.watch import _sources
from app.config import Settings
from app.kernel.errors import SetupError
from app.messages.sources.amqp import Queue
from app.messages.sources.folder import Folder
from app.messages.sources.source import Desk
from tests.conftest import SECRET
from tests.messages.airline import api, person
from tests.messages.conftest import Post

ROOT = Path(__file__).parents[3]
DESK: Any = object()
ADDRESS: Any = "amqp://user:word@127.0.0.1:1/%2F"


@pytest.mark.parametrize(
    ("folder", "queues", "address"),
    [
        (None, [], None),
        (Path("/nowhere"), [], None),
        (None, ["in=Example Air"], None),  # without an address
        (None, ["in"], ADDRESS),
        (None, ["=Example Air"], ADDRESS),
        (None, ["in=Example Air"], "amqp://host:port"),
    ],
)
def test_what_cannot_be_watched_is_said_at_the_start(
    folder: Path | None, queues: list[str], address: Any
) -> None:
    with pytest.raises(SetupError):
        _sources(Settings(amqp_url=address), DESK, folder, queues)


def test_a_folder_and_queues_are_watched_at_once(tmp_path: Path) -> None:
    words = ["watch", "--folder", str(tmp_path), "--queue", "a=One", "--queue", "b=Two = 2"]
    given = _parser().parse_args(words)
    found = _sources(Settings(amqp_url=ADDRESS, raw_days=3), DESK, given.folder, given.queue)
    assert [type(one) for one in found] == [Folder, Queue, Queue]
    assert [(one.name, one.sender) for one in found[1:]] == [("a", "One"), ("b", "Two = 2")]  # type: ignore[attr-defined]
    assert found[0].kept.days == 3  # type: ignore[attr-defined]


def until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_the_program_takes_files_until_it_is_told_to_stop(
    post: Post, tmp_path: Path, database_url: str
) -> None:
    desk = Desk(post.database, post.vault, post.clock)
    assert desk.senders() == {"ZZ test"}
    box = tmp_path / "ZZ test"
    box.mkdir()
    environment = os.environ | {
        "EGATE_DATABASE_URL": database_url, "EGATE_WATCH_SETTLE_SECONDS": "0.1", "EGATE_LOG_LEVEL": "ERROR",
        "EGATE_SECRET": base64.urlsafe_b64encode(SECRET).decode(),
    }  # fmt: skip
    words = [sys.executable, "-m", "app", "watch", "--folder", str(tmp_path)]
    with subprocess.Popen(words, env=environment, cwd=ROOT, stderr=subprocess.PIPE) as program:
        try:
            until((box / "in").is_dir)
            (box / "in" / "list.edi").write_bytes(api(person()))
            until(lambda: post.work() > 0)
            until((box / "processed" / "list.edi.json").exists)
            program.send_signal(signal.SIGTERM)
            assert program.wait(timeout=30) == 0
        finally:
            program.kill()
        assert program.stderr is not None
        assert program.stderr.read() == b""
    assert len(post.people()) == 1
