"""The disk of the database and of the logs is full while people pass; then somebody makes room."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from app.demo import temporary_home
from app.kernel import postgres
from tests.chaos.promises import violated
from tests.chaos.world import chaos, until
from tests.perf.world import LOG_LINES, World

SIZE = "512m"
HELD_SECONDS = 8.0


@contextmanager
def small_home() -> Iterator[Path]:
    """A file system of its own, in memory."""
    with temporary_home() as home:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", str(home)]
        if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
            pytest.skip("no file system may be mounted here")
        try:
            yield home
        finally:
            subprocess.run(["umount", "--lazy", str(home)], check=True)


def fill(home: Path) -> Path:
    """Take all the room there is; what to remove to give it back."""
    ballast = home / "ballast"
    with ballast.open("wb") as handle, suppress(OSError):
        while True:
            handle.write(bytes(65536))
            handle.flush()
    return ballast


def use_up_the_log(world: World) -> None:
    """Go on to new files of the write-ahead log until none can be made: the server ends itself."""
    with suppress(psycopg.Error):
        while True:
            world.administer("select pg_logical_emit_message(true, 'x', repeat('x', 4000000))")
            world.administer("select pg_switch_wal()")


@pytest.mark.slow
@pytest.mark.parametrize("log", [False, True], ids=["tables", "write-ahead log"])
def test_a_full_disk_breaks_no_promise(log: bool) -> None:
    with chaos(homes=small_home) as world, ThreadPoolExecutor(2) as threads:
        walking = [threads.submit(world.people_pass)]
        threading.Event().wait(0.7)
        ballast = fill(world.made.home)
        try:
            if log:
                use_up_the_log(world.made)
            until(lambda: not world.client.ready(), "ready without room")
            walking.append(threads.submit(world.people_pass))
            ends = time.monotonic() + HELD_SECONDS
            threading.Event().wait(max(0.0, ends - time.monotonic()))
            tried = world.client.tries
        finally:
            ballast.unlink()
        postgres.ensure(world.made.home, settings=LOG_LINES)  # as a supervisor would
        for one in walking:
            one.result()
        world.wait_ready()
        until(world.is_drained, "the queues do not drain")
        assert tried > 0  # somebody did meet it
        assert violated(world, 0) == []
        world.people_pass()
        assert violated(world, 0) == []
