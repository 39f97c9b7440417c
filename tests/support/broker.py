"""A RabbitMQ of our own: a child process on 127.0.0.1 with its own ports, data and cookie; no system service."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pika
from pika.exceptions import AMQPError

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Where Debian has it; the wrapper in /usr/sbin would change the user."""
START_SECONDS = 90.0
_CONFIG = """
listeners.tcp.default = 127.0.0.1:{port}
log.file = false
vm_memory_high_watermark.absolute = 256MB
disk_free_limit.absolute = 10MB
"""
_ERLANG = "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"


def is_installed() -> bool:
    return SERVER.exists() and shutil.which("epmd") is not None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """Started, killed and started again on the same data."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"
        self._names = free_port()
        (home / "rabbitmq.conf").write_text(_CONFIG.format(port=self.port))
        (home / "plugins").write_text("[].")
        self._environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": f"egate{self.port}@localhost",
            "RABBITMQ_MNESIA_BASE": str(home / "data"), "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null", "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_DIST_PORT": str(free_port()), "ERL_EPMD_PORT": str(self._names),
            "ERL_EPMD_ADDRESS": "127.0.0.1", "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERLANG,
        }  # fmt: skip
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        names = ["epmd", "-port", str(self._names), "-address", "127.0.0.1"]
        with (self.home / "output").open("ab") as output:
            for words in (names, [str(SERVER)]):
                self._running.append(
                    subprocess.Popen(
                        words, env=self._environment, cwd=self.home, start_new_session=True,
                        stdout=output, stderr=output,
                    )
                )  # fmt: skip
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._running[-1].poll() is None, (self.home / "output").read_text()[-2000:]
            assert time.monotonic() < end, "the broker does not start"
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL to both and what they started, each in a session of its own."""
        for process in self._running:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except (AMQPError, OSError):
            return False
        return True

    def connect(self) -> Any:
        return pika.BlockingConnection(pika.URLParameters(self.url))


@contextmanager
def running() -> Iterator[Broker]:
    home = Path(tempfile.mkdtemp(prefix="egate-mq-", dir="/tmp"))
    broker = Broker(home)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()
        shutil.rmtree(home, ignore_errors=True)
