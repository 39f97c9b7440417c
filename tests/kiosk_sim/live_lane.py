"""A real server, a real agent of a lane and a real database, each of which can be killed by SIGKILL at any moment."""

import base64
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any

import httpx2
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.commands.people import device_credentials
from app.config import Settings
from app.identity import devices
from app.identity.models import DeviceKind
from app.kernel.clock import system_clock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.runtime import make_kernel
from tests.conftest import SECRET
from tests.e2e.conftest import free_port
from tests.support.airport import Airport, Guest, guest, http_client, landed_ago

ROOT = Path(__file__).parents[2]
NAME = "lane-9"
PATIENCE = 40.0


@dataclass
class Programs:
    """Server and agent as programs of their own, over the database at ``url``."""

    url: str
    folder: Path
    running: dict[str, "Popen[bytes]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ports = {"server": free_port(), "agent": free_port()}
        self.server = f"http://127.0.0.1:{self.ports['server']}"
        self.agent = f"http://127.0.0.1:{self.ports['agent']}"
        self.credentials = self.folder / f"{NAME}.json"

    def start(self, which: str) -> None:
        """Start one and wait until it answers."""
        serve = ["serve"]
        kiosk = ["kiosk", "--server", self.server, "--port", str(self.ports["agent"]),
                 "--credentials", str(self.credentials)]  # fmt: skip
        environment = os.environ | {
            "EGATE_DATABASE_URL": self.url, "EGATE_PORT": str(self.ports["server"]),
            "EGATE_SECRET": base64.urlsafe_b64encode(SECRET).decode(),
            "EGATE_PUBLIC_URL": self.server, "EGATE_LOG_LEVEL": "ERROR",
        }  # fmt: skip
        command = [sys.executable, "-m", "app", *(serve if which == "server" else kiosk)]
        self.running[which] = Popen(
            command, env=environment, cwd=ROOT, stdout=DEVNULL, stderr=DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        health = f"{self.server}/health/ready" if which == "server" else f"{self.agent}/health"
        until(lambda: httpx2.get(health, timeout=2).status_code == 200)

    def kill(self, which: str) -> None:
        """SIGKILL to a program and what it started."""
        process = self.running.pop(which)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        for which in list(self.running):
            self.kill(which)


def until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for something that may fail meanwhile."""
    end = time.monotonic() + seconds
    while True:
        with suppress(httpx2.HTTPError, sa.exc.SQLAlchemyError):
            if true():
                return
        assert time.monotonic() < end, "it did not become so"
        time.sleep(0.05)


class Scene:
    """A hall of registered travellers before a lane; ``opened``: whether its door was seen open."""

    def __init__(self, programs: Programs, people: int) -> None:
        self.programs = programs
        self.database = Database(programs.url, name="test-killed")
        kernel = make_kernel(Settings(), self.database, Vault(SECRET), system_clock)
        self.airport = Airport(http_client(programs.server), kernel)
        self.travellers = self._travellers(people)
        self._enrol()
        self.told: set[str] = set()

    def _travellers(self, count: int) -> list[Guest]:
        airport = self.airport
        people = [guest(f"WALKER{chr(65 + n)}", "ANA", seat=f"{n + 1}A") for n in range(count)]
        sector = airport.sector(411, landed_ago(20))
        for one in people:
            airport.declare(one, sector)
        airport.announce(sector, people)
        airport.settle()
        return people

    def _enrol(self) -> None:
        key = Ed25519PrivateKey.generate()
        with self.database.transaction() as session:
            device = devices.enrol(
                session, DeviceKind.LANE, NAME, self.airport.halls["Hall A"],
                key.public_key().public_bytes_raw(), system_clock(),
            )  # fmt: skip
        self.programs.credentials.write_text(
            device_credentials(str(device.id), "lane", NAME, "Hall A", "two-step", key)
        )

    def lane(self) -> dict[str, Any]:
        """What the lane does."""
        return dict(httpx2.get(f"{self.programs.agent}/{NAME}/lane", timeout=5).json())

    def into_service(self) -> None:
        """An officer turns the key, as often as it takes: what was killed before may stop the lane once more."""

        def turned() -> bool:
            if self.lane()["state"] == "waiting":
                return self.view() == "welcome"
            url = f"{self.programs.agent}/{NAME}/lane/key"
            httpx2.post(url, json={"order": "reset"}, timeout=5)
            return False

        until(turned)

    def view(self) -> str:
        """The state of the lane's screen."""
        url = f"{self.programs.agent}/{NAME}/view"
        return str(httpx2.get(url, timeout=25).json()["state"])

    def walk(self, one: Guest) -> "Walking":
        """Register at the kiosk, then step up to the lane."""
        until(lambda: self._registered(one))
        return Walking(self, one)

    def _registered(self, one: Guest) -> bool:
        """The kiosk may find the service away, too: then the traveller tries again."""
        try:
            return bool(self.airport.present("kiosk", one)["answer"] == "registered")
        except AssertionError:
            return False

    def keep_notes(self) -> None:
        """Remember what stands in the lane's journal: it must not be lost."""
        path = self.programs.credentials.with_suffix(".journal")
        for line in path.read_text().splitlines() if path.exists() else ():
            with suppress(ValueError):
                self.told.add(json.loads(line)["key"])

    def numbers(self) -> dict[str, int]:
        """Passages, clearances and codes that were used up, and people who passed."""
        counted = {
            "passages": "passage", "consumed": "clearance where consumed_at is not null",
            "uses": "credential_use", "people": "(select distinct passenger_id from passage) p",
        }  # fmt: skip
        with self.database.read() as session:
            return {
                name: int(session.scalar(sa.text(f"select count(*) from {what}")) or 0)
                for name, what in counted.items()
            }

    def kept(self) -> set[str]:
        """The keys of all that the service has of the lane."""
        with self.database.read() as session:
            return {str(key) for key in session.scalars(sa.text("select key from lane_event"))}

    def close(self) -> None:
        self.airport.http.close()
        self.database.dispose()


class Walking:
    """Somebody at the lane, while its door is watched."""

    def __init__(self, scene: Scene, one: Guest) -> None:
        self.seen_open = threading.Event()
        self._over = threading.Event()
        self._scene = scene
        url = f"{scene.programs.agent}/{NAME}/walk"
        self._threads = [
            threading.Thread(target=self._step_up, args=[url, one.passport.mrz]),
            threading.Thread(target=self._watch),
        ]
        for thread in self._threads:
            thread.start()

    def _step_up(self, url: str, passport: str) -> None:
        with suppress(httpx2.HTTPError, ValueError):
            httpx2.post(url, json={"passport": passport}, timeout=30)
        self._over.set()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            with suppress(httpx2.HTTPError, ValueError, KeyError):
                if self._scene.lane()["door"] == "open":
                    self.seen_open.set()

    def join(self) -> bool:
        """Wait for the end of it; whether the door was seen open."""
        for thread in self._threads:
            thread.join()
        return self.seen_open.is_set()


@contextmanager
def live_lane(url: str, folder: Path, people: int) -> Iterator[Scene]:
    """Everything started; nothing of it is left."""
    programs = Programs(url, folder)
    scene: Scene | None = None
    try:
        programs.start("server")
        scene = Scene(programs, people)
        programs.start("agent")
        yield scene
    finally:
        programs.end()
        if scene:
            scene.close()
