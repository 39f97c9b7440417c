"""The line between programs and database is cut, is slow, or falls silent, while people pass."""

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from app.kernel import postgres
from app.runtime import PATIENCE
from tests.chaos.promises import violated
from tests.chaos.world import Chaos, chaos, until
from tests.support.proxy import Line, Proxy, proxy

DELAY = 0.02
HELD = {Line.CUT: 5.0, Line.SILENT: 30.0, Line.SLOW: 5.0}
"""Seconds for which the line stays so."""
BOUND = PATIENCE["serve"] + 10.0
"""A connection that is given up and one that cannot be made."""


@contextmanager
def far_service() -> Iterator[tuple[Chaos, Proxy]]:
    """A service whose programs come to their database over a line."""
    with proxy(Path("nowhere"), DELAY) as line:

        def given(home: Path, cluster: postgres.Cluster) -> Mapping[str, str]:
            line.target = cluster.sockets / ".s.PGSQL.5432"
            password = cluster.passwords["egate_app"]
            return {
                "EGATE_DATABASE_URL": f"postgresql://egate_app:{password}@127.0.0.1:{line.port}/{postgres.DATABASE}",
                "EGATE_SECRET": (home / "master.secret").read_text(),
            }

        with chaos(given) as world:
            yield world, line


def asked(world: Chaos) -> tuple[int, float]:
    """A call to which somebody listens for as long as it takes: its status, and seconds."""
    began = time.monotonic()
    answer = httpx2.get(
        f"{world.client.address}/api/v1/messages/{uuid4()}", timeout=2 * BOUND,
        headers={"Authorization": f"Bearer {world.made.sender}"},
    )  # fmt: skip
    return answer.status_code, time.monotonic() - began


@pytest.mark.slow
def test_a_line_that_fails_breaks_no_promise() -> None:
    with far_service() as (world, line), ThreadPoolExecutor(2) as threads:
        for how in (Line.CUT, Line.SLOW, Line.SILENT):
            since = len(world.client.written)
            walking = threads.submit(world.people_pass)
            threading.Event().wait(0.7)
            line.set(how)
            waiting = threads.submit(asked, world)
            ends = time.monotonic() + HELD[how]
            if how is Line.SLOW:
                assert world.client.ready()
            else:
                until(lambda: not world.client.ready(), "ready without a line")
                address = world.client.address + "/health/live"
                assert httpx2.get(address, timeout=5).status_code == 200
            threading.Event().wait(max(0.0, ends - time.monotonic()))
            if how is not Line.SLOW:
                assert not world.client.ready()
            line.set(Line.OPEN)
            status, seconds = waiting.result()
            assert seconds < BOUND, how
            assert status == (404 if how is Line.SLOW else 503), how
            walking.result()
            world.wait_ready()
            until(world.is_drained, "the queues do not drain")
            assert violated(world, since) == [], how
        assert any(one.path == "/api/v1/passages" for one in world.client.written)
