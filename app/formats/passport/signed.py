"""Signed data of passports (CMS, RFC 5652): a chip's security object, a master list; and who signed a certificate.

Whatever is odd is untrusted: a structure that cannot be read, an algorithm that is not known, a signature that
fails. Certificates are read by asn1crypto, because some state's always breaks a rule that a stricter
reader insists on; keys and signatures are the cryptography library's.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar

from asn1crypto import algos, cms, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from app.formats.passport import tlv
from app.formats.passport.curves import PlainKey, explicit_key, is_computed

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


@untrusted_if_odd
def open_signed(data: bytes, content_type: str) -> Signed:
    """Check the signature of a SignedData; whether the signer is trusted is another question. Of several signers
    (9303-10 section 4.6.2.1 recommends one) the first counts whose signature holds.

    Both signed attributes that RFC 5652 section 11 demands are compared. Raises UntrustedError: `unreadable`,
    `content-type`, `signer-missing`, `signer-role`, `digest`, `algorithm`, `signature`.
    """
    signed = cms.ContentInfo.load(data, strict=False)["content"]
    envelope = signed["encap_content_info"]
    if envelope["content_type"].dotted != content_type:
        raise UntrustedError("content-type")
    content = bytes(envelope["content"])
    certificates = tuple(
        one.chosen for one in signed["certificates"] or () if one.name == "certificate"
    )
    return Signed(
        content,
        _first_that_signed(signed["signer_infos"], content, content_type, certificates),
        certificates,
    )


def _first_that_signed(
    infos: Any, content: bytes, content_type: str, certificates: Sequence[Certificate]
) -> Certificate:
    why = UntrustedError("unreadable")
    for number, told in enumerate(infos):
        if number == MOST_SIGNERS:
            break
        try:
            return _signer_of(told, content, content_type, certificates)
        except UntrustedError as error:
            why = error if number == 0 else why
    raise why


@untrusted_if_odd
def _signer_of(
    told: Any, content: bytes, content_type: str, certificates: Sequence[Certificate]
) -> Certificate:
    """Who signed by this SignerInfo. Raises UntrustedError."""
    signer = _signer(told["sid"], certificates)
    attributes = {one["type"].dotted: one["values"] for one in told["signed_attrs"]}
    if len(attributes) != len(told["signed_attrs"]):
        raise UntrustedError("unreadable")
    if attributes[_CONTENT_TYPE][0].dotted != content_type:
        raise UntrustedError("content-type")
    digest = told["digest_algorithm"]["algorithm"].native
    if attributes[_MESSAGE_DIGEST][0].native != hash_of(digest, content):
        raise UntrustedError("digest")
    for message in _messages(told["signed_attrs"]):
        try:
            check(signer, told["signature"].native, message, told["signature_algorithm"], digest)
        except UntrustedError as error:
            why = error
        else:
            return signer
    raise why


def _messages(attributes: Any) -> Iterator[bytes]:
    """What may have been signed: a SET OF, sent as [0] IMPLICIT (RFC 5652 section 5.4). As it was sent; and in the
    order of DER, which is what is to be signed, when it was sent in another.
    """
    yield b"\x31" + attributes.dump()[1:]
    parts = [one.dump() for one in attributes]
    if parts != sorted(parts):
        yield tlv.write(0x31, *sorted(parts))


_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
MOST_SIGNERS = 4


def _signer(sid: Any, certificates: Sequence[Certificate]) -> Certificate:
    """The certificate that the signer names; one that may sign documents and is no authority.

    Some state writes its own name in another order, or names a key whose certificate has no identifier: a certificate
    that is alone is taken then. A name is not signed and proves nothing, the signature decides.
    """
    if sid.name == "issuer_and_serial_number":
        number, issuer = sid.chosen["serial_number"].native, name_of(sid.chosen["issuer"])
        found = [
            one
            for one in certificates
            if one.serial_number == number and name_of(one.issuer) == issuer
        ]
    else:
        found = [one for one in certificates if one.key_identifier == sid.chosen.native]
    if not found and len(certificates) != 1:
        raise UntrustedError("signer-missing")
    signer = (found or certificates)[0]
    usage = signer.key_usage_value
    if signer.ca or (usage is not None and "digital_signature" not in usage.native):
        raise UntrustedError("signer-role")
    return signer


def name_of(name: x509.Name) -> bytes:
    """A distinguished name as it is compared: without regard to case and to the kind of text; one with letters that
    no name may hold, as it is written.
    """
    try:
        return str(name.hashable).casefold().encode("utf-8", "surrogatepass")
    except ValueError:
        return bytes(name.dump())


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
        if not isinstance(told, algos.RSASSAPSSParams):
            told = algos.RSASSAPSSParams({})  # left out: those of RFC 4055 section 3.1
        mask = told["mask_gen_algorithm"]
        if mask["algorithm"].native != "mgf1":
            raise UntrustedError("algorithm")
        how = padding.PSS(
            padding.MGF1(_digest(mask["parameters"]["algorithm"].native)),
            told["salt_length"].native,
        )
        key.verify(signature, message, how, _digest(told["hash_algorithm"]["algorithm"].native))
        return
    if kind in _OF_A_CURVE:
        kind, name = "ecdsa", digest
    else:
        name = digest if kind == "rsassa_pkcs1v15" else algorithm.hash_algo
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


_OF_A_CURVE = ("ecdsa", "1.2.840.10045.2.1", "1.2.840.10045.4.3")
"""Algorithms of a signature that name no hash: it is the signer's. Some state names that of its key there."""


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
        if info.algorithm != "ec" or not is_computed(info):
            raise UntrustedError("algorithm") from None
        return explicit_key(info)
    if isinstance(found, rsa.RSAPublicKey) and found.key_size <= MOST_RSA_BITS:
        return found
    if isinstance(found, ec.EllipticCurvePublicKey):
        return found
    raise UntrustedError("algorithm")
