"""Server, agent and database are killed at any point: no open door without a passage, no record lost or doubled."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from app.kernel import postgres
from app.kernel.db import Database
from app.kernel.migrate import upgrade
from tests.kiosk_sim.live_lane import Scene, live_lane, until


def consistent(scene: Scene) -> int:
    """Every passage has its clearance, its use of a code and its person, once; how many there are."""
    found = scene.numbers()
    assert len(set(found.values())) == 1, found
    return found["passages"]


def round_of(scene: Scene, number: int, kill: Callable[[], None], delay: float) -> None:
    """Somebody steps up, something is killed; afterwards everything stands again and nothing is wrong."""
    scene.into_service()
    before = consistent(scene)
    walking = scene.walk(scene.travellers[number])
    time.sleep(delay)
    scene.keep_notes()
    kill()
    opened = walking.join()
    scene.keep_notes()
    after = consistent(scene)
    assert after - before in (0, 1)
    assert not opened or after == before + 1, "a door was open without a passage"
    until(lambda: scene.lane()["door"] == "shut")


def nothing_is_lost(scene: Scene) -> None:
    scene.keep_notes()
    assert scene.told
    until(lambda: scene.told <= scene.kept())
    assert len(scene.kept()) >= len(scene.told)


def killed(scene: Scene, which: str) -> Callable[[], None]:
    def kill() -> None:
        scene.programs.kill(which)
        scene.programs.start(which)

    return kill


@pytest.mark.slow
def test_server_and_agent_are_killed_while_somebody_passes(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    del database
    with live_lane(database_url, tmp_path, people=3) as scene:
        for number, which in enumerate(("server", "agent")):
            round_of(scene, number, killed(scene, which), delay=0.4)
        scene.into_service()
        walking = scene.walk(scene.travellers[2])  # the lane works as before
        assert walking.join()
        nothing_is_lost(scene)
        assert 1 <= consistent(scene) <= 3


@pytest.fixture
def own_cluster() -> Iterator[tuple[Path, str]]:
    """A database server that can be killed, with what it promises: nothing is switched off."""
    home = Path(tempfile.mkdtemp(prefix="egate-killed-", dir="/tmp"))
    home.chmod(0o755)
    try:
        cluster = postgres.ensure(home)
        upgrade(cluster.url(postgres.OWNER))
        yield home, cluster.url()
    finally:
        postgres.stop(home, mode="immediate")
        shutil.rmtree(home)


@pytest.mark.slow
def test_anything_is_killed_at_many_points(own_cluster: tuple[Path, str], tmp_path: Path) -> None:
    home, url = own_cluster
    delays = (0.02, 0.2, 0.6, 1.6)

    def kill_database() -> None:
        data = next(home.rglob("postmaster.pid")).parent
        for pid in postgres._processes_in(data):
            with suppress(ProcessLookupError):  # its postmaster took it along
                os.kill(pid, signal.SIGKILL)
        postgres.ensure(home)

    with live_lane(url, tmp_path, people=3 * len(delays)) as scene:
        number = 0
        for delay in delays:
            for which in ("server", "agent", "database"):
                kill = kill_database if which == "database" else killed(scene, which)
                round_of(scene, number, kill, delay)
                number += 1
        nothing_is_lost(scene)
        assert consistent(scene) >= 1
