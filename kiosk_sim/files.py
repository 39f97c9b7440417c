"""Files of a device: for the owner of its program alone, whole or not at all."""

import os
from pathlib import Path

OWNER_ONLY = 0o600


def opener(path: str, flags: int) -> int:
    """For ``open``: a new file is its owner's alone, and so is one that an earlier version left readable."""
    handle = os.open(path, flags, OWNER_ONLY)
    os.fchmod(handle, OWNER_ONLY)
    return handle


def append(path: Path, line: str) -> None:
    """Add a line (ASCII, with its end), on the disk before this returns. Raises OSError."""
    with open(path, "a", encoding="ascii", opener=opener) as handle:
        handle.write(line)
        handle.flush()
        os.fsync(handle.fileno())


def replace(path: Path, data: bytes) -> None:
    """Put ``data`` in place of what was there. Raises OSError."""
    fresh = path.with_name(path.name + ".new")
    with open(fresh, "wb", opener=opener) as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(path)
