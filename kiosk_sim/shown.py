"""What a device's screen shows beside the state of its session: the last answer, or why it serves nobody."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk_sim.client import Refused


class Fault(StrEnum):
    """Why a device is out of service, for the staff."""

    NO_SERVICE = "no-service"
    KEY_REFUSED = "key-refused"
    TRUST_STALE = "trust-stale"
    LANE_STOPPED = "lane-stopped"
    EVACUATED = "evacuated"
    CLOSED = "closed"


@dataclass(slots=True)
class Shown:
    """What the last answer of the server was. ``whose``: the name on a fellow traveller's code; ``left``: how many of
    the party have not shown their passport.
    """

    answer: str = ""
    counter: str | None = None
    whose: str | None = None
    left: int = 0


def fault_of(error: Exception) -> Fault:
    """Whose fault it is that a call has failed: the key's, or the line's and the service's."""
    refused = isinstance(error, Refused) and error.status in (401, 403)
    return Fault.KEY_REFUSED if refused else Fault.NO_SERVICE
