"""What officers see of referrals: the queue of a site, and one referral with all that happened."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.identity.models import Device, Officer
from app.kernel.errors import NotFoundError
from app.referrals.inspected import Inspected, read_inspected
from app.referrals.kinds import FULL_EXAMINATION, TARGETS, Origin
from app.referrals.models import (
    Left,
    Referral,
    ReferralDecision,
    ReferralEvent,
    ReferralKind,
    ReferralState,
    WhyNot,
)
from app.referrals.shift_models import LaneTeam, QueueTarget, TeamAssignment
from app.screening.models import Assessment, Handling
from app.travel.models import Flight, Passenger

MAX_QUEUE = 500
ORIGINS = {Origin.LOT: "control", Origin.SELECTION: "selected-by-rules"}
"""What stands in place of a full examination once it is over."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A referral as it stands in the queue.

    ``left_*``: who had it last, while nobody has it; ``offered``: to whom it was handed; ``team``: whom it or its
    traveller was assigned to; ``place`` and ``seen_at``: where somebody who is looked for was seen last. ``due_at``:
    when somebody should have taken it; ``called_at``: since when a supervisor is called to an inspection left alone.
    ``why_not``: why the inspection that was due was left out, once it was.
    """

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
    called_at: datetime | None
    raised_at: datetime
    closed_at: datetime | None
    decided_by: UUID | None
    decider: str | None
    left_by: UUID | None
    left: str | None
    left_at: datetime | None
    left_why: Left | None
    offered_to: UUID | None
    offered: str | None
    team_id: UUID | None
    team: str | None
    place: str | None
    seen_at: datetime | None
    reopens_id: UUID | None
    by_officer: bool
    why_not: WhyNot | None
    due_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether it still waits, beyond the target of its queue."""
        return self.state is ReferralState.RAISED and now > self.due_at


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to it."""

    at: datetime
    kind: str
    actor_id: UUID | None
    note: str
    by: str = ""


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
    team_id: UUID | None = None,
    officer_id: UUID | None = None,
    closed: bool = False,
    limit: int = MAX_QUEUE,
) -> list[Queued]:
    """The open referrals of a site: recalls first, then holds, then the longest waiting. ``closed``: the latest
    closed; ``team_id``: those of a lane team. ``officer_id``: of such a part also what concerns this officer on foot,
    every recall and whatever is in his hands or was handed to him.
    """
    query = _QUEUED.where(Referral.site == site)
    if kinds:
        query = query.where(Referral.kind.in_(kinds))
    part = [
        *([Referral.hall_id == hall_id] if hall_id else ()),
        *([_team == team_id] if team_id else ()),
    ]
    if part and officer_id:
        query = query.where(sa.or_(sa.and_(*part), *_concerns(officer_id)))
    else:
        query = query.where(*part)
    is_closed = Referral.state == ReferralState.CLOSED
    if closed:
        query = query.where(is_closed).order_by(Referral.closed_at.desc())
    else:
        query = query.where(~is_closed).order_by(
            (Referral.kind == ReferralKind.RECALL).desc(), Referral.is_hold.desc(), Referral.id
        )
    rows = session.execute(query.limit(min(limit, MAX_QUEUE)))
    return [_queued(*row) for row in rows]


def _concerns(officer_id: UUID) -> Sequence[sa.ColumnElement[bool]]:
    return (
        Referral.kind == ReferralKind.RECALL,
        Referral.owner_id == officer_id,
        Referral.offered_to == officer_id,
    )


def read_referral(session: Session, referral_id: UUID, site: str) -> Detail:
    """One referral of a site. Raises NotFoundError, also for another site's."""
    row = session.execute(_QUEUED.where(Referral.id == referral_id)).one_or_none()
    if row is None or row.Referral.site != site:
        raise NotFoundError
    steps = session.execute(
        sa.select(
            ReferralEvent.created_at,
            ReferralEvent.kind,
            ReferralEvent.actor_id,
            ReferralEvent.note,
            sa.func.coalesce(Officer.name, ""),
        )
        .outerjoin(Officer, Officer.id == ReferralEvent.actor_id)
        .where(ReferralEvent.referral_id == referral_id)
        .order_by(ReferralEvent.created_at)
    )
    return Detail(
        _queued(*row), [Step(*step) for step in steps], read_inspected(session, referral_id)
    )


_ACTING = (Handling.STOP, Handling.DISCREET, Handling.OBSERVE)
_Left, _Offered, _Decider = aliased(Officer), aliased(Officer), aliased(Officer)
_Seen = aliased(Device)
_Later = aliased(Referral)
_IN_HAND_AGAIN = (
    sa.select(_Later.id)
    .where(_Later.reopens_id == Referral.id, _Later.state != ReferralState.CLOSED)
    .correlate(Referral)
    .exists()
)
"""Whether a closed case has been reopened, and has not come to its new end."""
_passage = sa.table(
    "passage", sa.column("passenger_id"), sa.column("passed_at"), sa.column("is_again", sa.Boolean)
)  # fmt: skip
"""The gate's table, which stands above: by its name alone. Who passes first is found by the index of those."""
_PASSED_SINCE = (
    sa.select(sa.literal(1))
    .where(
        _passage.c.passenger_id == Referral.passenger_id, ~_passage.c.is_again,
        _passage.c.passed_at >= Referral.closed_at,
    )
    .correlate(Referral)
    .exists()
)  # fmt: skip
_MAY_COME_BACK = sa.and_(
    sa.func.coalesce(Referral.decision == ReferralDecision.RELEASED, sa.false()), ~_PASSED_SINCE
)
"""Whether somebody who was let go is still on this side of the door: the release is undone or taken back, and the
examination goes on in the hands of whoever has seen the closed case.
"""
_SAID_BY_OTHERS = (
    sa.select(Assessment.id)
    .where(
        Assessment.passenger_id == Referral.passenger_id, Assessment.is_current,
        ~Assessment.rules_alone, Assessment.action.in_(_ACTING),
    )
    .correlate(Referral)
    .exists()
)  # fmt: skip
"""Whether a list or an officer, and not rules alone, asks for something at the gate."""
_team = sa.func.coalesce(Referral.team_id, TeamAssignment.team_id)
_TARGET = (
    sa.select(QueueTarget.seconds)
    .where(
        QueueTarget.site == Referral.site, QueueTarget.kind == Referral.kind,
        sa.or_(QueueTarget.hall_id == Referral.hall_id, QueueTarget.hall_id.is_(None)),
    )
    .order_by(QueueTarget.hall_id.is_(None))
    .limit(1)
    .correlate(Referral)
    .scalar_subquery()
)  # fmt: skip
"""What the hall says, else the site; None: :data:`TARGETS`."""
_COLUMNS: tuple[Any, ...] = (
    Referral, Officer.name, Passenger.surname, Passenger.given_names, Passenger.seat, Flight.id,
    Flight.carrier + sa.cast(Flight.number, sa.Text) + Flight.suffix, Device.name, _Left.name,
    _Offered.name, _Decider.name, LaneTeam.id, LaneTeam.name, _Seen.name,
    sa.or_(_IN_HAND_AGAIN, sa.and_(Referral.origin.is_not(None), _MAY_COME_BACK)), _TARGET,
)  # fmt: skip
"""Columns, not whole passengers and flights: their records are large, and a queue shows a name and a seat."""
_QUEUED = (
    sa.select(*_COLUMNS)
    .outerjoin(Officer, Officer.id == Referral.owner_id)
    .outerjoin(_Left, _Left.id == Referral.left_by)
    .outerjoin(_Offered, _Offered.id == Referral.offered_to)
    .outerjoin(_Decider, _Decider.id == Referral.decided_by)
    .outerjoin(Passenger, Passenger.id == Referral.passenger_id)
    .outerjoin(TeamAssignment, TeamAssignment.passenger_id == Referral.passenger_id)
    .outerjoin(LaneTeam, LaneTeam.id == _team)
    .outerjoin(Device, Device.id == Referral.device_id)
    .outerjoin(_Seen, _Seen.id == Referral.seen_device_id)
    .outerjoin(Flight, Flight.id == sa.func.coalesce(Referral.flight_id, Passenger.flight_id))
)  # fmt: skip


def _queued(
    referral: Referral,
    owner: str | None,
    surname: str | None,
    given_names: str | None,
    seat: str | None,
    flight_id: UUID | None,
    flight: str | None,
    device: str | None,
    left: str | None,
    offered: str | None,
    decider: str | None,
    team_id: UUID | None,
    team: str | None,
    place: str | None,
    goes_on: bool,  # noqa: FBT001  # a column
    target: int | None,
) -> Queued:
    return Queued(
        id=referral.id,
        version=referral.version,
        kind=referral.kind,
        state=referral.state,
        decision=referral.decision,
        reasons=visible_reasons(referral, goes_on=goes_on),
        hall_id=referral.hall_id,
        passenger_id=referral.passenger_id,
        presentation_id=referral.presentation_id,
        flight_id=flight_id,
        flight=flight,
        device=device,
        surname=surname,
        given_names=given_names,
        seat=seat,
        is_hold=referral.is_hold,
        hold_until=referral.hold_until,
        owner_id=referral.owner_id,
        owner=owner,
        claimed_at=referral.claimed_at,
        called_at=referral.called_at,
        raised_at=referral.created_at,
        closed_at=referral.closed_at,
        decided_by=referral.decided_by,
        decider=decider,
        left_by=referral.left_by,
        left=left,
        left_at=referral.left_at,
        left_why=referral.left_why,
        offered_to=referral.offered_to,
        offered=offered,
        team_id=team_id,
        team=team,
        place=place,
        seen_at=referral.seen_at,
        reopens_id=referral.reopens_id,
        by_officer=referral.by_officer,
        why_not=referral.why_not if referral.why_not is not WhyNot.NOT_SAID else None,
        due_at=referral.created_at
        + (timedelta(seconds=target) if target else TARGETS[referral.kind]),
    )


def visible_reasons(referral: Referral, *, goes_on: bool) -> list[str]:
    """The reasons; who chose somebody for a full examination is told when it is over, and not before: who
    knows that it was chance examines less. ``goes_on``: the closed case is in hand again, or a release that
    can be taken back, as long as the traveller has not passed.
    """
    if referral.state is not ReferralState.CLOSED or referral.origin is None or goes_on:
        return referral.reasons
    told = ORIGINS[referral.origin]
    return [told if reason == FULL_EXAMINATION else reason for reason in referral.reasons]


def under_examination(passenger_id: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
    """Whether a passenger is to be examined in full without reasons: those are shown when it is over. A release is
    over once the traveller has passed, or by the end of the case that goes on with it. What a list or an officer says
    does not wait for it, also if it comes when the examination is already there.
    """
    taken_back = sa.select(_Later.id).where(_Later.reopens_id == Referral.id).correlate(Referral)
    return (
        sa.select(Referral.id)
        .where(
            Referral.passenger_id == passenger_id,
            Referral.kind == ReferralKind.EXAMINATION,
            sa.or_(
                Referral.state != ReferralState.CLOSED,
                sa.and_(_MAY_COME_BACK, ~taken_back.exists()),
            ),
            Referral.reasons.contains([FULL_EXAMINATION]),
            ~_SAID_BY_OTHERS,
        )
        .correlate_except(Referral)
        .exists()
    )
