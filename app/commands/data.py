"""Messages and rules, from the command line."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.audit.log import SYSTEM
from app.config import Settings
from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.errors import InvalidError, TooLargeError
from app.messages import receive
from app.runtime import Runtime, denied, open_runtime
from app.screening.controls import set_control_rate
from app.screening.lifecycle import install_ruleset


def ingest(files: Sequence[Path], sender_name: str) -> int:
    """``egate ingest``: store each file as a transmission of the sender; the worker applies them.

    A line of JSON per file; what cannot be taken does not stop the others, and makes the result 1.
    """
    failed = 0
    with connected() as (runtime, database):
        deny = denied(runtime.settings)
        for path in files:
            try:
                raw = _read_up_to(path, receive.MAX_BODY + 1)
                message = receive.ingest(
                    database, runtime.vault, sender_name, raw, system_clock(), deny=deny
                )
                said = {"id": str(message.id), "status": message.status}
            except OSError as error:
                failed, said = 1, {"error": type(error).__name__}
            except (InvalidError, TooLargeError) as error:
                failed, said = 1, {"error": error.code}
            print(json.dumps({"file": str(path), **said}), flush=True)
    return failed


def _read_up_to(path: Path, size: int) -> bytes:
    """A file is not always as small as a message: a device has no end at all."""
    with path.open("rb") as handle:
        return handle.read(size)


def install_rules() -> int:
    """``egate rules install``."""
    with connected() as (_, database), database.transaction() as session:
        install_ruleset(session, SYSTEM, system_clock())
    return 0


def set_controls(share: float) -> int:
    """``egate controls``."""
    with connected() as (_, database), database.transaction() as session:
        set_control_rate(session, SYSTEM, share, system_clock())
    return 0


@contextmanager
def connected() -> Iterator[tuple[Runtime, Database]]:
    """The program's database, for one command."""
    runtime = open_runtime(Settings())
    database = runtime.database("cli")
    try:
        yield runtime, database
    finally:
        database.dispose()
