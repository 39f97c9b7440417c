"""Is this chip what the state issued? Passive authentication (ICAO Doc 9303-11 section 5.1), each check named.

The checks are those of the Frontex technical guidelines for automated border control, reported one by one, so
that an officer sees which failed. A check that could not be made is never told as passed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from asn1crypto import algos, core

from app.formats import mrz
from app.formats.codes import alpha2
from app.formats.mrz import Mrz, MrzError
from app.formats.passport import tlv
from app.formats.passport.files import read_com, read_zone
from app.formats.passport.signed import (
    Certificate,
    Signed,
    UntrustedError,
    hash_of,
    name_of,
    open_signed,
    untrusted_if_odd,
)
from app.formats.passport.trust import Revoked, TrustStore, country_of, is_valid

SECURITY_OBJECT = "2.23.136.1.1.1"
"""Content type of a document security object (9303-10 section 4.6.2)."""
_SOD = 0x77


class _GroupHash(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [("number", core.Integer), ("hash", core.OctetString)]


class _GroupHashes(core.SequenceOf):  # type: ignore[misc]  # asn1crypto has no types
    _child_spec = _GroupHash


class _Version(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [("lds", core.PrintableString), ("unicode", core.PrintableString)]


class SecurityObject(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """LDSSecurityObject (9303-10 section 4.6.2.2)."""

    _fields: ClassVar = [
        ("version", core.Integer), ("algorithm", algos.DigestAlgorithm), ("hashes", _GroupHashes),
        ("info", _Version, {"optional": True}),
    ]  # fmt: skip


class Check(StrEnum):
    """What is looked at, in this order."""

    SOD_SIGNATURE = "sod-signature"
    SIGNER_CERTIFICATE = "signer-certificate"
    SIGNER_VALIDITY = "signer-validity"
    SIGNER_REVOCATION = "signer-revocation"
    COM_AND_SOD = "com-and-sod"
    GROUPS = "groups"
    ZONE = "zone"
    ISSUER = "issuer"


class Outcome(StrEnum):
    """UNKNOWN: it could not be looked at."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """TRUSTED: the state issued it. OUT_OF_TIME: but for dates. UNVERIFIABLE: nobody here can say, an officer
    looks. UNTRUSTED: something is wrong.
    """

    TRUSTED = "trusted"
    OUT_OF_TIME = "out-of-time"
    UNVERIFIABLE = "unverifiable"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True, slots=True)
class Finding:
    """How a check went, and why as a stable code where it did not pass."""

    outcome: Outcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """The files as they were read: `groups` by number; None where a file could not be read."""

    sod: bytes | None
    com: bytes | None = None
    groups: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """All checks, and what they come to. `country` is that of the signer's certificate, and `signed` are the groups
    that the security object lists, where its signature holds.
    """

    checks: Mapping[Check, Finding]
    zone: Mrz | None
    country: str = ""
    signed: frozenset[int] = frozenset()

    @property
    def verdict(self) -> Verdict:
        """What the checks come to; when in doubt, not trusted."""
        failed = {check for check, found in self.checks.items() if found.outcome is Outcome.FAILED}
        unknown = {
            check for check, found in self.checks.items() if found.outcome is Outcome.UNKNOWN
        }
        if failed - {Check.SIGNER_VALIDITY}:
            return Verdict.UNTRUSTED
        is_stale = self.checks[Check.SIGNER_REVOCATION].why == OUT_OF_DATE
        if unknown - _MAY_BE_UNKNOWN or is_stale or self.zone is None:
            return Verdict.UNVERIFIABLE
        return Verdict.OUT_OF_TIME if failed else Verdict.TRUSTED

    def vouches_for(self, group: int) -> bool:
        """Whether a state that is trusted here, be it out of time, has signed what this group says."""
        return group in self.signed and self.verdict in (Verdict.TRUSTED, Verdict.OUT_OF_TIME)


_PASSED = Finding(Outcome.PASSED)
_MAY_BE_UNKNOWN = {Check.SIGNER_REVOCATION, Check.COM_AND_SOD, Check.ZONE}
"""Revocation lists and EF.COM are often missing; whether the page was read is the reader's own step."""
OUT_OF_DATE = "list-out-of-date"
"""Who goes by an authority's list and has none of today cannot say whether a signer was revoked since."""


def verify(
    chip: Chip,
    trusted: TrustStore,
    at: datetime,
    *,
    printed: Mrz | None = None,
    revoked: Revoked | None = None,
) -> Report:
    """Look at everything, whatever fails first. ``at``: an aware moment; ``printed``: the zone as the page shows it;
    ``revoked``: the revocation lists at hand. Never raises.
    """
    checks = dict.fromkeys(Check, Finding(Outcome.UNKNOWN, "not-done"))
    zone, country = _zone_of(chip, at), ""
    authority: str | None = None
    listed: frozenset[int] = frozenset()
    try:
        signed, country = _signed(chip)
        checks[Check.SOD_SIGNATURE] = _PASSED
        groups, listed = _of_groups(chip, signed)
        checks |= groups
        of_signer, authority = _of_signer(signed.signer, trusted, at, revoked)
        checks |= of_signer
    except UntrustedError as error:
        checks[Check.SOD_SIGNATURE] = _not(error)
    checks[Check.ZONE] = _zone(zone, printed)
    checks[Check.ISSUER] = _issuer(zone, country, country if authority is None else authority)
    return Report(checks, zone, country, listed)


def _not(error: UntrustedError) -> Finding:
    return Finding(Outcome.UNKNOWN if error.code in _CANNOT_SAY else Outcome.FAILED, error.code)


_CANNOT_SAY = ("no-authority", "unknown-key", "no-file", "signer-missing")


@untrusted_if_odd
def _signed(chip: Chip) -> tuple[Signed, str]:
    if chip.sod is None:
        raise UntrustedError("no-file")
    signed = open_signed(tlv.value(chip.sod, _SOD), SECURITY_OBJECT)
    return signed, country_of(signed.signer)


@untrusted_if_odd
def _of_signer(
    signer: Certificate, trusted: TrustStore, at: datetime, revoked: Revoked | None
) -> tuple[dict[Check, Finding], str | None]:
    """How the checks of the signer's certificate went, and the state of the authority that signed it, if one did."""
    found = {
        Check.SIGNER_CERTIFICATE: _PASSED,
        Check.SIGNER_VALIDITY: _passed_if("dates", is_valid(signer, at)),
        Check.SIGNER_REVOCATION: Finding(Outcome.UNKNOWN, "no-list"),
    }
    try:
        issuer = trusted.issuer_of(signer, at)
    except UntrustedError as error:
        return {**found, Check.SIGNER_CERTIFICATE: _not(error)}, None
    found[Check.SIGNER_VALIDITY] = _passed_if("dates", issuer.in_time)
    found[Check.SIGNER_REVOCATION] = _revocation(signer, (revoked or {}), at)
    return found, country_of(issuer.certificate)


def _revocation(signer: Certificate, revoked: Revoked, at: datetime) -> Finding:
    """Passed by a list of the signer's own authority that is of today; what was revoked once stays so."""
    found = revoked.get(name_of(signer.issuer))
    if found is None:
        return Finding(Outcome.UNKNOWN, "no-list")
    if signer.serial_number in found.serials:
        return Finding(Outcome.FAILED, "revoked")
    return _PASSED if at <= found.good_until else Finding(Outcome.UNKNOWN, OUT_OF_DATE)


def _passed_if(why: str, good: object) -> Finding:
    """Passed where it is good, else failed for that reason."""
    return _PASSED if good else Finding(Outcome.FAILED, why)


def _of_groups(chip: Chip, signed: Signed) -> tuple[dict[Check, Finding], frozenset[int]]:
    try:
        algorithm, wanted = _hashes(signed.content)
    except UntrustedError as error:
        return {Check.GROUPS: _not(error), Check.COM_AND_SOD: _not(error)}, frozenset()
    listed = frozenset(wanted)
    return {
        Check.GROUPS: _groups(chip, algorithm, wanted),
        Check.COM_AND_SOD: _com(chip, listed),
    }, listed


@untrusted_if_odd
def _hashes(content: bytes) -> tuple[str, dict[int, bytes]]:
    told = SecurityObject.load(content, strict=True)
    algorithm = told["algorithm"]["algorithm"].native
    hash_of(algorithm, b"")  # one that we know
    wanted = {one["number"].native: one["hash"].native for one in told["hashes"]}
    if len(wanted) != len(told["hashes"]):
        raise UntrustedError("unreadable")
    return algorithm, wanted


def _groups(chip: Chip, algorithm: str, wanted: Mapping[int, bytes]) -> Finding:
    """Every file that was read has the signed digest, DG1 is among them, and a signed DG2.

    Every passport has a DG2 (9303-10 section 4.7.2) that anybody may read who has read the page: kept back, it takes the
    comparison of faces away. Fingers, iris and optional groups may be closed to a reader.
    """
    wrong = [
        n for n, data in sorted(chip.groups.items()) if wanted.get(n) != hash_of(algorithm, data)
    ]
    if wrong:
        return Finding(Outcome.FAILED, f"dg{wrong[0]}")
    if 1 not in chip.groups:
        return Finding(Outcome.UNKNOWN, "no-file")
    if 2 in wanted and 2 not in chip.groups:
        return Finding(Outcome.UNKNOWN, "dg2-kept-back")
    return _PASSED


def _com(chip: Chip, signed: frozenset[int]) -> Finding:
    """The groups that the chip announces are those that were signed: EF.COM itself is not signed."""
    if chip.com is None:
        return Finding(Outcome.UNKNOWN, "no-file")
    try:
        told = read_com(chip.com).groups
    except tlv.TlvError:
        return Finding(Outcome.FAILED, "unreadable")
    return _passed_if("other-groups", told == signed)


def _zone_of(chip: Chip, at: datetime) -> Mrz | None:
    try:
        return mrz.parse(read_zone(chip.groups[1]), at.date())
    except (KeyError, tlv.TlvError, MrzError):
        return None


def _zone(zone: Mrz | None, printed: Mrz | None) -> Finding:
    if zone is None or printed is None:
        return Finding(Outcome.UNKNOWN, "no-file" if zone is None else "not-read")
    return _passed_if("another-zone", zone == printed)


def _issuer(zone: Mrz | None, country: str, authority: str) -> Finding:
    """The state of the zone is that of the signer's certificate and of the authority that signed it, where all are of
    a state: who is trusted for one state's passports is not for another's.
    """
    if zone is None or not (country and authority):
        return Finding(Outcome.UNKNOWN, "no-file" if zone is None else "no-country")
    told = _CERTIFIED_AS.get(zone.issuer) or tuple(filter(None, (alpha2(zone.issuer),)))
    if not told:
        return Finding(Outcome.UNKNOWN, "no-country")
    return _passed_if("another-country", country in told and authority in told)


_CERTIFIED_AS = {
    "UNO": ("UN", "ZZ"), "UNA": ("UN", "ZZ"), "UNK": ("UN", "ZZ"), "EUE": ("EU",), "RKS": ("KS", "XK"),
    "CHN": ("CN", "HK", "MO"),
}  # fmt: skip
"""What certificates of these issuers name as their country: of codes that ISO 3166 lacks (9303-3 section 5), and where
regions issue a state's passports under their own authority."""
