"""Messages and rules, from the command line."""

import json
from collections.abc import Sequence
from pathlib import Path

from app.audit.log import SYSTEM
from app.config import Settings
from app.kernel.clock import system_clock
from app.messages import receive
from app.runtime import open_runtime
from app.screening.controls import set_control_rate
from app.screening.rules import install_ruleset


def ingest(files: Sequence[Path], sender_name: str) -> int:
    """``egate ingest``: store each file as a transmission of the sender; the worker applies them."""
    runtime = open_runtime(Settings())
    database = runtime.database("cli")
    failed = 0
    for path in files:
        try:
            raw = path.read_bytes()
        except OSError as error:
            print(json.dumps({"file": str(path), "error": type(error).__name__}))
            failed = 1
            continue
        message = receive.ingest(database, runtime.vault, sender_name, raw, system_clock())
        print(json.dumps({"file": str(path), "id": str(message.id), "status": message.status}))
    return failed


def install_rules() -> int:
    """``egate rules install``."""
    database = open_runtime(Settings()).database("cli")
    with database.transaction() as session:
        install_ruleset(session, SYSTEM, system_clock())
    return 0


def set_controls(share: float) -> int:
    """``egate controls``."""
    database = open_runtime(Settings()).database("cli")
    with database.transaction() as session:
        set_control_rate(session, SYSTEM, share, system_clock())
    return 0
