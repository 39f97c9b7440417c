"""Messages and rules, from the command line."""

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.audit.log import SYSTEM
from app.config import Settings
from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.errors import InvalidError, TooLargeError
from app.messages import quarantine, receive
from app.runtime import Runtime, denied, open_runtime
from app.screening.controls import set_control_rate, set_jurisdiction
from app.screening.lifecycle import install_ruleset
from app.screening.recompute import Outcome, recompute_since
from risk_rules.jurisdiction import SHIPPED, read, shipped


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


def replay_failed() -> int:
    """``egate replay``: a line of JSON with the number; the worker takes them in their turn."""
    put_back = 0
    with connected() as (_, database):
        while True:
            with database.transaction() as session:
                found = quarantine.replay_failed(session, SYSTEM, system_clock())
            put_back += found
            if found < quarantine.REPLAY_LIMIT:
                break
    print(json.dumps({"put_back": put_back}))
    return 0


def _read_up_to(path: Path, size: int) -> bytes:
    """A file is not always as small as a message: a device has no end at all."""
    with path.open("rb") as handle:
        return handle.read(size)


def install_rules() -> int:
    """``egate rules install``."""
    with connected() as (_, database), database.transaction() as session:
        install_ruleset(session, SYSTEM, system_clock())
    return 0


def recompute_rules(hours: int) -> int:
    """``egate rules recompute``: a line for each assessment that is not what it was, and a count at the end."""
    counts = Counter({str(one): 0 for one in Outcome})
    with connected() as (runtime, database), database.read() as session:
        since = system_clock() - timedelta(hours=hours)
        for one in recompute_since(session, runtime.vault, since):
            counts[str(one.outcome)] += 1
            if one.outcome is Outcome.DIFFERENT:
                told = {"assessment": str(one.assessment_id), "differing": list(one.differing)}
                print(json.dumps(told), flush=True)
    print(json.dumps(counts), flush=True)
    return 1 if counts[str(Outcome.DIFFERENT)] else 0


def choose_jurisdiction(profile: str) -> int:
    """``egate jurisdiction``: one that comes along by its name, or a file of the same shape."""
    try:
        chosen = shipped(profile) if profile in SHIPPED else read(_content(Path(profile)))
    except (OSError, ValueError) as error:
        print(f"egate: no profile: {error}", file=sys.stderr)
        return 1
    with connected() as (_, database), database.transaction() as session:
        set_jurisdiction(session, SYSTEM, chosen, system_clock())
    return 0


def _content(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    return found


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
