"""A watched folder with the box of one sender, a queue of one, and pumps that turn them."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika
import pytest

from app.audit.log import SYSTEM
from app.identity.models import AnswerMode
from app.identity.senders import SenderChange, change_sender
from app.messages.sources.amqp import Queue
from app.messages.sources.arrivals import Arrivals
from app.messages.sources.boxes import Box
from app.messages.sources.folder import Folder
from app.messages.sources.source import Desk, Pump
from tests.messages.conftest import Post
from tests.support.broker import Broker, is_installed, running

SENDER = "ZZ test"


def answered(post: Post) -> None:
    """From now on the sender is answered."""
    change = SenderChange(answers=AnswerMode.ACKNOWLEDGE)
    with post.database.transaction() as session:
        change_sender(session, SYSTEM, post.sender.id, change, post.clock())


@dataclass
class Watched:
    """``drop`` as the sender does, ``turn`` as the program does, then look."""

    post: Post
    desk: Desk
    root: Path

    @property
    def box(self) -> Box:
        return Box(SENDER, self.root / SENDER)

    def folder(self, settle: float = 0.0) -> Folder:
        return Folder(self.root, self.desk, Arrivals(settle))

    def drop(self, raw: bytes, name: str = "list.edi") -> Path:
        path = self.box.path / "in" / name
        path.write_bytes(raw)
        return path

    def turn(self) -> bool:
        """One round of a process of its own."""
        return Pump(self.folder(), self.desk).turn()

    def through(self) -> None:
        """Taken, applied, and moved on."""
        self.turn()
        self.post.work()
        self.turn()

    def names(self, target: str) -> list[str]:
        return sorted(path.name for path in (self.box.path / target).iterdir())

    def report(self, target: str, name: str = "list.edi") -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.box.path / target / f"{name}.json").read_bytes())
        return found

    def everything(self) -> dict[str, list[str]]:
        """What is in each folder."""
        return {one: self.names(one) for one in ("in", "working", "processed", "rejected")}


@pytest.fixture
def watched(post: Post, tmp_path: Path) -> Watched:
    made = Watched(post, Desk(post.database, post.vault, post.clock), tmp_path)
    made.box.path.mkdir()
    made.box.prepare()
    return made


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A broker of this run. ``make test`` requires it; else its tests are named as not run without one."""
    if not is_installed() and os.environ.get("EGATE_BROKER") != "required":
        pytest.skip("broker test not run: rabbitmq-server is not installed")
    with running() as broker:
        yield broker


@dataclass
class Line:
    """A queue of the sender: what is put in, taken by the program, and left in the queues beside."""

    post: Post
    desk: Desk
    broker: Broker
    name: str

    def queue(self, url: str | None = None) -> Queue:
        return Queue(url or self.broker.url, self.name, SENDER, self.desk)

    def send(self, *raws: bytes, **properties: Any) -> None:
        connection = self.broker.connect()
        channel = connection.channel()
        channel.queue_declare(self.name, durable=True)
        for raw in raws:
            channel.basic_publish("", self.name, raw, pika.BasicProperties(**properties))
        connection.close()

    def turn(self) -> bool:
        """One round of a process of its own."""
        queue = self.queue()
        try:
            return Pump(queue, self.desk).turn()
        finally:
            queue.close()

    def waiting(self, beside: str = "") -> int:
        connection = self.broker.connect()
        found = connection.channel().queue_declare(self.name + beside, passive=True)
        connection.close()
        return int(found.method.message_count)

    def read(self, beside: str) -> list[tuple[Any, bytes]]:
        """All that stands in a queue beside: (properties, body)."""
        connection = self.broker.connect()
        channel, found = connection.channel(), []
        while (got := channel.basic_get(self.name + beside, auto_ack=True))[0]:
            found.append((got[1], got[2]))
        connection.close()
        return found


@pytest.fixture
def line(post: Post, broker: Broker) -> Line:
    desk = Desk(post.database, post.vault, post.clock)
    return Line(post, desk, broker, f"in-{uuid4().hex[:8]}")
