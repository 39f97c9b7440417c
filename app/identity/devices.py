"""Kiosks and lanes: enrolled once with an Ed25519 key, then known by short access tokens.

A device signs an assertion (RFC 7523: iss = sub = device id, aud, exp <= 60 s, jti used once) and gets an
opaque token for ten minutes.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor, ActorKind, record
from app.identity.models import Device, DeviceKey, DeviceKind, DeviceToken
from app.kernel.crypto import new_token, token_hash
from app.kernel.errors import UnauthenticatedError
from app.kernel.ids import uuid7
from app.kernel.texts import N_

AUDIENCE = "egate"
TOKEN_LIFE = timedelta(minutes=10)
ASSERTION_LIFE = 60
SKEW = 30


class AssertionInvalidError(UnauthenticatedError):
    """The assertion is not signed by a live key of the device, too old, or used before."""

    code, status, title = "assertion-invalid", 401, N_("This device is not known")


@dataclass(frozen=True, slots=True)
class EnrolledDevice:
    """A device with a live token."""

    id: UUID
    kind: DeviceKind
    hall_id: UUID

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.DEVICE, self.id)


def enrol(  # what a device is
    session: Session, kind: DeviceKind, name: str, hall_id: UUID, public_key: bytes, now: datetime
) -> Device:
    """Register a device with its Ed25519 public key (32 raw bytes)."""
    device = Device(kind=kind, name=name, hall_id=hall_id)
    session.add(device)
    session.flush()
    session.add(DeviceKey(device_id=device.id, public_key=public_key))
    session.flush()
    record(session, SYSTEM, "device.enrol", "device", device.id, now, kind=str(kind))
    return device


@dataclass(frozen=True, slots=True)
class Granted:
    """An access token and the device that it is for."""

    token: str
    device_id: UUID


def grant_token(session: Session, assertion: str, now: datetime) -> Granted:
    """Check a signed assertion and answer an access token. Raises :class:`AssertionInvalidError`."""
    device_id = _claimed_subject(assertion)
    keys = session.scalars(
        select(DeviceKey.public_key)
        .join(Device, Device.id == DeviceKey.device_id)
        .where(
            DeviceKey.device_id == device_id,
            live(now),
            Device.disabled_at.is_(None),
        )
    ).all()
    claims = _verified(assertion, [bytes(key) for key in keys])
    _check(claims, device_id, now)
    token = new_token()
    stored = session.execute(
        insert(DeviceToken)
        .values(
            id=uuid7(),
            device_id=device_id,
            token_hash=token_hash(token),
            assertion_id=str(claims["jti"]),
            expires_at=now + TOKEN_LIFE,
        )
        .on_conflict_do_nothing()
        .returning(DeviceToken.id)
    ).scalar()
    if stored is None:  # the assertion was used before
        raise AssertionInvalidError
    return Granted(token, device_id)


def _claimed_subject(assertion: str) -> UUID:
    import base64  # noqa: PLC0415

    try:
        payload = assertion.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return UUID(claims["sub"])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise AssertionInvalidError from error


def _verified(assertion: str, keys: list[bytes]) -> dict[str, Any]:
    for key in keys:
        try:
            return dict(jwt.decode(assertion, public_jwk(key), algorithms=["Ed25519"]).claims)
        except (JoseError, ValueError, RecursionError):
            continue
    raise AssertionInvalidError


def _check(claims: dict[str, Any], device_id: UUID, now: datetime) -> None:
    moment = now.timestamp()
    expires, issued = claims.get("exp"), claims.get("iat")
    if not (
        claims.get("iss") == str(device_id)
        and claims.get("aud") == AUDIENCE
        and isinstance(expires, int)
        and isinstance(issued, int)
        and issued - SKEW <= moment < expires + SKEW
        and expires - issued <= ASSERTION_LIFE
        and 0 < len(str(claims.get("jti", ""))) <= 100
    ):
        raise AssertionInvalidError


def public_jwk(raw: bytes) -> OKPKey:
    """An Ed25519 public key of 32 bytes as a JWK."""
    import base64  # noqa: PLC0415

    encoded = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": encoded})


def find_device(session: Session, token: str, now: datetime) -> EnrolledDevice:
    """Who is behind a device token. Raises :class:`UnauthenticatedError`."""
    device = session.scalar(
        select(Device)
        .join(DeviceToken, DeviceToken.device_id == Device.id)
        .where(
            DeviceToken.token_hash == token_hash(token),
            DeviceToken.expires_at > now,
            Device.disabled_at.is_(None),
        )
    )
    if device is None:
        raise UnauthenticatedError
    return EnrolledDevice(device.id, device.kind, device.hall_id)


def live(now: datetime) -> ColumnElement[bool]:
    """Whether a key is good at ``now``: it was not ended, or ends later."""
    return or_(DeviceKey.revoked_at.is_(None), DeviceKey.revoked_at > now)


def disable(session: Session, device_id: UUID, now: datetime, actor: Actor = SYSTEM) -> None:
    """Shut a device out at once: the next call with a token that it holds fails."""
    session.execute(update(Device).where(Device.id == device_id).values(disabled_at=now))
    end_tokens(session, device_id)
    record(session, actor, "device.disable", "device", device_id, now)


def enable(session: Session, device_id: UUID, now: datetime, actor: Actor) -> None:
    """Let a device in again, with the keys that it had."""
    session.execute(update(Device).where(Device.id == device_id).values(disabled_at=None))
    record(session, actor, "device.enable", "device", device_id, now)


def end_tokens(session: Session, device_id: UUID) -> None:
    """Tokens are good for nothing more; an assertion that was used stays so."""
    session.execute(
        update(DeviceToken)
        .where(DeviceToken.device_id == device_id)
        .values(expires_at=datetime.fromtimestamp(0, UTC))
    )
