"""Who else is around a passenger: on the seats, under the same telephone or card, and what earlier encounters came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.referrals.models import ReferralState
from app.referrals.views import under_examination
from app.screening.models import Assessment
from app.screening.shared import Shared, shared_with
from app.screening.views import ABSENT
from app.travel.models import Passenger
from app.travel.views import PassengerView
from app.web.console import words
from app.web.console.seats import SeatMap, Sitting, seat_map
from app.web.translation import gettext


@dataclass(frozen=True, slots=True)
class Around:
    """``encounters``: what officers made of somebody's other journeys, by passenger."""

    seats: SeatMap | None
    links: Sequence[Shared]
    encounters: Mapping[UUID, Sequence[str]]


def read_around(session: Session, view: PassengerView, trips: Sequence[UUID]) -> Around:
    """In three statements; ``trips`` are the other journeys that are shown."""
    return Around(
        _seats(session, view),
        shared_with(session, view.passenger.id, view.flight.site),
        _encounters(session, trips),
    )


def encounters_alone(session: Session, trips: Sequence[UUID]) -> Around:
    """What earlier encounters came to and nobody else: for eyes to which one case is open."""
    return Around(None, (), _encounters(session, trips))


def _seats(session: Session, view: PassengerView) -> SeatMap | None:
    """Levels of those who are examined without reasons are not told here either."""
    if not view.passenger.seat:
        return None
    told = sa.and_(
        Assessment.passenger_id == Passenger.id, Assessment.is_current,
        ~under_examination(Passenger.id.expression),
    )  # fmt: skip
    rows = session.execute(
        sa.select(
            Passenger.id, Passenger.surname, Passenger.given_names, Passenger.seat, Assessment.level
        )
        .outerjoin(Assessment, told)
        .where(
            Passenger.flight_id == view.flight.id, Passenger.seat.is_not(None),
            Passenger.travel_status.not_in(ABSENT),
        )
    )  # fmt: skip
    people = [Sitting(row[0], row[1], row[2], row[3] or "", row[4]) for row in rows]
    return seat_map(people, view.passenger.id, {one.id for one in view.party})


_ENCOUNTERS = sa.text(
    "select r.passenger_id, r.kind, coalesce(r.decision, '') as decision, array_remove(array_agg(distinct f.kind), null) as found"
    " from referral r left join inspection i on i.referral_id = r.id left join finding f on f.inspection_id = i.id"
    "  and f.revision = i.revision"
    " where r.passenger_id = any(cast(:passengers as uuid[])) and r.state = :closed"
    " group by r.id, r.passenger_id, r.kind, r.decision order by r.id"
).columns(passenger_id=sa.Uuid())


def _encounters(session: Session, trips: Sequence[UUID]) -> dict[UUID, list[str]]:
    if not trips:
        return {}
    given = {"passengers": list(trips), "closed": str(ReferralState.CLOSED)}
    told: dict[UUID, list[str]] = {}
    for passenger, kind, decision, found in session.execute(_ENCOUNTERS, given):
        what = ", ".join(words.FINDINGS.get(one, words.plain(one)) for one in found)
        said = what or words.DECISIONS.get(decision) or gettext("fell away")
        told.setdefault(passenger, []).append(f"{words.KINDS.get(kind, words.plain(kind))}: {said}")
    return told
