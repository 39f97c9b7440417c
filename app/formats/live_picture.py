"""A live picture on its way from a device to one officer's page: sealed to that page, for one presentation.

Whoever holds it in between (the service, its database) cannot open it; the key that opens it was made in the page,
cannot be read out of it, and is gone with it.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from app.formats.credential import hpke

PURPOSE: Final = b"EGL1"
MOST_BYTES: Final = 32 * 1024
"""Of a sealed picture: some 480 x 270 pixels."""


def seal(jpeg: bytes, page: ec.EllipticCurvePublicKey, presentation: UUID) -> bytes:
    """For one page."""
    return hpke.seal(jpeg, page, PURPOSE + presentation.bytes)


def unseal(
    sealed: bytes, keys: Mapping[bytes, ec.EllipticCurvePrivateKey], presentation: UUID
) -> bytes:
    """The picture. Raises CredentialError."""
    return hpke.unseal(sealed, keys, PURPOSE + presentation.bytes)
