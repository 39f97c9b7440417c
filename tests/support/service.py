"""``egate serve`` as a program of its own on a test's database, ready to be asked."""

import base64
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from app.kernel.db import Database
from app.programs import free_port
from tests.conftest import SECRET

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60.0


class Service:
    """The running program; ``log`` is what it writes."""

    def __init__(self, database: Database, log: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        url = database.engine.url.render_as_string(hide_password=False)
        self.environment = os.environ | {
            "EGATE_DATABASE_URL": url, "EGATE_SECRET": base64.urlsafe_b64encode(SECRET).decode(),
            "EGATE_PORT": str(self.port), "EGATE_PUBLIC_URL": self.url, "EGATE_LOG_FORMAT": "json",
            "EGATE_STATE": str(log.parent), **settings,
        }  # fmt: skip
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "serve"], env=self.environment, cwd=ROOT,
                stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    def wait_ready(self) -> None:
        end = time.monotonic() + READY_SECONDS
        while not self._answers():
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            assert time.monotonic() < end, "not ready"
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with urlopen(self.url + "/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def service(database: Database, log: Path, **settings: str) -> Iterator[Service]:
    """Started and ready; killed at the end, if it is there still."""
    made = Service(database, log, **settings)
    try:
        made.wait_ready()
        yield made
    finally:
        made.process.kill()
        made.process.wait()
