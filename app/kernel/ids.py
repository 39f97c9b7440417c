"""UUIDv7 (RFC 9562 section 5.7): ids that sort by the time of their making. They are no secrets."""

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """A new id; within one process later calls give greater ids, also inside one millisecond.

    Bits: 48 of Unix milliseconds, 12 of sub-millisecond fraction (method 3 of section 6.2), 62 random.
    """
    global _last  # noqa: PLW0603  # the monotonic counter is the point
    with _lock:
        fraction = time.time_ns() * 4096 // 1_000_000
        _last = fraction = max(fraction, _last + 1)
    millis, sub = divmod(fraction, 4096)
    tail = int.from_bytes(os.urandom(8)) & (1 << 62) - 1
    return UUID(int=millis << 80 | 7 << 76 | sub << 64 | 2 << 62 | tail)


def first_since(seconds: float) -> UUID:
    """No id that was made within the last ``seconds`` is less: what is young is found by its key."""
    millis = max(0, time.time_ns() // 1_000_000 - round(seconds * 1000))
    return UUID(int=millis << 80)
