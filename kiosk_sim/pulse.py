"""A device's heartbeat: how it is, told every fifteen seconds; its hall's mode and age of comparing, and a wish for a new key come back."""

import asyncio
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from kiosk_sim.client import Refused, ServiceUnavailable, TrustStale
from kiosk_sim.device import Device
from kiosk_sim.face.station import CHILD
from kiosk_sim.keyring import Keyring

BEAT_SECONDS = 15.0
EVACUATION = "evacuation"
TROUBLE = (ServiceUnavailable, Refused, TrustStale, OSError)


def software() -> str:
    """The version of this program."""
    for name in ("egate-kiosk", "egate"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "unknown"


def beat(device: Device, now: int) -> dict[str, Any]:
    """What a device says of itself at ``now`` (seconds since 1970)."""
    tests = device.door.self_tests() if device.has_door else {}
    listed = device.service.trust.current(now) if device.service.trust else None
    if device.service.trust is not None:
        tests["trust-list"] = listed is not None
    tests |= {name: is_good() for name, is_good in device.checks.items()}
    return {
        "version": software(),
        "state": str(device.fault or device.state),
        "tests": tests,
        "list_age": max(0, now - listed.iat) if listed else None,
    }


class Pulse:
    """Beats for one device until cancelled. ``keyring`` None: a device whose key is in no file keeps it."""

    def __init__(self, device: Device, keyring: Keyring | None = None) -> None:
        self._device = device
        self._keyring = keyring

    async def run(self) -> None:
        while True:
            await self.once()
            await asyncio.sleep(BEAT_SECONDS)

    async def once(self) -> bool:
        """One beat, and what the service asks for in return; whether it was heard."""
        told = beat(self._device, int(time.time()))
        try:
            if self._keyring:
                await asyncio.to_thread(self._keyring.finish)
            found = await asyncio.to_thread(self._device.service.heartbeat, told)
            await self._device.tell(found.get("notices", []))
            await self._device.evacuate(is_over=found["mode"] != EVACUATION)
            self._device.compare_from(found.get("policy_age", CHILD))
            if found["rotate"] and self._keyring:
                await asyncio.to_thread(self._keyring.rotate)
        except TROUBLE:
            return False
        return True
