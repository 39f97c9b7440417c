"""Sessions that pages ask for again and again by themselves are looked up once a second.

A hint makes a hundred consoles fetch a piece, each with a look-up that costs more than the piece from what is kept. Kept is
an answer for :data:`SECONDS`, only for such refreshes: whatever an officer asks for or does himself looks up anew, and
forgets what was kept of him. A session that ends, or an officer whose rights change, is heard on the line of hints, in every process, and everything is
forgotten; without the line nothing is kept. Idle and absolute limits are compared each time.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary, ref

from app.identity.officers import Opened
from app.kernel.crypto import token_hash
from app.kernel.errors import UnauthenticatedError
from app.kernel.events import Hint
from app.kernel.live import Live

SECONDS = 1.0
MOST = 2000
ENDING = frozenset({"session.ended", "officer.changed"})


@dataclass(frozen=True, slots=True)
class _Kept:
    opened: Opened
    at: float


class Sessions:
    """What is kept in one process, by the token's hash."""

    def __init__(self, live: Live) -> None:
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._ended = 0
        self._lock = threading.Lock()
        self._live = ref(live)
        live.add(self._hear)

    def _hear(self, hints: Sequence[Hint], cursor: str | None) -> None:
        del cursor
        if any(hint.kind in ENDING for hint in hints):
            with self._lock:
                self._ended += 1
                self._kept.clear()

    def find(self, token: str, now: datetime, read: Callable[[], Opened]) -> Opened:
        """What was read within the last second, else ``read()``. Raises UnauthenticatedError."""
        key = token_hash(token)
        with self._lock:
            kept, ended = self._kept.get(key), self._ended
        live = self._live()
        if kept and live and live.connected and time.monotonic() - kept.at < SECONDS:
            if not kept.opened.lasts(now):
                raise UnauthenticatedError
            return kept.opened
        opened = read()
        with self._lock:
            if ended == self._ended:  # else it may have been read before a session ended
                self._kept[key] = _Kept(opened, time.monotonic())
                self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return opened

    def forget(self, token: str) -> None:
        """The officer himself does something: what follows is read anew."""
        with self._lock:
            self._kept.pop(token_hash(token), None)


_of_live: WeakKeyDictionary[Live, Sessions] = WeakKeyDictionary()
_first = threading.Lock()


def sessions_of(live: Live) -> Sessions:
    """What is kept beside this line of hints. Made when the program is put together, before any stream hears a hint."""
    with _first:
        if live not in _of_live:
            _of_live[live] = Sessions(live)
        return _of_live[live]
