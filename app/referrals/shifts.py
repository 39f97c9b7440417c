"""From hand to hand: leases that end, calls to a supervisor, hand-overs with a note, what a supervisor takes away, notes.

Whoever is offered a referral accepts by claiming it. Nobody is shut out by an offer: a traveller waits, and whoever
is nearer may take it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor
from app.identity import officers
from app.identity.models import Officer, OfficerSession
from app.identity.permissions import Permission, granted
from app.kernel.errors import FieldProblem, InvalidError, kept
from app.kernel.texts import N_
from app.referrals import custody
from app.referrals.custody import INSPECTION_LEASE, LEASE, ReferralChangedError, ReferralTakenError
from app.referrals.kinds import Left, ReferralState
from app.referrals.models import Referral
from app.referrals.shift_models import LaneTeam

MAX_NOTE = 1000


class NoteMissingError(InvalidError):
    """Whoever gives something on, or says something, says it in words."""

    code, status, title = "note-missing", 422, N_("Say in a sentence what the next one must know")


class ReceiverError(InvalidError):
    """Nobody of this site who may decide, or no team that works."""

    code, status, title = (
        "receiver-unknown", 422, N_("Choose a colleague of this site who may decide, or a team that works today"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Receiver:
    """To whom: a colleague or a lane team, one of the two."""

    officer_id: UUID | None = None
    team_id: UUID | None = None


def hand_over(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    version: int,
    to: Receiver,
    note: str,
    now: datetime,
) -> Referral:
    """Give what one has in hand to a colleague or a team, with a note; they accept by claiming it.

    An inspection that was begun goes on with whoever claims it. Raises the errors of
    :mod:`app.referrals.custody`, :class:`NoteMissingError` and :class:`ReceiverError`.
    """
    referral = custody.own(session, actor, referral_id)
    custody.check_version(referral, version)
    if referral.owner_id != actor.id:
        raise ReferralChangedError  # it has gone back meanwhile: whoever hands over has it
    note = said(note)
    _check_receiver(session, referral, to)
    custody.free(referral, Left.HANDED_OVER, now)
    _offer(session, actor, referral, to, "handed-over", note, now)
    return referral


def reassign(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    version: int,
    to: Receiver,
    reason: str,
    now: datetime,
) -> Referral:
    """A supervisor gives it to somebody else, whoever has it; to himself, he has it at once.

    Raises like :func:`hand_over`, but for what is in a colleague's hands.
    """
    referral = custody.lock_open(session, actor, referral_id)
    custody.check_version(referral, version)
    reason = said(reason)
    _check_receiver(session, referral, to)
    custody.free(referral, Left.TAKEN_AWAY, now)
    if to.officer_id == actor.id:
        custody.take(referral, actor, now)
    _offer(session, actor, referral, to, "reassigned", reason, now)
    return referral


def _offer(
    session: Session, actor: Actor, referral: Referral, to: Receiver, kind: str, note: str, now: datetime
) -> None:  # fmt: skip
    if referral.owner_id is None:
        referral.offered_to = to.officer_id
    if to.team_id:
        referral.team_id = to.team_id
    custody.step(
        session, actor, referral, kind, now, note,
        to=str(to.officer_id or ""), team=str(to.team_id or ""),
    )  # fmt: skip


def add_note(
    session: Session, actor: Actor, referral_id: UUID, note: str, now: datetime
) -> Referral:
    """Tell everybody who opens it; a note of the owner renews the lease.

    Anybody who may decide may say something, whoever has it. Raises ReferralClosedError and
    :class:`NoteMissingError`.
    """
    referral = custody.lock_open(session, actor, referral_id)
    if referral.owner_id == actor.id:
        referral.active_at = now
    custody.step(session, actor, referral, "note", now, said(note))
    return referral


def said(note: str) -> str:
    """A note as it is kept. Raises :class:`NoteMissingError` and :class:`app.kernel.errors.TooLongError`."""
    if not note.strip():
        raise NoteMissingError(fields=[FieldProblem("/note", "missing")])
    return kept(note, MAX_NOTE, "/note")


def _check_receiver(session: Session, referral: Referral, to: Receiver) -> None:
    if (to.officer_id is None) == (to.team_id is None):
        raise ReceiverError(fields=[FieldProblem("/to", "one-of")])
    if to.team_id is not None:
        team = session.get(LaneTeam, to.team_id)
        known = team is not None and team.site == referral.site and team.closed_at is None
    else:
        officer = session.get(Officer, to.officer_id)
        known = (
            officer is not None
            and officer.site == referral.site
            and officer.disabled_at is None
            and granted(list(officer.roles), Permission.DECIDE_REFERRAL)
        )
    if not known:
        raise ReceiverError(fields=[FieldProblem("/to", "unknown")])


# --- leases ---------------------------------------------------------------------------------------


def renew(session: Session, actor: Actor, referral_ids: Sequence[UUID], now: datetime) -> None:
    """A sign of life of the owner: what is the actor's own stays so. It is no step and tells nobody, unless a supervisor
    has been called.
    """
    called = session.execute(
        sa.update(Referral)
        .where(
            Referral.id.in_(referral_ids), Referral.owner_id == actor.id,
            Referral.state.in_((ReferralState.CLAIMED, ReferralState.INSPECTING)),
        )
        .values(active_at=now)
        .returning(Referral.id, Referral.called_at)
        .execution_options(synchronize_session=False)
    ).all()  # fmt: skip
    for referral_id, since in called:
        if since is not None:
            _heard(session, actor, custody.lock_open(session, actor, referral_id), now)


def _heard(session: Session, actor: Actor, referral: Referral, now: datetime) -> None:
    """The officer of an inspection is back: the call ends, and everybody is told."""
    if referral.called_at is not None and referral.owner_id == actor.id:
        custody.step(session, actor, referral, "inspection-heard", now)


def keep_alive(session: Session, actor: Actor, referral_id: UUID, now: datetime) -> None:
    """The heartbeat of an open page. Raises ReferralTakenError, ReferralClosedError, or ReferralChangedError once
    the claim has gone back: claim it again.
    """
    referral = custody.lock_open(session, actor, referral_id)
    if referral.owner_id is None:
        raise ReferralChangedError
    if referral.owner_id != actor.id:
        by = custody.name_of(session, referral.owner_id)
        raise ReferralTakenError(by, referral.claimed_at)
    referral.active_at = now
    _heard(session, actor, referral, now)
    session.flush()


def return_idle_claims(session: Session, now: datetime) -> int:
    """Give back what was claimed and then left alone for longer than :data:`LEASE`, and what belongs to somebody
    who is not signed in any more; how many. Of inspections see :func:`call_to_inspections`.
    """
    live = _is_signed_in(now)
    found = session.execute(
        sa.select(Referral, ~live)
        .where(Referral.state == ReferralState.CLAIMED)
        .where((Referral.active_at < now - LEASE) | ~live)
        .with_for_update(skip_locked=True, of=Referral)
    ).all()
    for referral, is_gone in found:
        if is_gone:
            custody.free(referral, Left.SIGNED_OUT, now)
        else:
            custody.free(referral, Left.IDLE, now)
        custody.step(
            session, SYSTEM, referral, "owner-gone" if is_gone else "lease-ended", now,
            owner=str(referral.left_by),
        )  # fmt: skip
    return len(found)


def call_to_inspections(session: Session, now: datetime) -> int:
    """Call a supervisor to inspections that were left alone for longer than :data:`INSPECTION_LEASE`, at once where
    their officer is not signed in any more; to how many. They stay in his hands until somebody takes over: he answers
    for what lies open.
    """
    found = session.scalars(
        sa.select(Referral)
        .where(
            Referral.state == ReferralState.INSPECTING, Referral.owner_id.is_not(None),
            Referral.called_at.is_(None),
        )
        .where((Referral.active_at < now - INSPECTION_LEASE) | ~_is_signed_in(now))
        .order_by(Referral.id)
        .with_for_update(skip_locked=True)
    ).all()  # fmt: skip
    for referral in found:
        referral.called_at = now
        custody.step(
            session, SYSTEM, referral, "inspection-silent", now, owner=str(referral.owner_id)
        )
    return len(found)


def _is_signed_in(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a referral's owner has a session that lasts."""
    return sa.exists().where(
        OfficerSession.officer_id == Referral.owner_id,
        *officers.lasting(now),
        sa.exists().where(
            Officer.id == OfficerSession.officer_id, Officer.disabled_at.is_(None)
        ),
    )  # fmt: skip


def leave(session: Session, actor: Actor, now: datetime) -> int:
    """Whoever signs out keeps nothing claimed; how many went back."""
    mine = session.scalars(
        sa.select(Referral)
        .where(Referral.owner_id == actor.id, Referral.state == ReferralState.CLAIMED)
        .order_by(Referral.id)
        .with_for_update()
    ).all()
    for referral in mine:
        custody.free(referral, Left.SIGNED_OUT, now)
        custody.step(session, actor, referral, "owner-gone", now)
    return len(mine)
