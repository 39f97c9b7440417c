"""Live hints between processes and to open streams.

Each process has one :class:`Live`: what it commits goes at once to its own listeners and by NOTIFY to the
other processes. A slow poll of the feed is the safety net and moves the cursor that streams hand out.
"""

import json
import queue
import secrets
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg import sql

from app.kernel import correlation
from app.kernel.connections import LINE, Bounded
from app.kernel.db import Database, libpq_url
from app.kernel.errors import UnavailableError
from app.kernel.events import CursorError, Hint, current_cursor, read_since
from app.kernel.telemetry import FEED_FAILURES

log = structlog.get_logger(__name__)

CHANNEL = "egate"
PAYLOAD = 7000  # bytes; PostgreSQL takes 7999
POLL_SECONDS = 2.0
RETRY_SECONDS = 0.5
ASK_SECONDS = 5.0
"""After so much silence the listener asks whether its line still stands."""
PATIENCE_SECONDS = 5.0
"""In which the server has to answer that, or to take a notice."""
PAUSE_SECONDS = 0.02
"""Between two notices of a process: each wakes every other process, and costs a transaction."""
REMEMBERED = 20_000

Listener = Callable[[Sequence[Hint], str | None], None]


class Live:
    """Fans hints out to listeners. Listeners are called from threads and must not block.

    A listener gets ``(hints, cursor)``; the cursor comes with the poll and stands for everything that was
    committed up to it, so it may be handed to clients for resuming.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._url = libpq_url(database.engine.url.render_as_string(hide_password=False))
        self._origin = secrets.token_hex(6)
        self._outbox: queue.SimpleQueue[list[Hint] | None] = queue.SimpleQueue()
        self._listeners: list[Listener] = []
        self._seen: deque[int] = deque(maxlen=REMEMBERED)
        self._known: set[int] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._bell: socket.socket | None = None
        self.connected = False

    def start(self) -> None:
        """Connect to the database's commits and begin to listen."""
        self._database.publish = self.publish
        self._bell, ear = socket.socketpair()
        for name, target in (
            ("send", self._send), ("listen", lambda: self._listen(ear)), ("poll", self._poll),
        ):  # fmt: skip
            thread = threading.Thread(target=target, name=f"live-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End the threads; listeners hear no more."""
        self._stopping.set()
        self._outbox.put(None)
        if self._bell:
            self._bell.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def add(self, listener: Listener) -> Callable[[], None]:
        """Register ``listener``; the returned function removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, hints: list[Hint]) -> None:
        """Called after a commit of this process."""
        if hints:
            self._deliver(hints, None)
            self._outbox.put(hints)

    def ask(self, kind: str, subject: UUID, site: str) -> None:
        """Tell everybody something that no row stands for: lost, it is not told again."""
        number = -secrets.randbits(62) - 1
        self.publish([Hint(kind, subject, 0, site, number, correlation.current())])

    def _deliver(self, hints: Sequence[Hint], cursor: str | None) -> None:
        with self._lock:
            fresh = [hint for hint in hints if hint.sequence not in self._known]
            for hint in fresh:
                if len(self._seen) == REMEMBERED:
                    self._known.discard(self._seen[0])
                self._seen.append(hint.sequence)
                self._known.add(hint.sequence)
        if fresh or cursor:
            for listener in tuple(self._listeners):
                _tell(listener, fresh, cursor)

    def _connection(self) -> psycopg.Connection:
        made = Bounded.connect(self._url, autocommit=True, **LINE)
        made.patience = PATIENCE_SECONDS
        return made

    def _send(self) -> None:
        connection: psycopg.Connection | None = None
        while hints := self._gathered():
            for payload in _payloads(self._origin, hints):
                connection = self._notify(connection, payload)
            self._stopping.wait(PAUSE_SECONDS)
        if connection:
            connection.close()

    def _gathered(self) -> list[Hint]:
        """Wait for a commit; its hints and those of all that came meanwhile. Nothing: the program ends."""
        hints: list[Hint] = []
        while (more := self._outbox.get()) is not None:
            hints += more
            if self._outbox.empty():
                return hints
        if hints:
            self._outbox.put(None)  # for the next time
        return hints

    def _notify(
        self, connection: psycopg.Connection | None, payload: str
    ) -> psycopg.Connection | None:
        """Best effort: what is lost here, the poll of the others finds."""
        try:
            connection = connection or self._connection()
            connection.execute("select pg_notify(%s, %s)", [CHANNEL, payload])
        except psycopg.Error:
            if connection:
                connection.close()
            return None
        return connection

    def _listen(self, ear: socket.socket) -> None:
        """Wait for notices of others, and for the end of ``ear``'s other end: :meth:`stop` rings at once."""
        with ear:
            while not self._stopping.is_set():
                try:
                    with self._connection() as connection:
                        connection.execute(sql.SQL("listen {}").format(sql.Identifier(CHANNEL)))
                        self.connected = True
                        self._hear(connection, ear)
                except psycopg.Error:
                    self.connected = False
                    self._stopping.wait(RETRY_SECONDS)
        self.connected = False

    def _hear(self, connection: psycopg.Connection, ear: socket.socket) -> None:
        """Pass notices on until the program stops. Raises psycopg.Error when the connection breaks."""
        waiting = select.poll()
        for source in (connection.fileno(), ear.fileno()):
            waiting.register(source, select.POLLIN)
        while not self._stopping.is_set():
            for notice in connection.notifies(timeout=0):  # also those that came before
                self._receive(notice.payload)
            if not waiting.poll(ASK_SECONDS * 1000):
                connection.execute("select 1")  # a dead line says nothing of itself

    def _receive(self, payload: str) -> None:
        """Deliver what another process says. Anybody who may sign in may say anything here: nonsense is told of, once."""
        try:
            message = json.loads(payload)
            hints = _unpack(message) if message["from"] != self._origin else []
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            FEED_FAILURES.labels("notice").inc()
            log.error("feed.notice-unread", size=len(payload), exc_info=error)  # noqa: TRY400
            return
        if hints:
            self._deliver(hints, None)

    def _poll(self) -> None:
        cursor: str | None = None
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                with self._database.read() as session:
                    if cursor is None:
                        cursor = current_cursor(session)
                        self._deliver([], cursor)
                    else:
                        feed = read_since(session, cursor)
                        cursor = feed.cursor
                        self._deliver(feed.hints, cursor)
            except CursorError:
                cursor = None
            except UnavailableError:
                log.warning("feed.unavailable")
            except Exception as error:  # the same again at the next turn: nothing is passed over
                FEED_FAILURES.labels("poll").inc()
                log.error("feed.poll-failed", exc_info=error)  # noqa: TRY400
            self._stopping.wait(max(0.1, POLL_SECONDS - (time.monotonic() - started)))


def _tell(listener: Listener, hints: Sequence[Hint], cursor: str | None) -> None:
    """One listener that fails costs neither the others nor whoever committed: the rows are there."""
    try:
        listener(hints, cursor)
    except Exception as error:
        FEED_FAILURES.labels("listener").inc()
        log.error("feed.listener-failed", hints=len(hints), exc_info=error)  # noqa: TRY400


def _payloads(origin: str, hints: Sequence[Hint]) -> list[str]:
    """The hints as NOTIFY payloads of at most :data:`PAYLOAD` bytes each."""
    size = 50  # hints in a payload: each is below 130 bytes with its request
    return [
        json.dumps(_pack(origin, hints[i : i + size]), separators=(",", ":"))
        for i in range(0, len(hints), size)
    ]


def _pack(origin: str, hints: Sequence[Hint]) -> dict[str, Any]:
    """Requests stand beside the hints: processes of the release before know five members of a hint and no more."""
    rows = [[one.kind, one.subject.hex, one.version, one.site, one.sequence] for one in hints]
    return {"from": origin, "hints": rows, "requests": [one.request for one in hints]}


def _unpack(message: dict[str, Any]) -> list[Hint]:
    rows = message["hints"]
    requests = message.get("requests") or [""] * len(rows)
    return [
        Hint(str(kind), UUID(str(subject)), int(version), str(site), int(sequence), str(request))
        for (kind, subject, version, site, sequence), request in zip(rows, requests, strict=True)
    ]
