"""One gate lane as a table: (state, event) -> next state. What the door does is a function of the state alone.

Fire wins over everything (a customs exit is an escape route); whoever stands in the doorway is finished with
before the lane stops, and that it has to stop is remembered meanwhile; the door starts to open only on the
server's word, an officer's, or fire. Every state that shuts it minds what is in its way: a stopped lane comes back
through CLOSING, because fire or the loss of power may have left it open. Without power nothing is driven: a spring lets the leaf go.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from app.formats.lane import LaneState

State = LaneState
"""What the lane is doing."""


class Event(StrEnum):
    """What sensors, server, officers and the clock report."""

    APPROACH = "approach"
    CLEARED = "cleared"
    REFERRED = "referred"
    LEFT = "left"
    SECOND = "second-person"
    ANOTHER = "another"
    OPENED = "opened"
    PASSED = "passed"
    REVERSE = "reverse"
    SHUT = "shut"
    OBSTACLE = "obstacle"
    CLEAR = "clear"
    TIMEOUT = "timeout"
    OFFICER_PASS = "officer-pass"  # noqa: S105  # a word of the lane, no secret
    OFFICER_REFUSE = "officer-refuse"
    OFFICER_RESET = "officer-reset"
    FORCED = "forced"
    FAULT = "fault"
    OFFLINE = "offline"
    POWER_LOST = "power-lost"
    POWER_BACK = "power-back"
    FIRE = "fire"


class Door(StrEnum):
    """HOLD: stay where it is. FREE: not driven; its spring has let it go, whoever pushes gets out."""

    SHUT = "shut"
    OPEN = "open"
    HOLD = "hold"
    FREE = "free"


DOOR: dict[State, Door] = {
    State.WAITING: Door.SHUT,
    State.IDENTIFYING: Door.SHUT,
    State.OPENING: Door.OPEN,
    State.PASSING: Door.OPEN,
    State.CLOSING: Door.SHUT,
    State.BLOCKED: Door.HOLD,
    State.REFERRED: Door.SHUT,
    State.ALARM: Door.HOLD,
    State.RELEASED: Door.OPEN,
    State.STOPPED: Door.SHUT,
    State.UNPOWERED: Door.FREE,
}

LAMP: dict[State, str] = {
    State.WAITING: "blue",
    State.IDENTIFYING: "blue-blinking",
    State.OPENING: "green",
    State.PASSING: "green",
    State.CLOSING: "yellow",
    State.BLOCKED: "yellow",
    State.REFERRED: "arrow-to-counter",
    State.ALARM: "red",
    State.RELEASED: "exit",
    State.STOPPED: "red-cross",
    State.UNPOWERED: "dark",
}

SECONDS: dict[State, float] = {
    State.IDENTIFYING: 6,
    State.OPENING: 3,
    State.PASSING: 8,
    State.CLOSING: 4,
    State.BLOCKED: 10,
}
"""Time before TIMEOUT; the other states end by an event only. PASSING has it for each person expected."""

NEXT: dict[tuple[State, Event], State] = {
    (State.WAITING, Event.APPROACH): State.IDENTIFYING,
    (State.WAITING, Event.OBSTACLE): State.BLOCKED,
    (State.IDENTIFYING, Event.CLEARED): State.OPENING,
    (State.IDENTIFYING, Event.REFERRED): State.REFERRED,
    (State.IDENTIFYING, Event.SECOND): State.REFERRED,
    (State.IDENTIFYING, Event.LEFT): State.WAITING,
    (State.IDENTIFYING, Event.TIMEOUT): State.REFERRED,
    (State.IDENTIFYING, Event.OBSTACLE): State.BLOCKED,
    (State.OPENING, Event.OPENED): State.PASSING,
    (State.OPENING, Event.SECOND): State.CLOSING,
    (State.OPENING, Event.TIMEOUT): State.STOPPED,
    (State.PASSING, Event.PASSED): State.CLOSING,
    (State.PASSING, Event.LEFT): State.CLOSING,
    (State.PASSING, Event.TIMEOUT): State.CLOSING,
    (State.PASSING, Event.ANOTHER): State.CLOSING,
    (State.PASSING, Event.SECOND): State.ALARM,
    (State.PASSING, Event.REVERSE): State.ALARM,
    (State.CLOSING, Event.SHUT): State.WAITING,
    (State.CLOSING, Event.OBSTACLE): State.BLOCKED,
    (State.CLOSING, Event.SECOND): State.ALARM,
    (State.CLOSING, Event.REVERSE): State.ALARM,
    (State.CLOSING, Event.TIMEOUT): State.STOPPED,
    (State.BLOCKED, Event.CLEAR): State.CLOSING,
    (State.BLOCKED, Event.TIMEOUT): State.ALARM,
    (State.REFERRED, Event.OFFICER_PASS): State.OPENING,
    (State.REFERRED, Event.OFFICER_REFUSE): State.WAITING,
    (State.REFERRED, Event.LEFT): State.WAITING,
    (State.REFERRED, Event.OBSTACLE): State.BLOCKED,
    (State.ALARM, Event.OFFICER_RESET): State.CLOSING,
    (State.RELEASED, Event.OFFICER_RESET): State.STOPPED,
    (State.STOPPED, Event.OFFICER_RESET): State.CLOSING,
    (State.STOPPED, Event.OBSTACLE): State.BLOCKED,
    (State.UNPOWERED, Event.POWER_BACK): State.STOPPED,
}

UNFINISHED = frozenset({State.PASSING, State.CLOSING, State.BLOCKED, State.ALARM})
"""Somebody may stand in the doorway: what would stop the lane is remembered until the leaf is shut."""

TROUBLE = frozenset({Event.POWER_LOST, Event.FORCED, Event.FAULT, Event.OFFLINE})


@dataclass(frozen=True, slots=True)
class Lane:
    """``stop_due``: a fault or the loss of the service came while somebody stood in the doorway."""

    state: State = State.STOPPED
    stop_due: bool = False

    @property
    def door(self) -> Door:
        """What the leaf is driven to."""
        return DOOR[self.state]


def step(lane: Lane, event: Event, *, fire: bool = False, healthy: bool = True) -> Lane:
    """The next state. ``fire``: the fire input is on; ``healthy``: all self-tests have passed.

    A pair that is not in the table changes nothing.
    """
    state = lane.state
    if fire or event is Event.FIRE:
        return Lane(State.RELEASED)
    if state is State.RELEASED and event is not Event.OFFICER_RESET:
        return lane
    if event in TROUBLE:
        return _troubled(lane, event)
    if (state, event) not in NEXT:
        return lane
    after = _healthy(lane, NEXT[state, event], healthy=healthy)
    if after in UNFINISHED:
        stays = state is State.STOPPED and event is not Event.OFFICER_RESET
        return Lane(after, lane.stop_due or stays)
    return Lane(after)


def _healthy(lane: Lane, after: State, *, healthy: bool) -> State:
    """No service and no opening without the self-tests; what is owed is paid when the leaf is shut."""
    if after is State.WAITING and lane.state is State.CLOSING:
        return after if healthy and not lane.stop_due else State.STOPPED
    begins = after is State.OPENING or (lane.state is State.STOPPED and after is State.CLOSING)
    return State.STOPPED if begins and not healthy else after


def _troubled(lane: Lane, event: Event) -> Lane:
    """What can come in every state. Never shut on a person: the doorway is finished with first."""
    if event is Event.POWER_LOST or lane.state is State.UNPOWERED:
        return Lane(State.UNPOWERED)
    if event is Event.FORCED:
        return Lane(State.ALARM, lane.stop_due or lane.state is State.STOPPED)
    if lane.state in UNFINISHED:
        return replace(lane, stop_due=True)
    return Lane(State.CLOSING, stop_due=True) if lane.state is State.OPENING else Lane()


def seconds(state: State, people: int = 1) -> float | None:
    """How long a state may last, with so many people expected; None: until something happens."""
    limit = SECONDS.get(state)
    return limit and limit * (people if state is State.PASSING else 1)
