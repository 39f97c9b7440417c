"""The folders of one sender, and the moves of a file through them: each one rename, so never half done.

``in/`` is the sender's, the rest is ours. What a file has gone through stands in names alone:

    in/NAME                         dropped by the sender
    working/KEY/NAME                taken; KEY is ours for this one file
    working/KEY.MESSAGE/NAME        stored as this message; the file is empty from now on
    processed/NAME, rejected/NAME   its verdict is there, with NAME.json beside it

Who works on a file holds a lock on its folder in ``working``; the kernel gives it back when that process dies,
and whoever looks next goes on from where the names say.
"""

import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from app.kernel.ids import uuid7

IN, WORKING, PROCESSED, REJECTED, ANSWERS = "in", "working", "processed", "rejected", "answers"
REPORT = ".report"
_NEW = ".new"
_MODES = {IN: 0o770, WORKING: 0o700, PROCESSED: 0o750, REJECTED: 0o750, ANSWERS: 0o770}
MAX_NAME = 255  # bytes, of every file system that matters


class GoneError(Exception):
    """Somebody else took it meanwhile."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A file that this process works on: its folder in ``working`` and the lock on it."""

    folder: Path
    lock: int

    @property
    def key(self) -> str:
        return self.folder.name.partition(".")[0]

    def file(self) -> Path | None:
        """The file, under the sender's name for it; None when it has been moved on."""
        files = (path for path in self.folder.iterdir() if not path.name.startswith("."))
        return next(files, None)

    def release(self) -> None:
        os.close(self.lock)


@dataclass(frozen=True, slots=True)
class Box:
    """All folders of one sender."""

    sender: str
    path: Path

    def prepare(self) -> None:
        """Make what is missing."""
        for name, mode in _MODES.items():
            folder = self.path / name
            if not folder.exists():
                with suppress(FileExistsError):
                    folder.mkdir(mode=mode)
            if not stat.S_ISDIR(folder.lstat().st_mode):
                raise NotADirectoryError(name)

    def working(self) -> list[str]:
        """Names in ``working``, the oldest first."""
        return sorted(path.name for path in (self.path / WORKING).iterdir())

    def take(self, name: str) -> Claim | None:
        """Move a dropped file into a working folder of its own; None where somebody was faster."""
        folder = self.path / WORKING / str(uuid7())
        folder.mkdir(mode=0o700)
        try:
            claim = self.claim(folder.name)  # before the file is in it: nobody finds it unlocked
            if claim is None:  # it was tidied away as an empty one
                return None
            try:
                (self.path / IN / name).rename(folder / name)
            except BaseException:
                claim.release()
                raise
        except FileNotFoundError:
            with suppress(OSError):
                folder.rmdir()
            return None
        return claim

    def claim(self, name: str) -> Claim | None:
        """Lock a working folder; None while another process has it, or when it is gone."""
        folder = self.path / WORKING / name
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same(lock, folder):  # else it was moved on before we had the lock
                return Claim(folder, lock)
        except BlockingIOError:
            pass
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)
        return None

    def stored(self, claim: Claim, message_id: UUID) -> Claim:
        """Note which message the file became, then forget its text: the database keeps what may be kept."""
        named = claim.folder.with_name(f"{claim.key}.{message_id}")
        claim.folder.rename(named)
        moved = Claim(named, claim.lock)
        self.empty(moved)
        return moved

    def empty(self, claim: Claim) -> None:
        """An empty file in place of the text. A new one: the sender may have linked the old elsewhere."""
        file = claim.file()
        if file and file.lstat().st_size:
            self.fill(claim, file, b"")

    def fill(self, claim: Claim, file: Path, text: bytes) -> None:
        """Another text in place of the file's."""
        write_whole(claim.folder / _NEW, text)
        (claim.folder / _NEW).replace(file)

    def finish(self, claim: Claim, target: str, report: Mapping[str, Any]) -> None:
        """Move the file to ``processed`` or ``rejected``, its report beside it.

        Where the name is taken, the key is added. The choice stands in the report before the file is moved, so
        that after a crash in between the two still find each other.
        """
        folder, file = self.path / target, claim.file()
        with _locked(folder):  # names are chosen by one process at a time
            if file:
                name = _free_name(folder, file.name, claim.key)
                text = json.dumps({**report, "file": file.name, "placed_as": name}, indent=1)
                write_whole(claim.folder / _NEW, text.encode())
                (claim.folder / _NEW).replace(claim.folder / REPORT)
                file.rename(folder / name)
            with suppress(FileNotFoundError):  # both were moved before the crash
                placed = json.loads((claim.folder / REPORT).read_bytes())["placed_as"]
                beside = folder / report_name(placed)
                if os.path.lexists(beside):  # taken between a crash and now
                    beside = folder / with_suffix(placed, f"~{claim.key}.json")
                (claim.folder / REPORT).rename(beside)
        self.discard(claim)

    def discard(self, claim: Claim) -> None:
        """Remove a working folder that holds no file any more."""
        with suppress(FileNotFoundError):
            (claim.folder / _NEW).unlink()
        claim.folder.rmdir()

    def answer(self, name: str, text: bytes) -> None:
        """Put an answer for the sender, whole or not at all; again with the same name changes nothing."""
        folder = self.path / ANSWERS
        write_whole(folder / f".{name}{_NEW}", text, sync=True)
        (folder / f".{name}{_NEW}").replace(folder / name)
        _sync(folder)

    def forget(self, target: str, older_than: float) -> int:
        """Remove what was put into a folder before a moment (seconds since 1970); how many files.

        By the time of its last move, which nobody can set.
        """
        count = 0
        with os.scandir(self.path / target) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.stat(follow_symlinks=False).st_ctime < older_than:
                        Path(entry.path).unlink()
                        count += 1
        return count


def message_of(name: str) -> UUID | None:
    """Which message the file in a working folder of this name became; None while it is not stored."""
    text = name.partition(".")[2]
    return UUID(text) if text else None


def report_name(name: str) -> str:
    """The name of the report beside a file."""
    return with_suffix(name, ".json")


def with_suffix(name: str, suffix: str) -> str:
    """A name and something after it, cut to what a file system takes (names are bytes there)."""
    kept = os.fsencode(name)[: MAX_NAME - len(suffix)]
    return os.fsdecode(kept) + suffix


def _free_name(folder: Path, name: str, key: str) -> str:
    def free(wanted: str) -> bool:
        return not any(os.path.lexists(folder / one) for one in (wanted, report_name(wanted)))

    # a name as long as names may be would meet its own report
    return name if free(name) and report_name(name) != name else with_suffix(name, f"~{key}")


def write_whole(path: Path, content: bytes, *, sync: bool = False) -> None:
    """Write a file that nobody looks at yet."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o640), "wb") as handle:
        handle.write(content)
        if sync:
            handle.flush()
            os.fsync(handle.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def days_ago(days: float) -> float:
    """A moment for :meth:`Box.forget`."""
    return time.time() - days * 86_400
