"""A page's own refreshes look their session up once a second; an end is heard at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from app.identity import kept
from app.identity.kept import Sessions
from app.identity.officers import IDLE, Opened, SignedIn
from app.kernel.errors import UnauthenticatedError
from app.kernel.events import Hint
from tests.support import NOW


class Line:
    """Stands for the line of hints."""

    def __init__(self) -> None:
        self.connected = True

    def add(self, listener: Callable[..., None]) -> None:
        self.listener = listener

    def tell(self, kind: str = "session.ended") -> None:
        self.listener([Hint(kind, uuid4(), 1, "NRT", 1)], None)


class Reader:
    """Counts what was read; after ``end`` the session is revoked."""

    def __init__(self, seen: datetime = NOW) -> None:
        self.read, self.ended, self.seen = 0, False, seen

    def end(self) -> None:
        self.ended = True

    def __call__(self) -> Opened:
        self.read += 1
        if self.ended:
            raise UnauthenticatedError
        who = SignedIn(uuid4(), "ada", "Ada", ("senior",), "NRT", uuid4())
        return Opened(who, self.seen, NOW + timedelta(hours=10))


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    monkeypatch.setattr(kept, "SECONDS", 600.0)  # for as long as a slow machine takes
    return Line()


@pytest.fixture
def sessions(line: Line) -> Sessions:
    return Sessions(line)  # type: ignore[arg-type]


def test_a_second_look_within_a_second_reads_nothing(sessions: Sessions):
    read = Reader()
    assert sessions.find("t", NOW, read) == sessions.find("t", NOW, read)
    assert read.read == 1


def test_a_session_that_ended_anywhere_is_out_at_once(sessions: Sessions, line: Line):
    read = Reader()
    sessions.find("t", NOW, read)
    read.end()
    line.tell()
    with pytest.raises(UnauthenticatedError):
        sessions.find("t", NOW, read)


def test_what_was_read_while_a_session_ended_is_not_kept(sessions: Sessions, line: Line):
    read = Reader()

    def meanwhile() -> Opened:
        found = read()
        read.end()
        line.tell()
        return found

    sessions.find("t", NOW, meanwhile)
    with pytest.raises(UnauthenticatedError):
        sessions.find("t", NOW, read)


def test_limits_hold_for_what_is_kept(sessions: Sessions):
    read = Reader()
    sessions.find("t", NOW, read)
    with pytest.raises(UnauthenticatedError):
        sessions.find("t", NOW + IDLE, read)
    assert read.read == 1


@pytest.mark.parametrize("how", ["forgotten", "another token", "no line", "a second later"])
def test_what_else_is_read_anew(
    sessions: Sessions, line: Line, monkeypatch: pytest.MonkeyPatch, how: str
):
    read = Reader()
    sessions.find("t", NOW, read)
    if how == "forgotten":
        sessions.forget("t")
    if how == "no line":
        line.connected = False
    if how == "a second later":
        monkeypatch.setattr(kept, "SECONDS", 0.0)
    sessions.find("u" if how == "another token" else "t", NOW, read)
    assert read.read == 2


def test_memory_is_bounded(sessions: Sessions, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kept, "MOST", 3)
    for n in range(9):
        sessions.find(str(n), NOW, Reader())
    assert len(sessions._kept) == 3
