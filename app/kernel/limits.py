"""How often somebody may call: the generic cell rate algorithm (ITU-T I.371), in the memory of one process.

A key has one number, the moment at which its bucket will be full again; there is no timer and nothing to refill. Nothing is
asked of the database, so that a gate's answer costs no statement more (docs/api-guide.md, Limits).
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from app.kernel.errors import EgateError
from app.kernel.texts import N_

MOST_KEYS = 100_000
"""Some 20 MB. Whoever was heard of longest ago is forgotten first: in most cases his bucket is full."""


class TooManyRequestsError(EgateError):
    """The caller has asked more often than it may; ``retry_after``: whole seconds until one more is taken."""

    code, status, title = "too-many-requests", 429, N_("Too many requests. Wait a moment")

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__()
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Rate:
    """``calls`` per ``seconds``, all at once if need be. No calls: no limit."""

    calls: int
    seconds: float = 60.0

    @property
    def apart(self) -> float:
        """Seconds between two calls of somebody who never stops."""
        return self.seconds / self.calls


@dataclass(frozen=True, slots=True)
class Verdict:
    """``left`` calls may follow at once; ``retry_after`` seconds until the next is taken (0: now); full again in ``reset``."""

    left: int
    retry_after: float
    reset: float

    @property
    def allowed(self) -> bool:
        return not self.retry_after


class Limiter:
    """Buckets by key. Safe between threads; each process counts for itself."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST_KEYS) -> None:
        self._clock, self._most = clock, most
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, rate: Rate, calls: int = 1) -> Verdict:
        """Count ``calls`` against ``key``, unless they are too many: what is refused costs nothing."""
        now = self._clock()
        with self._lock:
            after = max(self._full_at.get(key, now), now) + calls * rate.apart
            early = after - now - rate.seconds
            if early > 1e-9:
                return Verdict(0, early, after - now - calls * rate.apart)
            self._full_at[key] = after
            self._full_at.move_to_end(key)
            while len(self._full_at) > self._most:
                self._full_at.popitem(last=False)
        return Verdict(math.floor(-early / rate.apart + 1e-6), 0.0, after - now)

    def expect(self, key: str, rate: Rate, calls: int = 1) -> None:
        """Take, or raise TooManyRequestsError. For routes with a limit of their own."""
        if rate.calls and not (verdict := self.take(key, rate, calls)).allowed:
            raise TooManyRequestsError(math.ceil(verdict.retry_after))

    def forget(self, key: str) -> None:
        """The bucket of ``key`` is full again."""
        with self._lock:
            self._full_at.pop(key, None)
