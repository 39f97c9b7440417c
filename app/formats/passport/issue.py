"""Virtual passports with a state's keys of their own: for simulation and tests, trusted by nobody else.

What is made here is what a state makes (ICAO Doc 9303-10, -12): an authority, a document signer, the files of a
chip and its security object, and a chip that can answer a challenge.
"""

import hashlib
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from asn1crypto import cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.x509.oid import NameOID

from app.formats.passport import files, tlv
from app.formats.passport.active import INFO, PLAIN_ECDSA, SecurityInfos, named_digest
from app.formats.passport.signed import DIGESTS, Certificate
from app.formats.passport.trust import MASTER_LIST, MasterList
from app.formats.passport.verify import SECURITY_OBJECT, Chip, SecurityObject

AUTHORITY_YEARS, SIGNER_YEARS = 15, 11
_TAG_OF = {group: tag for tag, group in files.TAGS.items()}
_DOCUMENT_TYPES = x509.ObjectIdentifier("2.23.136.1.1.6.2")  # 9303-12 section 7.1.1


@dataclass(frozen=True, slots=True)
class Keeper:
    """A key and its certificate: of a state's authority, or of a signer of documents."""

    certificate: Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    def pem(self) -> bytes:
        """The certificate as PEM."""
        return x509.load_der_x509_certificate(self.certificate.dump()).public_bytes(
            serialization.Encoding.PEM
        )


def make_authority(
    country: str,
    now: datetime,
    *,
    days: int = 365 * AUTHORITY_YEARS,
    predecessor: Keeper | None = None,
    curve: ec.EllipticCurve | None = None,
) -> Keeper:
    """A CSCA of a state (ISO 3166 alpha-2). ``predecessor``: makes a link certificate, the new key signed by
    the old one.
    """
    key = ec.generate_private_key(curve or ec.SECP384R1())
    subject = _name(country, "CSCA")
    return Keeper(_certificate(subject, key, predecessor, now, days, authority=True), key)


def make_signer(
    authority: Keeper, now: datetime, *, days: int = 365 * SIGNER_YEARS, number: int = 1
) -> Keeper:
    """A document signer of a state's authority."""
    country = authority.certificate.subject.native["country_name"]
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(country, f"Document signer {number}")
    return Keeper(_certificate(subject, key, authority, now, days, authority=False), key)


def _name(country: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Simulated issuer"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: Keeper | None,
    now: datetime,
    days: int,
    *,
    authority: bool,
) -> Certificate:
    signing = issuer.key if issuer else key
    named = subject
    if issuer:
        named = x509.load_der_x509_certificate(issuer.certificate.dump()).subject
    begin = now - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
        .add_extension(_usage(authority=authority), critical=True)
    )
    if authority:
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    else:
        types = x509.UnrecognizedExtension(_DOCUMENT_TYPES, _document_types("P"))
        made = made.add_extension(types, critical=False)
    signed = made.sign(signing, hashes.SHA384())
    return asn1_x509.Certificate.load(signed.public_bytes(serialization.Encoding.DER))


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=authority, crl_sign=authority,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _document_types(*codes: str) -> bytes:
    """DocumentTypeList (9303-12 section 7.1.1.7)."""
    told = [tlv.write(0x13, code.encode("ascii")) for code in codes]
    return tlv.write(0x30, b"\x02\x01\x00", tlv.write(0x31, *told))


# --- files ----------------------------------------------------------------------------------------


def write_com(groups: Sequence[int]) -> bytes:
    """EF.COM for these groups."""
    tags = bytes(_TAG_OF[group] for group in sorted(groups))
    versions = tlv.write(0x5F01, b"0107"), tlv.write(0x5F36, b"040000")
    return tlv.write(0x60, *versions, tlv.write(0x5C, tags))


def write_zone(zone: str) -> bytes:
    """EF.DG1 with a machine-readable zone."""
    return tlv.write(0x61, tlv.write(0x5F1F, "".join(zone.split()).encode("ascii")))


def write_portrait(picture: bytes, *, jpeg2000: bool = False) -> bytes:
    """EF.DG2 with one picture in a record of ISO/IEC 19794-5:2005."""
    image = struct.pack(">BBHHBBHH", 1, int(jpeg2000), 0, 0, 1, 2, 0, 0) + picture
    block = (
        struct.pack(">IHBBB3sH3s3s", 20 + len(image), 0, 0, 0, 0, bytes(3), 0, bytes(3), bytes(3))
        + image
    )
    record = b"FAC\x00010\x00" + struct.pack(">IH", 14 + len(block), 1) + block
    header = tlv.write(
        0xA1, tlv.write(0x81, b"\x02"), tlv.write(0x87, b"\x01\x01"), tlv.write(0x88, b"\x00\x08")
    )
    template = tlv.write(0x7F60, header, tlv.write(0x5F2E, record))
    return tlv.write(0x75, tlv.write(0x7F61, tlv.write(0x02, b"\x01"), template))


def write_security_infos(digest: str) -> bytes:
    """EF.DG14 that names the hash of the chip's answers (9303-11 section 9.2.4)."""
    [algorithm] = (oid for oid, name in PLAIN_ECDSA.items() if name == digest)
    info = {
        "protocol": INFO, "required": core.Integer(1), "optional": core.ObjectIdentifier(algorithm),
    }  # fmt: skip
    return tlv.write(_TAG_OF[14], SecurityInfos([info]).dump())


def write_sod(
    groups: Mapping[int, bytes], signer: Keeper, now: datetime, digest: str = "sha256"
) -> bytes:
    """EF.SOD over these files."""
    told = SecurityObject(
        {
            "version": 0,
            "algorithm": {"algorithm": digest},
            "hashes": [
                {"number": group, "hash": hashlib.new(digest, data).digest()}
                for group, data in sorted(groups.items())
            ],
        }
    )
    return tlv.write(0x77, sign(told.dump(), SECURITY_OBJECT, signer, now, digest))


def write_master_list(
    authorities: Sequence[Keeper], signer: Keeper, now: datetime, chain: Sequence[Keeper] = ()
) -> bytes:
    """A signed list of authorities. ``chain``: certificates that lead from the signer to who is trusted."""
    listed = MasterList({"version": 0, "certificates": [one.certificate for one in authorities]})
    return sign(listed.dump(), MASTER_LIST, signer, now, chain=[one.certificate for one in chain])


def sign(
    content: bytes, content_type: str, signer: Keeper, now: datetime, digest: str = "sha256",
    chain: Sequence[Certificate] = (),
) -> bytes:  # fmt: skip
    """SignedData (RFC 5652) with the signed attributes of 9303-10 section 4.6.2.1."""
    certificate = signer.certificate
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": [content_type]},
            {"type": "message_digest", "values": [hashlib.new(digest, content).digest()]},
            {"type": "signing_time", "values": [cms.Time({"utc_time": core.UTCTime(now)})]},
        ]
    )
    signature = signer.key.sign(attributes.dump(), ec.ECDSA(DIGESTS[digest]()))
    signed = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": digest}],
        "encap_content_info": {
            "content_type": content_type, "content": core.ParsableOctetString(content),
        },
        "certificates": [certificate, *chain],
        "signer_infos": [
            {
                "version": "v1",
                "sid": {
                    "issuer_and_serial_number": {
                        "issuer": certificate.issuer, "serial_number": certificate.serial_number,
                    }
                },
                "digest_algorithm": {"algorithm": digest},
                "signed_attrs": attributes,
                "signature_algorithm": {"algorithm": f"{digest}_ecdsa"},
                "signature": signature,
            }
        ],
    }  # fmt: skip
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def write_crl(authority: Keeper, revoked: Sequence[Keeper], now: datetime, days: int = 90) -> bytes:
    """The revocation list of an authority."""
    issuer = x509.load_der_x509_certificate(authority.certificate.dump()).subject
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer)
        .last_update(now)
        .next_update(now + timedelta(days=days))
    )
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
        made = made.add_revoked_certificate(entry.revocation_date(now).build())
    signed = made.sign(authority.key, hashes.SHA384())
    return signed.public_bytes(serialization.Encoding.DER)


# --- a chip ---------------------------------------------------------------------------------------


ChipKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class SimulatedChip:
    """The files of a chip, and its own key, which never leaves it: a copy of the files cannot answer."""

    chip: Chip
    key: ChipKey | None = field(default=None, repr=False)

    def answer(self, challenge: bytes) -> bytes:
        """What a chip returns to INTERNAL AUTHENTICATE: r and s behind one another by the hash that its DG14 names
        (else SHA-256), or what RSA recovers; nothing without a key. Raises UntrustedError for a DG14 that is not read.
        """
        if self.key is None:
            return b""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return _recoverable(self.key, challenge)
        size = (self.key.curve.key_size + 7) // 8
        digest = DIGESTS[named_digest(self.chip.groups.get(14)) or "sha256"]()
        r, s = utils.decode_dss_signature(self.key.sign(challenge, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _recoverable(key: rsa.RSAPrivateKey, challenge: bytes) -> bytes:
    """ISO/IEC 9796-2 scheme 1 with SHA-256 (9303-11 section 6.1.2.3): 6A, lot, hash of it and the challenge, 34CC."""
    numbers, size = key.private_numbers(), key.key_size // 8
    lot = os.urandom(size - hashlib.sha256().digest_size - 3)
    whole = b"\x6a" + lot + hashlib.sha256(lot + challenge).digest() + b"\x34\xcc"
    n = numbers.public_numbers.n
    return pow(int.from_bytes(whole, "big"), numbers.d, n).to_bytes(size, "big")


def make_chip(
    zone: str,
    picture: bytes | None,
    signer: Keeper,
    now: datetime,
    *,
    active: bool = True,
    key: ChipKey | None = None,
) -> SimulatedChip:
    """A passport's chip: DG1, DG2 where there is a picture (JPEG), DG15 with a key of its own where ``active``, and DG14
    with the hash of its answers where that is one of a curve. ``key``: another than a new one on P-256.
    """
    if active and key is None:
        key = ec.generate_private_key(ec.SECP256R1())
    groups = {1: write_zone(zone)}
    if picture is not None:
        groups[2] = write_portrait(picture)
    if key is not None:
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        groups[15] = tlv.write(_TAG_OF[15], public)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        groups[14] = write_security_infos("sha256")
    sod = write_sod(groups, signer, now)
    return SimulatedChip(Chip(sod, write_com(list(groups)), groups), key)
