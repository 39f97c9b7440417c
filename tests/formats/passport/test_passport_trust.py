"""Authorities: several under one name, links to the next key, master lists, revocation lists."""

from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from app.formats.passport import TrustStore, UntrustedError, issue, trust
from app.formats.passport.curves import PlainKey
from app.formats.passport.signed import is_signed_by, name_of, public_key
from tests.formats.passport.world import AUTHORITY, NOW, SIGNER

NEXT = issue.make_authority("JP", NOW, predecessor=AUTHORITY)


def test_of_several_keys_under_one_name_the_one_that_signed_is_found() -> None:
    others = [issue.make_authority("JP", NOW).certificate for _ in range(3)]
    store = TrustStore([*others, AUTHORITY.certificate])
    assert store.issuer_of(SIGNER.certificate, NOW).certificate == AUTHORITY.certificate
    with pytest.raises(UntrustedError, match="unknown-key"):
        TrustStore(others).issuer_of(SIGNER.certificate, NOW)


def test_trust_goes_over_a_link_to_the_next_key_and_no_further() -> None:
    pinned = TrustStore([AUTHORITY.certificate])
    stranger = issue.make_authority("FR", NOW)
    signer = issue.make_signer(NEXT, NOW)
    with pytest.raises(UntrustedError, match="unknown-key"):
        pinned.issuer_of(signer.certificate, NOW)
    after = issue.make_authority("JP", NOW, predecessor=NEXT)
    linked = pinned.extended([stranger.certificate, after.certificate, NEXT.certificate])
    assert linked.issuer_of(signer.certificate, NOW).in_time
    assert linked.countries == {"JP"}
    assert len(linked) == 3
    assert len(pinned.extended([SIGNER.certificate])) == 1, "a signer of documents is no authority"


def test_a_master_list_is_trusted_by_its_signer() -> None:
    french = issue.make_authority("FR", NOW)
    data = issue.write_master_list([AUTHORITY, french, NEXT], SIGNER, NOW, [AUTHORITY])
    for trusted in (TrustStore([AUTHORITY.certificate]), None):
        found = trust.read_master_list(data, trusted, NOW)
        assert (len(found), found.countries) == (3, {"JP", "FR"})
    with pytest.raises(UntrustedError, match="no-authority"):
        trust.read_master_list(data, TrustStore([french.certificate]), NOW)
    with pytest.raises(UntrustedError, match="signer-validity"):
        trust.read_master_list(
            data, TrustStore([AUTHORITY.certificate]), NOW + timedelta(days=9999)
        )
    at = data.index(french.certificate.dump()) + 200
    forged = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    with pytest.raises(UntrustedError):
        trust.read_master_list(forged, None, NOW)


def test_certificates_are_read_as_der_and_as_pem() -> None:
    both = [one.certificate.dump() for one in (AUTHORITY, NEXT)]
    for text in (b"".join(both), AUTHORITY.pem() + NEXT.pem()):
        assert [one.dump() for one in trust.read_certificates(text)] == both
    for odd in (
        b"no certificate",
        AUTHORITY.certificate.dump()[:-1],
        b"-----BEGIN CERTIFICATE-----\nAA\n",
    ):
        with pytest.raises(UntrustedError):
            trust.read_certificates(odd)


def test_a_revocation_list_must_be_signed_and_says_until_when_it_is_good() -> None:
    store = TrustStore([AUTHORITY.certificate])
    data = issue.write_crl(AUTHORITY, [SIGNER], NOW)
    [found] = trust.read_crl(data, store).values()
    assert found.serials == {SIGNER.certificate.serial_number}
    assert found.good_until == (NOW + timedelta(days=90)).replace(microsecond=0)
    with pytest.raises(UntrustedError, match="authority-signature"):
        trust.read_crl(issue.write_crl(issue.make_authority("JP", NOW), [], NOW), store)
    with pytest.raises(UntrustedError, match="no-authority"):
        trust.read_crl(issue.write_crl(issue.make_authority("FR", NOW), [], NOW), store)


@pytest.mark.parametrize("how", ["pkcs1", "pss", "pss-short-salt"])
def test_authorities_that_sign_by_rsa(how: str) -> None:
    key = rsa.generate_private_key(65537, 2048)
    scheme = None
    if how != "pkcs1":
        length = 20 if how == "pss-short-salt" else 32
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), length)
    made = certificate(key, scheme)
    assert is_signed_by(made, made)
    other = certificate(rsa.generate_private_key(65537, 2048), scheme)
    assert not is_signed_by(made, other)
    assert not is_signed_by(made, AUTHORITY.certificate), "a key of another kind"


def certificate(key: rsa.RSAPrivateKey, scheme: padding.PSS | None) -> asn1.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "DE")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
    )  # fmt: skip
    signed = made.sign(key, hashes.SHA256(), rsa_padding=scheme)
    return asn1.Certificate.load(signed.public_bytes(serialization.Encoding.DER))


def test_names_are_compared_without_regard_to_case() -> None:
    upper, lower = (issue.make_authority(code, NOW).certificate for code in ("RO", "ro"))
    assert name_of(upper.subject) == name_of(lower.subject)
    assert trust.country_of(lower) == "RO"


def test_an_elliptic_authority_of_another_curve() -> None:
    authority = issue.make_authority("DE", NOW, curve=ec.BrainpoolP384R1())
    signer = issue.make_signer(authority, NOW)
    assert TrustStore([authority.certificate]).issuer_of(signer.certificate, NOW).in_time


def test_a_certificate_of_openssl_whose_curve_is_spelt_out() -> None:
    """`openssl ecparam -name brainpoolP224r1 -param_enc explicit`: a curve that the library does not know."""
    [made] = trust.read_certificates(SPELT_OUT.encode())
    assert isinstance(public_key(made), PlainKey)
    assert is_signed_by(made, made)
    forged = bytearray(made.dump())
    forged[-1] ^= 1
    assert not is_signed_by(asn1.Certificate.load(bytes(forged)), made)


SPELT_OUT = """\
-----BEGIN CERTIFICATE-----
MIICdjCCAiOgAwIBAgIUAKT84ccFhLjHzLBvRZisbEtHjYMwCgYIKoZIzj0EAwIw
NjELMAkGA1UEBhMCREUxDTALBgNVBAoMBFRlc3QxGDAWBgNVBAMMD2JyYWlucG9v
bFAyMjRyMTAeFw0yNjExMjgwODQ5NDJaFw0zNTAyMTQwODQ5NDJaMDYxCzAJBgNV
BAYTAkRFMQ0wCwYDVQQKDARUZXN0MRgwFgYDVQQDDA9icmFpbnBvb2xQMjI0cjEw
ggETMIHUBgcqhkjOPQIBMIHIAgEBMCgGByqGSM49AQECHQDXwTSqJkNmhioYMCV1
0deHsJ8HV5faifV+yMD/MDwEHGil5iypzmwcKZgDpsFTC1FOGCrYsAQqWcrSn0ME
HCWA9jzP5EE4hwcTsakjaeM+ITXSZtuzcjhsQAsEOQQNkCmtLH5c9DQII7KofcaM
nkzjF0webv3uEsB9WKpW93LAcm8kxrieTs2sJDVLnpnKo/bTdhQCzQIdANfBNKom
Q2aGKhgwJXXQ+5jRFrxLbd68o6Wnk58CAQEDOgAEwId39h6bJIEhwOjAk+uCYBEo
1hHAl1XOMcT96RBtrkwsdIVX6H9lqV/lfluIhHfvXE984ZrIraijUzBRMB0GA1Ud
DgQWBBTlXbkUH03dwvB3yZzfmTUw/W0rTDAfBgNVHSMEGDAWgBTlXbkUH03dwvB3
yZzfmTUw/W0rTDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0EAMD4CHQCf
0/p6xoh9kEy6WjyeF6010MRVvYcG66numAV4Ah0A0427X9ybT/2O7H4/96Smtd/w
U8n95LsVx/U45g==
-----END CERTIFICATE-----
"""
