"""The line between a lane and the service: what happened goes up, officers' orders and the hall's mode come down.

A service that is silent for five seconds is lost: the lane finishes whoever stands in the doorway and stops. What
could not be told meanwhile stays in the journal and is told when the line is back.
"""

import asyncio
import time
from typing import Any

from kiosk_sim.client import Refused, ServiceUnavailable, TrustStale
from kiosk_sim.device import Device
from kiosk_sim.door import Order, status

EVACUATION = "evacuation"
NORMAL = "normal"
POLL_SECONDS = 3.0
SILENCE_SECONDS = 5.0
PAUSE_SECONDS = 0.5
TROUBLE = (ServiceUnavailable, Refused, TrustStale)


class LaneLine:
    """One lane's line. Runs in the device's event loop; calls to the service run in threads."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._told: dict[str, Any] | None = None
        self._mode = NORMAL
        self._heard = time.monotonic()

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.gather(self._report(), self._obey(), self._watch())

    async def _report(self) -> None:
        while True:
            if not await self.report():
                await asyncio.sleep(PAUSE_SECONDS)

    async def report(self) -> bool:
        """Tell what is new, if anything is; whether the service has it."""
        now, notes = status(self._device.door), self._device.door.journal.unsent()
        if now == self._told and not notes:
            return False
        try:
            await asyncio.to_thread(self._device.service.report_lane, now, notes)
        except TROUBLE:
            return False
        self._told = now
        self._device.door.journal.sent({note["key"] for note in notes})
        return True

    async def _obey(self) -> None:
        while True:
            if not await self.obey(POLL_SECONDS):
                await asyncio.sleep(PAUSE_SECONDS)

    async def obey(self, wait: float) -> bool:
        """Take the orders and the hall's mode, waiting so long for news; whether the service answered."""
        try:
            found = await asyncio.to_thread(self._device.service.lane_orders, self._mode, wait)
        except TROUBLE:
            return False
        self._heard, self._mode = time.monotonic(), found["mode"]
        await self._device.evacuate(is_over=self._mode != EVACUATION)
        for order in found["orders"]:
            await self._device.order(Order(order["word"], order["people"], order["id"]))
        return True

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            if time.monotonic() - self._heard > SILENCE_SECONDS:
                await self._device.lose_contact()
