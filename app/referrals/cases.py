"""Cases after their end: a closed one is gone on with, somebody who has passed is looked for.

What was closed stays as it is. Reopening begins a referral that goes on with the closed one (``reopens_id``), so that
decisions, inspections and figures of both stand, and are appended to alone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor
from app.kernel.errors import ConflictError, ForbiddenError
from app.kernel.texts import N_
from app.referrals import custody
from app.referrals.custody import ReferralHandledError
from app.referrals.kinds import AFTERWARDS, ReferralDecision, ReferralKind, ReferralState
from app.referrals.models import Referral
from app.referrals.shifts import said

REOPEN_OWN = timedelta(minutes=30)
"""So long whoever decided may take it back alone: a slip is noticed within minutes. Later a supervisor decides."""

UNDO = timedelta(seconds=10)
"""So long a release is undone without a word: a slip of the finger is felt at once."""

RECALLED = "recalled"


class Decided(Protocol):
    """What is asked of a closed case: a row, or what a page shows of it."""

    @property
    def kind(self) -> ReferralKind: ...
    @property
    def decision(self) -> ReferralDecision | None: ...
    @property
    def decided_by(self) -> UUID | None: ...
    @property
    def closed_at(self) -> datetime | None: ...


class ReopenedError(ReferralHandledError):
    """It has been reopened already; says by whom and when."""

    code, status, title = "referral-reopened", 409, N_("This has been reopened already")


class UndoOverError(ConflictError):
    """What is older, of somebody else, or no release, is taken back with a reason."""

    code, status, title = (
        "undo-over", 409, N_("This can no longer be undone: take it back, with the reason"),
    )  # fmt: skip


class NotClosedError(ConflictError):
    """There is nothing to reopen."""

    code, status, title = "referral-open", 409, N_("This is open: claim it instead")


class NotReopenedError(ConflictError):
    """A recall and a late hit are raised anew, not reopened."""

    code, status, title = (
        "referral-not-reopened", 409, N_("A recall or late hit is not reopened: recall the traveller again"),
    )  # fmt: skip


class NotYoursToReopenError(ForbiddenError):
    """Not decided by this officer, or too long ago."""

    code, status, title = (
        "supervisor-needed", 403,
        N_("Only a supervisor, or within half an hour whoever decided it, can reopen this"),
    )  # fmt: skip


def may_reopen(
    decided_by: UUID | None, closed_at: datetime | None, actor: Actor, now: datetime, *, leads: bool
) -> bool:
    """A supervisor always, whoever decided within :data:`REOPEN_OWN`."""
    own = decided_by is not None and decided_by == actor.id
    return leads or (own and closed_at is not None and now - closed_at <= REOPEN_OWN)


def undo_until(one: Decided, actor: Actor, now: datetime) -> datetime | None:
    """Until when an officer undoes his own release; None for what is not, or no longer, undone."""
    released = one.decision is ReferralDecision.RELEASED and one.kind not in AFTERWARDS
    if not released or one.decided_by != actor.id or one.closed_at is None:
        return None
    ends = one.closed_at + UNDO
    return ends if now <= ends else None


def reopen(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    version: int,
    reason: str,
    now: datetime,
    *,
    leads: bool,
    passed: bool,
) -> Referral:
    """Go on with a closed case, in the hands of whoever reopens it: the new referral, of the same kind and reasons.

    ``passed``: the traveller has walked through, so that no gate has to hold anybody. ``leads``: the officer is a
    supervisor. A full examination hides its origin again. The gate's part is :mod:`app.gate.recall`. Raises
    NotFoundError, ReferralChangedError, :class:`NotClosedError`, :class:`ReopenedError`,
    :class:`NotReopenedError`, :class:`NotYoursToReopenError` and NoteMissingError.
    """
    closed = custody.lock(session, actor, referral_id)
    _check_reopening(session, closed, version)
    if not may_reopen(closed.decided_by, closed.closed_at, actor, now, leads=leads):
        raise NotYoursToReopenError
    return _go_on(session, actor, closed, "reopened", said(reason), now, passed=passed)


def undo(
    session: Session, actor: Actor, referral_id: UUID, version: int, now: datetime
) -> Referral:
    """Take a release back that the officer has made within :data:`UNDO`: the new referral, in his hands.

    Raises NotFoundError, ReferralChangedError, :class:`NotClosedError`, :class:`ReopenedError`,
    :class:`NotReopenedError` and :class:`UndoOverError`.
    """
    closed = custody.lock(session, actor, referral_id)
    _check_reopening(session, closed, version)
    if undo_until(closed, actor, now) is None:
        raise UndoOverError
    return _go_on(session, actor, closed, "undone", "", now, passed=False)


def _go_on(
    session: Session, actor: Actor, closed: Referral, step: str, reason: str, now: datetime,
    *, passed: bool,
) -> Referral:  # fmt: skip
    made = Referral(
        site=closed.site, hall_id=closed.hall_id, passenger_id=closed.passenger_id,
        presentation_id=None if passed else closed.presentation_id, flight_id=closed.flight_id,
        device_id=closed.device_id, kind=closed.kind, reasons=list(closed.reasons), origin=closed.origin,
        state=ReferralState.RAISED, version=0, reopens_id=closed.id, team_id=closed.team_id,
        by_officer=not passed,
    )  # fmt: skip
    custody.take(made, actor, now)
    session.add(made)
    session.flush()
    custody.step(session, actor, made, step, now, reason, closed=str(closed.id))
    custody.step(session, actor, closed, step, now, reason, by=str(made.id))
    return made


def _check_reopening(session: Session, closed: Referral, version: int) -> None:
    if closed.state is not ReferralState.CLOSED:
        raise NotClosedError
    if closed.kind in AFTERWARDS:
        raise NotReopenedError
    later = session.scalar(sa.select(Referral).where(Referral.reopens_id == closed.id))
    if later is not None:
        raise ReopenedError(_reopener(session, later.id), later.created_at)
    custody.check_version(closed, version)


def _reopener(session: Session, referral_id: UUID) -> str:
    found = session.execute(
        sa.text(
            "select o.name from referral_event e join officer o on o.id = e.actor_id"
            " where e.referral_id = :id and e.kind in ('reopened', 'undone')"
        ),
        {"id": referral_id},
    ).scalar()
    return found or ""


def successor_of(session: Session, referral_id: UUID) -> UUID | None:
    """The case that goes on with a closed one."""
    return session.scalar(sa.select(Referral.id).where(Referral.reopens_id == referral_id))


# --- recalls and late hits ------------------------------------------------------------------------


def raise_afterwards(
    session: Session,
    actor: Actor,
    kind: ReferralKind,
    passenger_id: UUID,
    *,
    site: str,
    hall_id: UUID,
    reasons: Sequence[str],
    seen_device_id: UUID | None,
    seen_at: datetime | None,
    now: datetime,
    note: str = "",
    assessment_id: UUID | None = None,
) -> Referral:
    """A recall or a late hit of a traveller, with the last place and time. The index lets one of each be open."""
    made = Referral(
        site=site, hall_id=hall_id, passenger_id=passenger_id, kind=kind, reasons=list(reasons),
        state=ReferralState.RAISED, version=0, seen_device_id=seen_device_id, seen_at=seen_at,
        assessment_id=assessment_id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    custody.step(session, actor, made, "raised", now, note)
    return made


def open_afterwards(session: Session, passenger_id: UUID, kind: ReferralKind) -> Referral | None:
    """The open recall or late hit of a traveller, locked."""
    return session.scalar(
        sa.select(Referral)
        .where(
            Referral.passenger_id == passenger_id, Referral.kind == kind,
            Referral.state != ReferralState.CLOSED,
        )
        .with_for_update()
    )  # fmt: skip


def close_afterwards(
    session: Session,
    actor: Actor,
    referral: Referral,
    decision: ReferralDecision,
    step: str,
    note: str,
    now: datetime,
) -> None:
    """End a locked recall or late hit."""
    referral.decision, referral.decided_by, referral.decided_at = decision, actor.id, now
    referral.state, referral.closed_at = ReferralState.CLOSED, now
    custody.step(session, actor, referral, step, now, note)


def end_recall(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    version: int,
    note: str,
    now: datetime,
    *,
    found: bool,
) -> Referral:
    """The traveller was found, or was not. Who was found is in the finder's hands as a case of its own, whose
    outcome says what was found with him: that new referral comes back, otherwise the recall.

    Raises the errors of :mod:`app.referrals.custody` and NoteMissingError (where and how, in a sentence).
    """
    referral = custody.own(session, actor, referral_id)
    custody.check_version(referral, version)
    if referral.kind is not ReferralKind.RECALL:
        raise custody.ReferralChangedError
    note = said(note)
    custody.take(referral, actor, now)
    if not found:
        close_afterwards(
            session, actor, referral, ReferralDecision.NOT_FOUND, "not-found", note, now
        )
        return referral
    close_afterwards(session, actor, referral, ReferralDecision.FOUND, "found", note, now)
    made = Referral(
        site=referral.site, hall_id=referral.hall_id, passenger_id=referral.passenger_id,
        kind=ReferralKind.RISK, reasons=[RECALLED], state=ReferralState.RAISED, version=0,
    )  # fmt: skip
    custody.take(made, actor, now)
    session.add(made)
    session.flush()
    custody.step(session, actor, made, "raised", now, note, recall=str(referral.id))
    return made
