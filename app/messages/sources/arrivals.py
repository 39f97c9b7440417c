"""Which files of a folder are whole: carriers write into it while we look.

A transfer program writes under the final name, or under a name of its own that it changes at the end. So a file
is taken when its name is no unfinished one, when it has not changed for a while by our own clock (theirs may
be wrong, and programs set times), and when nobody on this machine has it open for writing.
"""

import fcntl
import os
import signal
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

UNFINISHED = (
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".filepart",
    ".writing",
    ".crdownload",
    ".swp",
    "~",
)
"""Ends of the names that OpenSSH, WinSCP, FileZilla, lftp, rsync and editors give to what is not whole."""

Signature = tuple[int, int, int]


def is_unfinished(name: str) -> bool:
    """Hidden, or a name that transfer programs use before they are done."""
    return name.startswith(".") or name.lower().endswith(UNFINISHED)


@dataclass(slots=True)
class Arrivals:
    """Watches folders; remembers since when each file has looked as it does."""

    settle_seconds: float
    now: Callable[[], float] = time.monotonic
    others: int = 0
    """Links, devices, folders at the last look: never followed, never taken."""
    _seen: dict[Path, dict[str, tuple[Signature, float]]] = field(default_factory=dict)

    def ready(self, folder: Path) -> list[str]:
        """Names of the files that have settled, the oldest first."""
        now, last = self.now(), self._seen.get(folder, {})
        seen: dict[str, tuple[Signature, float]] = {}
        found: list[tuple[int, str]] = []
        self.others = 0
        for name, status in _regular_files(folder):
            if status is None:
                self.others += 1
                continue
            signature = (status.st_ino, status.st_size, status.st_mtime_ns)
            before = last.get(name)
            since = before[1] if before and before[0] == signature else now
            seen[name] = (signature, since)
            if now - since >= self.settle_seconds:
                found.append((status.st_mtime_ns, name))
        self._seen[folder] = seen
        return [name for _, name in sorted(found)]


def _regular_files(folder: Path) -> list[tuple[str, os.stat_result | None]]:
    """Finished names with their status, None for what is no regular file."""
    found: list[tuple[str, os.stat_result | None]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_unfinished(entry.name):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # somebody took it
                continue
            found.append((entry.name, status if stat.S_ISREG(status.st_mode) else None))
    return found


def open_whole(path: Path) -> int | None:
    """A descriptor of a regular file that nobody is writing to; None while somebody is.

    Raises OSError: not there, not readable, or no regular file. Links are not followed, and opening a pipe
    that was put there does not wait.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
    if is_file and not _is_written(descriptor):
        return descriptor
    os.close(descriptor)
    if not is_file:
        raise OSError("no regular file")
    return None


def _is_written(descriptor: int) -> bool:
    """Whether a process has it open for writing: the kernel lends a read lease only if none has.

    File systems without leases, and files of other owners, leave it to the time that a file has settled.
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)  # SIGIO, sent else, ends a process
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
