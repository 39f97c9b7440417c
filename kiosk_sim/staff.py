"""The technical staff's menu behind a PIN: how the device is, and in or out of service. It decides about nobody."""

import hmac
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

from kiosk_sim.device import Device
from kiosk_sim.pulse import beat, software

TRIES: Final = 5
LOCKED_SECONDS: Final = 300.0
IDLE_SECONDS: Final = 300.0
SHORTEST, LONGEST = 6, 12


class PinError(ValueError):
    """A file of a PIN holds none: 6 to 12 digits."""


class Staff:
    """One PIN for all devices of a program; it opens the menu until nothing was done there for five minutes.

    After five wrong ones nobody gets in for five minutes. ``clock``: seconds that only go forward.
    """

    def __init__(self, pin: str, clock: Callable[[], float] = time.monotonic) -> None:
        if not (SHORTEST <= len(pin) <= LONGEST and pin.isascii() and pin.isdigit()):
            raise PinError(f"a PIN has {SHORTEST} to {LONGEST} digits")
        self._pin, self._clock = pin.encode(), clock
        self._wrong = 0
        self._locked_until = 0.0
        self._open: dict[str, float] = {}

    @classmethod
    def load(cls, path: Path) -> Self:
        """The PIN in a file. Raises OSError and PinError."""
        return cls(path.read_text("ascii", "replace").strip())

    @property
    def is_locked(self) -> bool:
        """Too many wrong ones came."""
        return self._clock() < self._locked_until

    def enter(self, pin: str) -> str | None:
        """The token that goes with what is done in the menu; None for a wrong PIN and while locked."""
        if self.is_locked:
            return None
        if not hmac.compare_digest(pin.encode(), self._pin):
            self._wrong += 1
            if self._wrong == TRIES:
                self._wrong, self._locked_until = 0, self._clock() + LOCKED_SECONDS
            return None
        self._wrong = 0
        token = secrets.token_urlsafe(32)
        self._open[token] = self._clock()
        return token

    def admits(self, token: str, *, acts: bool = True) -> bool:
        """Whether this token stands; acting keeps it alive, looking does not."""
        now = self._clock()
        self._open = {one: at for one, at in self._open.items() if now - at < IDLE_SECONDS}
        if token not in self._open:
            return False
        if acts:
            self._open[token] = now
        return True

    def leave(self, token: str) -> None:
        """Whoever was in the menu has left it."""
        self._open.pop(token, None)


def condition(device: Device, reads: str) -> dict[str, Any]:
    """How a device is: nothing of any traveller. ``reads``: as :attr:`kiosk_sim.program.Agent.reads`."""
    told = beat(device, int(time.time()))
    credentials = device.service.credentials
    return {
        "name": credentials.name,
        "hall": credentials.hall,
        "kind": credentials.kind,
        "version": software(),
        "state": told["state"],
        "closed": device.closed,
        "list_age": told["list_age"],
        "tests": told["tests"],
        "reads": reads,
        "lane": str(device.door.state) if device.has_door else None,
    }
