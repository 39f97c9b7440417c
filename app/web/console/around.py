"""Who else is around a passenger: on the seats, under the same telephone or card, and what earlier encounters came to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.identity import scope
from app.referrals.kinds import ReferralKind
from app.referrals.models import Referral, ReferralState
from app.referrals.views import under_examination
from app.screening.models import Assessment, Hit
from app.screening.shared import Shared, shared_with, visible
from app.screening.views import ABSENT
from app.travel.models import Passenger
from app.travel.views import PassengerView
from app.web.console import words
from app.web.console.seats import SeatMap, Sitting, seat_map
from app.web.translation import gettext

OF_HITS = (
    ReferralKind.RISK,
    ReferralKind.RECALL,
    ReferralKind.LATE_HIT,
    ReferralKind.OTHER_AGENCY,
)
"""Kinds of cases that hits lead to: what came of them tells what was looked for."""


@dataclass(frozen=True, slots=True)
class Around:
    """``encounters``: what officers made of somebody's other journeys, by passenger; ``elsewhere``: how many more there
    are that are of places or purposes of others.
    """

    seats: SeatMap | None
    links: Sequence[Shared]
    encounters: Mapping[UUID, Sequence[str]]
    elsewhere: Mapping[UUID, int] = field(default_factory=dict)
    trips_elsewhere: int = 0
    """Other journeys on which the traveller has come to places that are none of the officer's."""


def read_around(session: Session, view: PassengerView, trips: Sequence[UUID]) -> Around:
    """In three statements; ``trips`` are the other journeys that are shown."""
    return Around(
        _seats(session, view),
        shared_with(session, view.passenger.id, view.flight.site),
        *_encounters(session, trips),
        _trips_elsewhere(session, view),
    )


def encounters_alone(session: Session, trips: Sequence[UUID]) -> Around:
    """What earlier encounters came to and nobody else: for eyes to which one case is open."""
    return Around(None, (), *_encounters(session, trips))


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


def _trips_elsewhere(session: Session, view: PassengerView) -> int:
    """Counted by the table, which is not narrowed, against what is there for the officer."""
    traveller, every = view.passenger.traveller_id, Passenger.__table__
    if traveller is None or scope.current().whole:
        return 0
    all_of_them = sa.select(every.c.id).where(
        every.c.traveller_id == traveller, every.c.id != view.passenger.id
    )
    ids = session.scalars(all_of_them).all()
    return len(ids) - len(visible(session, ids))


_ENCOUNTERS = sa.text(
    "select r.id, r.passenger_id, r.kind, coalesce(r.decision, '') as decision, array_remove(array_agg(distinct f.kind), null) as found"
    " from referral r left join inspection i on i.referral_id = r.id left join finding f on f.inspection_id = i.id"
    "  and f.revision = i.revision"
    " where r.passenger_id = any(cast(:passengers as uuid[])) and r.state = :closed"
    " group by r.id, r.passenger_id, r.kind, r.decision order by r.id"
).columns(id=sa.Uuid(), passenger_id=sa.Uuid())


def _encounters(
    session: Session, trips: Sequence[UUID]
) -> tuple[dict[UUID, list[str]], dict[UUID, int]]:
    """What came of closed cases, and how many are none of the officer's, by passenger."""
    told: dict[UUID, list[str]] = {}
    elsewhere: Counter[UUID] = Counter()
    if not trips:
        return told, elsewhere
    given = {"passengers": list(trips), "closed": str(ReferralState.CLOSED)}
    rows = session.execute(_ENCOUNTERS, given).all()
    own = _own_cases(session, trips) if scope.current() != scope.UNLIMITED else None
    for case, passenger, kind, decision, found in rows:
        if own is not None and case not in own:
            elsewhere[passenger] += 1
            continue
        what = ", ".join(words.FINDINGS.get(one, words.plain(one)) for one in found)
        said = what or words.DECISIONS.get(decision) or gettext("fell away")
        told.setdefault(passenger, []).append(f"{words.KINDS.get(kind, words.plain(kind))}: {said}")
    return told, elsewhere


def _own_cases(session: Session, passengers: Sequence[UUID]) -> frozenset[UUID]:
    """The cases of some passengers in the officer's places, but those that came of others' purposes alone."""
    hits = Hit.__table__.alias()
    mine = sa.exists().where(hits.c.passenger_id == Referral.passenger_id)
    of_hits = mine.correlate_except(hits)
    of_own = mine.where(scope.of_purposes(hits.c.purpose, at=Referral)).correlate_except(hits)
    open_to_all = sa.or_(Referral.kind.not_in(OF_HITS), ~of_hits, of_own)
    with scope.reading():
        query = sa.select(Referral.id).where(Referral.passenger_id.in_(passengers), open_to_all)
        return frozenset(session.scalars(query))
