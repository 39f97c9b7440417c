"""How often whoever stands at a kiosk has tried, whatever he begins anew: three tries hold for a passport, not for a session.

Kept in memory, an hour at most, by a keyed hash of the document: nobody can tell from it whose it was, and the key
dies with the program. Whose passport could not be read is not known; such tries count for whoever comes within a
minute, and an officer is called rather too early than never.
"""

import hmac
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from app.formats.mrz import Mrz
from app.formats.values import document_number
from kiosk_sim.face.check import Faces

KNOWN_SECONDS: Final = 3600.0
UNKNOWN_SECONDS: Final = 60.0
MOST: Final = 5000
"""Documents that are remembered; who came first is forgotten first."""


@dataclass(slots=True)
class Tried:
    """What one traveller has tried without success."""

    at: float
    tries: Counter[str] = field(default_factory=Counter)
    faces: Faces = field(default_factory=Faces)


class Memory:
    """Of one device. ``clock``: seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, Tried] = {}
        self._unknown = Tried(-UNKNOWN_SECONDS)

    def unknown(self) -> Counter[str]:
        """The tries of whoever has shown nothing that could be read; asking for them is another one."""
        now = self._clock()
        if now - self._unknown.at >= UNKNOWN_SECONDS:
            self._unknown = Tried(now)
        self._unknown.at = now
        return self._unknown.tries

    def of(self, zone: Mrz) -> Tried:
        """What is remembered of a passport, to be added to. What came before it could be read was his."""
        now, key = self._clock(), self._hash(zone)
        self._known = {
            one: tried for one, tried in self._known.items() if now - tried.at < KNOWN_SECONDS
        }
        found = self._known.pop(key, None) or Tried(now)
        found.tries.update(self.unknown())
        found.at, self._unknown = now, Tried(-UNKNOWN_SECONDS)
        self._known[key] = found
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]
        return found

    def _hash(self, zone: Mrz) -> bytes:
        text = f"{zone.issuer} {document_number(zone.number)}"
        return hmac.digest(self._key, text.encode(), "sha256")
