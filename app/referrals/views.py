"""What officers see of referrals: the queue of a site, and one referral with all that happened."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.identity.models import Device, Officer
from app.kernel.errors import NotFoundError
from app.referrals.inspected import Inspected, read_inspected
from app.referrals.kinds import FULL_EXAMINATION, Origin
from app.referrals.models import (
    Referral,
    ReferralDecision,
    ReferralEvent,
    ReferralKind,
    ReferralState,
)
from app.travel.models import Flight, Passenger

MAX_QUEUE = 500
ORIGINS = {Origin.LOT: "control", Origin.SELECTION: "selected-by-rules"}
"""What stands in place of a full examination once it is closed."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A referral as it stands in the queue."""

    id: UUID
    version: int
    kind: ReferralKind
    state: ReferralState
    decision: ReferralDecision | None
    reasons: list[str]
    hall_id: UUID
    passenger_id: UUID | None
    presentation_id: UUID | None
    flight_id: UUID | None
    flight: str | None
    device: str | None
    surname: str | None
    given_names: str | None
    seat: str | None
    is_hold: bool
    hold_until: datetime | None
    owner_id: UUID | None
    owner: str | None
    claimed_at: datetime | None
    raised_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to it."""

    at: datetime
    kind: str
    actor_id: UUID | None
    note: str


@dataclass(frozen=True, slots=True)
class Detail:
    """One referral with its history."""

    referral: Queued
    steps: Sequence[Step]
    inspected: Inspected | None


def queue(
    session: Session,
    site: str,
    *,
    kinds: Collection[ReferralKind] = (),
    hall_id: UUID | None = None,
    closed: bool = False,
    limit: int = MAX_QUEUE,
) -> list[Queued]:
    """The open referrals of a site: holds first, then the longest waiting. ``closed``: the latest closed."""
    query = _QUEUED.where(Referral.site == site)
    if kinds:
        query = query.where(Referral.kind.in_(kinds))
    if hall_id:
        query = query.where(Referral.hall_id == hall_id)
    is_closed = Referral.state == ReferralState.CLOSED
    if closed:
        query = query.where(is_closed).order_by(Referral.closed_at.desc())
    else:
        query = query.where(~is_closed).order_by(Referral.is_hold.desc(), Referral.id)
    return [_queued(*row) for row in session.execute(query.limit(min(limit, MAX_QUEUE)))]


def read_referral(session: Session, referral_id: UUID, site: str) -> Detail:
    """One referral of a site. Raises NotFoundError, also for another site's."""
    row = session.execute(_QUEUED.where(Referral.id == referral_id)).one_or_none()
    if row is None or row.Referral.site != site:
        raise NotFoundError
    steps = session.execute(
        sa.select(
            ReferralEvent.created_at, ReferralEvent.kind, ReferralEvent.actor_id, ReferralEvent.note
        )
        .where(ReferralEvent.referral_id == referral_id)
        .order_by(ReferralEvent.created_at)
    )
    return Detail(
        _queued(*row), [Step(*step) for step in steps], read_inspected(session, referral_id)
    )


_QUEUED = (
    sa.select(Referral, Officer.name, Passenger, Flight, Device.name)
    .outerjoin(Officer, Officer.id == Referral.owner_id)
    .outerjoin(Passenger, Passenger.id == Referral.passenger_id)
    .outerjoin(Device, Device.id == Referral.device_id)
    .outerjoin(Flight, Flight.id == sa.func.coalesce(Referral.flight_id, Passenger.flight_id))
)


def _queued(
    referral: Referral,
    owner: str | None,
    passenger: Passenger | None,
    flight: Flight | None,
    device: str | None,
) -> Queued:
    return Queued(
        id=referral.id,
        version=referral.version,
        kind=referral.kind,
        state=referral.state,
        decision=referral.decision,
        reasons=visible_reasons(referral),
        hall_id=referral.hall_id,
        passenger_id=referral.passenger_id,
        presentation_id=referral.presentation_id,
        flight_id=flight.id if flight else None,
        flight=f"{flight.carrier}{flight.number}{flight.suffix}" if flight else None,
        device=device,
        surname=passenger.surname if passenger else None,
        given_names=passenger.given_names if passenger else None,
        seat=passenger.seat if passenger else None,
        is_hold=referral.is_hold,
        hold_until=referral.hold_until,
        owner_id=referral.owner_id,
        owner=owner,
        claimed_at=referral.claimed_at,
        raised_at=referral.created_at,
        closed_at=referral.closed_at,
    )


def visible_reasons(referral: Referral) -> list[str]:
    """The reasons; who chose somebody for a full examination is told when it is closed, and not before: who
    knows that it was chance examines less.
    """
    if referral.state is not ReferralState.CLOSED or referral.origin is None:
        return referral.reasons
    told = ORIGINS[referral.origin]
    return [told if reason == FULL_EXAMINATION else reason for reason in referral.reasons]


def under_examination(passenger_id: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
    """Whether a passenger is to be examined in full without reasons: those are shown when it is closed."""
    return (
        sa.select(Referral.id)
        .where(
            Referral.passenger_id == passenger_id,
            Referral.kind == ReferralKind.EXAMINATION,
            Referral.state != ReferralState.CLOSED,
            Referral.reasons.contains([FULL_EXAMINATION]),
        )
        .correlate_except(Referral)
        .exists()
    )
