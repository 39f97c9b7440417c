"""The flights board, and one flight with its high-risk list."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations.models import Companion, Declaration, DeclarationStatus
from app.referrals.views import under_examination
from app.screening.models import Assessment, Level
from app.screening.views import ABSENT, FlightRisk, Screened, flight_risk, shown_level
from app.travel.models import FlightStatus, Manifest, Passenger
from app.travel.views import FlightView, view_flight, view_flights
from app.web.console.moments import Moments

BEFORE, AFTER = timedelta(hours=6), timedelta(hours=24)
PAGE = 100
LATE = "late"
_EXPECTED = (FlightStatus.SCHEDULED, FlightStatus.DEPARTED, FlightStatus.LANDED)


@dataclass(frozen=True, slots=True)
class Board:
    """A flight with the figures of its list."""

    view: FlightView
    levels: Mapping[Level, int]
    assessed: int
    declared: int

    def manifest_at(self, now: datetime) -> str:
        """How far the list has come: none, open, closed; late: the flight has left and the list is not closed."""
        flight = self.view.flight
        gone = flight.has_left or (flight.departs_at is not None and flight.departs_at <= now)
        left = gone or flight.status in (FlightStatus.DEPARTED, FlightStatus.LANDED)
        is_late = left and flight.manifest is not Manifest.CLOSED and not flight.cargo
        return LATE if is_late and flight.status in _EXPECTED else str(flight.manifest)

    @property
    def people(self) -> int:
        """Everybody on board but crew."""
        return self.view.counts.passengers + self.view.counts.transit

    def share(self, level: Level, width: int = 100) -> int:
        """The level's part of a strip of ``width``; whoever is there is seen."""
        count = self.levels.get(level, 0)
        return max(1, round(count * width / max(self.assessed, 1))) if count else 0


@dataclass(frozen=True, slots=True)
class List:
    """One page of a flight's list."""

    board: Board
    risk: FlightRisk
    rows: Sequence[Screened]
    page: int
    pages: int


def read_board(session: Session, at: Moments) -> list[Board]:
    """The flights of a site around now, in the order of arrival, in five statements."""
    flights = view_flights(session, at.port, at.now - BEFORE, at.now + AFTER)
    return _boards(session, flights)


def read_list(
    session: Session, flight_id: UUID, site: str, page: int, *, reasons: bool = False
) -> List:
    """A flight and page ``page`` (from 1) of its high-risk list. Raises NotFoundError."""
    view = view_flight(session, flight_id, site)
    risk = flight_risk(session, flight_id, site, reasons=reasons)
    pages = max(1, -(-len(risk.passengers) // PAGE))
    shown = min(page, pages)
    rows = risk.passengers[(shown - 1) * PAGE : shown * PAGE]
    return List(_boards(session, [view])[0], risk, rows, shown, pages)


def read_flight(session: Session, flight_id: UUID, site: str) -> Board:
    """One flight of a site with its figures. Raises NotFoundError."""
    return _boards(session, [view_flight(session, flight_id, site)])[0]


def _boards(session: Session, flights: Sequence[FlightView]) -> list[Board]:
    ids = [one.flight.id for one in flights]
    levels, declared = _levels(session, ids), _declared(session, ids)
    return [
        Board(
            one,
            found := levels.get(one.flight.id, {}),
            sum(found.values()),
            declared.get(one.flight.id, 0),
        )
        for one in flights
    ]


def _levels(session: Session, flights: Collection[UUID]) -> dict[UUID, dict[Level, int]]:
    hidden = under_examination(Assessment.passenger_id.expression)
    shown = shown_level(hidden)
    rows = session.execute(
        sa.select(Assessment.flight_id, shown, sa.func.count())
        .join(Passenger, Passenger.id == Assessment.passenger_id)
        .where(
            Assessment.flight_id.in_(flights),
            Assessment.is_current,
            Passenger.travel_status.not_in(ABSENT),
        )
        .group_by(Assessment.flight_id, shown)
    )
    found: dict[UUID, dict[Level, int]] = {}
    for flight, level, count in rows:
        found.setdefault(flight, {})[level] = count
    return found


def _stands_on() -> sa.ColumnElement[bool]:
    """Whether a passenger stands on a declaration that counts."""
    active = Declaration.status == DeclarationStatus.ACTIVE
    own = sa.select(Declaration.passenger_id).where(active, Declaration.passenger_id.is_not(None))
    named = (
        sa.select(Companion.passenger_id)
        .join(Declaration, Declaration.id == Companion.declaration_id)
        .where(active, Companion.seq == Declaration.seq, Companion.passenger_id.is_not(None))
    )
    return Passenger.id.in_(own.union(named))


def declared_on(session: Session, flight_id: UUID) -> frozenset[UUID]:
    """Who of a flight stands on a declaration that counts."""
    query = sa.select(Passenger.id).where(Passenger.flight_id == flight_id, _stands_on())
    return frozenset(session.scalars(query))


def _declared(session: Session, flights: Collection[UUID]) -> dict[UUID, int]:
    """How many people of each flight do."""
    rows = session.execute(
        sa.select(Passenger.flight_id, sa.func.count())
        .where(Passenger.flight_id.in_(flights), _stands_on())
        .group_by(Passenger.flight_id)
    )
    return dict(rows.all())
