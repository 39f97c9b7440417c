"""The authorities of states (CSCA) that passports are trusted by: master lists, links, revocation.

ICAO Doc 9303-12. An issuer is found by its key (authority key identifier), else by its name, and every one that
fits is tried: states have several keys under one name.
"""

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from asn1crypto import core, crl, pem, x509

from app.formats.passport.signed import (
    Certificate,
    UntrustedError,
    check,
    is_signed_by,
    name_of,
    open_signed,
    untrusted_if_odd,
)

MASTER_LIST = "2.23.136.1.1.2"
"""Content type of a CSCA master list (9303-12 section 8)."""

LIST_LIFE = timedelta(days=90)
"""States publish a list at least that often (9303-12): the end of one that names none."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """What an authority has revoked, by serial number, and until when the list may be gone by."""

    serials: frozenset[int]
    good_until: datetime

    def joined(self, other: "RevocationList") -> "RevocationList":
        """Both lists of one authority: what was revoked once stays so, the newer one tells the time."""
        return RevocationList(self.serials | other.serials, max(self.good_until, other.good_until))


Revoked = Mapping[bytes, RevocationList]
"""The revocation lists at hand, by issuer as :func:`name_of`; of any other authority nothing is known."""


class _Certificates(core.SetOf):  # type: ignore[misc]  # asn1crypto has no types
    _child_spec = x509.Certificate


class MasterList(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """CscaMasterList (9303-12 section 8)."""

    _fields: ClassVar = [("version", core.Integer), ("certificates", _Certificates)]


@dataclass(frozen=True, slots=True)
class Issuer:
    """The authority that signed a certificate, and whether both were valid at the time asked for."""

    certificate: Certificate
    in_time: bool


class TrustStore:
    """Authorities that are trusted. Read only."""

    def __init__(self, anchors: Iterable[Certificate] = ()) -> None:
        self.anchors: tuple[Certificate, ...] = tuple({one.sha256: one for one in anchors}.values())
        self._by_key: dict[bytes, list[Certificate]] = defaultdict(list)
        self._by_name: dict[bytes, list[Certificate]] = defaultdict(list)
        for one in self.anchors:
            if one.key_identifier:
                self._by_key[one.key_identifier].append(one)
            self._by_name[name_of(one.subject)].append(one)

    def __len__(self) -> int:
        return len(self.anchors)

    @property
    def countries(self) -> frozenset[str]:
        """ISO 3166 alpha-2 of the states whose authorities are here, in capitals."""
        return frozenset(filter(None, map(country_of, self.anchors)))

    def issuer_of(self, certificate: Certificate, at: datetime) -> Issuer:
        """The authority that signed a certificate. One that was valid at the time is preferred.

        Raises UntrustedError: `no-authority` where there is none of that name, `unknown-key` where the state has
        none with that key here (a new one, or an invented one), `authority-signature` where none of that key
        signed it.
        """
        found, named = self._candidates(certificate), self._named(certificate)
        signed = [one for one in found if _has_signed(one, certificate)]
        # a few states write an identifier that is not their key's
        signed = signed or [one for one in named if _has_signed(one, certificate)]
        if not signed:
            if found:
                raise UntrustedError("authority-signature")
            raise UntrustedError("unknown-key" if named else "no-authority")
        best = max(signed, key=lambda one: is_valid(one, at))
        return Issuer(best, is_valid(best, at) and is_valid(certificate, at))

    def _candidates(self, certificate: Certificate) -> list[Certificate]:
        wanted = certificate.authority_key_identifier
        found = self._by_key.get(wanted, []) if wanted else []
        named = self._named(certificate)
        # authorities without a key identifier can be found by their name alone
        return [*found, *(one for one in named if not (wanted and one.key_identifier))]

    def _named(self, certificate: Certificate) -> list[Certificate]:
        return self._by_name.get(name_of(certificate.issuer), [])

    def extended(self, certificates: Iterable[Certificate]) -> "TrustStore":
        """With the authorities among these that one of ours has signed, or one of those: link certificates
        carry trust to a state's next key (9303-12 section 7.1.1).
        """
        store, rest = self, [one for one in certificates if is_authority(one)]
        while True:
            linked = [one for one in rest if store.has_signed(one)]
            if not linked:
                return store
            rest = [one for one in rest if one not in linked]
            store = TrustStore([*store.anchors, *linked])

    def has_signed(self, certificate: Certificate) -> bool:
        """Whether one of the authorities has signed a certificate, whatever its dates."""
        return any(_has_signed(one, certificate) for one in self._candidates(certificate))


def _has_signed(issuer: Certificate, certificate: Certificate) -> bool:
    try:
        return is_authority(issuer) and is_signed_by(certificate, issuer)
    except UntrustedError:
        return False


def is_authority(certificate: Certificate) -> bool:
    """Whether a certificate may sign others: an authority by its constraints, and by its key usage if it has one."""
    usage = certificate.key_usage_value
    return bool(certificate.ca) and (usage is None or "key_cert_sign" in usage.native)


def is_valid(certificate: Certificate, at: datetime) -> bool:
    """Whether a moment lies within a certificate's dates; one that names no zone of time means UTC."""
    begin, end = (
        one if one.tzinfo else one.replace(tzinfo=UTC)
        for one in (certificate.not_valid_before, certificate.not_valid_after)
    )
    return bool(begin <= at <= end)


def country_of(certificate: Certificate) -> str:
    """ISO 3166 alpha-2 of a certificate's subject in capitals, or ''."""
    for part in certificate.subject.chosen:
        for one in part:
            if one["type"].native == "country_name":
                return str(one["value"].native).upper()
    return ""


@untrusted_if_odd
def read_master_list(data: bytes, trusted: TrustStore | None, at: datetime) -> TrustStore:
    """The authorities of a signed master list (9303-12 section 8, ICAO or a state's own).

    ``trusted``: authorities that the list's signer must go back to; None trusts the list itself, because it came
    by a trusted way: its signature is checked all the same. Raises UntrustedError.
    """
    signed = open_signed(data, MASTER_LIST)
    authorities = TrustStore(_readable(MasterList.load(signed.content)["certificates"]))
    if trusted is not None:
        chain = trusted.extended(signed.certificates)
        if not chain.issuer_of(signed.signer, at).in_time:
            raise UntrustedError("signer-validity")
    return authorities


def _readable(certificates: Iterable[Certificate]) -> Iterator[Certificate]:
    """Authorities; one odd certificate does not cost the others."""
    for one in certificates:
        try:
            _ = one.key_identifier, one.not_valid_before, one.not_valid_after, country_of(one)
            if is_authority(one):
                yield one
        except (ValueError, TypeError, KeyError, AttributeError):
            continue


@untrusted_if_odd
def read_certificates(data: bytes) -> tuple[Certificate, ...]:
    """Certificates behind one another, as DER or PEM. Raises UntrustedError."""
    return tuple(_certificates(data))


def _certificates(data: bytes) -> Iterator[Certificate]:
    if pem.detect(data):
        for _, _, body in pem.unarmor(data, multiple=True):
            yield _strict(body)
        return
    while data:
        found = x509.Certificate.load(data)
        size = len(found.dump())
        yield _strict(data[:size])
        data = data[size:]


def _strict(body: bytes) -> Certificate:
    found = x509.Certificate.load(body, strict=True)
    _ = found["tbs_certificate"][
        "subject_public_key_info"
    ].native  # cut off or no certificate: it shows here
    return found


def read_authorities(data: bytes, at: datetime) -> TrustStore:
    """Authorities from a file of any kind: certificates (PEM, or DER behind one another), a master list (DER or PEM),
    or the master lists of an ICAO directory's LDIF.

    Raises UntrustedError with the code of the master list's reader.
    """
    try:
        return TrustStore(_readable(read_certificates(data)))
    except UntrustedError:
        lists = [*_in_ldif(data)] or [_unarmored(data)]
    found: list[Certificate] = []
    for one in lists:
        try:
            found += read_master_list(one, None, at).anchors
        except UntrustedError:
            if len(lists) == 1:
                raise
    if not found:
        raise UntrustedError("unreadable")
    return TrustStore(found)


def _in_ldif(data: bytes) -> Iterator[bytes]:
    """The master lists of an LDIF (RFC 2849): values in base64, long lines folded."""
    for line in data.replace(b"\r\n", b"\n").replace(b"\n ", b"").split(b"\n"):
        name, _, value = line.partition(b":: ")
        if name.lower() in _LIST_ATTRIBUTES:
            with suppress(ValueError):
                yield base64.b64decode(value, validate=True)


_LIST_ATTRIBUTES = (b"pkdmasterlistcontent", b"cscamasterlistdata")


@untrusted_if_odd
def _unarmored(data: bytes) -> bytes:
    return bytes(pem.unarmor(data)[2]) if pem.detect(data) else data


@untrusted_if_odd
def read_crl(data: bytes, trusted: TrustStore) -> Revoked:
    """A revocation list that one of the authorities has signed, by its issuer. One that is out of date says what was
    revoked then, and nothing of anybody else (``good_until``).

    Raises UntrustedError: `no-authority`, `authority-signature`, `unreadable`.
    """
    found = crl.CertificateList.load(_unarmored(data), strict=True)
    issuer = found.issuer
    named = [one for one in trusted.anchors if name_of(one.subject) == name_of(issuer)]
    if not named:
        raise UntrustedError("no-authority")
    body = found["tbs_cert_list"].dump()
    if not any(_signs(one, found, body) for one in named):
        raise UntrustedError("authority-signature")
    told = found["tbs_cert_list"]
    limit = told["next_update"].native or told["this_update"].native + LIST_LIFE
    serials = frozenset(one["user_certificate"].native for one in told["revoked_certificates"])
    return {name_of(issuer): RevocationList(serials, limit)}


def joined(lists: Iterable[Revoked]) -> Revoked:
    """All lists as one mapping; an authority may have several."""
    found: dict[bytes, RevocationList] = {}
    for issuer, one in (item for some in lists for item in some.items()):
        found[issuer] = one.joined(found[issuer]) if issuer in found else one
    return found


def _signs(authority: Certificate, found: crl.CertificateList, body: bytes) -> bool:
    try:
        check(authority, found["signature"].native, body, found["signature_algorithm"])
    except UntrustedError:
        return False
    return True
