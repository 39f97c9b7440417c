"""The two pictures of a doubtful face, side by side for the officer who decides; gone with the referral."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.kernel.crypto import Vault
from app.kernel.errors import EgateError, NotFoundError
from app.kernel.texts import N_
from app.referrals.kinds import ReferralState, Which
from app.referrals.models import Referral, ReferralPicture
from app.retention.clocks import FACE_LIFE

MAX_BYTES = 64 * 1024
_JPEG = b"\xff\xd8\xff"


class PictureInvalidError(EgateError):
    """Not a JPEG, or a large one: what an officer must see has some 15 KB."""

    code, status, title = "picture-invalid", 422, N_("This picture cannot be used")


def keep(
    session: Session, vault: Vault, referral_id: UUID, shown: Mapping[Which, bytes], now: datetime
) -> None:
    """Keep the pictures of a referral instead of earlier ones. Raises :class:`PictureInvalidError`."""
    for picture in shown.values():
        if len(picture) > MAX_BYTES or not picture.startswith(_JPEG):
            raise PictureInvalidError
    forget(session, referral_id)
    for which, picture in shown.items():
        session.add(
            ReferralPicture(
                referral_id=referral_id, which=which, expires_at=now + FACE_LIFE,
                sealed=vault.seal(picture, sealing_context(referral_id, which)),
            )
        )  # fmt: skip
    session.flush()


def shown_in(session: Session, referral_id: UUID, now: datetime) -> list[Which]:
    """Which pictures there are to see."""
    return list(session.scalars(_live(referral_id, now).with_only_columns(ReferralPicture.which)))


def read(
    session: Session, actor: Actor, vault: Vault, referral_id: UUID, which: Which, now: datetime
) -> bytes:
    """A picture (JPEG) of an open referral; that it was looked at is written down. Raises NotFoundError."""
    found = session.scalar(_live(referral_id, now).where(ReferralPicture.which == which))
    if found is None:
        raise NotFoundError
    audit.record(session, actor, "referral.picture", "referral", referral_id, now, which=str(which))
    return vault.open(found.sealed, sealing_context(referral_id, which))


def _live(referral_id: UUID, now: datetime) -> sa.Select[ReferralPicture]:
    return (
        sa.select(ReferralPicture)
        .join(Referral, Referral.id == ReferralPicture.referral_id)
        .where(
            Referral.id == referral_id, Referral.state != ReferralState.CLOSED,
            ReferralPicture.expires_at > now,
        )
        .order_by(ReferralPicture.which)
    )  # fmt: skip


def forget(session: Session, referral_id: UUID) -> None:
    """Nobody has to look any more."""
    session.execute(
        sa.delete(ReferralPicture).where(ReferralPicture.referral_id == referral_id),
        execution_options={"synchronize_session": False},
    )


def forget_due(session: Session, now: datetime) -> int:
    """Delete what the clock has ended, and what belongs to a closed referral however it was closed; how many."""
    closed = sa.exists().where(
        Referral.id == ReferralPicture.referral_id, Referral.state == ReferralState.CLOSED
    )
    gone = session.execute(
        sa.delete(ReferralPicture)
        .where((ReferralPicture.expires_at <= now) | closed)
        .returning(ReferralPicture.id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())


def sealing_context(referral_id: UUID, which: Which) -> bytes:
    return b"referral-picture" + referral_id.bytes + which.encode()
