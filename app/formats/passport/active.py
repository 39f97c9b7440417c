"""Is this chip the one that was issued, or a copy of its files? Active authentication (ICAO Doc 9303-11 section 6.1).

The chip signs a challenge with a key that cannot be read out; EF.DG15 holds the public key, and the security
object vouches for DG15. RSA signs by ISO/IEC 9796-2 scheme 1 with message recovery and names its hash in the
trailer; elliptic curves sign plainly (r and s behind one another, BSI TR-03111 section 5.2.1) and name theirs in EF.DG14.
"""

import hashlib
import hmac
from typing import ClassVar

from asn1crypto import core, keys
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key

from app.formats.passport import tlv
from app.formats.passport.curves import PlainKey, explicit_key, is_computed
from app.formats.passport.signed import DIGESTS, UntrustedError, untrusted_if_odd

CHALLENGE_BYTES = 8
_DG14, _DG15 = 0x6E, 0x6F
_TRAILERS = {0x34: "sha256", 0x36: "sha384", 0x35: "sha512", 0x33: "sha1", 0x38: "sha224"}
"""Hash by the first byte of a two-byte trailer that ends in CC (ISO/IEC 10118-3 numbers); BC alone is SHA-1."""
INFO = "2.23.136.1.1.5"
"""Protocol of an ActiveAuthenticationInfo in EF.DG14 (9303-11 section 9.2.4)."""
PLAIN_ECDSA = {
    f"0.4.0.127.0.7.1.1.4.1.{number}": name
    for number, name in enumerate(("sha1", "sha224", "sha256", "sha384", "sha512"), 1)
}
"""Hash by the signature algorithm there (BSI TR-03111 section 5.2.1); of RIPEMD-160, 6, nothing can be computed here."""
_CUSTOMARY = ("sha256", "sha384", "sha512", "sha224", "sha1")


class SecurityInfo(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """SecurityInfo (9303-11 section 9.2): what stands behind a protocol is the protocol's."""

    _fields: ClassVar = [
        ("protocol", core.ObjectIdentifier), ("required", core.Any),
        ("optional", core.Any, {"optional": True}),
    ]  # fmt: skip


class SecurityInfos(core.SetOf):  # type: ignore[misc]  # asn1crypto has no types
    """Content of EF.DG14."""

    _child_spec = SecurityInfo


def named_digest(dg14: bytes | None) -> str | None:
    """The hash of a curve's answers, a name of DIGESTS, by EF.DG14; None where it names none.

    Raises UntrustedError, `algorithm` alone: it names one that is not known, or cannot be read.
    """
    try:
        return _named(dg14) if dg14 is not None else None
    except UntrustedError:
        raise UntrustedError("algorithm") from None


@untrusted_if_odd
def _named(dg14: bytes) -> str | None:
    infos = SecurityInfos.load(tlv.value(dg14, _DG14), strict=True)
    found = [one["optional"] for one in infos if one["protocol"].dotted == INFO]
    return PLAIN_ECDSA[found[0].parse(core.ObjectIdentifier).dotted] if found else None


@untrusted_if_odd
def answers(dg15: bytes, challenge: bytes, signature: bytes, dg14: bytes | None = None) -> bool:
    """Whether a chip's answer to a challenge of 8 bytes is by the key in EF.DG15.

    ``dg14``: the file that names the hash of a curve's answers, where the chip has a signed one. Raises UntrustedError:
    `unreadable`; `algorithm` where nobody can say by which the chip answers, which is no sign of a copy.
    """
    if len(challenge) != CHALLENGE_BYTES:
        raise UntrustedError("unreadable")
    info = keys.PublicKeyInfo.load(tlv.value(dg15, _DG15), strict=True)
    try:
        key = load_der_public_key(info.dump())
    except (UnsupportedAlgorithm, ValueError) as error:
        if info.algorithm != "ec" or not is_computed(info):
            is_known = isinstance(error, ValueError)
            raise UntrustedError("unreadable" if is_known else "algorithm") from None
        return _by_curve(explicit_key(info), challenge, signature, dg14)
    if isinstance(key, rsa.RSAPublicKey):
        return _by_rsa(key, challenge, signature)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _by_curve(key, challenge, signature, dg14)
    raise UntrustedError("algorithm")


def _by_curve(
    key: ec.EllipticCurvePublicKey | PlainKey,
    challenge: bytes,
    signature: bytes,
    dg14: bytes | None,
) -> bool:
    """By the hash that DG14 names. Without, by any: who signs the challenge by whichever has the key."""
    written = _written(signature)
    if not written:
        return False
    named = named_digest(dg14)
    names = (named,) if named else _CUSTOMARY
    if any(_holds(key, encoded, challenge, name) for encoded in written for name in names):
        return True
    if named is None:
        raise UntrustedError("algorithm")
    return False


def _written(signature: bytes) -> list[bytes]:
    """An answer as DER: r and s behind one another, as it has to be; some chip returns DER itself."""
    found = []
    half, odd = divmod(len(signature), 2)
    if half and not odd:
        r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        found.append(utils.encode_dss_signature(r, s))
    try:
        utils.decode_dss_signature(signature)
    except ValueError:
        return found
    return [*found, signature]


def _holds(
    key: ec.EllipticCurvePublicKey | PlainKey, signature: bytes, challenge: bytes, digest: str
) -> bool:
    try:
        key.verify(signature, challenge, ec.ECDSA(DIGESTS[digest]()))
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
    elif opened[0] == 0x6A and opened[-1] == 0xCC:
        raise UntrustedError("algorithm")  # well-formed, by a hash that is not known here
    else:
        return False
    width = hashlib.new(name).digest_size
    recovered, told = body[:-width], body[-width:]
    wanted = hashlib.new(name, recovered + challenge).digest()
    return opened[0] == 0x6A and bool(recovered) and hmac.compare_digest(told, wanted)
