"""The feed: nothing is lost, whatever the order of commits; live hints cross processes."""

import threading
import time
from collections.abc import Mapping, Sequence
from uuid import uuid4

import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.kernel import correlation
from app.kernel.db import Database
from app.kernel.events import (
    CursorError,
    Feed,
    Hint,
    current_cursor,
    emit,
    emit_many,
    read_since,
)
from app.kernel.live import CHANNEL, PAYLOAD, Live, _pack, _payloads, _unpack
from app.kernel.stream import Subscription


def cursor_of(database: Database) -> str:
    with database.read() as session:
        return current_cursor(session)


def since(database: Database, cursor: str) -> Feed:
    with database.read() as session:
        return read_since(session, cursor)


def test_a_transaction_that_commits_late_is_not_lost(database: Database) -> None:
    slow, fast = uuid4(), uuid4()
    cursor = cursor_of(database)
    late = Session(database.engine)
    emit(late, "slow", slow)  # takes its id and transaction first
    with database.transaction() as session:
        emit(session, "fast", fast)
    feed = since(database, cursor)
    assert [hint.subject for hint in feed.hints] == [fast]
    late.commit()
    late.close()
    assert [hint.subject for hint in since(database, feed.cursor).hints] == [slow]


def test_a_cursor_sees_each_event_once(database: Database) -> None:
    cursor, seen = cursor_of(database), []
    wanted = []
    for _ in range(5):
        with database.transaction() as session:
            for _ in range(3):
                wanted.append(uuid4())
                emit(session, "x", wanted[-1])
        feed = since(database, cursor)
        cursor = feed.cursor
        seen += [hint.subject for hint in feed.hints]
    assert seen == wanted
    assert since(database, cursor).hints == []


@pytest.mark.parametrize(
    "cursor", ["", "nonsense", "00000000:1:1:", "{epoch}:1", "{epoch}:a:b:c", "{epoch}:1:2:3;drop"]
)
def test_a_foreign_cursor_asks_for_a_fresh_start(database: Database, cursor: str) -> None:
    epoch = cursor_of(database).partition(":")[0]
    with pytest.raises(CursorError):
        since(database, cursor.replace("{epoch}", epoch))


def test_too_much_missed_asks_for_a_fresh_start(database: Database) -> None:
    cursor = cursor_of(database)
    with database.transaction() as session:
        for _ in range(4):
            emit(session, "x", uuid4())
    with pytest.raises(CursorError), database.read() as session:
        read_since(session, cursor, limit=3)


def wait_until(ready: object, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not ready():  # type: ignore[operator]
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.01)


def collect(live: Live) -> list[Hint]:
    heard: list[Hint] = []
    lock = threading.Lock()

    def listen(hints: Sequence[Hint], cursor: str | None) -> None:
        del cursor
        with lock:
            heard.extend(hints)

    live.add(listen)
    return heard


def test_hints_reach_another_process_once_and_quickly(
    database: Database, database_url: str
) -> None:
    other = Database(database_url)
    here, there = Live(database), Live(other)
    heard_here, heard_there = collect(here), collect(there)
    here.start()
    there.start()
    try:
        wait_until(lambda: here.connected and there.connected)
        subjects = [uuid4() for _ in range(200)]
        with database.transaction() as session:
            for subject in subjects:
                emit(session, "x", subject)
        wait_until(lambda: len(heard_there) >= 200, seconds=1.5)  # before the poll of 2 s
        time.sleep(2.5)  # and the poll brings none of them again
        assert [hint.subject for hint in heard_here] == subjects
        assert sorted(hint.subject for hint in heard_there) == sorted(subjects)
    finally:
        here.stop()
        there.stop()
        other.dispose()


def test_the_poll_finds_what_was_written_without_a_hint(database: Database) -> None:
    live = Live(database)
    heard = collect(live)
    live.start()
    try:
        wait_until(lambda: live.connected)
        time.sleep(0.3)
        subject = uuid4()
        with Session(database.engine) as session:  # a writer that never notifies
            emit(session, "x", subject)
            session.commit()
        wait_until(lambda: [hint.subject for hint in heard] == [subject])
    finally:
        live.stop()


def test_whoever_listens_hears_the_end(database: Database) -> None:
    live = Live(database)
    live.start()
    wait_until(lambda: live.connected)  # from here on it waits for a notice, however long
    live.stop()
    assert not [thread.name for thread in live._threads if thread.is_alive()]


def test_a_listener_whose_connection_broke_listens_again(
    database: Database, database_url: str
) -> None:
    other = Database(database_url)
    here, there = Live(database), Live(other)
    heard = collect(there)
    here.start()
    there.start()
    try:
        wait_until(lambda: here.connected and there.connected)
        before = listening(database)
        with database.transaction() as session:
            session.execute(sa.select(sa.func.pg_terminate_backend(sa.func.unnest(list(before)))))
        wait_until(lambda: len(listening(database) - before) == 2)
        subject = uuid4()
        with database.transaction() as session:
            emit(session, "x", subject)
        wait_until(lambda: [hint.subject for hint in heard] == [subject])
    finally:
        here.stop()
        there.stop()
        other.dispose()


def test_poison_in_the_feed_is_told_and_costs_nobody_a_hint(database: Database) -> None:
    """Nonsense that somebody says on the channel, and a listener that fails each time."""

    def stumble(hints: Sequence[Hint], cursor: str | None) -> None:
        raise ValueError("ASTRID")

    live = Live(database)
    live.add(stumble)
    heard = collect(live)
    with capture_logs() as logs:
        live.start()
        try:
            wait_until(lambda: live.connected)
            for nonsense in ("ASTRID", "[]", "7", '{"from": "x"}', '{"from": "x", "hints": [[1]]}'):
                with database.transaction() as session:
                    session.execute(sa.select(sa.func.pg_notify(CHANNEL, nonsense)))
            subject = uuid4()
            with database.transaction() as session:
                emit(session, "x", subject)  # its commit is answered, whoever stumbles
            wait_until(lambda: [hint.subject for hint in heard] == [subject])
            wait_until(lambda: said(logs, "feed.notice-unread") == 5)
            with database.transaction() as session:  # it still listens
                session.execute(sa.select(sa.func.pg_notify(CHANNEL, "x")))
            wait_until(lambda: said(logs, "feed.notice-unread") == 6)
        finally:
            live.stop()
    assert said(logs, "feed.listener-failed") >= 1
    assert live.connected is False


def said(logs: Sequence[Mapping[str, object]], event: str) -> int:
    return sum(one["event"] == event for one in logs)


def listening(database: Database) -> set[int]:
    """The server's processes in which somebody listens."""
    asked = sa.text(
        "select pid from pg_stat_activity where datname = current_database() and query like 'listen%'"
    )
    with database.read() as session:
        return set(session.scalars(asked))


def test_who_falls_behind_is_told_to_fetch_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.kernel.stream.QUEUE", 3)
    slow = Subscription(lambda _: True)
    slow.offer([(Hint("a.changed", uuid4()), "event: hint\n\n")] * 5, None)
    assert [line.split("\n")[0] for line in slow.lines] == [
        "event: reset", "event: hint", "event: hint",
    ]  # fmt: skip


def test_an_event_and_its_hint_name_the_request_that_they_came_of(database: Database) -> None:
    cursor, heard = cursor_of(database), []
    database.publish = heard.extend
    with correlation.working_for("1f0c22ab"), database.transaction() as session:
        emit(session, "one", uuid4())
        emit_many(session, "many", [(uuid4(), 1)])
    with database.transaction() as session:
        emit(session, "none", uuid4())
    assert [hint.request for hint in heard] == ["1f0c22ab", "1f0c22ab", ""]
    assert [hint.request for hint in since(database, cursor).hints] == ["1f0c22ab", "1f0c22ab", ""]
    told = _pack("x", heard)
    assert [hint.request for hint in _unpack(told)] == ["1f0c22ab", "1f0c22ab", ""]
    assert [len(row) for row in told["hints"]] == [5, 5, 5]  # what the release before reads
    del told["requests"]  # what the release before sends
    assert [hint.request for hint in _unpack(told)] == ["", "", ""]


def test_fifty_hints_are_one_notice() -> None:
    hints = [
        Hint("a-kind.of-some-length", uuid4(), 10**12, "NRT", 10**15 + n, "f" * 16)
        for n in range(120)
    ]
    payloads = _payloads("f" * 12, hints)
    assert len(payloads) == 3
    assert all(len(one) <= PAYLOAD for one in payloads)


def test_work_on_a_thing_goes_back_to_the_request_that_had_to_do_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    thing, others = uuid4(), [uuid4() for _ in range(3)]
    correlation.remember(thing, "1f0c22ab")
    with correlation.going_back(thing):
        assert correlation.current() == "1f0c22ab"
        assert structlog.contextvars.get_contextvars()["request"] == "1f0c22ab"
    assert correlation.current() == ""
    assert "request" not in structlog.contextvars.get_contextvars()
    monkeypatch.setattr(correlation, "MOST", 2)
    for one in others:
        correlation.remember(one, "x")
    with correlation.going_back(thing):
        assert correlation.current() == ""
