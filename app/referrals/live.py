"""A live picture of whoever stands at a kiosk or lane, for the officer who has to look at the person.

Only while an identity referral is open and an officer asks: his page makes a key and renews its wish; the device
seals a small picture a second to that key. The service passes on what it cannot open, holds one at a time in an unlogged row,
and none once the page is gone, the referral is closed or a minute is over. Who looked is in the audit trail.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.formats.credential.keys import key_id, public_key
from app.formats.live_picture import MOST_BYTES
from app.kernel.errors import ConflictError, EgateError, NotFoundError
from app.kernel.texts import N_
from app.referrals.kinds import ReferralKind, ReferralState
from app.referrals.models import LiveLook, Referral

LEASE = timedelta(seconds=6)
"""A page that does not ask for the next picture any more is gone."""
LONGEST = timedelta(seconds=60)


class NothingToSeeError(ConflictError):
    """Not an identity look that is open, or of nobody who stands at a device."""

    code, status, title = "nothing-to-see", 409, N_("There is no live picture for this referral")


class LiveInvalidError(EgateError):
    """No key of a page, or no sealed picture."""

    code, status, title = "live-invalid", 422, N_("This cannot be used")


@dataclass(frozen=True, slots=True)
class Frame:
    """``number`` counts the pictures of one look; ``sealed`` None: there is no newer one."""

    number: int
    sealed: bytes | None = field(repr=False)


def begin(session: Session, actor: Actor, referral_id: UUID, key: bytes, now: datetime) -> LiveLook:
    """An officer wants to see; ``key``: the public one of his page (33 bytes). Whoever looked before sees no more.

    Raises NotFoundError, :class:`NothingToSeeError` and :class:`LiveInvalidError`.
    """
    try:
        public_key(key)
    except ValueError:
        raise LiveInvalidError from None
    referral = session.get(Referral, referral_id, with_for_update={"key_share": True})
    if referral is None:
        raise NotFoundError
    if not _is_seen(referral):
        raise NothingToSeeError
    forget(session, LiveLook.referral_id == referral_id)
    made = LiveLook(
        referral_id=referral_id, presentation_id=referral.presentation_id, officer_id=actor.id,
        public_key=key, number=0, lease_until=now + LEASE, expires_at=now + LONGEST,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(session, actor, "referral.live", "referral", referral_id, now)
    return made


def _is_seen(referral: Referral) -> bool:
    is_look = referral.kind is ReferralKind.IDENTITY and referral.presentation_id is not None
    return is_look and referral.state is not ReferralState.CLOSED


def wanted(session: Session, presentation_id: UUID, now: datetime) -> bytes | None:
    """The key to seal to; None: nobody looks."""
    return session.scalar(
        sa.select(LiveLook.public_key)
        .join(Referral, Referral.id == LiveLook.referral_id)
        .where(
            LiveLook.presentation_id == presentation_id, *_lasts(now),
            Referral.state != ReferralState.CLOSED,
        )
    )  # fmt: skip


def _lasts(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return LiveLook.lease_until > now, LiveLook.expires_at > now


def show(session: Session, presentation_id: UUID, sealed: bytes, now: datetime) -> bool:
    """The newest picture, instead of the one before; whether another is wanted. Raises :class:`LiveInvalidError`."""
    if len(sealed) > MOST_BYTES:
        raise LiveInvalidError
    key = wanted(session, presentation_id, now)
    if key is None or not sealed.startswith(key_id(public_key(key))):
        return False  # nobody looks any more, or somebody else does
    session.execute(
        sa.update(LiveLook)
        .where(LiveLook.presentation_id == presentation_id, LiveLook.public_key == key)
        .values(sealed=sealed, number=LiveLook.number + 1),
        execution_options={"synchronize_session": False},
    )
    return True


def see(
    session: Session, actor: Actor, referral_id: UUID, after: int, now: datetime
) -> Frame | None:
    """The newest picture, where it is newer than ``after``; the wish is renewed. None: it is over."""
    found = session.execute(
        sa.update(LiveLook)
        .where(
            LiveLook.referral_id == referral_id, LiveLook.officer_id == actor.id, *_lasts(now),
            sa.exists().where(
                Referral.id == referral_id, Referral.state != ReferralState.CLOSED
            ),
        )
        .values(lease_until=now + LEASE)
        .returning(LiveLook.number, LiveLook.sealed),
        execution_options={"synchronize_session": False},
    ).one_or_none()  # fmt: skip
    if found is None:
        return None
    return Frame(found.number, found.sealed if found.number > after else None)


def end(session: Session, actor: Actor, referral_id: UUID, now: datetime) -> None:
    """The officer has seen enough. Saying it again changes nothing."""
    mine = sa.and_(LiveLook.referral_id == referral_id, LiveLook.officer_id == actor.id)
    if forget(session, mine):
        audit.record(session, actor, "referral.live-end", "referral", referral_id, now)


def forget(session: Session, which: sa.ColumnElement[bool]) -> int:
    """Nobody looks any more; how many did."""
    gone = sa.delete(LiveLook).where(which).returning(LiveLook.id)
    return len(session.execute(gone, execution_options={"synchronize_session": False}).all())


def forget_due(session: Session, now: datetime) -> int:
    """What a page has left, the clock has ended, or a closed referral has; how many."""
    closed = sa.exists().where(
        Referral.id == LiveLook.referral_id, Referral.state == ReferralState.CLOSED
    )
    return forget(session, ~sa.and_(*_lasts(now)) | closed)
