"""Travellers who wait at a one-step gate, and officers' releases.

A hold ends once: by a release, by an inspection, or by silence. Each is a conditional update of the same
row; silence is judged by the database's clock, because several processes watch.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg.rows import dict_row
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import SYSTEM, Actor
from app.declarations.form import today_at
from app.gate import faces, hot
from app.gate.case import Case, Policy, read_policy
from app.gate.decide import Answer, decide
from app.gate.known import Known, build_case, origin_of
from app.gate.models import Clearance, Hall, Presentation, SealedFace
from app.gate.privilege import NO_GROUNDS, Grounds, expect_grounds
from app.gate.shown import Shown
from app.kernel import events
from app.kernel.db import Database
from app.kernel.errors import ConflictError
from app.kernel.ids import uuid7
from app.kernel.texts import N_
from app.referrals import service as referrals
from app.referrals.models import Referral, ReferralEvent, ReferralState
from app.referrals.service import NO_WAIVER, Waiver
from app.screening.models import Assessment
from app.travel.models import Passenger

RELEASE_SECONDS = 2.0
"""How long a release waits for the worker."""
RETRY_SECONDS = 0.2

T = TypeVar("T")


class ScreeningLateError(ConflictError):
    """The traveller is being assessed on new facts at this moment: release in a second."""

    code, status, title = "screening-late", 409, N_("New facts are being assessed, try again")


@dataclass(frozen=True, slots=True)
class Released:
    """What a release came to. ``opens``: somebody who was waiting may go now."""

    referral_id: UUID
    clearance_id: UUID | None
    opens: bool


def release_hold(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    version: int,
    now: datetime,
    waiver: Waiver = NO_WAIVER,
) -> Released:
    """An officer lets a traveller go: decision and clearance in one transaction.

    The release covers the reasons of this referral and nothing else. Who is being held is decided upon
    again on the state of this moment; what is left is a new referral, and the traveller goes to the counter.
    Who stands at a counter gets a clearance that the next lane takes into account. Raises the errors of
    :mod:`app.referrals.service` (changed, once the hold is over) and :class:`ScreeningLateError`.
    """
    referral = referrals.close_released(session, actor, referral_id, version, now, waiver)
    return clear_for(session, actor, referral, now)


def clear_for(session: Session, actor: Actor, referral: Referral, now: datetime) -> Released:
    """The clearance of a referral that an officer has just closed, if its traveller was seen at a device.

    Raises ReferralChangedError once the hold is over, and :class:`ScreeningLateError`.
    """
    presentation = _presentation(session, referral)
    if presentation is None or presentation.answer == Answer.CLEARED:
        return Released(referral.id, None, opens=False)
    hall = session.get_one(Hall, presentation.hall_id)
    policy = read_policy(hall.policy)
    clearance_id = _cover(session, actor, referral, presentation, policy, now)
    if presentation.answer == Answer.HOLD:
        _end_hold(session, actor, presentation, policy, clearance_id, now)
    opens = presentation.answer == Answer.CLEARED
    _announce(session, presentation)
    audit.record(
        session, actor, "clearance.release", "clearance", clearance_id, now,
        referral=str(referral.id), opens=opens,
    )  # fmt: skip
    return Released(referral.id, clearance_id, opens)


def once_screened(act: Callable[[], T]) -> T:
    """Call ``act``, again while it meets facts that are being assessed at this moment.

    Raises :class:`ScreeningLateError` when that takes too long.
    """
    ends = time.monotonic() + RELEASE_SECONDS
    while True:
        try:
            return act()
        except ScreeningLateError:
            if time.monotonic() > ends:
                raise
            time.sleep(RETRY_SECONDS)


def find_release(session: Session, referral_id: UUID) -> Released:
    """What an earlier release came to, for a repeated call."""
    row = session.execute(
        sa.select(Clearance.id, Presentation.answer)
        .select_from(Referral)
        .join(Presentation, Presentation.id == Referral.presentation_id)
        .join(Clearance, Clearance.presentation_id == Presentation.id)
        .where(Referral.id == referral_id, Clearance.released_by.is_not(None))
    ).one_or_none()
    if row is None:
        return Released(referral_id, None, opens=False)
    return Released(referral_id, row.id, opens=row.answer == Answer.CLEARED)


def inspect_hold(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    version: int,
    now: datetime,
    grounds: Grounds = NO_GROUNDS,
) -> Referral:
    """An officer wants to look closer: whoever is being held is sent to the counter now.

    Clearances that are still good are taken back: who is inspected leaves by the officer. Raises
    GroundsReservedError and GroundsMissingError for whoever has official papers.
    """
    stated = expect_grounds(session, session.get_one(Referral, referral_id), grounds)
    referral = referrals.inspect(session, actor, referral_id, version, now, stated)
    presentation = _presentation(session, referral)
    if presentation is not None:
        _take_back(session, presentation, now)
    if presentation is not None and presentation.answer == Answer.HOLD:
        _answer(session, presentation, Answer.REFER)
        _announce(session, presentation)
    return referral


def _take_back(session: Session, presentation: Presentation, now: datetime) -> None:
    of_traveller = (
        Clearance.passenger_id == presentation.passenger_id
        if presentation.passenger_id
        else Clearance.presentation_id == presentation.id
    )
    session.execute(
        sa.update(Clearance)
        .where(of_traveller, Clearance.consumed_at.is_(None), Clearance.revoked_at.is_(None))
        .values(revoked_at=now, revoked_because="inspection")
        .execution_options(synchronize_session=False)
    )
    if presentation.passenger_id:
        faces.forget(session, SealedFace.passenger_id == presentation.passenger_id)


def _presentation(session: Session, referral: Referral) -> Presentation | None:
    """What raised the referral, locked; None for an alert about a flight."""
    if referral.presentation_id is None:
        return None
    return session.get_one(
        Presentation, referral.presentation_id, with_for_update=True, populate_existing=True
    )


def expire_holds(database: Database, now: datetime, presentation_id: UUID | None = None) -> int:
    """Send to the counter whoever has been held for too long; the referral stays with the officers."""
    one = sa.true() if presentation_id is None else Presentation.id == presentation_id
    with database.transaction() as session:
        session.execute(_LOCK_REFERRALS.where(one))
        rows = session.execute(_EXPIRE.where(one)).all()
        for row in rows:
            events.emit(session, "presentation.changed", row.id, version=row.version, site=row.site)
            audit.record(session, SYSTEM, "hold.expire", "presentation", row.id, now)
        _end_waiting(session, [row.id for row in rows])
    return len(rows)


_IS_OVER = sa.and_(
    Presentation.answer == Answer.HOLD, Presentation.hold_until <= sa.func.clock_timestamp()
)
_LOCK_REFERRALS = (
    sa.select(Referral.id)
    .join(Presentation, Presentation.id == Referral.presentation_id)
    .where(_IS_OVER, Referral.is_hold, Referral.state != ReferralState.CLOSED)
    .order_by(Referral.id)
    .with_for_update(of=Referral)
)
"""In the order in which officers lock, referral before presentation; else the two wait for each other. What is closed is no hold:
said outright, for that is what the index of open ones asks for.
"""

_EXPIRE = (
    sa.update(Presentation)
    .where(_IS_OVER)
    .values(
        answer=str(Answer.REFER),
        path=Presentation.path.op("||")(sa.text("'[\"refer\"]'::jsonb")),
        version=Presentation.version + 1,
    )
    .returning(Presentation.id, Presentation.site, Presentation.version)
    .execution_options(synchronize_session=False)
)


def _end_waiting(session: Session, presentation_ids: list[UUID]) -> None:
    """The officers see that the hold is over."""
    if not presentation_ids:
        return
    changed = session.execute(
        sa.update(Referral)
        .where(Referral.presentation_id.in_(presentation_ids), Referral.is_hold)
        .where(Referral.state != ReferralState.CLOSED)
        .values(is_hold=False, hold_until=None, version=Referral.version + 1)
        .returning(Referral.id, Referral.version, Referral.site)
        .execution_options(synchronize_session=False)
    ).all()
    for row in changed:
        session.add(ReferralEvent(referral_id=row.id, kind="hold-expired", actor_id=None))
        events.emit(session, "referral.changed", row.id, version=row.version, site=row.site)


# --- a release ------------------------------------------------------------------------------------


def _cover(
    session: Session,
    actor: Actor,
    referral: Referral,
    presentation: Presentation,
    policy: Policy,
    now: datetime,
) -> UUID:
    """Write the clearance of a release, or widen the one that an earlier release of this person gave."""
    facts = None
    if presentation.passenger_id:
        facts = session.scalar(
            sa.select(Passenger.facts_version)
            .where(Passenger.id == presentation.passenger_id)
            .with_for_update(read=True)
        )
    assessment = session.scalar(
        sa.select(Assessment.id).where(
            Assessment.passenger_id == presentation.passenger_id, Assessment.is_current
        )
    )
    values: dict[str, Any] = {
        "id": uuid7(),
        "presentation_id": presentation.id,
        "passenger_id": presentation.passenger_id,
        "facts_version": facts,
        "assessment_id": assessment,
        "released_by": actor.id,
        "covers": referral.reasons,
        "release_ids": [],
        "expires_at": now + timedelta(hours=policy.clearance_hours),
    }
    statement = insert(Clearance).values(values)
    fresh = statement.excluded
    same_state = (
        Clearance.revoked_at.is_(None)
        & Clearance.facts_version.is_not_distinct_from(fresh.facts_version)
        & Clearance.assessment_id.is_not_distinct_from(fresh.assessment_id)
    )
    written = session.execute(
        statement.on_conflict_do_update(
            index_elements=["presentation_id"],
            where=Clearance.consumed_at.is_(None),
            set_={
                "covers": sa.case(
                    (same_state, Clearance.covers.op("||")(fresh.covers)), else_=fresh.covers
                ),
                "facts_version": fresh.facts_version,
                "assessment_id": fresh.assessment_id,
                "released_by": fresh.released_by,
                "expires_at": fresh.expires_at,
                "revoked_at": None,
                "revoked_because": None,
            },
        ).returning(Clearance.id)
    ).scalar()
    if written is None:  # the traveller has passed meanwhile
        raise referrals.ReferralChangedError
    return written


def _end_hold(
    session: Session,
    actor: Actor,
    presentation: Presentation,
    policy: Policy,
    clearance_id: UUID,
    now: datetime,
) -> None:
    """Decide again on the state of this moment, with the release that has just been written.

    What opens may need earlier releases of the same traveller too: the passage consumes them all.
    Raises ReferralChangedError when the hold is over and :class:`ScreeningLateError`.
    """
    if session.scalar(sa.select(presentation.hold_until <= sa.func.clock_timestamp())):
        raise referrals.ReferralChangedError
    known = read_again(session, presentation.id, now)
    case = _case_again(known, policy, now)
    decision = decide(case, policy)
    if decision.answer is Answer.WAIT:
        raise ScreeningLateError
    if decision.answer is Answer.CLEARED:
        earlier = [one for one in known["release_ids"] or [] if one != clearance_id]
        session.execute(
            sa.update(Clearance).where(Clearance.id == clearance_id).values(release_ids=earlier)
        )
        _answer(session, presentation, Answer.CLEARED)
        return
    presentation.counter = decision.counter or presentation.counter
    _answer(session, presentation, Answer.REFER)
    for raised in decision.raised:
        referrals.raise_referral(
            session, actor, site=presentation.site, hall_id=presentation.hall_id,
            kind=raised.kind, reasons=raised.reasons, passenger_id=presentation.passenger_id,
            presentation_id=presentation.id, now=now, origin=origin_of(raised.reasons, case),
        )  # fmt: skip


def _case_again(known: Known, policy: Policy, now: datetime) -> Case:
    today = today_at(now, known["site"], known["site"])
    return build_case(known, Shown(), policy, now=now, today=today, waited=False)


def read_again(session: Session, presentation_id: UUID, now: datetime) -> Known:
    """What is known now of whoever made a presentation, in the transaction of ``session``."""
    session.flush()
    raw = session.connection().connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    names = ("number", "issuers", "birth", "name_key", "nationality", "passport", "cti", "device_key",
             "person", "binding", "walker")  # fmt: skip
    values: dict[str, Any] = dict.fromkeys(names)
    values |= {"registration": presentation_id, "now": now}
    with raw.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(hot.READ_AGAIN.encode(), values).fetchone()
    assert row is not None
    return row


def _answer(session: Session, presentation: Presentation, answer: Answer) -> None:
    presentation.answer = str(answer)
    presentation.path = [*presentation.path, str(answer)]
    presentation.hold_until = None
    session.flush()


def _announce(session: Session, presentation: Presentation) -> None:
    presentation.version += 1
    session.flush()
    events.emit(
        session, "presentation.changed", presentation.id,
        version=presentation.version, site=presentation.site,
    )  # fmt: skip
