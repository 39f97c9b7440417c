"""A program for the tests: a server that dies by SIGKILL at one step of the call that it is given.

python -m tests.messages.killed_server URL TOKEN before_commit|after_commit
"""

import os
import signal
import sys

import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.config import Settings
from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.main import create_app
from app.runtime import make_kernel
from tests.conftest import SECRET
from tests.messages.airline import api, person
from tests.support import NOW


def main(url: str, token: str, step: str) -> None:
    kernel = make_kernel(Settings(), Database(url), Vault(SECRET), SettableClock(NOW))
    with TestClient(create_app(kernel)) as client:
        client.get(
            "/api/v1/answers", headers={"Authorization": f"Bearer {token}"}
        )  # its use is noted
        sa.event.listen(Session, step, lambda _: os.kill(os.getpid(), signal.SIGKILL))
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k1"}
        client.post("/api/v1/messages", content=api(person()), headers=headers)


if __name__ == "__main__":
    main(*sys.argv[1:4])
