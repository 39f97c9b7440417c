"""Everybody on a flight: level, seat, declaration, and where each of them is now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.gate.models import Passage, Presentation
from app.referrals.models import Referral, ReferralState
from app.screening.models import Level
from app.screening.views import FlightRisk, Screened, flight_risk
from app.travel.models import Passenger, PassengerKind, TravelStatus
from app.web.console.flights import Board, declared_on, read_flight
from app.web.console.hits import title_of

MOST = 1000
"""More than any aircraft carries."""


class Where(StrEnum):
    """How far somebody has come here."""

    EXPECTED = "expected"
    SEEN = "seen"
    OFFICER = "officer"
    OUT = "out"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody on the list; ``level`` None: not screened yet."""

    passenger_id: UUID
    surname: str
    given_names: str
    nationality: str | None
    seat: str | None
    kind: PassengerKind
    level: Level | None
    score: int
    reasons: tuple[str, ...]
    declared: bool
    where: Where


@dataclass(frozen=True, slots=True)
class Whole:
    """A flight's whole list as it is shown, how many it has, and how many of them are at each place."""

    board: Board
    risk: FlightRisk
    lines: Sequence[Line]
    total: int
    places: Mapping[Where, int]


ORDERS = ("risk", "seat", "name")


def read_whole(
    session: Session, flight_id: UUID, site: str, *, order: str = "risk", show: str = "",
    reasons: bool = False,
) -> Whole:  # fmt: skip
    """Everybody on a flight of a site, or those at one place (``show``). Raises NotFoundError."""
    board = read_flight(session, flight_id, site)
    risk = flight_risk(session, flight_id, site, reasons=reasons)
    judged = {one.passenger_id: one for one in risk.passengers}
    declared = declared_on(session, flight_id)
    lines = [_line(row, judged, declared) for row in session.execute(_everybody(flight_id))]
    places = {where: sum(one.where is where for one in lines) for where in Where}
    shown = [one for one in lines if not show or one.where == show]
    return Whole(board, risk, sorted(shown, key=_KEYS.get(order, _by_risk)), len(lines), places)


def _everybody(flight_id: UUID) -> sa.Select[*tuple[Any, ...]]:
    """Passengers with where they are; each question is a look into an index."""

    def is_there(table: Any, *conditions: Any) -> Any:
        found = sa.select(table.id).where(table.passenger_id == Passenger.id, *conditions)
        return found.correlate(Passenger).exists()

    return (
        sa.select(
            Passenger.id, Passenger.surname, Passenger.given_names, Passenger.nationality,
            Passenger.seat, Passenger.kind, Passenger.travel_status,
            (Passenger.assessed_version > 0).label("screened"),
            is_there(Passage).label("out"),
            is_there(Referral, Referral.state != ReferralState.CLOSED).label("officer"),
            is_there(Presentation).label("seen"),
        )
        .where(Passenger.flight_id == flight_id, Passenger.travel_status != TravelStatus.WITHDRAWN)
        .limit(MOST)
    )  # fmt: skip


def _line(row: Any, judged: Mapping[UUID, Screened], declared: frozenset[UUID]) -> Line:
    one = judged.get(row.id)
    told = (
        [hit for hit in one.hits if hit.state != "dismissed" and not hit.suppressed] if one else []
    )
    level = one.level if one else (Level.NONE if row.screened else None)
    return Line(
        row.id, row.surname, row.given_names, row.nationality, row.seat, row.kind, level,
        one.score if one else 0, tuple(title_of(hit) for hit in told), row.id in declared, _where(row),
    )  # fmt: skip


def _where(row: Any) -> Where:
    if row.officer:
        return Where.OFFICER
    if row.out:
        return Where.OUT
    if row.seen:
        return Where.SEEN
    absent = row.travel_status is TravelStatus.NOT_BOARDED
    return Where.ABSENT if absent else Where.EXPECTED


_RANK = {level: place for place, level in enumerate(Level)}


def _by_risk(one: Line) -> tuple[Any, ...]:
    return (-_RANK.get(one.level, 0) if one.level else 0, -one.score, one.surname, one.given_names)


def _by_seat(one: Line) -> tuple[Any, ...]:
    seat = (one.seat or "").lstrip("0")
    return (not seat, len(seat), seat, one.surname)


def _by_name(one: Line) -> tuple[Any, ...]:
    return (one.surname, one.given_names)


_KEYS = {"risk": _by_risk, "seat": _by_seat, "name": _by_name}
