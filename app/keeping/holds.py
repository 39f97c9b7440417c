"""Legal holds: what an authority wants kept is neither masked nor deleted until the hold ends.

Placing needs one officer with that right and a reason: what is deleted meanwhile would not come back. Ending one early
needs two. It ends by itself on its day at the latest, a year after it was placed; it can be placed again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.identity import scope
from app.kernel.errors import (
    ConflictError,
    FieldProblem,
    InvalidError,
    NotFoundError,
    SecondOfficerError,
)
from app.kernel.texts import N_
from app.referrals.models import Referral
from app.retention.models import HoldKind, LegalHold
from app.travel.models import Flight, Passenger

LONGEST: Final = timedelta(days=366)
MOST: Final = 500
"""Characters of each text."""


class HoldChangedError(ConflictError):
    """Whoever pressed saw it otherwise: what was meant as asking must not agree, nor the other way round."""

    code, status, title = (
        "hold-changed", 409,
        N_("Since this page was shown, somebody has asked to end this hold, or nobody has: look at it again, then press"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A hold as it is ordered; ``kind`` and ``subject_id`` are None where nothing that can be one was given."""

    kind: HoldKind | None
    subject_id: UUID | None
    authority: str
    reference: str
    reason: str
    until: date


def place(session: Session, actor: Actor, site: str, wanted: Wanted, now: datetime) -> LegalHold:
    """Hold from now on; the same order sent again is the hold that stands.

    Raises InvalidError for all that is missing, NotFoundError for what is not there.
    """
    assert actor.id
    faults = [
        FieldProblem(f"/{name}", "required")
        for name in ("kind", "subject_id")
        if getattr(wanted, name) is None
    ]
    faults += [
        FieldProblem(f"/{name}", "required" if not text.strip() else "too_long")
        for name in ("authority", "reference", "reason")
        if not (text := getattr(wanted, name)).strip() or len(text) > MOST
    ]
    if not now.date() < wanted.until <= (now + LONGEST).date():
        faults.append(FieldProblem("/until", "out_of_range"))
    if faults:
        raise InvalidError(fields=faults)
    assert wanted.kind
    assert wanted.subject_id
    with scope.reading():
        covers = _covered(session, site, wanted)
    if standing := _standing(session, site, wanted):
        return standing
    hold = LegalHold(
        site=site, kind=wanted.kind, subject_id=wanted.subject_id,
        covers=covers, authority=wanted.authority.strip(),
        reference=wanted.reference.strip(), reason=wanted.reason.strip(), until=wanted.until,
        placed_by=actor.id, placed_at=now,
    )  # fmt: skip
    session.add(hold)
    session.flush()
    audit.record(
        session, actor, "hold.placed", str(wanted.kind), wanted.subject_id, now,
        hold=str(hold.id), until=wanted.until.isoformat(),
    )  # fmt: skip
    return hold


def _standing(session: Session, site: str, wanted: Wanted) -> LegalHold | None:
    """The hold that says the same, word for word: sealed words are compared here. Whoever sends it at the same moment waits."""
    lock = sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"legal-hold {wanted.subject_id}"))
    session.execute(sa.select(lock))
    found = session.scalars(
        sa.select(LegalHold).where(
            LegalHold.site == site, LegalHold.kind == wanted.kind,
            LegalHold.subject_id == wanted.subject_id, LegalHold.ended_at.is_(None),
            LegalHold.until == wanted.until,
        )
    )  # fmt: skip
    words = ("authority", "reference", "reason")
    return next(
        (
            one
            for one in found
            if all(getattr(one, name) == getattr(wanted, name).strip() for name in words)
        ),
        None,
    )


def lift(
    session: Session, actor: Actor, site: str, hold_id: UUID, now: datetime, *, agrees: bool
) -> LegalHold:
    """Ask to end a hold early, or, as another officer, agree to it: what was meant is said (``agrees``).

    Raises NotFoundError, SecondOfficerError and :class:`HoldChangedError`.
    """
    assert actor.id
    hold = session.scalar(
        sa.select(LegalHold)
        .where(LegalHold.id == hold_id, LegalHold.site == site, LegalHold.ended_at.is_(None))
        .with_for_update()
    )
    if hold is None:
        raise NotFoundError
    if hold.lift_asked_by == actor.id:
        raise SecondOfficerError
    if agrees is not (hold.lift_asked_by is not None):
        raise HoldChangedError
    if not agrees:
        hold.lift_asked_by = actor.id
        action = "hold.lift-asked"
    else:
        hold.ended_by, hold.ended_at = actor.id, now
        action = "hold.lifted"
    audit.record(session, actor, action, str(hold.kind), hold.subject_id, now, hold=str(hold.id))
    session.flush()
    return hold


def end_over(session: Session, now: datetime, limit: int = 100) -> int:
    """Holds whose day has passed; how many. What they covered goes with the same run."""
    over = session.scalars(
        sa.select(LegalHold)
        .where(LegalHold.ended_at.is_(None), LegalHold.until < now.date())
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for hold in over:
        hold.ended_at = now
        audit.record(session, audit.SYSTEM, "hold.ended", str(hold.kind), hold.subject_id, now,
                     hold=str(hold.id))  # fmt: skip
    session.flush()
    return len(over)


def in_force(session: Session, site: str, now: datetime) -> Sequence[LegalHold]:
    """Holds that stand and are in the officer's reach, those that end first first."""
    found = session.scalars(
        sa.select(LegalHold)
        .where(LegalHold.site == site, LegalHold.ended_at.is_(None), LegalHold.until >= now.date())
        .order_by(LegalHold.until, LegalHold.id)
    ).all()
    return [one for one in found if _is_in_reach(session, one)]


def is_held(session: Session, now: datetime, *subjects: UUID | None) -> bool:
    """Whether a hold covers one of these passengers, flights or referrals."""
    known = [one for one in subjects if one is not None]
    found = sa.exists().where(
        LegalHold.ended_at.is_(None), LegalHold.until >= now.date(), LegalHold.covers.overlap(known)
    )
    return bool(known and session.scalar(sa.select(found)))


def covering(subject: sa.SQLColumnExpression[UUID | None], today: date) -> sa.ColumnElement[bool]:
    """SQL: whether a hold covers whom a column names."""
    return sa.exists().where(
        LegalHold.ended_at.is_(None), LegalHold.until >= today, subject == sa.any_(LegalHold.covers)
    )


def _is_in_reach(session: Session, hold: LegalHold) -> bool:
    if scope.current() == scope.UNLIMITED:
        return True
    subjects = {HoldKind.PASSENGER: Passenger.id, HoldKind.CASE: Referral.id}
    key = subjects.get(hold.kind)
    with scope.reading():
        return (
            key is None or session.scalar(sa.select(key).where(key == hold.subject_id)) is not None
        )


def _covered(session: Session, site: str, wanted: Wanted) -> list[UUID]:
    """The subject itself and, of a case, its passenger. Raises NotFoundError for what is not of this site, or where the
    officer's role does not reach.
    """
    if wanted.kind is HoldKind.FLIGHT:
        query = sa.select(Flight.id).where(Flight.id == wanted.subject_id, Flight.site == site)
        found = session.scalar(query)
        covered = [found] if found else []
    elif wanted.kind is HoldKind.PASSENGER:
        query = (
            sa.select(Passenger.id)
            .join(Flight, Flight.id == Passenger.flight_id)
            .where(Passenger.id == wanted.subject_id, Flight.site == site)
        )
        found = session.scalar(query)
        covered = [found] if found else []
    else:
        case = session.execute(
            sa.select(Referral.id, Referral.passenger_id)
            .where(Referral.id == wanted.subject_id, Referral.site == site)
        ).one_or_none()  # fmt: skip
        covered = [one for one in (case or ()) if one is not None]
    if not covered:
        raise NotFoundError
    return covered
