"""A face on its way from the kiosk to a lane of the same hall: 128 numbers, sealed to that lane, for one registration.

Whoever holds it in between (the service, its database) cannot open it. It names the registration that it was
made for, so it cannot be laid beside another one, and says when it ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from app.formats.credential import hpke
from app.formats.credential.errors import CredentialError

PURPOSE = b"EGF1"
NUMBERS_LENGTH, MODEL_LENGTH = 256, 32
SEALED_LENGTH = 385
"""Bytes: every sealed face is as long as any other."""
LIFE = 3600
"""Seconds: no face is known longer."""
CLOCK_SKEW = 60


class FacePassError(ValueError):
    """It does not stand. ``code``: key_unknown, decrypt_failed, invalid or expired."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class FacePass:
    """``numbers``: 128 halves (IEEE 754, little-endian) of length one; ``model``: SHA-256 of the network that made
    them; ``expires``: seconds since 1970.
    """

    numbers: bytes = field(repr=False)
    model: bytes
    expires: int


def seal(face: FacePass, lane: ec.EllipticCurvePublicKey, registration: UUID) -> bytes:
    """For one lane. Raises :class:`FacePassError` invalid."""
    _check(face)
    message = face.expires.to_bytes(8) + face.model + face.numbers
    return hpke.seal(message, lane, _purpose(registration))


def unseal(
    sealed: bytes, keys: Mapping[bytes, ec.EllipticCurvePrivateKey], registration: UUID, now: int
) -> FacePass:
    """Open it with one of a lane's keys by their ids. Raises :class:`FacePassError`."""
    try:
        message = hpke.unseal(sealed, keys, _purpose(registration))
    except CredentialError as error:
        raise FacePassError(error.code) from None
    face = FacePass(
        message[8 + MODEL_LENGTH :], message[8 : 8 + MODEL_LENGTH], int.from_bytes(message[:8])
    )
    _check(face)
    if not now < face.expires <= now + LIFE + CLOCK_SKEW:
        raise FacePassError("expired")
    return face


def _purpose(registration: UUID) -> bytes:
    return PURPOSE + registration.bytes


def _check(face: FacePass) -> None:
    if len(face.numbers) != NUMBERS_LENGTH or len(face.model) != MODEL_LENGTH or face.expires < 0:
        raise FacePassError("invalid")
