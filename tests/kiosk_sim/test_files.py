"""What a device keeps on its disk is read by nobody but the owner of its program."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk_sim import files
from kiosk_sim.journal import Journal
from kiosk_sim.trust import Seen


@pytest.fixture(autouse=True)
def an_open_handed_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_journal_and_what_is_left_of_it(tmp_path: Path) -> None:
    path = tmp_path / "lane.journal"
    journal = Journal(path)
    journal.add({"key": "a"})
    assert mode(path) == 0o600
    journal.sent({"a"})
    assert (mode(path), path.read_bytes()) == (0o600, b"")


def test_who_was_seen_also_in_a_file_that_an_earlier_version_left_readable(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.seen"
    path.write_text("")
    assert mode(path) == 0o666
    assert Seen(path).add(b"c", b"p", 2**40)
    assert mode(path) == 0o600
    assert path.read_text().split() == ["63", "70", str(2**40)]


def test_what_replaces_a_list(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.trust"
    path.write_bytes(b"old")
    files.replace(path, b"new")
    assert (mode(path), path.read_bytes(), list(tmp_path.iterdir())) == (0o600, b"new", [path])
