"""What a kiosk believes without the network: the trust list (EGT1) under certificates of an offline root (EGK1).

The root signs one certificate for each key of the authority, days before that key is used. A key certified for
lists signs, whenever it is asked, which certified keys stand and which declarations do not: an array of its own
certificate and the list. Both are COSE_Sign1 as in `cose`, in the CBOR of `cbor`:

    certificate  kid = the root's key id     {4: exp, 6: iat, -65539: [use, point]}
    list         kid = the list key's id     {4: next update, 6: iat, -65540: [certificate, ...],
                                              -65541: [[first 8 bytes of cti, lowest seq that stands], ...]}
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from app.formats.credential import cbor, cose
from app.formats.credential.errors import CredentialError
from app.formats.credential.keys import key_id, point, public_key

CERTIFICATE, LIST = "EGK1", "EGT1"
PREFIX_LENGTH = 8
NEVER_AGAIN = 2**63 - 1
"""The lowest sequence number of a declaration that was withdrawn."""
MAX_LIST = 4 * 1024 * 1024
CLOCK_SKEW = 300
_EXP, _IAT, _KEY, _CERTIFICATES, _DENIED = 4, 6, -65539, -65540, -65541
_LAST_SECOND = 253402300799


class Use(IntEnum):
    """What a certified key signs."""

    RECEIPTS = 1
    LISTS = 2


@dataclass(frozen=True, slots=True)
class Certificate:
    """A key that the root vouches for, until `exp` (seconds since 1970)."""

    use: Use
    kid: bytes
    key: ec.EllipticCurvePublicKey
    iat: int
    exp: int
    signed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TrustList:
    """A list that stands. `denied` gives, by the first 8 bytes of a number, the lowest seq that still counts."""

    iat: int
    next_update: int
    certificates: tuple[Certificate, ...]
    denied: Mapping[bytes, int]

    def is_fresh(self, now: int) -> bool:
        """Whether the list may still be gone by."""
        return self.iat - CLOCK_SKEW <= now < self.next_update

    def trust(self, now: int) -> dict[bytes, ec.EllipticCurvePublicKey]:
        """The keys whose receipts are believed, by key id."""
        return {
            one.kid: one.key
            for one in self.certificates
            if one.use is Use.RECEIPTS and now < one.exp
        }

    def refusal(self, cti: bytes, seq: int) -> str | None:
        """`withdrawn` or `superseded` where the list says so of a declaration."""
        lowest = self.denied.get(cti[:PREFIX_LENGTH], 0)
        if seq >= lowest:
            return None
        return "withdrawn" if lowest == NEVER_AGAIN else "superseded"


def certify(
    use: Use,
    key: ec.EllipticCurvePublicKey,
    root: ec.EllipticCurvePrivateKey,
    *,
    iat: int,
    exp: int,
) -> bytes:
    """The root's word for a key: done where the root is kept, offline."""
    payload = cbor.dumps({_EXP: exp, _IAT: iat, _KEY: [int(use), point(key)]})
    return cose.sign(CERTIFICATE, payload, root, key_id(root.public_key()))


def read_certificate(data: bytes, root: ec.EllipticCurvePublicKey) -> Certificate:
    """Check a certificate against the root; whether it is still valid is the caller's to ask.

    Raises CredentialError: cbor_invalid, cose_invalid, alg_forbidden, key_unknown, signature_invalid,
    key_invalid, claims_invalid.
    """
    signed = cose.verify_authority(CERTIFICATE, data, {key_id(root): root})
    claims = _claims(signed.payload, {_EXP, _IAT, _KEY})
    use, compressed = _pair(claims[_KEY])
    _require(type(use) is int and use in set(Use) and type(compressed) is bytes)
    try:
        key = public_key(compressed)
    except ValueError:
        raise CredentialError("key_invalid") from None
    return Certificate(Use(use), key_id(key), key, claims[_IAT], claims[_EXP], data)


def seal_trust_list(
    key: ec.EllipticCurvePrivateKey,
    certificate: bytes,
    certificates: Iterable[bytes],
    denied: Iterable[tuple[bytes, int]],
    *,
    iat: int,
    next_update: int,
) -> bytes:
    """Write a list, signed by a key that `certificate` speaks for. `denied`: number (cti) and lowest seq."""
    lowest: dict[bytes, int] = {}
    for cti, seq in denied:
        prefix = cti[:PREFIX_LENGTH]
        lowest[prefix] = max(seq, lowest.get(prefix, 0))
    payload = {
        _EXP: next_update,
        _IAT: iat,
        _CERTIFICATES: list(certificates),
        _DENIED: [[prefix, seq] for prefix, seq in sorted(lowest.items())],
    }
    signed = cose.sign(LIST, cbor.dumps(payload), key, key_id(key.public_key()))
    return cbor.dumps([certificate, signed])


def open_trust_list(data: bytes, root: ec.EllipticCurvePublicKey, *, now: int) -> TrustList:
    """Check a list and everything in it, down from the root.

    Raises CredentialError: too_large, the codes of `read_certificate`, not_yet_valid for a list from the
    future, expired when its signer's certificate has ended or the next update is due.
    """
    if len(data) > MAX_LIST:
        raise CredentialError("too_large")
    certificate, signed = _pair(cbor.loads(data))
    _require(type(certificate) is bytes and type(signed) is bytes)
    signer = read_certificate(certificate, root)
    if signer.use is not Use.LISTS:
        raise CredentialError("key_unknown")
    claims = _claims(
        cose.verify_authority(LIST, signed, {signer.kid: signer.key}).payload,
        {_EXP, _IAT, _CERTIFICATES, _DENIED},
    )
    if claims[_IAT] > now + CLOCK_SKEW:
        raise CredentialError("not_yet_valid")
    if now >= min(claims[_EXP], signer.exp):
        raise CredentialError("expired")
    certificates = claims[_CERTIFICATES]
    _require(type(certificates) is list and all(type(one) is bytes for one in certificates))
    return TrustList(
        iat=claims[_IAT],
        next_update=min(claims[_EXP], signer.exp),
        certificates=tuple(read_certificate(one, root) for one in certificates),
        denied=_denied(claims[_DENIED]),
    )


def is_newer(one: TrustList, held: TrustList | None) -> bool:
    """Whether a list may take the place of the one that is held: nobody is led back to an older one."""
    return held is None or one.iat >= held.iat


def _denied(value: Any) -> dict[bytes, int]:
    _require(type(value) is list)
    found: dict[bytes, int] = {}
    for entry in value:
        prefix, seq = _pair(entry)
        _require(type(prefix) is bytes and len(prefix) == PREFIX_LENGTH)
        _require(type(seq) is int and seq >= 0)
        found[prefix] = seq
    _require(len(found) == len(value))
    return found


def _claims(payload: bytes, keys: set[int]) -> dict[int, Any]:
    claims = cbor.loads(payload)
    _require(type(claims) is dict and claims.keys() == keys)
    for time in (claims[_EXP], claims[_IAT]):
        _require(type(time) is int and 0 <= time <= _LAST_SECOND)
    _require(claims[_EXP] > claims[_IAT])
    return claims  # type: ignore[no-any-return]


def _pair(value: Any) -> tuple[Any, Any]:
    _require(type(value) is list and len(value) == 2)
    return value[0], value[1]


def _require(condition: bool) -> None:  # noqa: FBT001  # reads as an assertion
    if not condition:
        raise CredentialError("claims_invalid")
