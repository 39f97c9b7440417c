"""The retention clocks and how a column names its own.

A column that can hold something about a person carries ``info=personal(Clock.X)``; a column of text, JSON,
bytes or a date that cannot carries ``info=PLAIN``. A test walks all tables and fails on a column that
says neither. What starts a clock is fixed here, how long it runs says the profile of the installation
(:mod:`app.retention.profile`).
"""

from datetime import timedelta
from enum import StrEnum
from typing import Any


class Clock(StrEnum):
    """What kind of record it is: its clock starts with :data:`STARTS` and runs as the profile says."""

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
    RIGHTS = "rights"
    AUDIT = "audit"
    """Entries of the trail: no personal column, but who did what and when."""
    COMMITMENT = "commitment"
    """Salts of what was searched: while one lives it can be asked whether a text was."""
    SESSION = "session"
    """What runs out by itself: sessions, tokens, codes, keys of repeated requests."""


RAW_LIFE = timedelta(days=14)
"""Of dropped files and in the figures of trials; an installation may set less."""
FACE_LIFE = timedelta(hours=1)
"""No profile lengthens it."""
STARTS: dict[Clock, str] = {
    Clock.RAW_MESSAGE: "receipt",
    Clock.FLIGHT: "arrival of the flight",
    Clock.TRAVELLER: "last arrival",
    Clock.DECLARATION: "arrival",
    Clock.SCREENING: "arrival of the flight",
    Clock.PRESENTATION: "presentation",
    Clock.CASE: "closing of the case",
    Clock.WATCHLIST: "end of validity",
    Clock.STAFF: "end of service",
    Clock.MASTER_CREW: "last master list of the carrier that names the member",
    Clock.FACE: "check at the kiosk; passage or the referral's end come first",
    Clock.EVIDENCE: "closing of the case",
    Clock.RIGHTS: "closing of the request",
    Clock.AUDIT: "entry",
    Clock.COMMITMENT: "entry",
    Clock.SESSION: "end of validity",
}

PLAIN: dict[str, Any] = {"personal": False}


def personal(clock: Clock) -> dict[str, Any]:
    """The ``info`` of a personal column."""
    return {"personal": True, "clock": clock}
