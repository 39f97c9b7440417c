"""Known by the face at a lane, for a traveller who chose it at the kiosk; and the two pictures of a doubtful face.

The service holds what it cannot open: a kiosk seals the face to each lane of its hall, whose private keys live in
the lanes' memory alone. It says who may be sought (registered here, not yet passed), and decides as ever on the
state of the moment when a lane names a registration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.declarations.models import Companion, Declaration, DeclarationStatus
from app.formats.credential.keys import key_id, public_key
from app.formats.face_pass import SEALED_LENGTH
from app.gate.case import Face, Policy, read_policy
from app.gate.decide import Answer
from app.gate.models import Clearance, Hall, LaneKey, Passage, Presentation, SealedFace
from app.identity.devices import EnrolledDevice
from app.identity.models import Device, DeviceKind
from app.kernel.crypto import Vault
from app.kernel.errors import ConflictError, EgateError, ForbiddenError, NotFoundError
from app.kernel.texts import N_
from app.referrals import live, pictures
from app.referrals.kinds import ReferralKind, ReferralState, Which
from app.referrals.models import Referral
from app.retention.clocks import FACE_LIFE
from app.travel.models import Passenger

KEY_LIFE = timedelta(hours=1)
"""So long kiosks seal to a lane's key; the lane keeps it for as long again, then forgets it for ever."""
GALLERY = 200
"""So many faces at once a lane looks among: N x FMR 1e-5 = 0.2 % (docs/faces.md). Who registered first comes first."""
MOST_LANES = 64
HANDED_OVER_WITHIN = timedelta(minutes=10)
"""After the decision: the traveller still stands at the kiosk."""
OVERLAP = timedelta(seconds=10)


class WrongDeviceError(ForbiddenError):
    """A kiosk hands faces over, a lane seeks them."""

    code, status, title = "wrong-device", 403, N_("This device does not do that")


class FaceNotTakenError(ConflictError):
    """The traveller shows the code at the lane: this hall does not know faces, or not this one's."""

    code, status, title = (
        "face-not-taken",
        409,
        N_("The gate does not know this traveller by the face"),
    )


class FaceInvalidError(EgateError):
    """No key of a lane, or no sealed face."""

    code, status, title = "face-invalid", 422, N_("This cannot be used")


@dataclass(frozen=True, slots=True)
class Sought:
    """One whom a lane may look for."""

    registration: UUID
    sealed: bytes = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Gallery:
    """All registrations that a lane may look for now, and the sealed faces that came since it last asked; ``at``:
    the moment of the newest.
    """

    registrations: Sequence[UUID] = ()
    faces: Sequence[Sought] = ()
    at: datetime | None = None


def publish_key(session: Session, lane: EnrolledDevice, key: bytes, now: datetime) -> datetime:
    """A lane's public key, 33 bytes; until when kiosks seal to it. Saying it again renews nothing."""
    _expect(lane, DeviceKind.LANE)
    try:
        identifier = key_id(public_key(key))
    except ValueError:
        raise FaceInvalidError from None
    known = session.scalars(sa.select(LaneKey).where(LaneKey.key_id == identifier)).one_or_none()
    if known is not None:
        if known.device_id != lane.id:
            raise FaceInvalidError
        return known.expires_at
    made = LaneKey(device_id=lane.id, key_id=identifier, public_key=key, expires_at=now + KEY_LIFE)
    session.add(made)
    session.flush()
    audit.record(session, lane.actor, "lane.face-key", "device", lane.id, now)
    return made.expires_at


def keys_of_lanes(session: Session, kiosk: EnrolledDevice, now: datetime) -> list[bytes]:
    """The newest key of each lane of the kiosk's hall; none where the hall does not know faces."""
    _expect(kiosk, DeviceKind.KIOSK)
    if not _policy(session, kiosk.hall_id).faces_at_lane:
        return []
    query = (
        sa.select(LaneKey.device_id, LaneKey.public_key)
        .join(Device, Device.id == LaneKey.device_id)
        .where(
            Device.hall_id == kiosk.hall_id, Device.disabled_at.is_(None), LaneKey.expires_at > now
        )
        .order_by(LaneKey.expires_at)
    )  # fmt: skip
    newest = {row.device_id: row.public_key for row in session.execute(query)}
    return list(newest.values())[:MOST_LANES]


def keep(
    session: Session,
    kiosk: EnrolledDevice,
    registration_id: UUID,
    sealed: Mapping[bytes, bytes],
    now: datetime,
) -> datetime:
    """Hold a face for the lanes: ``sealed`` by the ids of their keys. Until when, or :class:`FaceNotTakenError`.

    Taken for whoever this kiosk has just registered with a face that matched the passport, who is on a
    flight's list, and who travels alone: of a family one is easily taken for another.
    """
    _expect(kiosk, DeviceKind.KIOSK)
    if any(len(one) != SEALED_LENGTH for one in sealed.values()):
        raise FaceInvalidError
    registration = _registration(session, kiosk, registration_id, now)
    passenger = registration.passenger_id
    if (
        registration.answer != Answer.REGISTERED
        or registration.readings.get("face") != Face.MATCH
        or passenger is None
        or not _policy(session, kiosk.hall_id).faces_at_lane
        or not _travels_alone(session, passenger, registration.declaration_id)
    ):
        raise FaceNotTakenError
    ends = registration.decided_at + FACE_LIFE
    lanes = session.scalars(_lane_keys(kiosk.hall_id, list(sealed)))
    forget(session, SealedFace.passenger_id == passenger)
    for key in lanes:
        session.add(
            SealedFace(
                registration_id=registration.id, hall_id=kiosk.hall_id, passenger_id=passenger,
                declaration_id=registration.declaration_id, key_id=key, sealed=sealed[key],
                expires_at=ends,
            )
        )  # fmt: skip
    session.flush()
    audit.record(session, kiosk.actor, "face.keep", "presentation", registration.id, now)
    return ends


def _lane_keys(hall_id: UUID, wanted: Sequence[bytes]) -> sa.Select[bytes]:
    return (
        sa.select(LaneKey.key_id)
        .join(Device, Device.id == LaneKey.device_id)
        .where(Device.hall_id == hall_id, LaneKey.key_id.in_(wanted))
    )


def take_back(
    session: Session, kiosk: EnrolledDevice, registration_id: UUID, now: datetime
) -> None:
    """The traveller has thought better of it, still at the kiosk."""
    _expect(kiosk, DeviceKind.KIOSK)
    registration = _registration(session, kiosk, registration_id, now)
    forget(session, SealedFace.registration_id == registration.id)
    audit.record(session, kiosk.actor, "face.take-back", "presentation", registration.id, now)


def gallery(
    session: Session, lane: EnrolledDevice, since: datetime | None, now: datetime
) -> Gallery:
    """Whom a lane may look for: registered in its hall, not passed, sealed to one of its own keys, at most
    :data:`GALLERY`, who registered first first. ``since``: faces that came before are left out (it has them).
    """
    _expect(lane, DeviceKind.LANE)
    if not _policy(session, lane.hall_id).faces_at_lane:
        return Gallery()
    query = (
        sa.select(
            SealedFace.registration_id, SealedFace.sealed, SealedFace.expires_at,
            SealedFace.created_at,
        )
        .join(LaneKey, LaneKey.key_id == SealedFace.key_id)
        .where(
            LaneKey.device_id == lane.id, SealedFace.hall_id == lane.hall_id,
            SealedFace.expires_at > now, ~_is_over(),
        )
        .order_by(SealedFace.expires_at, SealedFace.registration_id)
        .limit(GALLERY)
    )  # fmt: skip
    rows = session.execute(query).all()
    new = [row for row in rows if since is None or row.created_at > since - OVERLAP]
    return Gallery(
        [row.registration_id for row in rows],
        [Sought(row.registration_id, row.sealed, row.expires_at) for row in new],
        max((row.created_at for row in rows), default=since),
    )


def _is_over() -> sa.ColumnElement[bool]:
    """Passed, the declaration does not stand any more, or a clearance was taken back since the registration."""
    passed = sa.exists().where(Passage.passenger_id == SealedFace.passenger_id)
    ended = sa.exists().where(
        Declaration.id == SealedFace.declaration_id, Declaration.status != DeclarationStatus.ACTIVE
    )
    revoked = sa.exists().where(
        Clearance.passenger_id == SealedFace.passenger_id,
        Clearance.revoked_at >= SealedFace.expires_at - FACE_LIFE,
        Clearance.revoked_because != "presented-again",
    )
    return passed | ended | revoked


def forget(session: Session, which: sa.ColumnElement[bool]) -> int:
    """Delete sealed faces; how many."""
    gone = sa.delete(SealedFace).where(which).execution_options(synchronize_session=False)
    return len(session.execute(gone.returning(SealedFace.id)).all())


def forget_due(session: Session, now: datetime) -> int:
    """What the clock, a passage or a withdrawal has ended, and keys of lanes that can open nothing any more."""
    gone = forget(session, (SealedFace.expires_at <= now) | _is_over())
    session.execute(
        sa.delete(LaneKey).where(LaneKey.expires_at <= now - FACE_LIFE),
        execution_options={"synchronize_session": False},
    )
    return gone + pictures.forget_due(session, now) + live.forget_due(session, now)


def hand_pictures(
    session: Session,
    kiosk: EnrolledDevice,
    vault: Vault,
    presentation_id: UUID,
    shown: Mapping[Which, bytes],
    now: datetime,
) -> None:
    """The two pictures of a doubtful face, for the officers of the referral that it raised.

    Taken only where the face fell between the thresholds, from the kiosk that saw it, while the referral is
    open. Raises NotFoundError and :class:`FaceNotTakenError`.
    """
    registration = _registration(session, kiosk, presentation_id, now)
    referral = session.scalar(
        sa.select(Referral.id).where(
            Referral.presentation_id == registration.id, Referral.kind == ReferralKind.IDENTITY,
            Referral.state != ReferralState.CLOSED,
        )
    )  # fmt: skip
    if registration.readings.get("face") != Face.LOOK or referral is None:
        raise FaceNotTakenError
    pictures.keep(session, vault, referral, shown, now)
    audit.record(session, kiosk.actor, "referral.pictures", "referral", referral, now)


def live_key(
    session: Session, device: EnrolledDevice, presentation_id: UUID, now: datetime
) -> bytes | None:
    """The page of the officer who wants to see whoever was just read here; None: nobody does. Raises NotFoundError."""
    _registration(session, device, presentation_id, now, lock=False)
    return live.wanted(session, presentation_id, now)


def show_live(
    session: Session, device: EnrolledDevice, presentation_id: UUID, sealed: bytes, now: datetime
) -> bool:
    """A picture of that moment for that page; whether another is wanted. Raises NotFoundError."""
    _registration(session, device, presentation_id, now, lock=False)
    return live.show(session, presentation_id, sealed, now)


def _registration(
    session: Session, kiosk: EnrolledDevice, identifier: UUID, now: datetime, *, lock: bool = True
) -> Presentation:
    """What this device has just decided on."""
    found = session.get(Presentation, identifier, with_for_update=lock)
    if found is None or found.device_id != kiosk.id or found.decided_at <= now - HANDED_OVER_WITHIN:
        raise NotFoundError
    return found


def _travels_alone(session: Session, passenger_id: UUID, declaration_id: UUID | None) -> bool:
    """Nobody else in the booking's party, nobody else on the declaration."""
    own = sa.select(Passenger.party_id).where(Passenger.id == passenger_id).scalar_subquery()
    fellows = sa.exists().where(Passenger.party_id == own, Passenger.id != passenger_id)
    named = sa.exists().where(
        Companion.declaration_id == declaration_id,
        Companion.seq
        == sa.select(Declaration.seq).where(Declaration.id == declaration_id).scalar_subquery(),
    )
    return not session.scalar(sa.select(fellows | named))


def _policy(session: Session, hall_id: UUID) -> Policy:
    return read_policy(session.scalars(sa.select(Hall.policy).where(Hall.id == hall_id)).one())


def _expect(device: EnrolledDevice, kind: DeviceKind) -> None:
    if device.kind is not kind:
        raise WrongDeviceError
