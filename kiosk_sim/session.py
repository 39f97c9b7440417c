"""One traveller's session at a kiosk as a table: (state, event) -> next state.

What the screen shows is a function of the state and of the server's answer. The kiosk never decides: it goes
from DECIDING only where the server's answer leads, or out of service.
"""

from enum import StrEnum


class State(StrEnum):
    """What the kiosk is doing."""

    OUT_OF_SERVICE = "out-of-service"
    WELCOME = "welcome"
    PASSPORT_TRY_AGAIN = "passport-try-again"
    CODE = "code"
    CODE_TRY_AGAIN = "code-try-again"
    DECLARE = "declare"
    STILL_THERE = "still-there"
    DECIDING = "deciding"
    HOLD = "hold"
    RESULT = "result"


class Event(StrEnum):
    """What can happen."""

    PASSPORT_READ = "passport-read"
    PASSPORT_UNREADABLE = "passport-unreadable"
    CODE_READ = "code-read"
    CODE_UNREADABLE = "code-unreadable"
    NO_CODE = "no-code"
    DECLARE_HERE = "declare-here"
    TOUCHED = "touched"
    DECLARED = "declared"
    HELD = "held"
    ANSWERED = "answered"
    SERVICE_LOST = "service-lost"
    SERVICE_BACK = "service-back"
    TIMEOUT = "timeout"
    RESET = "reset"


SECONDS: dict[State, float] = {
    State.PASSPORT_TRY_AGAIN: 20,
    State.CODE: 30,
    State.CODE_TRY_AGAIN: 30,
    State.DECLARE: 90,
    State.STILL_THERE: 20,
    State.RESULT: 8,
}
"""Inactivity before TIMEOUT, which asks whoever declares before it clears the screen; DECIDING and HOLD end by the server's answer or the loss of it."""

NEXT: dict[tuple[State, Event], State] = {
    (State.WELCOME, Event.CODE_READ): State.DECIDING,  # a lane reads one thing: code or passport
    (State.WELCOME, Event.CODE_UNREADABLE): State.CODE_TRY_AGAIN,
    (State.WELCOME, Event.PASSPORT_READ): State.CODE,
    (State.WELCOME, Event.PASSPORT_UNREADABLE): State.PASSPORT_TRY_AGAIN,
    (State.PASSPORT_TRY_AGAIN, Event.PASSPORT_READ): State.CODE,
    (State.PASSPORT_TRY_AGAIN, Event.PASSPORT_UNREADABLE): State.PASSPORT_TRY_AGAIN,
    (State.PASSPORT_TRY_AGAIN, Event.CODE_READ): State.DECIDING,
    (State.PASSPORT_TRY_AGAIN, Event.CODE_UNREADABLE): State.CODE_TRY_AGAIN,
    (State.CODE, Event.CODE_READ): State.DECIDING,
    (State.CODE, Event.NO_CODE): State.DECIDING,
    (State.CODE, Event.CODE_UNREADABLE): State.CODE_TRY_AGAIN,
    (State.CODE_TRY_AGAIN, Event.CODE_READ): State.DECIDING,
    (State.CODE_TRY_AGAIN, Event.NO_CODE): State.DECIDING,
    (State.CODE_TRY_AGAIN, Event.CODE_UNREADABLE): State.CODE_TRY_AGAIN,
    (State.CODE, Event.DECLARE_HERE): State.DECLARE,
    (State.CODE_TRY_AGAIN, Event.DECLARE_HERE): State.DECLARE,
    (State.DECLARE, Event.TOUCHED): State.DECLARE,
    (State.STILL_THERE, Event.TOUCHED): State.DECLARE,
    (State.DECLARE, Event.DECLARED): State.DECIDING,
    (
        State.DECLARE,
        Event.NO_CODE,
    ): State.DECIDING,  # not on this screen: the service says where to go
    (State.DECIDING, Event.ANSWERED): State.RESULT,
    (State.DECIDING, Event.HELD): State.HOLD,
    (State.HOLD, Event.ANSWERED): State.RESULT,
    (State.OUT_OF_SERVICE, Event.SERVICE_BACK): State.WELCOME,
}


def step(state: State, event: Event) -> State:
    """The next state; a pair that is not in the table changes nothing."""
    if event is Event.SERVICE_LOST:
        return State.OUT_OF_SERVICE
    if (state, event) == (State.DECLARE, Event.TIMEOUT):
        return State.STILL_THERE
    if event in (Event.RESET, Event.TIMEOUT) and state not in (
        State.OUT_OF_SERVICE,
        State.DECIDING,
        State.HOLD,
    ):
        return State.WELCOME
    return NEXT.get((state, event), state)
