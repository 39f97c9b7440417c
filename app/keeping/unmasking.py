"""Seeing what was masked (Directive (EU) 2016/681, article 12(3)): one officer asks with a reason, another agrees, a third reviews.

What was masked can be looked at for a day after that, by whoever asked; each look is in the trail. Nothing is written back:
the rows stay masked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.identity import scope
from app.identity.disclosures import LEAST, NothingMaskedError
from app.keeping.engine import open_original
from app.kernel.crypto import Vault
from app.kernel.errors import (
    FieldProblem,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    SecondOfficerError,
)
from app.kernel.texts import N_, said_of
from app.retention.models import Indication, MaskedRow, Unmasking
from app.travel.models import Flight, Passenger

OPEN: Final = timedelta(hours=24)
MOST: Final = 1_000


class NotOpenError(ForbiddenError):
    """Not agreed to, over, or somebody else's."""

    code, title = "unmasking-not-open", N_("This is not open to you")


@dataclass(frozen=True, slots=True)
class Original:
    """What one row held: its table and columns."""

    table: str
    masked_at: datetime
    columns: Mapping[str, Any]


def ask(
    session: Session, actor: Actor, site: str, passenger_id: UUID, reason: str, now: datetime
) -> Unmasking:
    """Ask to see what was masked. Raises InvalidError, NotFoundError, NothingMaskedError."""
    assert actor.id
    said = _reason(reason)
    expect_passenger(session, site, passenger_id)
    if not session.scalar(sa.select(sa.exists().where(MaskedRow.passenger_id == passenger_id))):
        raise NothingMaskedError
    asked = Unmasking(
        site=site, passenger_id=passenger_id, reason=said, asked_by=actor.id, asked_at=now,
        looks=0,
    )  # fmt: skip
    session.add(asked)
    session.flush()
    _record(session, actor, "unmasking.asked", asked, now)
    return asked


def decide(
    session: Session, actor: Actor, site: str, identifier: UUID, now: datetime, *, agreed: bool
) -> Unmasking:
    """Another officer's word on it. Raises NotFoundError for none that waits, SecondOfficerError."""
    assert actor.id
    asked = _locked(session, site, identifier)
    if asked.decided_at is not None:
        raise NotFoundError
    if asked.asked_by == actor.id:
        raise SecondOfficerError
    asked.decided_by, asked.decided_at = actor.id, now
    asked.open_until = now + OPEN if agreed else None
    session.flush()
    _record(session, actor, "unmasking.agreed" if agreed else "unmasking.refused", asked, now)
    return asked


def look(
    session: Session, actor: Actor, site: str, identifier: UUID, vault: Vault, now: datetime
) -> Sequence[Original]:
    """What was masked of the passenger, oldest first; each look waits for a review. What was found not to be proper is
    not open any more. Raises NotFoundError, NotOpenError.
    """
    asked = _locked(session, site, identifier)
    is_open = asked.open_until is not None and now < asked.open_until
    if asked.asked_by != actor.id or not is_open or asked.proper is False:
        raise NotOpenError
    asked.reviewed_by = asked.reviewed_at = asked.proper = (
        None  # what is seen since is reviewed, too
    )
    rows = session.scalars(
        sa.select(MaskedRow)
        .where(MaskedRow.passenger_id == asked.passenger_id)
        .order_by(MaskedRow.row_table, MaskedRow.masked_at, MaskedRow.id)
    ).all()
    asked.looks += 1
    session.flush()
    _record(session, actor, "unmasking.looked", asked, now, rows=len(rows))
    return [
        Original(row.row_table, row.masked_at, open_original(vault, row.row_id, bytes(row.sealed)))
        for row in rows
    ]


def review(
    session: Session, actor: Actor, site: str, identifier: UUID, now: datetime, *, proper: bool
) -> Unmasking:
    """The data protection officer's word afterwards. Raises NotFoundError, SecondOfficerError."""
    assert actor.id
    asked = _locked(session, site, identifier)
    if asked.decided_at is None or asked.reviewed_at is not None:
        raise NotFoundError
    if actor.id in {asked.asked_by, asked.decided_by}:
        raise SecondOfficerError
    asked.reviewed_by, asked.reviewed_at, asked.proper = actor.id, now, proper
    session.flush()
    _record(session, actor, "unmasking.reviewed", asked, now, proper=proper)
    return asked


def unreviewed(session: Session, site: str) -> Sequence[Unmasking]:
    """Requests that wait for an officer or for the data protection officer, newest first."""
    return session.scalars(
        sa.select(Unmasking)
        .where(Unmasking.site == site, Unmasking.reviewed_at.is_(None))
        .order_by(Unmasking.asked_at.desc(), Unmasking.id)
    ).all()


def indicate(
    session: Session, actor: Actor, site: str, passenger_id: UUID, reason: str, now: datetime
) -> Indication:
    """Record an objective ground to keep somebody whom nothing else links. Raises InvalidError, NotFoundError."""
    assert actor.id
    expect_passenger(session, site, passenger_id)
    made = Indication(
        passenger_id=passenger_id, reason=_reason(reason), officer_id=actor.id, recorded_at=now
    )
    session.add(made)
    session.flush()
    audit.record(session, actor, "retention.indicated", "passenger", passenger_id, now,
                 indication=str(made.id))  # fmt: skip
    return made


def expect_passenger(session: Session, site: str, passenger_id: UUID) -> None:
    """Raise NotFoundError unless the passenger is one of this site, where the officer's role reaches."""
    query = (
        sa.select(Passenger.id)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(Passenger.id == passenger_id, Flight.site == site)
    )
    with scope.reading():
        found = session.scalar(query)
    if found is None:
        raise NotFoundError


def _locked(session: Session, site: str, identifier: UUID) -> Unmasking:
    found = session.scalar(
        sa.select(Unmasking)
        .where(Unmasking.id == identifier, Unmasking.site == site)
        .with_for_update()
    )
    if found is None:
        raise NotFoundError
    return found


def _reason(text: str) -> str:
    """What was written as the reason, a sentence. Raises InvalidError."""
    said = text.strip()
    if said_of(said) < LEAST or len(said) > MOST:
        code = "too_long" if len(said) > MOST else "too_short" if said else "required"
        raise InvalidError(fields=[FieldProblem("/reason", code)])
    return said


def _record(
    session: Session, actor: Actor, action: str, asked: Unmasking, now: datetime, **more: Any
) -> None:
    audit.record(
        session, actor, action, "passenger", asked.passenger_id, now, unmasking=str(asked.id), **more
    )  # fmt: skip
