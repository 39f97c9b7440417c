"""What states really write: odd, but genuine, and verified; and what looks alike and is not."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID

from app.formats.passport import (
    Check,
    Chip,
    Outcome,
    Report,
    TrustStore,
    UntrustedError,
    Verdict,
    active,
    issue,
    read_portrait,
    tlv,
    trust,
    verify,
)
from app.formats.passport.issue import Keeper
from app.formats.passport.signed import is_signed_by
from app.formats.passport.verify import SECURITY_OBJECT
from tests.formats.passport.world import AUTHORITY, NOW, PICTURE, SIGNER, ZONE, chip, printed

TRUSTED = TrustStore([AUTHORITY.certificate])
CHIP = chip().chip
OTHER = issue.make_signer(AUTHORITY, NOW, number=2)
RSA_KEY = rsa.generate_private_key(65537, 2048)
BOTH = (SIGNER.certificate, OTHER.certificate)


def content() -> bytes:
    signed = cms.ContentInfo.load(tlv.value(CHIP.sod or b"", 0x77))["content"]
    return bytes(signed["encap_content_info"]["content"])


def parts_of(text: bytes) -> list[bytes]:
    """The signed attributes in the order of DER."""
    told: list[Any] = [
        {"type": "content_type", "values": [SECURITY_OBJECT]},
        {"type": "message_digest", "values": [hashlib.sha256(text).digest()]},
        {"type": "signing_time", "values": [cms.Time({"utc_time": core.UTCTime(NOW)})]},
    ]
    return sorted(cms.CMSAttribute(one).dump() for one in told)


def by_curve(message: bytes) -> bytes:
    return SIGNER.key.sign(message, ec.ECDSA(hashes.SHA256()))


def info(
    certificate: asn1.Certificate = SIGNER.certificate,
    sign: Callable[[bytes], bytes] = by_curve,
    *,
    algorithm: bytes = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}).dump(),
    turned: bool = False,
    issuer: bytes = b"",
) -> bytes:
    """A SignerInfo. ``turned``: the attributes are sent in another order than the one that is signed."""
    parts = parts_of(content())
    sid = tlv.write(
        0x30, issuer or certificate.issuer.dump(), core.Integer(certificate.serial_number).dump()
    )
    return tlv.write(
        0x30,
        b"\x02\x01\x01",
        sid,
        algos.DigestAlgorithm({"algorithm": "sha256"}).dump(),
        tlv.write(0xA0, *(parts[::-1] if turned else parts)),
        algorithm,
        tlv.write(0x04, sign(tlv.write(0x31, *parts))),
    )


def with_sod(*infos: bytes, certificates: tuple[asn1.Certificate, ...] = BOTH[:1]) -> Chip:
    told = tlv.write(0xA0, *(one.dump() for one in certificates)) if certificates else b""
    signed = tlv.write(
        0x30,
        b"\x02\x01\x03",
        tlv.write(0x31, algos.DigestAlgorithm({"algorithm": "sha256"}).dump()),
        tlv.write(
            0x30,
            core.ObjectIdentifier(SECURITY_OBJECT).dump(),
            tlv.write(0xA0, tlv.write(0x04, content())),
        ),
        told,
        tlv.write(0x31, *infos),
    )
    kind = core.ObjectIdentifier("1.2.840.113549.1.7.2").dump()
    return replace(CHIP, sod=tlv.write(0x77, tlv.write(0x30, kind, tlv.write(0xA0, signed))))


def looked_at(made: Chip, store: TrustStore = TRUSTED) -> Report:
    return verify(made, store, NOW, printed=printed())


def stranger(message: bytes) -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).sign(message, ec.ECDSA(hashes.SHA256()))


def test_of_several_signers_one_whose_signature_holds_is_enough_and_none_is_none() -> None:
    second = info(OTHER.certificate, lambda m: OTHER.key.sign(m, ec.ECDSA(hashes.SHA256())))
    for infos in ((info(), second), (info(sign=stranger), second)):
        assert looked_at(with_sod(*infos, certificates=BOTH)).verdict is Verdict.TRUSTED
    for infos in ((info(sign=stranger),) * 2, (info(sign=stranger),) * 9 + (second,), ()):
        assert looked_at(with_sod(*infos, certificates=BOTH)).verdict is Verdict.UNTRUSTED


def test_attributes_that_were_sent_in_another_order_than_they_were_signed_in() -> None:
    assert looked_at(with_sod(info(turned=True))).verdict is Verdict.TRUSTED
    forged = looked_at(with_sod(info(sign=stranger, turned=True)))
    assert forged.checks[Check.SOD_SIGNATURE].why == "signature"


def test_a_signer_whose_name_is_written_in_another_order_is_the_one_that_is_there() -> None:
    parts = [one.dump() for one in SIGNER.certificate.issuer.chosen]
    other = tlv.write(0x30, *reversed(parts))
    assert looked_at(with_sod(info(issuer=other))).verdict is Verdict.TRUSTED
    report = looked_at(with_sod(info(issuer=other), certificates=BOTH))
    assert report.checks[Check.SOD_SIGNATURE].why == "signer-missing"


def test_an_old_security_object_without_its_signers_certificate_is_for_an_officer() -> None:
    report = looked_at(with_sod(info(), certificates=()))
    assert report.checks[Check.SOD_SIGNATURE].outcome is Outcome.UNKNOWN
    assert (report.verdict, report.vouches_for(2)) == (Verdict.UNVERIFIABLE, False)


@pytest.mark.parametrize("oid", ["1.2.840.10045.2.1", "1.2.840.10045.4.3", "1.2.840.10045.4"])
def test_signatures_of_a_curve_that_name_no_hash_take_the_signers(oid: str) -> None:
    algorithm = tlv.write(0x30, core.ObjectIdentifier(oid).dump())
    assert looked_at(with_sod(info(algorithm=algorithm))).verdict is Verdict.TRUSTED
    forged = with_sod(info(algorithm=algorithm, sign=stranger))
    assert looked_at(forged).verdict is Verdict.UNTRUSTED


@pytest.mark.parametrize("told", [b"", b"\x30\x00"], ids=["absent", "empty"])
def test_pss_without_parameters_is_that_of_the_standards_defaults(told: bytes) -> None:
    signer = certificate(RSA_KEY.public_key(), AUTHORITY)
    scheme = padding.PSS(padding.MGF1(hashes.SHA1()), 20)
    algorithm = tlv.write(0x30, core.ObjectIdentifier("1.2.840.113549.1.1.10").dump(), told)
    for digest, verdict in ((hashes.SHA1(), Verdict.TRUSTED), (hashes.SHA256(), Verdict.UNTRUSTED)):

        def sign(message: bytes, digest: hashes.HashAlgorithm = digest) -> bytes:
            return RSA_KEY.sign(message, scheme, digest)

        made = with_sod(info(signer, sign, algorithm=algorithm), certificates=(signer,))
        assert looked_at(made).verdict is verdict


def certificate(
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, authority: Keeper, identifier: bytes = b""
) -> asn1.Certificate:
    """A signer that calls itself Japan's, whoever signs it, with an extension that nobody knows and is critical."""
    name = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
        x509.NameAttribute(NameOID.COMMON_NAME, "D"),
    ]
    issuer = x509.load_der_x509_certificate(authority.certificate.dump()).subject
    wanted = identifier or authority.certificate.key_identifier
    made = (
        x509.CertificateBuilder().subject_name(x509.Name(name)).issuer_name(issuer).public_key(key)
        .serial_number(7).not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.AuthorityKeyIdentifier(wanted, None, None), critical=False)
        .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), critical=True)
        .sign(authority.key, hashes.SHA384())
    )  # fmt: skip
    return asn1.Certificate.load(made.public_bytes(serialization.Encoding.DER))


def test_an_identifier_that_is_not_the_authoritys_is_no_hindrance_where_its_key_signed() -> None:
    signer = Keeper(certificate(OTHER.key.public_key(), AUTHORITY, b"x" * 20), OTHER.key)
    assert looked_at(chip(signer).chip).verdict is Verdict.TRUSTED
    same_name = TrustStore([issue.make_authority("JP", NOW).certificate])
    report = looked_at(chip(signer).chip, same_name)
    assert report.checks[Check.SIGNER_CERTIFICATE].why == "unknown-key"


def test_an_authority_signs_for_its_own_state_alone() -> None:
    french = issue.make_authority("FR", NOW)
    signer = Keeper(certificate(OTHER.key.public_key(), french), OTHER.key)
    report = looked_at(chip(signer).chip, TrustStore([AUTHORITY.certificate, french.certificate]))
    assert report.country == "JP"
    assert report.checks[Check.ISSUER].why == "another-country"
    assert report.verdict is Verdict.UNTRUSTED


@pytest.mark.parametrize(
    ("issuer", "country", "good"),
    [
        ("CHN", "MO", True), ("CHN", "HK", True), ("UNO", "ZZ", True), ("UNO", "UN", True),
        ("RKS", "KS", True), ("D<<", "de", True), ("GBD", "GB", True), ("JPN", "MO", False), ("UNO", "FR", False),
    ],
)  # fmt: skip
def test_a_document_is_certified_by_the_country_that_its_issuer_goes_by(
    issuer: str, country: str, good: bool
) -> None:
    authority = issue.make_authority(country, NOW)
    made = chip(issue.make_signer(authority, NOW), ZONE.replace("P<JPN", f"P<{issuer}")).chip
    report = verify(made, TrustStore([authority.certificate]), NOW)
    assert report.checks[Check.ISSUER].why == ("" if good else "another-country")


# --- certificates ---------------------------------------------------------------------------------


def remade(**changed: bytes) -> bytes:
    """Our authority's certificate with parts written otherwise, signed again."""
    told = AUTHORITY.certificate["tbs_certificate"]
    names = (
        "version", "serial_number", "signature", "issuer", "validity", "subject", "subject_public_key_info",
        "extensions",
    )  # fmt: skip
    body = tlv.write(0x30, *(changed.get(name, told[name].dump()) for name in names))
    signature = AUTHORITY.key.sign(body, ec.ECDSA(hashes.SHA384()))
    return tlv.write(0x30, body, told["signature"].dump(), tlv.write(0x03, b"\0" + signature))


def named(common: bytes) -> bytes:
    """A name with letters as they are in UTF8String."""
    pairs = (
        (b"\x06\x03\x55\x04\x06", b"\x13\x02JP"),
        (b"\x06\x03\x55\x04\x03", tlv.write(0x0C, common)),
    )
    return tlv.write(0x30, *(tlv.write(0x31, tlv.write(0x30, *pair)) for pair in pairs))


ODD: dict[str, bytes] = {
    "a negative number": remade(serial_number=b"\x02\x01\xff"),
    "times without a zone": remade(
        validity=tlv.write(
            0x30, tlv.write(0x18, b"20200101000000"), tlv.write(0x18, b"20401231235959")
        )
    ),
    "times without seconds, and the end of all": remade(
        validity=tlv.write(
            0x30, tlv.write(0x17, b"2001010000Z"), tlv.write(0x18, b"99991231235959Z")
        )
    ),
    "letters that no name may hold": remade(subject=named("CSCA \ue000".encode())),
    "letters that are none": remade(subject=named(b"CSCA \xe9\xff")),
    "bits that are not used": AUTHORITY.certificate.dump().replace(
        b"\x03\x02\x01\x06", b"\x03\x02\x00\x06"
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_certificate_of_an_authority_costs_no_other_and_is_one_itself(name: str) -> None:
    armored = base64.encodebytes(ODD[name])
    file = (
        AUTHORITY.pem()
        + b"-----BEGIN CERTIFICATE-----\n"
        + armored
        + b"-----END CERTIFICATE-----\n"
    )
    found = trust.read_authorities(file, NOW)
    assert len(found) == 2
    alone = TrustStore(one for one in found.anchors if one.dump() == ODD[name])
    assert looked_at(CHIP, alone).verdict is Verdict.TRUSTED


def armored(kind: str, data: bytes) -> bytes:
    text = base64.encodebytes(data)
    return f"-----BEGIN {kind}-----\n".encode() + text + f"-----END {kind}-----\n".encode()


def test_a_master_list_and_a_revocation_list_are_read_as_pem() -> None:
    listed = issue.write_master_list([AUTHORITY], SIGNER, NOW)
    assert len(trust.read_authorities(armored("CMS", listed), NOW)) == 1
    revoked = armored("X509 CRL", issue.write_crl(AUTHORITY, [SIGNER], NOW))
    [found] = trust.read_crl(revoked, TRUSTED).values()
    assert found.serials == {SIGNER.certificate.serial_number}


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_the_directorys_ldif_gives_the_authorities_of_all_its_lists_but_of_a_forged_one(
    end: bytes,
) -> None:
    french, forger = issue.make_authority("FR", NOW), issue.make_authority("XX", NOW)
    lists = [issue.write_master_list([one], SIGNER, NOW) for one in (AUTHORITY, french, forger)]
    lists[2] = lists[2][:-1] + bytes([lists[2][-1] ^ 1])
    file = b"version: 1" + end + end.join(entry(one, end) for one in lists)
    assert trust.read_authorities(file, NOW).countries == {"JP", "FR"}
    with pytest.raises(UntrustedError):
        trust.read_authorities(b"version: 1" + end + entry(lists[2], end), NOW)


def entry(listed: bytes, end: bytes) -> bytes:
    text = b"pkdMasterListContent:: " + base64.b64encode(listed)
    lines = [text[:76], *(b" " + text[at : at + 75] for at in range(76, len(text), 75))]
    return end.join([b"dn: cn=x,o=ml,c=JP,dc=data", b"pkdVersion: 70", *lines, b""])


def test_a_key_on_a_curve_that_is_known_here_by_its_name_alone() -> None:
    """`openssl req -x509` with a key of `ecparam -name brainpoolP224r1`, its curve named."""
    [made] = trust.read_certificates(BY_NAME.encode())
    assert is_signed_by(made, made)
    forged = bytearray(made.dump())
    forged[-1] ^= 1
    assert not is_signed_by(asn1.Certificate.load(bytes(forged)), made)


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "told"), [(18, b"\0\5"), (14, b"\0\0\0\0"), (14, b"\0\0\0\x10")],
    ids=["points that are not there", "no length", "too short"],
)  # fmt: skip
def test_heads_of_a_facial_record_that_lie_do_not_hide_the_picture(at: int, told: bytes) -> None:
    data = bytearray(issue.write_portrait(PICTURE))
    begin = data.index(b"FAC\0") + at
    data[begin : begin + len(told)] = told
    assert read_portrait(bytes(data)).data == PICTURE


def test_a_chip_that_answers_in_der_is_no_copy_and_another_one_is() -> None:
    made, challenge = chip(), b"a dare.."
    groups, key = made.chip.groups, made.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    answer = key.sign(challenge, ec.ECDSA(hashes.SHA256()))
    assert active.answers(groups[15], challenge, answer, groups[14])
    assert not active.answers(groups[15], b"another.", answer, groups[14])
    assert not active.answers(groups[15], challenge, utils.encode_dss_signature(1, 1), groups[14])


BY_NAME = """\
-----BEGIN CERTIFICATE-----
MIIBnjCCAUygAwIBAgIUAr5pGyUBUzSUi3TbFEGvnz7qQSwwCgYIKoZIzj0EAwIw
LDELMAkGA1UEBhMCREUxDTALBgNVBAoMBFRlc3QxDjAMBgNVBAMMBW5hbWVkMB4X
DTI2MTEyODE4NTQ0MVoXDTM1MDIxNDE4NTQ0MVowLDELMAkGA1UEBhMCREUxDTAL
BgNVBAoMBFRlc3QxDjAMBgNVBAMMBW5hbWVkMFIwFAYHKoZIzj0CAQYJKyQDAwII
AQEFAzoABG7buvSnbAyMJcGHVWyInGNWGpp1iOn6l1Nyc0VJ6nEMKDDKs9Br7Pbc
QcAfAYh87LL/A/l5WqYqo1MwUTAdBgNVHQ4EFgQU7l9Bh0Umt0Oq2EVWxR5t2Ptj
E88wHwYDVR0jBBgwFoAU7l9Bh0Umt0Oq2EVWxR5t2PtjE88wDwYDVR0TAQH/BAUw
AwEB/zAKBggqhkjOPQQDAgNAADA9Ahx2uQepK1Rdw6pZocql2EMS7s6N7071wY0p
yugaAh0Aomxibakgov4Cx51u0iDavyWGu9PdVsT1ZysYPw==
-----END CERTIFICATE-----
"""
