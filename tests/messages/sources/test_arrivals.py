"""Which files of a folder are whole."""

import os
import signal
import socket
from pathlib import Path

import pytest

from app.messages.sources.arrivals import Arrivals, is_unfinished, open_whole


class Watch:
    """A clock that moves when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def arrivals(watch: Watch) -> Arrivals:
    return Arrivals(2.0, watch)


def test_a_file_is_ready_when_it_has_stayed_the_same(
    arrivals: Arrivals, watch: Watch, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"1")
    assert arrivals.ready(tmp_path) == []
    watch.now = 1.9
    assert arrivals.ready(tmp_path) == []
    watch.now = 2.0
    assert arrivals.ready(tmp_path) == ["a"]


def test_a_file_that_grows_starts_to_settle_again(
    arrivals: Arrivals, watch: Watch, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    for moment in range(4):
        watch.now = float(moment)
        path.write_bytes(b"1" * (moment + 1))
        os.utime(path, ns=(0, 0))  # a program that sets times of its own
        assert arrivals.ready(tmp_path) == []
    watch.now = 5.0
    assert arrivals.ready(tmp_path) == ["a"]


def test_another_file_under_the_same_name_starts_to_settle_again(
    arrivals: Arrivals, watch: Watch, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"1")
    arrivals.ready(tmp_path)
    (tmp_path / "b.tmp").write_bytes(b"2")
    os.utime(tmp_path / "b.tmp", ns=(0, (tmp_path / "a").stat().st_mtime_ns))
    (tmp_path / "b.tmp").rename(tmp_path / "a")
    watch.now = 2.0
    assert arrivals.ready(tmp_path) == []
    watch.now = 4.0
    assert arrivals.ready(tmp_path) == ["a"]


def test_times_in_the_future_do_not_matter(
    arrivals: Arrivals, watch: Watch, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"1")
    os.utime(tmp_path / "a", (2**33, 2**33))
    arrivals.ready(tmp_path)
    watch.now = 2.0
    assert arrivals.ready(tmp_path) == ["a"]


def test_the_oldest_comes_first(tmp_path: Path) -> None:
    for place, name in enumerate("cab"):
        (tmp_path / name).write_bytes(b"1")
        os.utime(tmp_path / name, ns=(0, place))
    assert Arrivals(0.0).ready(tmp_path) == ["c", "a", "b"]


@pytest.mark.parametrize(
    "name", [".x", "x.tmp", "x.TMP", "x.part", "x.filepart", "x.edi.partial", ".x.edi.Xw2", "x~"]
)
def test_unfinished_names_are_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"1")
    assert is_unfinished(name)
    assert Arrivals(0.0).ready(tmp_path) == []


@pytest.mark.parametrize("name", ["x", "tmp", "a.b.edi", "part", "x.parts", "\udcff.edi", "a\nb"])
def test_other_names_are_whole(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"1")
    assert Arrivals(0.0).ready(tmp_path) == [name]


def test_links_devices_pipes_sockets_and_folders_are_never_taken(tmp_path: Path) -> None:
    (tmp_path / "secret.tmp").write_bytes(b"1")
    (tmp_path / "link").symlink_to(tmp_path / "secret.tmp")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        arrivals = Arrivals(0.0)
        assert arrivals.ready(tmp_path) == []
    assert arrivals.others == 6


def test_a_file_open_for_writing_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with path.open("wb") as writer:
        writer.write(b"1")
        writer.flush()
        assert open_whole(path) is None
    descriptor = open_whole(path)
    assert descriptor is not None
    with path.open("ab"):  # and our look at it holds up no writer
        pass
    assert os.read(descriptor, 9) == b"1"
    os.close(descriptor)


def test_a_writer_that_comes_while_we_look_ends_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel signals a broken lease; the one that we ask for is ignored by default."""
    path = tmp_path / "a"
    path.write_bytes(b"1")
    asked: list[int] = []
    from app.messages.sources import arrivals

    real = arrivals.fcntl.fcntl

    def note(descriptor: int, command: int, value: int) -> int:
        asked.append(command)
        return real(descriptor, command, value)

    monkeypatch.setattr(arrivals.fcntl, "fcntl", note)
    os.close(open_whole(path) or -1)
    fcntl = arrivals.fcntl
    assert asked == [fcntl.F_SETSIG, fcntl.F_SETLEASE, fcntl.F_SETLEASE]
    assert signal.getsignal(signal.SIGURG) == signal.SIG_DFL  # which ignores it: signal(7)


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_was_swapped_meanwhile_is_not_opened(tmp_path: Path, kind: str) -> None:
    (tmp_path / "secret").write_bytes(b"1")
    if kind == "link":
        (tmp_path / "a").symlink_to(tmp_path / "secret")
    else:
        os.mkfifo(tmp_path / "a")
    with pytest.raises(OSError):
        open_whole(tmp_path / "a")
