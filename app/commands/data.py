"""Messages and rules, from the command line."""

import json
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from app.audit.log import SYSTEM
from app.config import Settings
from app.identity.models import Sender
from app.identity.senders import KnownSender
from app.kernel.clock import system_clock
from app.kernel.errors import NotFoundError
from app.messages.receive import receive_message
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
        with database.transaction() as session:
            known = session.scalar(select(Sender).where(Sender.name == sender_name))
            if known is None:
                raise NotFoundError("no sender of this name")
            sender = KnownSender(known.id, tuple(known.carriers), known.site)
            message = receive_message(
                session, sender.actor, sender, raw, system_clock(), vault=runtime.vault
            )
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
