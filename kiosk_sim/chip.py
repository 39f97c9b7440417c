"""What a kiosk's document reader makes of the passport on it: the page's lines, and the chip, verified on the spot.

The kiosk verifies (ICAO Doc 9303-11) and says how each check went; the service decides. No file of a chip leaves
the kiosk, and the portrait lives as long as the session.
"""

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.formats import mrz
from app.formats.mrz import Mrz, MrzError
from app.formats.passport import (
    Chip,
    Finding,
    Outcome,
    Report,
    TlvError,
    TrustStore,
    UntrustedError,
    Verdict,
    active,
    read_portrait,
    trust,
    verify,
)
from app.formats.passport.issue import ChipKey, SimulatedChip

NOT_READ = "not-read"
FAILED = "failed"
NOT_VERIFIABLE = "not-verifiable"
ANSWERS = "chip-answers"
"""The check for clones: the chip answers a challenge by the key that the state signed (active authentication)."""
KEPT_BACK, ALGORITHM = "key-kept-back", "algorithm"
"""Why an officer looks at a chip that is genuine in all else: it does not show its key, or answers in a way not known."""
_TOLD = {
    Verdict.TRUSTED: "ok",
    Verdict.OUT_OF_TIME: NOT_VERIFIABLE,
    Verdict.UNVERIFIABLE: NOT_VERIFIABLE,
    Verdict.UNTRUSTED: FAILED,
}


@dataclass(frozen=True, slots=True)
class Document:
    """What lies on the reader: the lines of its page, and the chip behind it, where one can be read."""

    mrz: str = field(repr=False)
    chip: SimulatedChip | None = field(default=None, repr=False)

    @classmethod
    def of_item(cls, item: Mapping[str, Any]) -> Self:
        """From an item of the tray: ``mrz``, and ``chip`` as :meth:`to_item` writes it. Raises ValueError, KeyError, TypeError."""
        files = item.get("chip")
        if files is None:
            return cls(item["mrz"])
        read = {name: base64.b64decode(text, validate=True) for name, text in files.items()}
        key = read.pop("key", None)
        groups = {int(name[2:]): data for name, data in read.items() if name.startswith("DG")}
        chip = Chip(read.get("SOD"), read.get("COM"), groups)
        return cls(item["mrz"], SimulatedChip(chip, _private(key) if key else None))

    def to_item(self) -> dict[str, Any]:
        """``mrz``, and the chip's files by name in base64 with the key that the simulated chip answers by."""
        if self.chip is None:
            return {"mrz": self.mrz}
        files = {"SOD": self.chip.chip.sod, "COM": self.chip.chip.com}
        files |= {f"DG{number}": data for number, data in self.chip.chip.groups.items()}
        if self.chip.key is not None:
            files["key"] = self.chip.key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        told = {name: base64.b64encode(data).decode() for name, data in files.items() if data}
        return {"mrz": self.mrz, "chip": told}


def _private(data: bytes) -> ChipKey:
    key = serialization.load_der_private_key(data, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise TypeError("a simulated chip answers by RSA or by a key of a curve")
    return key


@dataclass(frozen=True, slots=True)
class ChipReading:
    """``chip`` as the service takes it; how each check went, as `passed`, `failed:dg2` or `unknown:no-list`; and the
    portrait, where a state that is trusted here vouches for it: a likeness to any other proves nothing.
    """

    chip: str = NOT_READ
    checks: Mapping[str, str] = field(default_factory=dict)
    portrait: bytes | None = field(default=None, repr=False)

    def sent(self) -> dict[str, Any]:
        """What the service is told."""
        return {"chip": self.chip} | ({"chip_checks": dict(self.checks)} if self.checks else {})


class ChipReader:
    """A reader with the authorities that its operator trusts. Safe to use from several threads."""

    def __init__(self, trusted: TrustStore, revoked: trust.Revoked | None = None) -> None:
        self._trusted, self._revoked = trusted, revoked

    @classmethod
    def load(cls, path: Path, crls: Sequence[Path] = ()) -> Self:
        """Certificates or a master list, and revocation lists. Raises OSError and UntrustedError."""
        now = datetime.now(UTC)
        store = trust.read_authorities(path.read_bytes(), now)
        lists = (trust.read_crl(crl.read_bytes(), store) for crl in crls)
        return cls(store, trust.joined(lists))

    def is_current(self, now: datetime) -> bool:
        """Whether every revocation list may still be gone by; passports of an authority whose list may not are not
        verifiable.
        """
        return all(now <= one.good_until for one in (self._revoked or {}).values())

    def read(self, document: Document) -> ChipReading:
        """Verify the chip. Whatever it holds, this answers: nothing of a chip can make a reader fail."""
        if document.chip is None:
            return ChipReading()
        now = datetime.now(UTC)
        chip = document.chip.chip
        report = verify(
            chip, self._trusted, now, printed=_printed(document.mrz, now), revoked=self._revoked
        )
        answered = _answered(document.chip, report.signed)
        told = _come_to(report.verdict, answered)
        is_vouched_for = told != FAILED and report.vouches_for(2)
        portrait = _portrait(chip) if is_vouched_for else None
        return ChipReading(told, _told(report, answered), portrait)


def _printed(lines: str, now: datetime) -> Mrz | None:
    try:
        return mrz.parse(lines, now.date())
    except MrzError:
        return None


def _come_to(verdict: Verdict, answered: Finding) -> str:
    if answered.outcome is Outcome.FAILED:
        return FAILED
    if answered.why in (KEPT_BACK, ALGORITHM) and verdict is Verdict.TRUSTED:
        return NOT_VERIFIABLE
    return _TOLD[verdict]


def _answered(simulated: SimulatedChip, signed: frozenset[int]) -> Finding:
    """Whether the chip answers by its key in DG15. One that was issued without is not asked; one that keeps the
    signed key back, as a copy would, is looked at by an officer, as is one whose algorithm is not known here.
    """
    groups = simulated.chip.groups
    if 15 not in groups:
        return Finding(Outcome.UNKNOWN, KEPT_BACK if 15 in signed else "no-key")
    challenge = os.urandom(active.CHALLENGE_BYTES)
    try:
        answer = simulated.answer(challenge)
        good = active.answers(
            groups[15], challenge, answer, groups.get(14) if 14 in signed else None
        )
    except UntrustedError as error:
        outcome = Outcome.UNKNOWN if error.code == ALGORITHM else Outcome.FAILED
        return Finding(outcome, error.code)
    return Finding(Outcome.PASSED) if good else Finding(Outcome.FAILED, "another-chip")


def _told(report: Report, answered: Finding) -> dict[str, str]:
    found = {str(name): finding for name, finding in report.checks.items()} | {ANSWERS: answered}
    return {
        name: f"{finding.outcome}:{finding.why}" if finding.why else str(finding.outcome)
        for name, finding in found.items()
    }


def _portrait(chip: Chip) -> bytes | None:
    try:
        return read_portrait(chip.groups[2]).data
    except (KeyError, TlvError):
        return None
