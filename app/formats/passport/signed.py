"""Signed data of passports (CMS, RFC 5652): a chip's security object, a master list; and who signed a certificate.

Whatever is odd is untrusted: a structure that cannot be read, an algorithm that is not known, a signature that
fails. Certificates are read by asn1crypto, because some state's always breaks a rule that a stricter
reader insists on; keys and signatures are the cryptography library's.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar

from asn1crypto import cms, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from app.formats.passport.curves import PlainKey, explicit_key

Certificate: TypeAlias = x509.Certificate
Key = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | PlainKey

DIGESTS: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1, "sha224": hashes.SHA224, "sha256": hashes.SHA256,
    "sha384": hashes.SHA384, "sha512": hashes.SHA512,
}  # fmt: skip
MOST_RSA_BITS = 8192


class UntrustedError(Exception):
    """A file or certificate that proves nothing. `code` is stable; nothing of the content is told."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


P = ParamSpec("P")
T = TypeVar("T")


def untrusted_if_odd(work: Callable[P, T]) -> Callable[P, T]:
    """Whatever a crafted file makes a reader raise means that the file is not trusted."""

    @wraps(work)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        except UntrustedError:
            raise
        except Exception as error:
            raise UntrustedError("unreadable") from error

    return guarded


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed, by whom, and the certificates that came with it."""

    content: bytes
    signer: Certificate
    certificates: tuple[Certificate, ...]
    signed_at: datetime | None


@untrusted_if_odd
def open_signed(data: bytes, content_type: str) -> Signed:
    """Check the signature of a SignedData with one signer; whether the signer is trusted is another question.

    Both signed attributes that RFC 5652 section 11 demands are compared. Raises UntrustedError: `unreadable`,
    `content-type`, `signer-missing`, `signer-role`, `digest`, `algorithm`, `signature`.
    """
    signed = cms.ContentInfo.load(data, strict=False)["content"]
    envelope = signed["encap_content_info"]
    if envelope["content_type"].dotted != content_type:
        raise UntrustedError("content-type")
    content = bytes(envelope["content"])
    [told] = signed["signer_infos"]
    certificates = tuple(one.chosen for one in signed["certificates"] if one.name == "certificate")
    signer = _signer(told["sid"], certificates)
    attributes = {one["type"].dotted: one["values"] for one in told["signed_attrs"]}
    if len(attributes) != len(told["signed_attrs"]):
        raise UntrustedError("unreadable")
    if attributes[_CONTENT_TYPE][0].dotted != content_type:
        raise UntrustedError("content-type")
    digest = told["digest_algorithm"]["algorithm"].native
    if attributes[_MESSAGE_DIGEST][0].native != hash_of(digest, content):
        raise UntrustedError("digest")
    # signed as SET OF, sent as [0] IMPLICIT (RFC 5652 section 5.4)
    message = b"\x31" + told["signed_attrs"].dump()[1:]
    check(signer, told["signature"].native, message, told["signature_algorithm"], digest)
    when = attributes.get(_SIGNING_TIME)
    return Signed(content, signer, certificates, when[0].native if when else None)


_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_TIME = "1.2.840.113549.1.9.5"


def _signer(sid: Any, certificates: Sequence[Certificate]) -> Certificate:
    """The certificate that the signer names; one that may sign documents and is no authority."""
    if sid.name == "issuer_and_serial_number":
        wanted = sid.chosen
        found = [
            one
            for one in certificates
            if one.serial_number == wanted["serial_number"].native
            and one.issuer == wanted["issuer"]
        ]
    else:
        found = [one for one in certificates if one.key_identifier == sid.chosen.native]
    if not found:
        raise UntrustedError("signer-missing")
    signer = found[0]
    usage = signer.key_usage_value
    if signer.ca or (usage is not None and "digital_signature" not in usage.native):
        raise UntrustedError("signer-role")
    return signer


def hash_of(name: str, data: bytes) -> bytes:
    """A digest by its name. Raises UntrustedError for one that is not known."""
    if name not in DIGESTS:
        raise UntrustedError("algorithm")
    return hashlib.new(name, data).digest()


@untrusted_if_odd
def is_signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether the issuer's key has signed a certificate; names and dates are not looked at."""
    algorithm = certificate["signature_algorithm"]
    if algorithm.native != certificate["tbs_certificate"]["signature"].native:
        return False
    body = certificate["tbs_certificate"].dump()
    try:
        check(issuer, certificate.signature, body, algorithm)
    except UntrustedError as error:
        if error.code == "signature":
            return False
        raise
    return True


def check(
    signer: Certificate, signature: bytes, message: bytes, algorithm: Any, digest: str = ""
) -> None:
    """One signature of a certificate's key. ``digest``: where the algorithm names none.

    Raises UntrustedError: `algorithm`, `signature`.
    """
    key = public_key(signer)
    try:
        _verify(key, signature, message, algorithm, digest)
    except (InvalidSignature, TypeError):  # TypeError: a key of another kind than the signature
        raise UntrustedError("signature") from None


def _verify(key: Key, signature: bytes, message: bytes, algorithm: Any, digest: str) -> None:
    kind = algorithm["algorithm"].native
    if kind == "rsassa_pss":
        if not isinstance(key, rsa.RSAPublicKey):
            raise InvalidSignature
        told = algorithm["parameters"]
        mask = told["mask_gen_algorithm"]
        if mask["algorithm"].native != "mgf1":
            raise UntrustedError("algorithm")
        how = padding.PSS(
            padding.MGF1(_digest(mask["parameters"]["algorithm"].native)),
            told["salt_length"].native,
        )
        key.verify(signature, message, how, _digest(told["hash_algorithm"]["algorithm"].native))
        return
    name = digest if kind in ("rsassa_pkcs1v15", "ecdsa") else algorithm.hash_algo
    if "ecdsa" in kind:
        if isinstance(key, rsa.RSAPublicKey):
            raise InvalidSignature
        key.verify(signature, message, ec.ECDSA(_digest(name)))
    elif algorithm.signature_algo == "rsassa_pkcs1v15":
        if not isinstance(key, rsa.RSAPublicKey):
            raise InvalidSignature
        key.verify(signature, message, padding.PKCS1v15(), _digest(name))
    else:
        raise UntrustedError("algorithm")


def _digest(name: str) -> hashes.HashAlgorithm:
    if name not in DIGESTS:
        raise UntrustedError("algorithm")
    return DIGESTS[name]()


def public_key(certificate: Certificate) -> Key:
    """The key of a certificate, with a curve that is spelt out too. Raises UntrustedError: `algorithm`."""
    info = certificate.public_key
    try:
        found = load_der_public_key(info.dump())
    except (UnsupportedAlgorithm, ValueError):
        if info.algorithm != "ec":
            raise UntrustedError("algorithm") from None
        return explicit_key(info)
    if isinstance(found, rsa.RSAPublicKey) and found.key_size <= MOST_RSA_BITS:
        return found
    if isinstance(found, ec.EllipticCurvePublicKey):
        return found
    raise UntrustedError("algorithm")
