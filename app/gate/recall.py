"""What can be taken back, and what must be looked for: releases, closed cases, travellers who have passed.

One act of an officer, two ends: before the passage the clearance falls and the lane refuses; after it, exits and
rovers are alerted. Which of the two it is, the database decides: revoking and consuming are conditional updates of
the same row, and whoever comes second sees what the first has done. So nobody is both taken back and let through.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.gate import faces
from app.gate.models import Clearance, Passage, Presentation, SealedFace
from app.identity.models import Device
from app.kernel import events
from app.kernel.errors import ConflictError, NotFoundError
from app.kernel.texts import N_
from app.referrals import cases, custody
from app.referrals.cases import open_afterwards, raise_afterwards
from app.referrals.custody import ReferralHandledError
from app.referrals.kinds import ReferralDecision, ReferralKind, ReferralState
from app.referrals.models import Referral
from app.referrals.shifts import said
from app.referrals.teams import expect_passenger
from app.travel.models import Passenger
from app.travel.touch import touch

RECALL_REASON = "recall"


class NeverHereError(ConflictError):
    """Nobody has seen the traveller at a gate: there is nothing to take back."""

    code, status, title = (
        "not-cleared", 409, N_("This traveller has not been cleared: place a lookout, the gate then stops him"),
    )  # fmt: skip


class RecalledError(ReferralHandledError):
    """Exits and rovers are looking already; says who has recalled the traveller and since when."""

    code, status, title = "already-recalled", 409, N_("This traveller has been recalled already")


class PassedError(ConflictError):
    """The door was faster than the undo: nothing has changed, and a recall is a decision of its own."""

    code, status, title = (
        "already-passed", 409,
        N_("The traveller has passed meanwhile: take it back, and exits and rovers are alerted"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a traveller was seen last, and whether a door opened there."""

    site: str
    hall_id: UUID
    device_id: UUID
    at: datetime
    passed: bool
    device: str = ""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What came of it. ``recalled``: the traveller had passed, and this referral alerts exits and rovers;
    ``referral_id``: the case that holds the traveller, or the recall.
    """

    referral_id: UUID
    recalled: bool
    revoked: int


def last_place(session: Session, passenger_id: UUID) -> Place | None:
    """Where somebody was seen last at this service's devices; a passage outweighs what was shown later."""
    return last_places(session, [passenger_id]).get(passenger_id)


def last_places(session: Session, passengers: Collection[UUID]) -> Mapping[UUID, Place]:
    """The same of many, in one statement; who was seen nowhere is left out."""
    passed = (
        sa.select(
            Passage.passenger_id.label("who"), Presentation.site, Presentation.hall_id,
            Passage.device_id.label("device_id"), Passage.passed_at.label("at"), sa.true().label("passed"),
            Presentation.id.label("shown"),
        )
        .join(Clearance, Clearance.id == Passage.clearance_id)
        .join(Presentation, Presentation.id == Clearance.presentation_id)
        .where(Passage.passenger_id.in_(passengers))
    )  # fmt: skip
    shown = sa.select(
        Presentation.passenger_id, Presentation.site, Presentation.hall_id, Presentation.device_id,
        Presentation.decided_at, sa.false(), Presentation.id,
    ).where(Presentation.passenger_id.in_(passengers))  # fmt: skip
    every = passed.union_all(shown).subquery()
    rows = session.execute(
        sa.select(every, sa.func.coalesce(Device.name, "").label("device"))
        .outerjoin(Device, Device.id == every.c.device_id)
        .ext(distinct_on(every.c.who))
        .order_by(every.c.who, every.c.passed.desc(), every.c.at.desc(), every.c.shown.desc())
    )
    return {
        one.who: Place(one.site, one.hall_id, one.device_id, one.at, one.passed, one.device)
        for one in rows
    }


def take_back(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    version: int,
    reason: str,
    now: datetime,
    *,
    leads: bool,
) -> TakenBack:
    """Reopen a closed case: clearances that were not used fall with it, so that the lane refuses.

    Whoever had been released and has passed is recalled. Raises the errors of :func:`app.referrals.cases.reopen`.
    """
    closed = custody.lock(session, actor, referral_id)
    revoked = _revoke(session, closed.passenger_id, closed.presentation_id, "reopened", now)
    place = _passed(session, closed)
    made = cases.reopen(
        session, actor, referral_id, version, reason, now, leads=leads, passed=place is not None
    )
    if closed.passenger_id is None or closed.decision is not ReferralDecision.RELEASED:
        return TakenBack(made.id, recalled=False, revoked=revoked)
    if place is None:
        touch(session, [closed.passenger_id])
        return TakenBack(made.id, recalled=False, revoked=revoked)
    recalled = open_afterwards(session, closed.passenger_id, ReferralKind.RECALL)
    if recalled is None:
        recalled = _raise_recall(session, actor, closed.passenger_id, place, reason, now)
    return TakenBack(recalled.id, recalled=True, revoked=revoked)


def undo(
    session: Session, actor: Actor, referral_id: UUID, version: int, now: datetime
) -> TakenBack:
    """Take a release back within seconds of it, as long as no door has opened on it: the lane refuses from now on.

    A door that is beginning to open holds the clearance, and whoever comes second sees what the first has done.
    Raises :class:`PassedError` and the errors of :func:`app.referrals.cases.undo`.
    """
    closed = custody.lock(session, actor, referral_id)
    revoked = _revoke(session, closed.passenger_id, closed.presentation_id, "undone", now)
    if _used(session, closed):
        raise PassedError
    made = cases.undo(session, actor, referral_id, version, now)
    if closed.passenger_id is not None:
        touch(session, [closed.passenger_id])
    return TakenBack(made.id, recalled=False, revoked=revoked)


def recall(
    session: Session,
    actor: Actor,
    passenger_id: UUID,
    site: str,
    reason: str,
    now: datetime,
) -> TakenBack:
    """Stop somebody who was cleared: before the passage the lane refuses, afterwards exits and rovers are alerted.

    Whoever is stopped stands before an officer's case of kind risk until it is closed. Raises NotFoundError,
    NoteMissingError, :class:`NeverHereError` and :class:`RecalledError`.
    """
    expect_passenger(session, passenger_id, site)
    reason = said(reason)
    revoked = _revoke(session, passenger_id, None, "recalled", now)
    place = last_place(session, passenger_id)
    if place is None:
        raise NeverHereError
    if place.passed:
        made = _raise_recall(session, actor, passenger_id, place, reason, now)
    else:
        made = _stop(session, actor, passenger_id, place, reason, now)
        touch(session, [passenger_id])
    _settle_late_hit(session, actor, passenger_id, reason, now)
    audit.record(
        session, actor, "passenger.recall", "passenger", passenger_id, now,
        passed=place.passed, referral=str(made.id), revoked=revoked,
    )  # fmt: skip
    return TakenBack(made.id, recalled=place.passed, revoked=revoked)


def find(session: Session, referral_id: UUID) -> TakenBack:
    """What an earlier call came to, for a repeated one."""
    made = session.get_one(Referral, referral_id)
    return TakenBack(made.id, recalled=made.kind is ReferralKind.RECALL, revoked=0)


def _revoke(
    session: Session,
    passenger_id: UUID | None,
    presentation_id: UUID | None,
    because: str,
    now: datetime,
) -> int:
    """Take back what was not used; how many.

    The passenger's row is locked first: a decision that is being written holds it, and is seen here or is taken again
    (its caller then :func:`touch`es the facts). A door that is beginning to open holds the clearance: afterwards it
    is found consumed.
    """
    if passenger_id is not None:
        session.execute(
            sa.select(Passenger.id).where(Passenger.id == passenger_id).with_for_update()
        )
        whose = Clearance.passenger_id == passenger_id
        faces.forget(session, SealedFace.passenger_id == passenger_id)
    elif presentation_id is not None:
        whose = Clearance.presentation_id == presentation_id
    else:
        return 0
    revoked = session.execute(
        sa.update(Clearance)
        .where(whose, Clearance.consumed_at.is_(None), Clearance.revoked_at.is_(None))
        .values(revoked_at=now, revoked_because=because)
        .returning(Clearance.presentation_id)
        .execution_options(synchronize_session=False)
    )
    return len(_tell_lanes(session, revoked.scalars().all()))


def _tell_lanes(session: Session, presentations: Sequence[UUID]) -> Sequence[UUID]:
    """A lane that is about to open hears of it."""
    for row in session.execute(
        sa.select(Presentation.id, Presentation.version, Presentation.site).where(
            Presentation.id.in_(presentations)
        )
    ):
        events.emit(session, "presentation.changed", row.id, version=row.version, site=row.site)
    return presentations


def _passed(session: Session, closed: Referral) -> Place | None:
    """Where the traveller of a closed case has walked through."""
    if closed.passenger_id is None:
        return None
    place = last_place(session, closed.passenger_id)
    return place if place is not None and place.passed else None


def _used(session: Session, closed: Referral) -> bool:
    """Whether a door has opened since the case was closed."""
    if closed.closed_at is None:
        return False
    whose = (
        Clearance.passenger_id == closed.passenger_id
        if closed.passenger_id
        else Clearance.presentation_id == closed.presentation_id
    )
    used = sa.select(Clearance.id).where(whose, Clearance.consumed_at >= closed.closed_at)
    return session.scalar(sa.select(used.exists())) or False


def _raise_recall(
    session: Session, actor: Actor, passenger_id: UUID, place: Place, reason: str, now: datetime
) -> Referral:
    standing = open_afterwards(session, passenger_id, ReferralKind.RECALL)
    if standing is not None:
        raise RecalledError(_raiser(session, standing.id), standing.created_at)
    return raise_afterwards(
        session, actor, ReferralKind.RECALL, passenger_id, site=place.site, hall_id=place.hall_id,
        reasons=(RECALL_REASON,), seen_device_id=place.device_id, seen_at=place.at, now=now,
        note=said(reason),
    )  # fmt: skip


def _raiser(session: Session, referral_id: UUID) -> str:
    found = session.execute(
        sa.text(
            "select o.name from referral_event e join officer o on o.id = e.actor_id"
            " where e.referral_id = :id and e.kind = 'raised'"
        ),
        {"id": referral_id},
    ).scalar()
    return found or ""


def _stop(
    session: Session, actor: Actor, passenger_id: UUID, place: Place, reason: str, now: datetime
) -> Referral:
    """A case by the officer's word: until it is closed, every lane of the hall sends the traveller to an officer."""
    standing = session.scalar(
        sa.select(Referral).where(
            Referral.passenger_id == passenger_id, Referral.by_officer,
            Referral.state != ReferralState.CLOSED,
        )
    )  # fmt: skip
    if standing is not None:
        raise RecalledError(_raiser(session, standing.id), standing.created_at)
    made = Referral(
        site=place.site, hall_id=place.hall_id, passenger_id=passenger_id, kind=ReferralKind.RISK,
        reasons=["stopped-by-officer"], state=ReferralState.RAISED, version=0, by_officer=True,
        seen_device_id=place.device_id, seen_at=place.at,
    )  # fmt: skip
    session.add(made)
    session.flush()
    custody.step(session, actor, made, "raised", now, reason)
    return made


def _settle_late_hit(
    session: Session, actor: Actor, passenger_id: UUID, reason: str, now: datetime
) -> None:
    """A recall answers the late hit that asked for it."""
    late = open_afterwards(session, passenger_id, ReferralKind.LATE_HIT)
    if late is not None:
        cases.close_afterwards(
            session, actor, late, ReferralDecision.RECALLED, "recalled", reason, now
        )


def let_be(
    session: Session, actor: Actor, referral_id: UUID, version: int, note: str, now: datetime
) -> Referral:
    """A late hit that asks for nothing, with the reason. Raises the errors of :mod:`app.referrals.custody`."""
    referral = custody.own(session, actor, referral_id)
    custody.check_version(referral, version)
    if referral.kind is not ReferralKind.LATE_HIT:
        raise NotFoundError
    note = said(note)
    custody.take(referral, actor, now)
    cases.close_afterwards(session, actor, referral, ReferralDecision.RELEASED, "let-be", note, now)
    return referral
