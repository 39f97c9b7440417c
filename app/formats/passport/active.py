"""Is this chip the one that was issued, or a copy of its files? Active authentication (ICAO Doc 9303-11 section 6.1).

The chip signs a challenge with a key that cannot be read out; EF.DG15 holds the public key, and the security
object vouches for DG15. RSA signs by ISO/IEC 9796-2 scheme 1 with message recovery, elliptic curves sign plainly
(r and s behind one another, BSI TR-03111 section 5.2.1).
"""

import hashlib
import hmac

from asn1crypto import keys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key

from app.formats.passport import tlv
from app.formats.passport.curves import PlainKey, explicit_key
from app.formats.passport.signed import DIGESTS, UntrustedError, untrusted_if_odd

CHALLENGE_BYTES = 8
_DG15 = 0x6F
_TRAILERS = {0x34: "sha256", 0x36: "sha384", 0x35: "sha512", 0x33: "sha1", 0x38: "sha224"}
"""Hash by the first byte of a two-byte trailer that ends in CC (ISO/IEC 10118-3 numbers); BC alone is SHA-1."""


@untrusted_if_odd
def answers(dg15: bytes, challenge: bytes, signature: bytes, digest: str = "sha256") -> bool:
    """Whether a chip's answer to a challenge of 8 bytes is by the key in EF.DG15.

    ``digest``: of a curve's signature, as EF.DG14 names it. Raises UntrustedError: `unreadable`, `algorithm`.
    """
    if len(challenge) != CHALLENGE_BYTES or digest not in DIGESTS:
        raise UntrustedError("algorithm")
    info = keys.PublicKeyInfo.load(tlv.value(dg15, _DG15), strict=True)
    try:
        key = load_der_public_key(info.dump())
    except ValueError:
        if info.algorithm != "ec":
            raise
        return _by_curve(explicit_key(info), challenge, signature, digest)
    if isinstance(key, rsa.RSAPublicKey):
        return _by_rsa(key, challenge, signature)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _by_curve(key, challenge, signature, digest)
    raise UntrustedError("algorithm")


def _by_curve(
    key: ec.EllipticCurvePublicKey | PlainKey, challenge: bytes, signature: bytes, digest: str
) -> bool:
    half, odd = divmod(len(signature), 2)
    if odd or not half:
        return False
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    try:
        key.verify(utils.encode_dss_signature(r, s), challenge, ec.ECDSA(DIGESTS[digest]()))
    except InvalidSignature:
        return False
    return True


def _by_rsa(key: rsa.RSAPublicKey, challenge: bytes, signature: bytes) -> bool:
    """ISO/IEC 9796-2 scheme 1: 6A, recovered part, hash of it and the challenge, trailer."""
    numbers = key.public_numbers()
    size = (key.key_size + 7) // 8
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= numbers.n:
        return False
    opened = pow(number, numbers.e, numbers.n).to_bytes(size, "big")
    if opened[-1] == 0xBC:
        name, body = "sha1", opened[1:-1]
    elif opened[-1] == 0xCC and opened[-2] in _TRAILERS:
        name, body = _TRAILERS[opened[-2]], opened[1:-2]
    else:
        return False
    width = hashlib.new(name).digest_size
    recovered, told = body[:-width], body[-width:]
    wanted = hashlib.new(name, recovered + challenge).digest()
    return opened[0] == 0x6A and bool(recovered) and hmac.compare_digest(told, wanted)
