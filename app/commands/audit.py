"""The sealed audit trail, from the command line: JSON for programs, exit code 1 where something does not hold."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from app.audit import proofs
from app.audit.commitments import Canonical, ask
from app.audit.log import SYSTEM
from app.audit.sealing import seal_all, signer
from app.audit.verify import verify
from app.commands.data import connected
from app.formats.signed_note import NoteError, Verifier
from app.kernel.clock import system_clock
from app.kernel.errors import SetupError
from app.retention.clocks import Clock


def verify_trail(exported: Sequence[Path], keys: Sequence[Path]) -> int:
    """``egate audit verify``: what was looked at and every range that is not as it was sealed."""
    notes = read_notes(exported)
    with connected() as (runtime, database), database.read(snapshot=True) as session:
        trusted = [read_key(path) for path in keys] or [signer(session, runtime.vault).verifier()]
        try:
            report = verify(session, trusted, system_clock(), exported=notes)
        except NoteError as error:
            raise SetupError(f"an exported checkpoint cannot be taken: {error}") from None
    said = {
        "intact": report.is_intact,
        "entries": report.entries,
        "checkpoints": report.checkpoints,
        "forgotten": report.forgotten,
        "waiting": report.waiting,
        "faults": [one.wire() for one in report.faults],
    }
    print(json.dumps(said, indent=2))
    return 0 if report.is_intact else 1


def print_checkpoints(after: int | None) -> int:
    """``egate audit checkpoints``: what is to be kept where nobody of this machine can reach it."""
    with connected() as (runtime, database):
        seal_all(database, runtime.vault, system_clock())
        with database.read() as session:
            notes = proofs.notes(session, after or 0)
    print("\n".join(notes if after is not None else notes[-1:]), end="")
    return 0


def print_key() -> int:
    """``egate audit key``: one line."""
    with connected() as (runtime, database), database.read() as session:
        print(signer(session, runtime.vault).verifier().line())
    return 0


def print_proof(entry_id: UUID) -> int:
    """``egate audit prove``: the entry with its path, sealed first where it was not."""
    with connected() as (runtime, database):
        seal_all(database, runtime.vault, system_clock())
        with database.read(snapshot=True) as session:
            print(json.dumps(proofs.prove(session, entry_id).wire(), indent=2))
    return 0


def print_searched(first: date | None, last: date | None) -> int:
    """``egate audit searched``: entries of searches for the text on standard input, which no list of processes shows.

    That it was asked for stands in the trail too. Exit 1 where a salt is not the one that its entry names, or gone before
    its time.
    """
    text = sys.stdin.readline()
    if not Canonical.of(text).words:
        raise SetupError("a name or a document number is wanted, one line on standard input")
    since, until = _midnight(first), _midnight(last, timedelta(days=1))
    with connected() as (runtime, database), database.transaction() as session:
        kept = runtime.settings.profile[Clock.COMMITMENT].delete
        answer = ask(session, SYSTEM, text, system_clock(), kept, since, until)
    said = {
        "found": [
            {
                "entry": str(one.entry_id), "at": one.at.isoformat(), "actor_kind": one.actor_kind,
                "actor": one.actor_id and str(one.actor_id), "action": one.action,
                "likeness": str(one.likeness),
            }
            for one in answer.found
        ],
        "looked": answer.looked, "forgotten": answer.forgotten, "altered": answer.altered,
        "missing": answer.missing,
    }  # fmt: skip
    print(json.dumps(said, indent=2))
    if answer.missing:
        print(f"egate: {answer.missing} salts are gone before their time", file=sys.stderr)
    return 0 if answer.is_whole else 1


def _midnight(day: date | None, plus: timedelta = timedelta()) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC) + plus


def check_proof(path: Path, key: Path) -> int:
    """``egate audit check``: needs nothing of the service."""
    trusted = read_key(key)
    try:
        said = json.loads(_text(path))
    except ValueError:
        raise SetupError(f"{path} is no JSON") from None
    try:
        proof = proofs.Proof.read(said)
        signed = proof.check([trusted])
    except proofs.ProofError as error:
        print(f"egate: {error}", file=sys.stderr)
        return 1
    held = {
        "holds": True, "log": signed.origin, "size": signed.size, "at": signed.at.isoformat(),
        "entry": json.loads(proof.entry),
    }  # fmt: skip
    print(json.dumps(held, indent=2, ensure_ascii=False))
    return 0


def read_notes(paths: Sequence[Path]) -> list[str]:
    """The notes of files of exported checkpoints. Raises SetupError."""
    return [note for path in paths for note in split_notes(_text(path))]


def split_notes(text: str) -> Iterator[str]:
    """The notes of a file that holds several, an empty line between them."""
    lines: list[str] = []
    for line in text.splitlines():
        if lines and lines[-1].startswith("— ") and not line.startswith("— "):
            yield "\n".join(lines) + "\n"
            lines = []
        if lines or line:
            lines.append(line)
    if lines:
        yield "\n".join(lines) + "\n"


def read_key(path: Path) -> Verifier:
    """The key of a file. Raises SetupError."""
    try:
        return Verifier.read(_text(path))
    except NoteError as error:
        raise SetupError(f"{path}: {error}") from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} cannot be read: {type(error).__name__}") from None
