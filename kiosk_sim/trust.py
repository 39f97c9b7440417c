"""What a device believes without the network: the newest signed list that it could verify, and what it has seen.

Both are kept beside the device's credentials, so that a restart while the line is down loses neither.
"""

import threading
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from app.formats.credential import CredentialError
from app.formats.credential.trust_list import TrustList, is_newer, open_trust_list
from kiosk_sim import files

MOST_PEOPLE = 10
"""A declaration names up to ten."""
REFRESH_SECONDS = 300
"""How old a list may be before a newer one is asked for; a day old it is none (its own next update)."""


class TrustStore:
    """The list that is held. All times are seconds since 1970; safe to use from several threads."""

    def __init__(self, root: ec.EllipticCurvePublicKey, path: Path | None = None) -> None:
        self._root = root
        self._path = path
        self._held: TrustList | None = None
        self._lock = threading.Lock()

    def load(self, now: int) -> None:
        """Take up the list that an earlier run kept, if it is still one."""
        if self._path is None or not self._path.exists():
            return
        try:
            self._keep(open_trust_list(self._path.read_bytes(), self._root, now=now))
        except (OSError, CredentialError):
            return  # over, or damaged: the service has another

    def take(self, data: bytes, now: int) -> None:
        """Hold a list that the service gave, unless the one that is held is newer. Raises CredentialError."""
        found = open_trust_list(data, self._root, now=now)
        if self._keep(found) and self._path is not None:
            with suppress(OSError):  # a full or read-only disk: the next start has to fetch it
                files.replace(self._path, data)

    def current(self, now: int) -> TrustList | None:
        """The list to go by, or None: then everybody goes to an officer."""
        held = self._held
        return held if held is not None and held.is_fresh(now) else None

    def is_due(self, now: int) -> bool:
        """Whether the service should be asked for a newer list."""
        held = self.current(now)
        return held is None or now - held.iat >= REFRESH_SECONDS

    def _keep(self, found: TrustList) -> bool:
        with self._lock:
            if not is_newer(found, self._held):
                return False
            self._held = found
            return True


class Seen:
    """Who was let through on which declaration while the service could not say: number and person, until it
    expires. A person is a passport, hashed with the number, and stays the same when the declaration is amended.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._until: dict[bytes, dict[bytes, int]] = {}
        self._lock = threading.Lock()

    def load(self, now: int) -> None:
        """Take up what an earlier run has seen; a line that was cut by a crash is skipped."""
        try:
            kept = self._path.read_text("ascii", "replace") if self._path else ""
        except OSError:
            return
        for line in kept.splitlines():
            words = line.split()
            if len(words) == 3 and all(word.isalnum() for word in words):
                try:
                    cti, person = bytes.fromhex(words[0]), bytes.fromhex(words[1])
                    until = int(words[2])
                except ValueError:
                    continue
                if until > now:
                    self._until.setdefault(cti, {})[person] = until

    def has(self, cti: bytes, person: bytes) -> bool:
        """Whether this passport was let through on this declaration."""
        return person in self._until.get(cti, {})

    def count(self, cti: bytes) -> int:
        """How many people were let through on this declaration."""
        return len(self._until.get(cti, {}))

    def add(self, cti: bytes, person: bytes, until: int, most: int = MOST_PEOPLE) -> bool:
        """Note a use; False when it was noted before, or ``most`` people were. On the disk, if that works, before
        anybody is told.
        """
        with self._lock:
            people = self._until.setdefault(cti, {})
            if person in people or len(people) >= most:
                return False
            with suppress(OSError):
                self._append(f"{cti.hex()} {person.hex()} {until}\n")
            people[person] = until
            return True

    def _append(self, line: str) -> None:
        if self._path is not None:
            files.append(self._path, line)
