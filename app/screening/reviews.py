"""An officer's word on a hit: confirmed or dismissed, for as long as the values stay what they are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.kernel import events
from app.kernel.crypto import Vault
from app.kernel.errors import EgateError, NotFoundError, kept
from app.kernel.ids import uuid7
from app.kernel.texts import LEAST_SAID, N_, said_of
from app.screening.assess import assess_passengers, lock_key
from app.screening.models import Handling, Hit, HitReview, ReviewState
from app.travel.models import Flight, Passenger
from app.travel.touch import touch

MAX_REASON = 2000


class ReasonMissingError(EgateError):
    """A dismissal must say why: of a hit that stops in a few words, 10 letters or digits."""

    code, status, title = "reason-missing", 422, N_("Please say why")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The hit that was judged, whose it is, and what was made of it."""

    hit_id: UUID
    passenger_id: UUID
    flight_id: UUID
    state: ReviewState


def review_hit(
    session: Session,
    vault: Vault,
    actor: Actor,
    hit_id: UUID,
    state: ReviewState,
    reason: str,
    now: datetime,
) -> Reviewed:
    """Confirm or dismiss a hit (or take that back) and assess the passenger again at once.

    It holds for the same passenger, subject, version and values, also in later assessments. Clearances not
    yet used fall, because the facts version grows. Raises NotFoundError and :class:`ReasonMissingError`.
    """
    hit, flight_id, site = _find(session, hit_id)
    if state is ReviewState.DISMISSED and said_of(reason) < _least_said(hit):
        raise ReasonMissingError
    session.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": lock_key(flight_id)})
    _keep(session, actor, hit, state, kept(reason, MAX_REASON, "/reason"), now)
    audit.record(
        session, actor, "hit.reviewed", "hit", hit.id, now,
        state=state, source=hit.source, subject=hit.subject, version=hit.subject_version,
        passenger=str(hit.passenger_id),
    )  # fmt: skip
    touch(session, [hit.passenger_id])
    assess_passengers(session, vault, [hit.passenger_id], now)
    events.emit(session, "hit.reviewed", hit.id, site=site)
    return Reviewed(hit.id, hit.passenger_id, flight_id, state)


def _least_said(hit: Hit) -> int:
    """A stop is dismissed in as many words as one is let go (:mod:`app.referrals.waivers`)."""
    return LEAST_SAID if hit.handling is Handling.STOP else 1


def _find(session: Session, hit_id: UUID) -> tuple[Hit, UUID, str]:
    found = session.execute(
        sa.select(Hit, Flight.id, Flight.site)
        .join(Passenger, Passenger.id == Hit.passenger_id)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(Hit.id == hit_id)
    ).one_or_none()
    if found is None:
        raise NotFoundError
    hit, flight_id, site = found
    return hit, flight_id, site


def _keep(
    session: Session, actor: Actor, hit: Hit, state: ReviewState, reason: str, now: datetime
) -> None:
    word = {"state": state, "reason": reason, "officer_id": actor.id, "reviewed_at": now}
    session.execute(
        insert(HitReview)
        .values(
            id=uuid7(), passenger_id=hit.passenger_id, source=hit.source, subject=hit.subject,
            subject_version=hit.subject_version, values_digest=hit.values_digest, **word,
        )
        .on_conflict_do_update(constraint="uq_hit_review_subject", set_=word)
    )  # fmt: skip


def reviewed_now(session: Session, hit_id: UUID) -> Reviewed:
    """How a hit stands at this moment, for a repeated call. Raises NotFoundError."""
    hit, flight_id, _ = _find(session, hit_id)
    state = session.scalar(
        sa.select(HitReview.state).where(
            HitReview.passenger_id == hit.passenger_id,
            HitReview.source == hit.source,
            HitReview.subject == hit.subject,
            HitReview.subject_version == hit.subject_version,
            HitReview.values_digest == hit.values_digest,
        )
    )
    return Reviewed(hit.id, hit.passenger_id, flight_id, state or ReviewState.UNREVIEWED)
