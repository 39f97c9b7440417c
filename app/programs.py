"""The programs of ``egate`` as children of one that looks after them: the demo, benchmarks, tests."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.error import URLError
from urllib.request import urlopen

from app.kernel.errors import SetupError

READY_SECONDS = 60
RESTART_SECONDS = 1.0


class DemoError(SetupError):
    """The demo cannot run; the text says why."""


def egate(words: Sequence[str]) -> list[str]:
    """The command line of ``egate`` with ``words``."""
    return [sys.executable, "-m", "app", *words]


@dataclass
class Programs:
    """The child processes of the demo."""

    given: dict[str, str]
    commands: dict[str, list[str]] = field(default_factory=dict)
    before: dict[str, Callable[[], None]] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | self.given

    def start(self, name: str, words: Sequence[str]) -> None:
        """Start ``egate`` with ``words`` in a process of its own."""
        self.commands[name] = egate(words)
        self.running[name] = subprocess.Popen(  # noqa: S603
            self.commands[name], env=self.environment, start_new_session=True
        )

    def wait_ready(self, address: str) -> None:
        """Wait until an address answers 200. Raises DemoError when a child ends or time is up."""
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            try:
                with urlopen(address, timeout=2) as answer:  # noqa: S310  # loopback
                    if answer.status == 200:
                        return
            except (URLError, OSError):
                pass
            for name, process in self.running.items():
                if process.poll() is not None:
                    raise DemoError(f"egate {name} ended with {process.returncode}")
            time.sleep(0.1)
        raise DemoError("the program did not become ready")

    def watch(self, also: Callable[[], None]) -> None:
        """Restart what dies, until told to stop; ``also`` is called each time around."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())
        while not self.stopping.wait(RESTART_SECONDS):
            also()
            for name, process in list(self.running.items()):
                if process.poll() is not None:
                    print(f"egate {name} ended ({process.returncode}); starting it again")  # noqa: T201
                    self.before.get(name, _nothing)()
                    self.running[name] = subprocess.Popen(  # noqa: S603
                        self.commands[name], env=self.environment, start_new_session=True
                    )

    def stop(self) -> None:
        """End the children: politely, then for good."""
        for process in reversed(self.running.values()):
            if process.poll() is None:
                process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _nothing() -> None:
    pass


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
