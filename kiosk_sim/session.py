"""One session at a kiosk as a table: (state, event) -> next state.

What the screen shows is a function of the state and of the server's answer. The kiosk never decides: a result comes
from the server's answer alone, and where reading fails for good a person is called.
"""

from enum import StrEnum


class State(StrEnum):
    """What the kiosk is doing."""

    OUT_OF_SERVICE = "out-of-service"
    WELCOME = "welcome"
    PASSPORT = "place-passport"
    PASSPORT_TRY_AGAIN = "passport-try-again"
    READING = "reading"
    CONSENT = "consent"
    FACE = "face"
    CODE = "code"
    CODE_TRY_AGAIN = "code-try-again"
    DECLARE = "declare"
    STILL_THERE = "still-there"
    DECIDING = "deciding"
    HOLD = "hold"
    NEXT = "next-passport"
    RESULT = "result"
    HELP = "help"


class Event(StrEnum):
    """What can happen."""

    PASSPORT_PLACED = "passport-placed"
    PASSPORT_READ = "passport-read"
    PASSPORT_UNREADABLE = "passport-unreadable"
    FACE_WANTED = "face-wanted"
    AGREED = "agreed"
    FACE_DONE = "face-done"
    CODE_READ = "code-read"
    CODE_FIRST = "code-first"
    CODE_UNREADABLE = "code-unreadable"
    NO_CODE = "no-code"
    ALL_READ = "all-read"
    DECLARE_HERE = "declare-here"
    TOUCHED = "touched"
    DECLARED = "declared"
    HELD = "held"
    ANSWERED = "answered"
    MORE = "more"
    GIVEN_UP = "given-up"
    SERVICE_LOST = "service-lost"
    SERVICE_BACK = "service-back"
    TIMEOUT = "timeout"
    RESET = "reset"


SECONDS: dict[State, float] = {
    State.PASSPORT: 30,
    State.PASSPORT_TRY_AGAIN: 20,
    State.READING: 15,
    State.CONSENT: 20,
    State.FACE: 30,
    State.CODE: 30,
    State.CODE_TRY_AGAIN: 30,
    State.DECLARE: 90,
    State.STILL_THERE: 20,
    State.NEXT: 30,
    State.RESULT: 8,
    State.HELP: 8,
}
"""Inactivity before TIMEOUT. Whoever is in the middle of something is asked first, for the twenty seconds of WCAG
2.2.1; DECIDING and HOLD end by the server's answer or the loss of it.
"""

TRIES = 3
"""How often a passport, a face or a code is tried before a person is called or the service told."""

ASKED_FIRST = frozenset(
    {State.PASSPORT, State.PASSPORT_TRY_AGAIN, State.CONSENT, State.CODE, State.CODE_TRY_AGAIN,
     State.DECLARE, State.NEXT}
)  # fmt: skip
"""Where the time-out asks whether somebody is there. At the camera it ends the comparison, and the session goes on."""

_READS = (State.WELCOME, State.PASSPORT, State.PASSPORT_TRY_AGAIN, State.NEXT)

TABLE: dict[tuple[State, Event], State] = {
    **{(state, Event.PASSPORT_PLACED): State.READING for state in _READS},
    **{(state, Event.PASSPORT_UNREADABLE): State.PASSPORT_TRY_AGAIN for state in _READS},
    **{(state, Event.CODE_READ): State.DECIDING for state in _READS},  # a lane reads one thing
    (State.WELCOME, Event.CODE_UNREADABLE): State.CODE_TRY_AGAIN,
    (State.WELCOME, Event.CODE_FIRST): State.PASSPORT,
    (State.PASSPORT_TRY_AGAIN, Event.CODE_UNREADABLE): State.CODE_TRY_AGAIN,
    (State.READING, Event.PASSPORT_READ): State.CODE,
    (State.READING, Event.FACE_WANTED): State.CONSENT,  # no camera before a yes
    (State.READING, Event.ALL_READ): State.DECIDING,
    (State.CONSENT, Event.AGREED): State.FACE,
    (State.CONSENT, Event.FACE_DONE): State.CODE,
    (State.CONSENT, Event.ALL_READ): State.DECIDING,
    (State.FACE, Event.FACE_DONE): State.CODE,
    (State.FACE, Event.ALL_READ): State.DECIDING,
    (State.CODE, Event.ALL_READ): State.DECIDING,
    (State.CODE_TRY_AGAIN, Event.ALL_READ): State.DECIDING,
    (State.CODE, Event.CODE_READ): State.DECIDING,
    (State.CODE, Event.NO_CODE): State.DECIDING,
    (State.CODE, Event.CODE_UNREADABLE): State.CODE_TRY_AGAIN,
    (State.CODE, Event.DECLARE_HERE): State.DECLARE,
    (State.CODE_TRY_AGAIN, Event.CODE_READ): State.DECIDING,
    (State.CODE_TRY_AGAIN, Event.CODE_FIRST): State.PASSPORT,
    (State.CODE_TRY_AGAIN, Event.NO_CODE): State.DECIDING,
    (State.CODE_TRY_AGAIN, Event.CODE_UNREADABLE): State.CODE_TRY_AGAIN,
    (State.CODE_TRY_AGAIN, Event.DECLARE_HERE): State.DECLARE,
    (State.DECLARE, Event.TOUCHED): State.DECLARE,
    (State.DECLARE, Event.DECLARED): State.DECIDING,
    (State.DECLARE, Event.NO_CODE): State.DECIDING,  # not on this screen: the service says where to
    (State.DECIDING, Event.ANSWERED): State.RESULT,
    (State.DECIDING, Event.HELD): State.HOLD,
    (State.DECIDING, Event.MORE): State.NEXT,
    (State.HOLD, Event.ANSWERED): State.RESULT,
    (State.HOLD, Event.MORE): State.NEXT,
    (State.NEXT, Event.ALL_READ): State.DECIDING,
    (State.PASSPORT_TRY_AGAIN, Event.ALL_READ): State.DECIDING,
    (State.PASSPORT, Event.GIVEN_UP): State.HELP,
    (State.PASSPORT_TRY_AGAIN, Event.GIVEN_UP): State.HELP,
    (State.READING, Event.GIVEN_UP): State.HELP,
    (State.CODE_TRY_AGAIN, Event.GIVEN_UP): State.HELP,
    (State.OUT_OF_SERVICE, Event.SERVICE_BACK): State.WELCOME,
}

_ENDS = frozenset({Event.TIMEOUT, Event.RESET, Event.SERVICE_LOST})
_STAYS = frozenset({State.OUT_OF_SERVICE, State.DECIDING, State.HOLD})


def step(state: State, event: Event, back: State = State.DECLARE) -> State:
    """The next state; a pair that is not in the table changes nothing. ``back``: where STILL_THERE was asked."""
    if event is Event.SERVICE_LOST:
        return State.OUT_OF_SERVICE
    if state is State.STILL_THERE and event not in _ENDS:
        return step(back, event)
    if event is Event.TIMEOUT and state in ASKED_FIRST:
        return State.STILL_THERE
    if event in (Event.RESET, Event.TIMEOUT) and state not in _STAYS:
        return State.WELCOME
    return TABLE.get((state, event), state)
