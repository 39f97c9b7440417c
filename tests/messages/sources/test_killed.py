"""Killed by SIGKILL before every single step, a way in loses nothing and doubles nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.messages.models import Message
from tests.messages.sources.conftest import Watched

ROOT = Path(__file__).parents[3]


def kill_at_every_step(watched: Watched, kind: str) -> list[str]:
    """The steps at which the process was killed, in their order."""
    url = watched.post.database.engine.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-m", "tests.messages.sources.killed", url, str(watched.root), kind],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()


def statuses(watched: Watched) -> list[str]:
    return sorted(watched.post.all(sa.select(Message.status)))


@pytest.mark.parametrize(("kind", "target"), [("applied", "processed"), ("rejected", "rejected")])
def test_the_folder_killed_before_each_step(watched: Watched, kind: str, target: str) -> None:
    steps = kill_at_every_step(watched, kind)
    files = len(steps) + 2  # the first and the last came through
    assert {"os.mkdir", "fcntl.flock", "os.rename", "commit", "committed", "open", "os.rmdir"} <= {
        *steps
    }
    assert files > 15
    assert statuses(watched) == [kind] * files  # each stored and decided once, none a duplicate
    assert watched.everything() == {
        "in": [], "working": [], "processed": [], "rejected": [],
        target: sorted(f"{n}.edi{end}" for n in range(1, files + 1) for end in ("", ".json")),
    }  # fmt: skip
    reports = [watched.report(target, f"{n}.edi") for n in range(1, files + 1)]
    assert len({report["id"] for report in reports}) == files
    assert len(watched.post.people()) == (files if kind == "applied" else 0)


def test_what_cannot_be_stored_killed_before_each_step(watched: Watched) -> None:
    files = len(kill_at_every_step(watched, "not stored")) + 2
    assert files > 5
    assert statuses(watched) == []
    names = [f"{n}.edi{end}" for n in range(1, files + 1) for end in ("", ".json")]
    assert watched.names("rejected") == sorted(names)
    for n in range(1, files + 1):
        [fault] = json.loads((watched.box.path / "rejected" / f"{n}.edi.json").read_bytes())[
            "faults"
        ]
        assert fault["code"] == "message-empty"
