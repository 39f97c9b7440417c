"""Photos and films of an inspection: kept sealed, shown to whoever may see the case, every look written down.

What comes in has been made harmless before (:mod:`app.formats.media`), outside of any transaction. Officers delete
nothing: the clock does, a year after the case is closed.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.formats.media import JPEG, MediaError, clean
from app.identity.models import Officer
from app.kernel import events
from app.kernel.crypto import Vault
from app.kernel.errors import ConflictError, EgateError, NotFoundError, kept
from app.kernel.ids import uuid7
from app.kernel.texts import N_
from app.referrals import service
from app.referrals.evidence_models import Attachment, SecondLook
from app.referrals.kinds import Media, ReferralState
from app.referrals.models import Inspection, Referral

MOST = {Media.PHOTO: 20, Media.VIDEO: 3}
"""Of each kind, for one case."""
MAX_CAPTION = 300


class MediaRefusedError(EgateError):
    """No photo and no film, or one that is too large; ``code`` says which."""

    code, status, title = "media-refused", 422, N_("This file cannot be used")


class MediaTooLargeError(MediaRefusedError):
    """More than a case takes at once."""

    code, status, title = "media-too-large", 413, N_("This file is too large")


class AttachmentsFullError(ConflictError):
    """A case has so many already."""

    code, status, title = "attachments-full", 409, N_("This case has as many as it may have")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A photo or film that may be kept: its type as its content says, and its bytes without what a camera adds."""

    media_type: str
    data: bytes = field(repr=False)
    caption: str = field(default="", repr=False)
    finding_number: int | None = None

    @property
    def kind(self) -> Media:
        return Media.PHOTO if self.media_type == JPEG else Media.VIDEO


@dataclass(frozen=True, slots=True)
class Listed:
    """An attachment without its bytes."""

    id: UUID
    kind: Media
    media_type: str
    size: int
    caption: str
    finding_number: int | None
    added_by: str
    added_at: datetime


def examine(data: bytes, caption: str = "", finding_number: int | None = None) -> Evidence:
    """What was sent, made harmless. CPU work: call it before a transaction. Raises MediaRefusedError."""
    try:
        media_type, cleaned = clean(data)
    except MediaError as error:
        if error.code in ("too_large", "too_many_pixels"):
            raise MediaTooLargeError from None
        raise MediaRefusedError from None
    return Evidence(media_type, cleaned, kept(caption, MAX_CAPTION, "/caption"), finding_number)


def add(
    session: Session, actor: Actor, vault: Vault, referral_id: UUID, sent: Evidence, now: datetime
) -> UUID:
    """Keep a photo or film of an inspection; the same one again is the one that is there.

    By whoever inspects; once that is closed, by whoever may amend it. Raises NotFoundError, ReferralTakenError,
    ReferralChangedError where nobody has begun to inspect, and :class:`AttachmentsFullError`.
    """
    assert actor.id
    referral = _inspected(session, actor, referral_id)
    digest = hashlib.sha256(sent.data).digest()
    same = sa.select(Attachment.id).where(
        Attachment.referral_id == referral_id, Attachment.digest == digest
    )
    if known := session.scalar(same):
        return known
    _check_room(session, referral_id, sent.kind)
    identifier = uuid7()
    session.add(
        Attachment(
            id=identifier, referral_id=referral_id, kind=sent.kind, media_type=sent.media_type,
            size=len(sent.data), digest=digest, caption=sent.caption,
            sealed=vault.seal(sent.data, sealing_context(identifier)),
            finding_number=sent.finding_number, added_by=actor.id, added_at=now,
        )
    )  # fmt: skip
    service.note_step(session, actor, referral, f"{sent.kind}-added", now)
    events.emit(
        session, "evidence.changed", referral_id, version=referral.version,
        site="" if _watched(session, referral_id) else referral.site,
    )  # fmt: skip
    return identifier


def list_of(session: Session, referral_id: UUID) -> list[Listed]:
    """What there is, in the order in which it was added."""
    rows = session.execute(
        sa.select(
            Attachment.id, Attachment.kind, Attachment.media_type, Attachment.size,
            Attachment.caption, Attachment.finding_number, Officer.name, Attachment.added_at,
        )
        .join(Officer, Officer.id == Attachment.added_by)
        .where(Attachment.referral_id == referral_id)
        .order_by(Attachment.added_at, Attachment.id)
    )  # fmt: skip
    return [Listed(*row) for row in rows]


def read(
    session: Session,
    actor: Actor,
    vault: Vault,
    referral_id: UUID,
    attachment_id: UUID,
    now: datetime,
) -> Evidence:
    """The bytes, for whoever may see the case, which the caller has checked; the look is written down.

    Raises NotFoundError.
    """
    found = session.scalar(
        sa.select(Attachment)
        .options(sa.orm.undefer(Attachment.sealed))
        .where(Attachment.id == attachment_id, Attachment.referral_id == referral_id)
    )
    if found is None:
        raise NotFoundError
    audit.record(
        session, actor, "referral.attachment", "referral", referral_id, now,
        attachment=str(attachment_id),
    )  # fmt: skip
    plain = vault.open(found.sealed, sealing_context(attachment_id))
    return Evidence(found.media_type, plain, found.caption, found.finding_number)


def _inspected(session: Session, actor: Actor, referral_id: UUID) -> Referral:
    referral = service.lock_own_site(session, actor, referral_id)
    if referral.state is ReferralState.CLOSED:
        begun = sa.select(Inspection.id).where(
            Inspection.referral_id == referral_id, Inspection.finished_at.is_not(None)
        )
        if session.scalar(begun) is None:
            raise service.ReferralChangedError
        return referral
    if referral.state is not ReferralState.INSPECTING:
        raise service.ReferralChangedError
    if referral.owner_id != actor.id:
        name = session.scalar(sa.select(Officer.name).where(Officer.id == referral.owner_id))
        raise service.ReferralTakenError(name or "", referral.claimed_at)
    return referral


def _check_room(session: Session, referral_id: UUID, kind: Media) -> None:
    count = sa.select(sa.func.count()).where(
        Attachment.referral_id == referral_id, Attachment.kind == kind
    )
    if (session.scalar(count) or 0) >= MOST[kind]:
        raise AttachmentsFullError


def _watched(session: Session, referral_id: UUID) -> bool:
    """Whether somebody elsewhere looks on: hints of this case then go to every site, as ids alone."""
    query = sa.select(SecondLook.id).where(
        SecondLook.referral_id == referral_id, SecondLook.ended_at.is_(None)
    )
    return session.scalar(query) is not None


def sealing_context(identifier: UUID) -> bytes:
    return b"referral-attachment" + identifier.bytes
