"""The technical staff's menu behind a PIN: how the device is, and in or out of service. It decides about nobody."""

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from kiosk_sim.device import Device
from kiosk_sim.pulse import beat, software

FREE: Final = 2
"""Wrong PINs in a row that cost nothing: fingers slip."""
LONGEST_WAIT: Final = 30.0
TRIES: Final = 5
"""From so many in a row on officers are told that somebody is trying."""
QUIET_SECONDS: Final = 600.0
IDLE_SECONDS: Final = 300.0
SHORTEST, LONGEST = 6, 12


class PinError(ValueError):
    """A file of a PIN holds none: 6 to 12 digits."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    """How many wrong PINs came in a row at a device, and when the last did."""

    count: int
    at: float


class Staff:
    """One PIN for all devices of a program; it opens the menu until nothing was done there for five minutes.

    Whoever tries waits, 2, 4, 8, 16, then always 30 seconds after each wrong PIN from the third on, at this device
    alone. A lock for minutes, or for all devices, would be a gift to anybody who wants to keep the staff out; so a
    stranger at one screen costs the staff half a minute there and nothing elsewhere, what comes meanwhile does not make
    it longer, and a menu that is open stays open. 2,880 PINs a day are 0.3 % of those of six digits, and officers
    are told after the fifth. ``clock``: seconds that only go forward.
    """

    def __init__(self, pin: str, clock: Callable[[], float] = time.monotonic) -> None:
        if not (SHORTEST <= len(pin) <= LONGEST and pin.isascii() and pin.isdigit()):
            raise PinError(f"a PIN has {SHORTEST} to {LONGEST} digits")
        self._pin, self._clock = pin.encode(), clock
        self._wrong: dict[str, _Wrong] = {}
        self._open: dict[str, float] = {}
        self._lock = threading.Lock()

    @classmethod
    def load(cls, path: Path) -> Self:
        """The PIN in a file. Raises OSError and PinError."""
        return cls(path.read_text("ascii", "replace").strip())

    def wait(self, device: str) -> float:
        """Seconds until a PIN is looked at again at this device."""
        wrong = self._wrong_at(device)
        if wrong.count <= FREE:
            return 0.0
        until = wrong.at + min(2.0 ** (wrong.count - FREE), LONGEST_WAIT)
        return max(0.0, until - self._clock())

    def is_tried(self, device: str) -> bool:
        """Somebody is trying PINs there, or has until ten minutes ago."""
        return self._wrong_at(device).count >= TRIES

    def _wrong_at(self, device: str) -> _Wrong:
        found = self._wrong.get(device, _Wrong(0, 0.0))
        return found if self._clock() - found.at < QUIET_SECONDS else _Wrong(0, 0.0)

    def enter(self, pin: str, device: str) -> str | None:
        """The token that goes with what is done in the menu; None for a wrong PIN and while one has to wait. One PIN at a
        time: who sends many at once gets no more of them looked at.
        """
        with self._lock:
            return self._entered(pin, device)

    def _entered(self, pin: str, device: str) -> str | None:
        if self.wait(device):
            return None
        if not hmac.compare_digest(pin.encode(), self._pin):
            self._wrong[device] = _Wrong(self._wrong_at(device).count + 1, self._clock())
            return None
        self._wrong.pop(device, None)
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
