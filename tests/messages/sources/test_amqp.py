"""A queue of a real broker: acknowledged after the commit, given again after a death, put aside with a reason."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.kernel.errors import SetupError, UnavailableError
from app.messages.models import Message
from app.messages.receive import MAX_BODY
from app.messages.sources import source
from app.messages.sources.amqp import Queue
from app.messages.sources.source import Desk, Pump, SourceError, pause_after
from tests.messages.airline import api, person
from tests.messages.sources.conftest import SENDER, Line, answered
from tests.support.broker import free_port

pytestmark = pytest.mark.broker
ROOT = Path(__file__).parents[3]


def statuses(line: Line) -> list[str]:
    return sorted(line.post.all(sa.select(Message.status)))


def until(ready: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_what_is_stored_is_acknowledged(line: Line) -> None:
    raw = api(person())
    line.send(raw)
    assert line.turn()
    assert (line.waiting(), line.waiting(".rejected"), line.waiting(".answers")) == (0, 0, 0)
    [message] = line.post.all(sa.select(Message))
    assert (message.status, message.size) == ("received", len(raw))
    assert message.sender_id == line.post.sender.id
    assert line.post.work() == 1
    assert len(line.post.people()) == 1


def test_nothing_is_acknowledged_before_it_is_stored(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.send(api(person()))

    def away(*_: object, **__: object) -> None:
        raise UnavailableError

    with monkeypatch.context() as patch:
        patch.setattr("app.messages.sources.source.ingest", away)
        with pytest.raises(UnavailableError):
            line.turn()
    assert statuses(line) == []
    assert line.turn()
    assert statuses(line) == ["received"]


def test_the_same_again_is_a_duplicate(line: Line) -> None:
    line.send(api(person()), api(person()))
    line.turn()
    assert statuses(line) == ["duplicate", "received"]
    assert line.waiting() == 0


def test_what_can_never_be_stored_stands_in_the_queue_beside_with_its_reason(line: Line) -> None:
    large = b"x" * (MAX_BODY + 1)
    line.send(b" \r\n", message_id="m1", headers={"kept": "yes"})
    line.send(large)
    line.send(api(person()))
    line.turn()
    (first, empty), (second, body) = line.read(".rejected")
    assert (empty, body) == (b"", b"")
    assert [one.headers["x-egate-size"] for one in (first, second)] == [3, len(large)]
    assert first.headers["x-egate-code"] == "message-empty"
    assert second.headers["x-egate-code"] == "message-too-large"
    assert first.headers["x-egate-reason"] == "There is nothing in this message"
    assert (first.message_id, first.headers["kept"], first.delivery_mode) == ("m1", "yes", 2)
    assert (line.waiting(), statuses(line)) == (0, ["received"])


def test_answers_go_to_the_queue_beside_once_and_in_order(line: Line) -> None:
    answered(line.post)
    line.send(*(api(person(number=f"K{n}"), control=f"C{n}") for n in range(2)))
    line.turn()
    line.post.work()
    line.turn()
    line.turn()
    found = line.read(".answers")
    assert [one.headers["x-egate-number"] for one, _ in found] == [1, 2]
    assert {(one.type, one.delivery_mode) for one, _ in found} == {("cusres-962", 2)}
    ids = line.post.all(sa.select(Message.id).order_by(Message.id))
    assert [one.correlation_id for one, _ in found] == [str(one) for one in ids]
    assert all(b"+CUSRES:" in body for _, body in found)


def test_what_fails_each_time_is_put_aside(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.messages.sources.source.ingest", fails)
    line.send(b"poison")
    queue = line.queue()
    pump = Pump(queue, line.desk)
    for _ in range(source.MAX_TRIES - 1):
        with pytest.raises(ZeroDivisionError):
            pump.turn()
        queue.close()
    pump.turn()
    queue.close()
    [(properties, body)] = line.read(".rejected")
    assert (body, properties.headers["x-egate-code"]) == (b"", "internal")
    assert line.waiting() == 0


def test_two_processes_share_a_queue(line: Line) -> None:
    people = [person(f"P{chr(65 + n)}", number=f"K{n:07d}") for n in range(20)]
    line.send(*(api(one) for one in people))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: line.turn(), range(2)))
    assert statuses(line) == ["received"] * 20
    assert line.waiting() == 0


def test_killed_before_each_step_nothing_is_lost_or_applied_twice(line: Line) -> None:
    url = line.post.database.engine.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-m", "tests.messages.sources.killed", url, line.broker.url, line.name],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    steps = done.stdout.split()
    assert steps[:3] == ["commit", "committed", "basic_ack"]  # the rest: looking for answers
    sent = len(steps) + 2  # the first and the last came through
    assert line.waiting() == 0
    # two were stored and not acknowledged, so they came twice
    assert statuses(line) == ["applied"] * sent + ["duplicate"] * 2
    assert len(line.post.people()) == sent


# --- a broker that is away -------------------------------------------------------------------------


class Wire:
    """A line to the broker that can be cut: forwards a port of its own while it is up."""

    def __init__(self, target: int) -> None:
        self.port, self.target = free_port(), target
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"
        self._open: list[socket.socket] = []
        self._listener: socket.socket | None = None

    def up(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_forward, args=(one, other), daemon=True).start()

    def cut(self) -> None:
        if self._listener:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        for one in self._open:
            _end(one)
        self._open.clear()


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def _forward(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    _end(other)


@pytest.fixture
def wire(line: Line) -> Iterator[Wire]:
    wire = Wire(line.broker.port)
    yield wire
    wire.cut()


class Counted(Pump):
    """Counts the rounds that it came through."""

    rounds = 0

    def turn(self) -> bool:
        busy = super().turn()
        self.rounds += 1
        return busy


def test_a_broker_that_is_away_at_the_start_and_later_is_asked_again(
    line: Line, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[int] = []

    def pause(failures: int) -> float:
        pauses.append(failures)
        return 0.05

    monkeypatch.setattr(source, "pause_after", pause)
    line.send(api(person("AAA", number="K1")))
    pump = Counted(line.queue(wire.url), line.desk)
    thread = threading.Thread(target=pump.run)
    thread.start()
    try:
        until(lambda: len(pauses) > 2)
        wire.up()
        until(lambda: pump.rounds > 0 and len(statuses(line)) == 1)
        assert pauses[:3] == [1, 2, 3]
        before = len(pauses)
        wire.cut()
        line.send(api(person("BBB", number="K2")))
        until(lambda: len(pauses) > before)
        assert pauses[before] == 1  # it had worked in between
        wire.up()
        until(lambda: len(statuses(line)) == 2)
    finally:
        pump.stop()
        thread.join(timeout=30)
    assert not thread.is_alive()
    until(lambda: line.waiting() == 0)


def test_a_queue_that_is_taken_away_is_made_again(line: Line) -> None:
    queue = line.queue()
    pump = Pump(queue, line.desk)
    pump.turn()
    connection = line.broker.connect()
    connection.channel().queue_delete(line.name)
    connection.close()
    with pytest.raises(SourceError):
        pump.turn()
    queue.close()
    line.send(api(person()))
    assert pump.turn()
    queue.close()


@pytest.mark.slow
def test_a_broker_killed_and_started_again_still_has_what_was_not_acknowledged(line: Line) -> None:
    line.send(api(person()), delivery_mode=2)
    taken = line.queue()
    delivery = next(taken.take())
    line.broker.kill()
    with pytest.raises(SourceError):
        taken.accept(delivery, line.desk.receive(delivery))
    taken.close()
    line.broker.start()
    line.turn()
    assert statuses(line) == ["duplicate", "received"]
    assert line.waiting() == 0


def test_pauses_grow_to_a_minute() -> None:
    longest = [max(pause_after(n) for _ in range(50)) for n in range(1, 12)]
    assert all(0.75 * 2**n <= pause_after(n + 1) <= 2**n for n in range(6))
    assert max(longest) <= 60


def test_an_address_that_is_none_is_said_at_once(line: Line) -> None:
    with pytest.raises(SetupError):
        Queue("amqp://host:port", "q", SENDER, Desk(line.desk.database, line.desk.vault, line.desk.clock))  # fmt: skip
