"""A simulated door behind a device: it follows the lane's state machine and plays the person who walks."""

import asyncio
from collections.abc import Awaitable, Callable

from kiosk_sim.lane import DOOR, LAMP, Event, State, step
from kiosk_sim.lane import Door as Position

OPENING_SECONDS = 0.6
WALKING_SECONDS = 2.0
SHUTTING_SECONDS = 0.6


class Door:
    """``changed`` is awaited after every step, so that a screen can follow."""

    def __init__(self, changed: Callable[[], Awaitable[None]]) -> None:
        self.state = State.WAITING
        self._changed = changed

    @property
    def position(self) -> str:
        """``open``, ``shut`` or ``hold``."""
        return DOOR[self.state]

    @property
    def lamp(self) -> str:
        """What the lamp above the door shows."""
        return LAMP[self.state]

    async def happen(self, event: Event) -> None:
        """Feed one event to the machine."""
        self.state = step(self.state, event)
        await self._changed()

    async def let_through(self) -> None:
        """After the server's yes: open, let one person walk through, shut."""
        for event, seconds in (
            (Event.APPROACH, 0.0),
            (Event.CLEARED, OPENING_SECONDS),
            (Event.OPENED, WALKING_SECONDS),
            (Event.PASSED, SHUTTING_SECONDS),
            (Event.SHUT, 0.0),
        ):
            await self.happen(event)
            await asyncio.sleep(seconds)

    @property
    def is_open(self) -> bool:
        """Whether somebody can walk through now."""
        return DOOR[self.state] is Position.OPEN
