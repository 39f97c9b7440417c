"""The second pair of eyes from afar: asked for, joined, instructions given and acknowledged, ended.

Whoever inspects asks, one senior officer by name or any; who joins may be at another site and sees this one case, for
as long as it is open and the look lasts. The senior instructs and decides nothing: the inspecting officer carries out
or refuses with a reason, and the outcome is his. Every step is a step of the referral, kept with its clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.audit.log import Actor
from app.identity.models import Officer
from app.identity.permissions import Permission, holders
from app.kernel import events
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, NotFoundError, kept
from app.kernel.texts import N_
from app.referrals import service
from app.referrals.evidence_models import Instruction, SecondLook
from app.referrals.kinds import Answer, ReferralKind, ReferralState
from app.referrals.models import Referral

MAX_TEXT = 2000


class LookAskedError(ConflictError):
    """Somebody was asked already."""

    code, status, title = "second-look-asked", 409, N_("A second look was asked for already")


class LookTakenError(ConflictError):
    """Another senior officer has joined."""

    code, status, title = "second-look-taken", 409, N_("A colleague has joined this")


class LookOverError(ConflictError):
    """The look has ended, or the case is closed."""

    code, status, title = "second-look-over", 409, N_("This second look is over")


class LookInvalidError(InvalidError):
    """A text is missing, or an officer cannot be asked."""

    code, status, title = "second-look-invalid", 422, N_("Some of this cannot be accepted")


@dataclass(frozen=True, slots=True)
class Given:
    """An instruction with the names of both officers."""

    instruction: Instruction
    by: str


@dataclass(frozen=True, slots=True)
class Look:
    """A second look with what was said, oldest first."""

    look: SecondLook
    asked_by: str
    invited: str
    joined_by: str
    kind: ReferralKind
    is_open: bool
    given: Sequence[Given] = ()


def ask(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    question: str,
    invited_id: UUID | None,
    now: datetime,
) -> SecondLook:
    """Ask for a second look at what one inspects.

    Raises NotFoundError, ReferralChangedError where nobody inspects it, ReferralTakenError,
    :class:`LookAskedError` and :class:`LookInvalidError`.
    """
    assert actor.id
    referral = _inspecting(session, actor, referral_id)
    if not question.strip():
        raise LookInvalidError(fields=[FieldProblem("/question", "missing")])
    if invited_id is not None:
        _check_invited(session, actor, invited_id)
    if _open_of(session, referral_id):
        raise LookAskedError
    look = SecondLook(
        referral_id=referral_id, site=referral.site, asked_by=actor.id, asked_at=now,
        question=kept(question, MAX_TEXT, "/question"), invited_id=invited_id, version=0,
    )  # fmt: skip
    session.add(look)
    _changed(session, actor, referral, look, "second-look-asked", now)
    return look


def join(session: Session, actor: Actor, look_id: UUID, now: datetime) -> SecondLook:
    """Look on; who has joined joins again without effect.

    Raises NotFoundError (also for whoever was not asked), :class:`LookOverError`, :class:`LookTakenError`.
    """
    referral, look = _locked(session, look_id)
    if look.joined_by == actor.id:
        return look
    if look.joined_by is not None:
        raise LookTakenError
    if look.asked_by == actor.id or look.invited_id not in (None, actor.id):
        raise NotFoundError
    look.joined_by, look.joined_at = actor.id, now
    _changed(session, actor, referral, look, "second-look-joined", now)
    return look


def instruct(
    session: Session, actor: Actor, look_id: UUID, text: str, now: datetime
) -> Instruction:
    """Write an instruction. Raises NotFoundError, :class:`LookOverError`, :class:`LookInvalidError`."""
    assert actor.id
    referral, look = _joined(session, actor, look_id)
    if not text.strip():
        raise LookInvalidError(fields=[FieldProblem("/text", "missing")])
    given = Instruction(
        look_id=look.id, given_by=actor.id, given_at=now, text=kept(text, MAX_TEXT, "/text")
    )
    session.add(given)
    _changed(session, actor, referral, look, "instruction-given", now)
    return given


def acknowledge(session: Session, actor: Actor, instruction_id: UUID, now: datetime) -> Instruction:
    """The inspecting officer has read it. Raises NotFoundError and the errors of a referral in other hands."""
    referral, look, given = _instruction(session, actor, instruction_id)
    if given.read_at is None:
        given.read_at, given.read_by = now, actor.id
        _changed(session, actor, referral, look, "instruction-read", now)
    return given


def answer(
    session: Session,
    actor: Actor,
    instruction_id: UUID,
    said: Answer,
    reason: str,
    now: datetime,
) -> Instruction:
    """Carried out, or refused with a reason; said once.

    Raises NotFoundError, the errors of a referral in other hands, ReferralChangedError where something else was
    said, and :class:`LookInvalidError`.
    """
    referral, look, given = _instruction(session, actor, instruction_id)
    if given.answer is not None:
        if given.answer is not said:
            raise service.ReferralChangedError
        return given
    if said is Answer.REFUSED and not reason.strip():
        raise LookInvalidError(fields=[FieldProblem("/reason", "missing")])
    if given.read_at is None:
        given.read_at, given.read_by = now, actor.id
    given.answer, given.reason = said, kept(reason, MAX_TEXT, "/reason")
    given.answered_by, given.answered_at = actor.id, now
    _changed(session, actor, referral, look, f"instruction-{said}", now)
    return given


def see_answer(session: Session, actor: Actor, instruction_id: UUID, now: datetime) -> Instruction:
    """The senior officer has seen what became of it. Raises NotFoundError, :class:`LookOverError`."""
    given = session.get(Instruction, instruction_id)
    if given is None:
        raise NotFoundError
    referral, look = _joined(session, actor, given.look_id)
    session.refresh(given, with_for_update=True)
    if given.answered_at is None:
        raise service.ReferralChangedError
    if given.seen_at is None:
        given.seen_at = now
        _changed(session, actor, referral, look, "answer-seen", now)
    return given


def end(session: Session, actor: Actor, look_id: UUID, now: datetime) -> SecondLook:
    """Both may end it: who has joined, and who has the referral. Raises NotFoundError, :class:`LookOverError`."""
    referral, look = _locked(session, look_id)
    if actor.id not in (look.joined_by, referral.owner_id):
        raise NotFoundError
    look.ended_at = now
    _changed(session, actor, referral, look, "second-look-ended", now)
    return look


# --- what is shown --------------------------------------------------------------------------------


def asked_for(session: Session, officer_id: UUID) -> list[Look]:
    """The queue "asked for a second look": open ones that wait for this officer, and those joined. No question and
    nobody's name stands in it.
    """
    mine = SecondLook.joined_by == officer_id
    waits = SecondLook.joined_by.is_(None) & (
        SecondLook.invited_id.is_(None) | (SecondLook.invited_id == officer_id)
    )
    return _looks(session, _IS_OPEN, mine | waits, SecondLook.asked_by != officer_id)


def read_look(session: Session, actor: Actor, look_id: UUID) -> Look:
    """One look for whoever was asked or has joined, with its instructions once joined. Raises NotFoundError."""
    found = _looks(session, SecondLook.id == look_id)
    one = found[0] if found else None
    if one is None or one.look.asked_by == actor.id:
        raise NotFoundError
    if one.look.joined_by == actor.id:
        return _with_given(session, [one])[0]
    if one.look.joined_by is not None:
        raise LookTakenError if one.look.invited_id in (None, actor.id) else NotFoundError
    if one.look.invited_id not in (None, actor.id):
        raise NotFoundError
    return one


def may_see(session: Session, actor: Actor, referral_id: UUID) -> bool:
    """Whether a case is open to somebody because they look on."""
    query = (
        sa.select(SecondLook.id)
        .join(Referral, Referral.id == SecondLook.referral_id)
        .where(
            SecondLook.referral_id == referral_id, SecondLook.joined_by == actor.id, _IS_OPEN
        )
    )  # fmt: skip
    return session.scalar(query) is not None


def looks_of(session: Session, referral_id: UUID) -> list[Look]:
    """Every second look at a referral with its instructions, oldest first, for the officers of its site."""
    return _with_given(session, _looks(session, SecondLook.referral_id == referral_id))


def may_be_asked(session: Session, officer_id: UUID) -> list[tuple[UUID, str, str]]:
    """Who can be asked by name: id, name and site of everybody in service whose role it is."""
    roles = [str(role) for role in holders(Permission.SECOND_LOOK)]
    query = sa.select(Officer.id, Officer.name, Officer.site).where(
        Officer.disabled_at.is_(None), Officer.roles.overlap(roles), Officer.id != officer_id
    )
    return [(one, name, site) for one, name, site in session.execute(query.order_by(Officer.name))]


_IS_OPEN = SecondLook.ended_at.is_(None) & (Referral.state != ReferralState.CLOSED)


def _looks(session: Session, *which: sa.ColumnElement[bool]) -> list[Look]:
    asker, invited, joined = aliased(Officer), aliased(Officer), aliased(Officer)
    rows = session.execute(
        sa.select(SecondLook, asker.name, invited.name, joined.name, Referral.kind, Referral.state)
        .join(Referral, Referral.id == SecondLook.referral_id)
        .join(asker, asker.id == SecondLook.asked_by)
        .outerjoin(invited, invited.id == SecondLook.invited_id)
        .outerjoin(joined, joined.id == SecondLook.joined_by)
        .where(*which)
        .order_by(SecondLook.asked_at, SecondLook.id)
    ).all()
    return [
        Look(
            look, by, named or "", who or "", kind,
            look.ended_at is None and state is not ReferralState.CLOSED,
        )
        for look, by, named, who, kind, state in rows
    ]  # fmt: skip


def _with_given(session: Session, looks: Sequence[Look]) -> list[Look]:
    rows = session.execute(
        sa.select(Instruction, Officer.name)
        .join(Officer, Officer.id == Instruction.given_by)
        .where(Instruction.look_id.in_([one.look.id for one in looks]))
        .order_by(Instruction.given_at, Instruction.id)
    ).all()
    return [
        Look(
            one.look, one.asked_by, one.invited, one.joined_by, one.kind, one.is_open,
            [Given(said, by) for said, by in rows if said.look_id == one.look.id],
        )
        for one in looks
    ]  # fmt: skip


# --- checks and changes ---------------------------------------------------------------------------


def _inspecting(session: Session, actor: Actor, referral_id: UUID) -> Referral:
    referral = service.lock_own_site(session, actor, referral_id)
    if referral.state is not ReferralState.INSPECTING:
        raise service.ReferralChangedError
    if referral.owner_id != actor.id:
        name = session.scalar(sa.select(Officer.name).where(Officer.id == referral.owner_id))
        raise service.ReferralTakenError(name or "", referral.claimed_at)
    return referral


def _check_invited(session: Session, actor: Actor, officer_id: UUID) -> None:
    if officer_id not in {one for one, _, _ in may_be_asked(session, actor.id or officer_id)}:
        raise LookInvalidError(fields=[FieldProblem("/invited", "unknown")])


def _open_of(session: Session, referral_id: UUID) -> bool:
    query = sa.select(SecondLook.id).where(
        SecondLook.referral_id == referral_id, SecondLook.ended_at.is_(None)
    )
    return session.scalar(query) is not None


def _locked(session: Session, look_id: UUID) -> tuple[Referral, SecondLook]:
    """Referral, then look, locked, as everybody locks them; the look lasts."""
    referral_id = session.scalar(sa.select(SecondLook.referral_id).where(SecondLook.id == look_id))
    if referral_id is None:
        raise NotFoundError
    referral = session.get_one(Referral, referral_id, with_for_update=True, populate_existing=True)
    look = session.get_one(SecondLook, look_id, with_for_update=True, populate_existing=True)
    if look.ended_at is not None or referral.state is ReferralState.CLOSED:
        raise LookOverError
    return referral, look


def _joined(session: Session, actor: Actor, look_id: UUID) -> tuple[Referral, SecondLook]:
    referral, look = _locked(session, look_id)
    if look.joined_by != actor.id:
        raise NotFoundError
    return referral, look


def _instruction(
    session: Session, actor: Actor, instruction_id: UUID
) -> tuple[Referral, SecondLook, Instruction]:
    """For the inspecting officer; also of a look that has ended, while the referral is open."""
    row = session.execute(
        sa.select(SecondLook.referral_id, SecondLook.id)
        .join(Instruction, Instruction.look_id == SecondLook.id)
        .where(Instruction.id == instruction_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    referral = _inspecting(session, actor, row.referral_id)
    look = session.get_one(SecondLook, row.id, with_for_update=True, populate_existing=True)
    given = session.get_one(Instruction, instruction_id, populate_existing=True)
    return referral, look, given


def _changed(
    session: Session, actor: Actor, referral: Referral, look: SecondLook, kind: str, now: datetime
) -> None:
    """A step of the referral, and a hint for the consoles of every site: ids alone."""
    look.version += 1
    service.note_step(session, actor, referral, kind, now)
    events.emit(session, "second-look.changed", referral.id, version=look.version, site="")
