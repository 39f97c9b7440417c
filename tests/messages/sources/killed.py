"""A program for the tests: does the way of one transmission and dies by SIGKILL before its n-th step.

    python -m tests.messages.sources.killed URL ROOT KIND
    python -m tests.messages.sources.killed URL AMQP-URL QUEUE

For n = 1, 2, ... a file is dropped (or a message sent); a process takes, applies and moves it on, and is killed before the n-th change
that it makes to a file or to the database; another one goes on from there. It ends when a process gets through
without reaching its n-th step, and prints the steps, one a line.
"""

import itertools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pika
import sqlalchemy as sa
import structlog
from pika.adapters.blocking_connection import BlockingChannel
from sqlalchemy.orm import Session

from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.messages.apply import apply_next
from app.messages.sources.amqp import Queue
from app.messages.sources.arrivals import Arrivals
from app.messages.sources.folder import Folder
from app.messages.sources.source import Desk, Pump, Source
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
    """Counts the steps of this process; ends it before the last. What the worker does is not of a way in."""

    counting = True

    @classmethod
    @contextmanager
    def paused(cls) -> Iterator[None]:
        cls.counting = False
        yield
        cls.counting = True

    def __init__(self, last: int, tell: int) -> None:
        self.left, self.tell = last, tell

    def step(self, name: str) -> None:
        self.left -= self.counting
        if self.counting and self.left == 0:
            os.write(self.tell, f"{name}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in CHANGES or (event == "open" and _writes(arguments)):
            self.step(event)

    def watch(self) -> None:
        sys.addaudithook(self.audit)
        sa.event.listen(Session, "before_commit", lambda _: self.step("commit"))
        sa.event.listen(Session, "after_commit", lambda _: self.step("committed"))
        acknowledge = BlockingChannel.basic_ack

        def basic_ack(*arguments: Any, **more: Any) -> None:
            self.step("basic_ack")
            acknowledge(*arguments, **more)

        BlockingChannel.basic_ack = basic_ack


def _writes(arguments: tuple[object, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


@dataclass
class Way:
    """A way in: ``send`` the n-th transmission, ``through`` until nothing is on its way."""

    desk: Desk
    send: Callable[[int], None]
    source: Callable[[], Source]
    is_over: Callable[[], bool]

    def through(self) -> None:
        """All the programs of the service in one: take, apply, move on."""
        end, source = time.monotonic() + PATIENCE_SECONDS, self.source()
        while not self.is_over():
            assert time.monotonic() < end, "it does not come through"
            Pump(source, self.desk).turn()
            with Steps.paused():
                while apply_next(self.desk.database, self.desk.vault, NOW, "NRT"):
                    pass
        source.close()


def by_folder(desk: Desk, root: Path, kind: str) -> Way:
    box = root / SENDER

    def send(n: int) -> None:
        (box / "in" / f"{n}.edi").write_bytes(KINDS[kind](n))

    def is_over() -> bool:
        return not any(any((box / one).iterdir()) for one in ("in", "working"))

    return Way(desk, send, lambda: Folder(root, desk, Arrivals(0.0)), is_over)


def by_queue(desk: Desk, url: str, name: str) -> Way:
    def channel() -> Any:
        return pika.BlockingConnection(pika.URLParameters(url)).channel()

    def send(n: int) -> None:
        with channel() as line:
            line.queue_declare(name, durable=True)
            line.basic_publish("", name, KINDS["applied"](n))

    def is_over() -> bool:
        """Asked by a new connection: what is not acknowledged is back once its own has ended."""
        with channel() as line:
            return not line.queue_declare(name, passive=True).method.message_count

    return Way(desk, send, lambda: Queue(url, name, SENDER, desk), is_over)


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


def main(url: str, where: str, what: str) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    desk = Desk(Database(url, pool=2), Vault(SECRET), SettableClock(NOW))
    way = by_queue(desk, where, what) if "://" in where else by_folder(desk, Path(where), what)
    for n in itertools.count(1):
        way.send(n)
        if n == 1:  # in this process: what its children inherit, each of them need not build
            way.through()
            desk.database.dispose()
            continue

        def to_be_killed(last: int = n - 1) -> None:
            Steps(last, sys.stdout.fileno()).watch()
            way.through()

        finished = in_child(to_be_killed)
        in_child(way.through)
        if finished:
            return


if __name__ == "__main__":
    main(*sys.argv[1:4])
