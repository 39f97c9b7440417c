"""One gate lane as a table: (state, event) -> next state. What the door does is a function of the state alone.

Fire wins over everything (a customs exit is an escape route); whoever stands in the doorway is finished with
before the lane stops; the door starts to open only on the server's word, an officer's, or fire.
"""

from enum import StrEnum


class State(StrEnum):
    """What the lane is doing."""

    WAITING = "waiting"
    IDENTIFYING = "identifying"
    OPENING = "opening"
    PASSING = "passing"
    CLOSING = "closing"
    BLOCKED = "blocked"
    REFERRED = "referred"
    ALARM = "alarm"
    RELEASED = "released"
    STOPPED = "stopped"


class Event(StrEnum):
    """What sensors, server, officers and the clock report."""

    APPROACH = "approach"
    CLEARED = "cleared"
    REFERRED = "referred"
    LEFT = "left"
    SECOND = "second-person"
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
    FIRE = "fire"


class Door(StrEnum):
    """HOLD: stay where it is."""

    SHUT = "shut"
    OPEN = "open"
    HOLD = "hold"


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
}

SECONDS: dict[State, float] = {
    State.IDENTIFYING: 6,
    State.OPENING: 3,
    State.PASSING: 8,
    State.CLOSING: 4,
    State.BLOCKED: 10,
}
"""Time before TIMEOUT; the other states end by an event only."""

NEXT: dict[tuple[State, Event], State] = {
    (State.WAITING, Event.APPROACH): State.IDENTIFYING,
    (State.IDENTIFYING, Event.CLEARED): State.OPENING,
    (State.IDENTIFYING, Event.REFERRED): State.REFERRED,
    (State.IDENTIFYING, Event.SECOND): State.REFERRED,
    (State.IDENTIFYING, Event.LEFT): State.WAITING,
    (State.IDENTIFYING, Event.TIMEOUT): State.REFERRED,
    (State.OPENING, Event.OPENED): State.PASSING,
    (State.OPENING, Event.SECOND): State.CLOSING,
    (State.OPENING, Event.TIMEOUT): State.STOPPED,
    (State.PASSING, Event.PASSED): State.CLOSING,
    (State.PASSING, Event.LEFT): State.CLOSING,
    (State.PASSING, Event.TIMEOUT): State.CLOSING,
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
    (State.ALARM, Event.OFFICER_RESET): State.CLOSING,
    (State.RELEASED, Event.OFFICER_RESET): State.STOPPED,
    (State.STOPPED, Event.OFFICER_RESET): State.WAITING,
}

IN_THE_DOORWAY = (State.PASSING, State.BLOCKED, State.ALARM)


def step(  # noqa: PLR0911  # one guard a line reads best
    state: State, event: Event, *, fire: bool = False, healthy: bool = True
) -> State:
    """The next state. ``fire``: the fire input is on; ``healthy``: all self-tests have passed.

    A pair that is not in the table changes nothing.
    """
    if event is Event.FIRE:
        return State.RELEASED
    if state is State.RELEASED and fire:
        return state
    if state is State.RELEASED and event is not Event.OFFICER_RESET:
        return state
    if event is Event.FORCED:
        return State.ALARM
    if event in (Event.FAULT, Event.OFFLINE):
        return state if state in IN_THE_DOORWAY else State.STOPPED
    if state is State.STOPPED and not healthy:
        return state
    if (state, event) == (State.CLOSING, Event.SHUT) and not healthy:
        return State.STOPPED
    return NEXT.get((state, event), state)
