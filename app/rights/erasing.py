"""What of a record may be erased for the asking, and erasing it.

One function asks the profile: :func:`app.retention.profile.may_be_erased`. What it allows before its time are
declarations (under the profiles that come with the program); what carriers sent is kept as the law has it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor
from app.declarations.models import Declaration
from app.declarations.service import erase_for_subject
from app.gate.models import Presentation
from app.keeping import holds
from app.referrals.goods_models import CounterWork
from app.referrals.models import Referral
from app.retention.clocks import Clock
from app.retention.profile import Answer, Erasure, Profile, may_be_erased
from app.rights.finding import Found
from app.rights.masked import clock_start


@dataclass(frozen=True, slots=True)
class Erasable:
    """A record and whether it may go. ``day``: the flight's, local where it left, or that of the arrival declared."""

    clock: Clock
    id: UUID
    day: date
    answer: Answer


def ask(session: Session, profile: Profile, found: Found, now: datetime) -> list[Erasable]:
    """Of each record: may it be erased, and if not why and until when it is kept."""
    return [*_trips(session, profile, found, now), *_declared(session, profile, found, now)]


def erase(session: Session, actor: Actor, asked: Sequence[Erasable], now: datetime) -> int:
    """Erase what may be; how many records that were."""
    gone = 0
    for one in asked:
        if one.answer.is_allowed and one.clock is Clock.DECLARATION:
            erase_for_subject(session, actor, one.id, now)
            gone += 1
    return gone


def _trips(session: Session, profile: Profile, found: Found, now: datetime) -> Iterator[Erasable]:
    cases = _in_cases(session, found.ids)
    for passenger, flight in found.passengers:
        answer = may_be_erased(
            profile, Clock.FLIGHT, clock_start(flight), now,
            held=holds.is_held(session, now, passenger.id, flight.id),
            in_case=passenger.id in cases,
        )  # fmt: skip
        if (
            answer.is_allowed
        ):  # its clock has run out or is about to: the nightly job takes all of it
            answer = Answer(Erasure.KEPT_BY_LAW, now.date() + timedelta(days=1))
        yield Erasable(Clock.FLIGHT, passenger.id, flight.flight_date, answer)


def _declared(
    session: Session, profile: Profile, found: Found, now: datetime
) -> Iterator[Erasable]:
    cases = _in_cases(session, [one.passenger_id for one in found.declarations if one.passenger_id])
    for one in found.declarations:
        start = datetime.combine(one.arrival_on, time(), UTC)
        held = holds.is_held(session, now, one.passenger_id)
        in_case = one.passenger_id in cases or _is_settled(session, one)
        answer = may_be_erased(profile, Clock.DECLARATION, start, now, held=held, in_case=in_case)
        yield Erasable(Clock.DECLARATION, one.id, one.arrival_on, answer)


def _in_cases(session: Session, passenger_ids: Sequence[UUID]) -> set[UUID]:
    """Those of whom there is a referral, closed or not: its clock runs of its own."""
    query = sa.select(Referral.passenger_id).where(Referral.passenger_id.in_(passenger_ids))
    return {one for one in session.scalars(query) if one is not None}


def _is_settled(session: Session, one: Declaration) -> bool:
    """The counter settled it, or a referral came of its being shown."""
    shown = sa.select(Presentation.id).where(Presentation.declaration_id == one.id)
    query = sa.or_(
        sa.exists().where(CounterWork.declaration_id == one.id),
        sa.exists().where(Referral.presentation_id.in_(shown)),
    )
    return session.scalar(sa.select(query)) is True
