"""The time, as an argument: services take ``now``; only the edge asks a clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The aware UTC time of this machine."""
    return datetime.now(UTC)


class SettableClock:
    """A clock for tests and simulations: starts at ``now`` and moves only when told."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **units: float) -> None:
        """Move forward by ``timedelta(**units)``."""
        self.now += timedelta(**units)
