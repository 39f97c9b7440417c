"""How a device gets its key: it makes one itself, and sends the public half with a one-time code; how it changes it.

A code is short-lived, used once, kept as a hash, and dies after a few wrong tries. Whoever sends a key proves that he
has its private half, and a change of keys is signed by the old one.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.log import Actor, ActorKind, record
from app.identity.devices import end_tokens, live
from app.identity.models import Device, DeviceKey, DeviceKind, EnrolmentCode
from app.kernel.crypto import new_code, token_hash
from app.kernel.errors import ConflictError, UnauthenticatedError
from app.kernel.texts import N_

CODE_LIFE = timedelta(minutes=15)
MOST_TRIES = 5
GRACE = timedelta(hours=1)
"""How long the old key goes on after a change: for a device that died before it had written the new one down."""
ENROLS, ROTATES = b"egate-enrol", b"egate-rotate"
KEY_BYTES = 32
_SIGN = 0x7F
_SMALL = frozenset(
    bytes.fromhex(point)
    for point in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)
"""Points of Ed25519 whose order divides eight (RFC 8032 section 5.1), in every spelling, without the sign. To such a key
signatures can be made by anybody, so it is nobody's.
"""


class CodeRefusedError(UnauthenticatedError):
    """No such code, used, expired, tried too often, or the key is not the sender's: nobody is told which."""

    code, status, title = "enrolment-refused", 401, N_("This code enrols no device")


class KeyRefusedError(ConflictError):
    """The key is another device's, was ended, or is not signed for as it must be."""

    code, status, title = "key-refused", 409, N_("This key cannot be taken")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The device that a code is for. A device of this name that is there already gets a new key."""

    name: str
    kind: DeviceKind
    hall_id: UUID
    assisted: bool = False


def make_code(session: Session, actor: Actor, wanted: Wanted, now: datetime) -> str:
    """A code for one device; earlier codes for the name die. Shown once, kept as a hash. Raises ConflictError when
    the name is a device's of another hall or kind.
    """
    device = find_by_name(session, wanted.name)
    if device and (device.hall_id, device.kind) != (wanted.hall_id, wanted.kind):
        raise ConflictError
    session.execute(
        update(EnrolmentCode)
        .where(EnrolmentCode.name == wanted.name, EnrolmentCode.used_at.is_(None))
        .values(used_at=now)
    )
    code = new_code()
    row = EnrolmentCode(
        code_hash=token_hash(code), name=wanted.name, kind=wanted.kind, hall_id=wanted.hall_id,
        assisted=wanted.assisted, expires_at=now + CODE_LIFE, tries=0,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, actor, "device.code", "enrolment-code", row.id, now, kind=str(wanted.kind))
    return code


def find_by_name(session: Session, name: str) -> Device | None:
    """The device of this name."""
    return session.scalar(select(Device).where(Device.name == name))


def use_code(
    session: Session, name: str, code: str, public_key: bytes, proof: bytes, now: datetime
) -> Device | None:
    """Enrol a device by its code. None when it is refused: the caller commits that a try was used up."""
    row = session.scalar(
        select(EnrolmentCode)
        .where(
            EnrolmentCode.name == name, EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now, EnrolmentCode.tries < MOST_TRIES,
        )
        .with_for_update()
    )  # fmt: skip
    if row is None:
        return None
    row.tries += 1
    session.flush()
    code = code.strip().upper()
    said = b"|".join((ENROLS, name.encode(), token_hash(code)))
    known = session.scalar(select(DeviceKey.id).where(DeviceKey.public_key == public_key))
    if row.code_hash != token_hash(code) or known or not is_signed(public_key, proof, said):
        return None
    row.used_at = now
    device = find_by_name(session, name) or _new(session, row)
    device.disabled_at, device.assisted = None, row.assisted
    _end_keys(session, device.id, now)
    session.add(DeviceKey(device_id=device.id, public_key=public_key))
    session.flush()
    end_tokens(session, device.id)
    actor = Actor(ActorKind.DEVICE, device.id)
    record(session, actor, "device.enrol", "device", device.id, now, kind=str(device.kind))
    return device


def _new(session: Session, row: EnrolmentCode) -> Device:
    device = Device(kind=row.kind, name=row.name, hall_id=row.hall_id)
    session.add(device)
    session.flush()
    return device


def _end_keys(session: Session, device_id: UUID, now: datetime) -> None:
    session.execute(
        update(DeviceKey)
        .where(DeviceKey.device_id == device_id, DeviceKey.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def rotate(
    session: Session, device_id: UUID, public_key: bytes, proof: bytes, by_old: bytes, now: datetime
) -> None:
    """Take a device's new key, signed by itself and by the one it follows, which ends after :data:`GRACE`.

    A key in its grace gets tokens and signs no successor: stolen, it would outlive itself. All it may still sign is the
    change that was made, whose answer was lost: that changes nothing. Raises :class:`KeyRefusedError`.
    """
    session.execute(select(Device.id).where(Device.id == device_id).with_for_update(key_share=True))
    said = b"|".join((ROTATES, str(device_id).encode(), public_key))
    held = session.scalars(
        select(DeviceKey).where(DeviceKey.device_id == device_id, live(now))
    ).all()
    if not is_signed(public_key, proof, said):
        raise KeyRefusedError
    signing = [key for key in held if is_signed(bytes(key.public_key), by_old, said)]
    known = session.scalar(select(DeviceKey).where(DeviceKey.public_key == public_key))
    if known is not None:
        if not signing or known not in held or known.revoked_at is not None:
            raise KeyRefusedError
        return
    newest = [key for key in signing if key.revoked_at is None]
    if not newest:
        raise KeyRefusedError
    for key in newest:
        key.revoked_at = now + GRACE
    session.add(DeviceKey(device_id=device_id, public_key=public_key))
    session.execute(update(Device).where(Device.id == device_id).values(rotation_asked_at=None))
    session.flush()
    record(session, Actor(ActorKind.DEVICE, device_id), "device.rotate", "device", device_id, now)


def is_small(public_key: bytes) -> bool:
    """Whether this is no key but a point of small order."""
    return bytes([*public_key[:31], public_key[31] & _SIGN]) in _SMALL


def is_signed(public_key: bytes, signature: bytes, said: bytes) -> bool:
    """Whether a key of 32 bytes has signed this; never for one of small order, which anybody could have."""
    if len(public_key) != KEY_BYTES or is_small(public_key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, said)
    except (InvalidSignature, ValueError):
        return False
    return True


def decoded(text: str) -> bytes:
    """base64url, as keys and signatures travel. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
