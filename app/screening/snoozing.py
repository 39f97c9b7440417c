"""An officer lets a rule version rest for one traveller, or takes that back."""

from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.kernel.crypto import Vault
from app.kernel.errors import ConflictError, EgateError, InvalidError, NotFoundError, kept
from app.kernel.texts import N_
from app.screening.assess import assess_passengers
from app.screening.models import Hit, HitSource, Rule, RuleVersion, Snooze
from app.screening.reviews import MAX_REASON, ReasonMissingError
from app.travel.models import Flight, Passenger, TravelStatus
from app.travel.touch import touch

LONGEST = timedelta(days=366)


class NotLinkedError(EgateError):
    """Who the passenger is across journeys is not known: there is nobody to snooze the rule for."""

    code, status, title = "not-linked", 409, N_("This passenger is not linked to earlier journeys")


class SnoozedError(ConflictError):
    """The rule rests for this traveller already."""

    code, status, title = (
        "snoozed-already",
        409,
        N_("The rule is snoozed for this traveller already"),
    )


def snooze_rule(
    session: Session,
    vault: Vault,
    actor: Actor,
    hit_id: UUID,
    until: date,
    reason: str,
    now: datetime,
) -> UUID:
    """Let the rule version of a hit count nothing for that traveller, on flights up to ``until``.

    The passenger is assessed again at once, on other flights to come when it is their turn. Raises NotFoundError
    (also for a hit of a list), :class:`NotLinkedError`, :class:`SnoozedError`, ReasonMissingError, InvalidError.
    """
    if not reason.strip():
        raise ReasonMissingError
    if not now.date() <= until <= now.date() + LONGEST:
        raise InvalidError("until is a day within the next 366")
    version_id, passenger_id, traveller_id = _found(session, hit_id)
    if traveller_id is None:
        raise NotLinkedError
    held = sa.select(Snooze.id).where(
        Snooze.traveller_id == traveller_id, Snooze.version_id == version_id,
        Snooze.lifted_at.is_(None), Snooze.until >= now.date(),
    )  # fmt: skip
    if session.scalar(held) is not None:
        raise SnoozedError
    _lift(session, actor, traveller_id, version_id, now)  # one that has run out makes room
    made = Snooze(
        version_id=version_id, traveller_id=traveller_id, until=until,
        reason=kept(reason, MAX_REASON, "/reason"), officer_id=actor.id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(
        session, actor, "rule.snoozed", "rule_snooze", made.id, now,
        rule_version=str(version_id), until=until.isoformat(),
    )  # fmt: skip
    _judge_again(session, vault, traveller_id, passenger_id, now)
    return made.id


def lift_snooze(
    session: Session, vault: Vault, actor: Actor, snooze_id: UUID, now: datetime
) -> None:
    """Let the rule count again for that traveller. Raises NotFoundError where it does so already."""
    found = session.get(Snooze, snooze_id, with_for_update=True)
    if found is None or found.lifted_at is not None:
        raise NotFoundError
    found.lifted_at, found.lifted_by = now, actor.id
    session.flush()
    audit.record(session, actor, "rule.snooze-lifted", "rule_snooze", found.id, now)
    _judge_again(session, vault, found.traveller_id, None, now)


def wake_rule(session: Session, vault: Vault, actor: Actor, hit_id: UUID, now: datetime) -> None:
    """:func:`lift_snooze` from a hit that shows the rule at rest. Raises NotFoundError where none rests."""
    version_id, passenger_id, traveller_id = _found(session, hit_id)
    standing = session.scalar(
        sa.select(Snooze.id).where(
            Snooze.traveller_id == traveller_id, Snooze.version_id == version_id,
            Snooze.lifted_at.is_(None),
        )
    )  # fmt: skip
    if standing is None:
        raise NotFoundError
    lift_snooze(session, vault, actor, standing, now)
    assess_passengers(session, vault, [passenger_id], now)


def _found(session: Session, hit_id: UUID) -> tuple[UUID, UUID, UUID | None]:
    row = session.execute(
        sa.select(RuleVersion.id, Passenger.id, Passenger.traveller_id)
        .select_from(Hit)
        .join(Passenger, Passenger.id == Hit.passenger_id)
        .join(Rule, Rule.key == Hit.subject)
        .join(
            RuleVersion,
            sa.and_(RuleVersion.rule_id == Rule.id, RuleVersion.n == Hit.subject_version),
        )
        .where(Hit.id == hit_id, Hit.source == HitSource.RULE)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    version_id, passenger_id, traveller_id = row
    return version_id, passenger_id, traveller_id


def _lift(
    session: Session, actor: Actor, traveller_id: UUID, version_id: UUID, now: datetime
) -> None:
    session.execute(
        sa.update(Snooze)
        .where(Snooze.traveller_id == traveller_id, Snooze.version_id == version_id)
        .where(Snooze.lifted_at.is_(None))
        .values(lifted_at=now, lifted_by=actor.id)
    )


def _judge_again(
    session: Session, vault: Vault, traveller_id: UUID, first: UUID | None, now: datetime
) -> None:
    """The traveller on this and other flights to come: due at once, ``first`` assessed here."""
    ahead = session.scalars(
        sa.select(Passenger.id)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(Passenger.traveller_id == traveller_id)
        .where(Passenger.travel_status.not_in([TravelStatus.NOT_BOARDED, TravelStatus.WITHDRAWN]))
        .where(Flight.flight_date >= (now - timedelta(days=1)).date())
    ).all()
    touch(session, {*ahead, *([first] if first else [])})
    if first is not None:
        assess_passengers(session, vault, [first], now)
