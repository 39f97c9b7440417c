"""What the functions of a PAXLST message mean: BGM 1001 says what kind of list, 1004 what to do. Pure.

Sources: WCO PAXLST guide (BGM), the United Kingdom's 1004 CI and DC, the interactive messages 266.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from app.formats.paxlst_model import Function, PassengerList, Purpose


class Action(StrEnum):
    """What a list says of the people in it."""

    PRESENT = "present"
    WITHDRAW = "withdraw"
    ON_BOARD = "on-board"  # their whole data, and that they are on board
    BOARDED = "boarded"
    NOT_BOARDED = "not-boarded"
    FLIGHT = "flight"  # speaks of the flight only
    MASTER_CREW = "master-crew"
    PASSING = "passing"  # never lands here, or does not come over the border
    OTHER = "other"  # gate passes, unknown kinds


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a message does.

    ``counts``: a part of the flight's manifest. ``closes``: nobody is added to the manifest after it.
    ``departs``, ``cancels``: the flight does. ``moved``: number, date or ports may not be those known.
    ``cargo``: a flight without passengers. ``onward``: of a leg after the border.
    """

    action: Action
    counts: bool = False
    closes: bool = False
    departs: bool = False
    cancels: bool = False
    moved: bool = False
    cargo: bool = False
    onward: bool = False


_PRESENT = Meaning(Action.PRESENT)
_CARGO = replace(_PRESENT, cargo=True)
_ONWARD = replace(_PRESENT, onward=True)
_PASSING = Meaning(Action.PASSING)
_OTHER = Meaning(Action.OTHER)

_PASSENGERS: dict[str, Meaning] = {
    "": replace(_PRESENT, counts=True),
    Purpose.CHECK_IN: replace(_PRESENT, counts=True),
    Purpose.CHANGE_PASSENGER: _PRESENT,
    Purpose.CANCEL_RESERVATION: Meaning(Action.WITHDRAW),
    Purpose.REDUCE_PARTY: Meaning(Action.WITHDRAW),
    Purpose.DEPARTURE: Meaning(Action.ON_BOARD, counts=True, closes=True, departs=True),
}
_CREW: dict[str, Meaning] = {
    "": _PRESENT,
    Purpose.CREW: _PRESENT,
    Purpose.CREW_CHANGE: _PRESENT,
    Purpose.CARGO_CREW: _CARGO,
    Purpose.CARGO_CREW_CHANGE: _CARGO,
    Purpose.OVERFLIGHT: _PASSING,
    Purpose.CARGO_OVERFLIGHT: _PASSING,
    Purpose.CONTINUANCE: _ONWARD,
    Purpose.CONTINUANCE_CHANGE: _ONWARD,
    Purpose.CARGO_CONTINUANCE: replace(_CARGO, onward=True),
    Purpose.CARGO_CONTINUANCE_CHANGE: replace(_CARGO, onward=True),
}
_STATUS: dict[str, Meaning] = {
    Purpose.CLOSE_FLIGHT: Meaning(Action.FLIGHT, closes=True),
    Purpose.CLOSE_ON_BOARD: Meaning(Action.BOARDED, closes=True, departs=True),
    Purpose.CLOSE_NOT_ON_BOARD: Meaning(Action.NOT_BOARDED, closes=True, departs=True),
    Purpose.CANCEL_FLIGHT: Meaning(Action.FLIGHT, cancels=True),
    Purpose.CHANGE_FLIGHT: Meaning(Action.FLIGHT, moved=True),
}
_MEANINGS: dict[str, tuple[dict[str, Meaning], Meaning]] = {
    "": (_PASSENGERS, replace(_PRESENT, counts=True)),
    Function.PASSENGER_LIST: (_PASSENGERS, replace(_PRESENT, counts=True)),
    Function.CREW_LIST: (_CREW, _PRESENT),
    Function.FLIGHT_STATUS: (_STATUS, Meaning(Action.FLIGHT)),
    Function.MASTER_CREW_LIST: ({}, Meaning(Action.MASTER_CREW)),
}
_OVER = "34"  # TDT 8051: over-flight


def meaning_of(listing: PassengerList) -> Meaning:
    """What a message does; a function that is not known means the same as none.

    A list all of whose legs are over-flights (TDT 34) passes, whatever its function.
    """
    known, otherwise = _MEANINGS.get(listing.document, ({}, _OTHER))
    meaning = known.get(listing.function, otherwise)
    lists_people = meaning.action in (Action.PRESENT, Action.ON_BOARD)
    if lists_people and listing.legs and all(leg.stage == _OVER for leg in listing.legs):
        return _PASSING
    return meaning
