"""Two workers, one of them killed on the way: every message applied once, every passenger there once."""

import time

import pytest

from app.kernel.db import Database
from tests.messages.conftest import Post
from tests.support import flood
from tests.support.workers import Workers

COUNT = 10_000
PATIENCE_SECONDS = 1200.0


def wait(database: Database, workers: Workers, left: int) -> None:
    """Until at most so many wait."""
    end = time.monotonic() + PATIENCE_SECONDS
    while flood.waiting(database) > left:
        assert time.monotonic() < end, "the workers do not come through"
        assert workers.log.stat().st_size == 0, workers.log.read_text()[-2000:]
        assert all(one.poll() is None for one in workers.running)
        time.sleep(0.2)


def check(post: Post, workers: Workers, count: int) -> None:
    flood.store(post.database, post.vault, post.sender, list(flood.messages(count)))
    assert flood.waiting(post.database) == count
    for _ in range(2):
        workers.start()
    for left in (3 * count // 4, count // 2, count // 4):
        wait(post.database, workers, left)
        workers.kill(0)
        workers.start()
    wait(post.database, workers, 0)
    found = flood.tally(post.database)
    assert found.statuses == {"applied": count}
    assert (found.lost(count), found.doubled) == (0, 0)
    assert len(found.decided) == count
    assert workers.log.read_text() == ""


def test_two_workers_killed_in_turns_apply_everything_once(post: Post, workers: Workers) -> None:
    check(post, workers, 48)


@pytest.mark.slow
def test_ten_thousand_messages_from_two_workers_killed_in_turns(
    post: Post, workers: Workers
) -> None:
    check(post, workers, COUNT)
