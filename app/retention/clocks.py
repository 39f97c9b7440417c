"""The retention clocks and how a column names its own.

A column that can hold something about a person carries ``info=personal(Clock.X)``; a column of text, JSON,
bytes or a date that cannot carries ``info=PLAIN``. A test walks all tables and fails on a column that
says neither. The masking and deleting job comes with the retention profiles; the clocks are fixed here.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any


class Clock(StrEnum):
    """What starts the clock of a personal column; durations are in :data:`PERIODS`."""

    RAW_MESSAGE = "raw-message"
    FLIGHT = "flight"
    TRAVELLER = "traveller"
    DECLARATION = "declaration"
    SCREENING = "screening"
    PRESENTATION = "presentation"
    CASE = "case"
    WATCHLIST = "watchlist"
    STAFF = "staff"
    MASTER_CREW = "master-crew"
    FACE = "face"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Period:
    """Mask after, delete after; counted from the event named in ``starts``."""

    starts: str
    mask: timedelta | None
    delete: timedelta


_YEAR = timedelta(days=365)
FACE_LIFE = timedelta(hours=1)
EVIDENCE_LIFE = _YEAR
"""Photos and films of an inspection; what they show is in words in the case, which is kept longer."""
PERIODS: dict[Clock, Period] = {
    Clock.RAW_MESSAGE: Period("receipt", None, timedelta(days=14)),
    Clock.FLIGHT: Period("arrival of the flight", timedelta(days=183), 5 * _YEAR),
    Clock.TRAVELLER: Period("last arrival", timedelta(days=183), 5 * _YEAR),
    Clock.DECLARATION: Period("arrival", None, timedelta(days=183)),
    Clock.SCREENING: Period("arrival of the flight", timedelta(days=183), 5 * _YEAR),
    Clock.PRESENTATION: Period("presentation", timedelta(days=30), 5 * _YEAR),
    Clock.CASE: Period("closing of the case", None, 7 * _YEAR),
    Clock.WATCHLIST: Period("end of validity", None, _YEAR),
    Clock.MASTER_CREW: Period("last master list of the carrier that names the member", None, _YEAR),
    Clock.FACE: Period(
        "check at the kiosk; passage or the referral's end come first", None, FACE_LIFE
    ),
    Clock.EVIDENCE: Period("closing of the case", None, EVIDENCE_LIFE),
    Clock.STAFF: Period("end of service", None, 2 * _YEAR),
}

PLAIN: dict[str, Any] = {"personal": False}


def personal(clock: Clock) -> dict[str, Any]:
    """The ``info`` of a personal column."""
    return {"personal": True, "clock": clock}
