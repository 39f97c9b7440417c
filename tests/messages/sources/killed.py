"""A program for the tests: does the way of one file through the folder and dies by SIGKILL before its n-th step.

    python -m tests.messages.sources.killed URL ROOT KIND

For n = 1, 2, ... a file is dropped; a process takes, applies and moves it on, and is killed before the n-th change
that it makes to a file or to the database; another one goes on from there. It ends when a process gets through
without reaching its n-th step, and prints the steps, one a line.
"""

import itertools
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.messages.apply import apply_next
from app.messages.sources.arrivals import Arrivals
from app.messages.sources.folder import Folder
from app.messages.sources.source import Desk, Pump
from tests.conftest import SECRET
from tests.messages.airline import api, person
from tests.messages.sources.conftest import SENDER
from tests.support import NOW

CHANGES = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "fcntl.flock"})
PATIENCE_SECONDS = 20.0
KINDS: dict[str, Callable[[int], bytes]] = {
    "applied": lambda n: api(
        person("P" + chr(65 + n % 26) + chr(65 + n // 26), number=f"K{n:07d}")
    ),
    "rejected": lambda n: b"lunch %d" % n,
    "not stored": lambda _: b"",
}


class Steps:
    """Counts the steps of this process; ends it before the last."""

    def __init__(self, last: int, tell: int) -> None:
        self.left, self.tell = last, tell

    def step(self, name: str) -> None:
        self.left -= 1
        if self.left == 0:
            os.write(self.tell, f"{name}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in CHANGES or (event == "open" and _writes(arguments)):
            self.step(event)

    def watch(self) -> None:
        sys.addaudithook(self.audit)
        sa.event.listen(Session, "before_commit", lambda _: self.step("commit"))
        sa.event.listen(Session, "after_commit", lambda _: self.step("committed"))


def _writes(arguments: tuple[object, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def through(desk: Desk, root: Path) -> None:
    """All the programs of the service in one: take, apply, move on, until nothing is on its way."""
    box, end = root / SENDER, time.monotonic() + PATIENCE_SECONDS
    while any(any((box / one).iterdir()) for one in ("in", "working")):
        assert time.monotonic() < end, "a file does not come through"
        Pump(Folder(root, desk, Arrivals(0.0)), desk).turn()
        while apply_next(desk.database, desk.vault, NOW, "NRT"):
            pass


def in_child(work: Callable[[], None]) -> bool:
    """Run in a process of its own; whether it came to its end. Any end but that or SIGKILL is an error."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # the parent is told
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    assert status in (0, signal.SIGKILL), status
    return status == 0


def main(url: str, root: Path, kind: str) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    desk = Desk(Database(url, pool=2), Vault(SECRET), SettableClock(NOW))
    dropped = root / SENDER / "in"
    for n in itertools.count(1):
        (dropped / f"{n}.edi").write_bytes(KINDS[kind](n))
        if n == 1:  # in this process: what its children inherit, each of them need not build
            through(desk, root)
            desk.database.dispose()
            continue

        def to_be_killed(last: int = n - 1) -> None:
            Steps(last, sys.stdout.fileno()).watch()
            through(desk, root)

        finished = in_child(to_be_killed)
        in_child(lambda: through(desk, root))
        if finished:
            return


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
