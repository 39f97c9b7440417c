"""A program for the tests: a server that dies by SIGKILL while it consumes a clearance, before or after the commit.

python -m tests.gate.killed_passage URL TOKEN PRESENTATION before|after
"""

import os
import signal
import sys
from typing import Any

from starlette.testclient import TestClient

from app.config import Settings
from app.gate import hot, passages
from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.main import create_app
from app.runtime import make_kernel
from tests.conftest import SECRET
from tests.support import NOW


def main(url: str, token: str, presentation: str, step: str) -> None:
    kernel = make_kernel(Settings(), Database(url), Vault(SECRET), SettableClock(NOW))
    run = passages.one

    async def dying(connection: Any, statement: str, values: Any) -> Any:
        found = await run(connection, statement, values)
        if statement == hot.CONSUME:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    if step == "before":
        passages.one = dying
    else:
        passages.publish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # the commit is done
    with TestClient(create_app(kernel)) as client:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "p1"}
        body: dict[str, Any] = {"presentation": presentation, "others": []}
        client.post("/api/v1/passages", json=body, headers=headers)


if __name__ == "__main__":
    main(*sys.argv[1:5])
