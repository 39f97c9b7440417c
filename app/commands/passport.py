"""``egate passport``: is a chip's copy what a state issued, and virtual passports with a state of one's own."""

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.formats import mrz
from app.formats.codes import alpha2
from app.formats.mrz import Holder, Mrz, MrzError
from app.formats.passport import (
    Chip,
    Portrait,
    TlvError,
    TrustStore,
    UntrustedError,
    Verdict,
    active,
    issue,
    read_portrait,
    trust,
    verify,
)
from app.formats.passport.issue import ChipKey, Keeper, SimulatedChip
from app.kernel.clock import system_clock
from app.kernel.errors import SetupError

LARGEST = 4_000_000
"""Bytes of a chip's file: a portrait has some twenty thousand."""
_FILE = re.compile(r"(?:EF[._ ]?)?(SOD|COM|DG(?:1[0-6]|[1-9]))(?:\.[A-Z0-9]{1,4})?", re.IGNORECASE)
_CHIP_KEY, _ZONE = "chip.key", "mrz.txt"


def verify_files(
    folder: Path, trusted: Path, zone: Path | None, crls: list[Path], day: date | None
) -> int:
    """Print every check as JSON; 0 for a passport that is trusted, 1 for any other.

    ``trusted``: certificates of authorities (PEM, or DER behind one another) or a master list.
    """
    at = datetime.combine(day, time(12), UTC) if day else system_clock()
    chip = _read_chip(folder)
    store = _read_trust(trusted, at)
    printed = _read_printed(zone or folder / _ZONE, at, needed=zone is not None)
    revoked = trust.joined(_read_crl(path, store) for path in crls)
    report = verify(chip, store, at, printed=printed, revoked=revoked)
    told: dict[str, Any] = {
        "verdict": report.verdict,
        "country": report.country,
        "authorities": len(store),
        "checks": {
            name: {"outcome": found.outcome, "why": found.why}
            for name, found in report.checks.items()
        },
        "chip_answers": _answers(folder, chip),
        "portrait": _portrait(chip),
    }
    print(json.dumps(told, ensure_ascii=False))
    is_asked = 15 in chip.groups and (folder / _CHIP_KEY).is_file()
    is_own = told["chip_answers"] is True or not is_asked
    return 0 if report.verdict is Verdict.TRUSTED and is_own else 1


def _read_chip(folder: Path) -> Chip:
    """The files of a folder by their usual names: EF.SOD, SOD.bin, DG1, EF_DG2.bin..."""
    if not folder.is_dir():
        raise SetupError(f"{folder} is not a folder")
    files: dict[str, bytes] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and (found := _FILE.fullmatch(path.name)):
            name = found[1].upper()
            if name in files:
                raise SetupError(f"{folder} holds {name} twice")
            files[name] = _read(path)
    if not files:
        raise SetupError(f"{folder} holds no file of a chip (EF.SOD, EF.DG1...)")
    groups = {int(name[2:]): data for name, data in files.items() if name.startswith("DG")}
    return Chip(files.get("SOD"), files.get("COM"), groups)


def _read(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        raise SetupError(f"{path} is larger than {LARGEST} bytes")
    return path.read_bytes()


def _read_trust(path: Path, at: datetime) -> TrustStore:
    if not path.is_file():
        raise SetupError(f"{path} is not a file")
    try:
        return trust.read_authorities(path.read_bytes(), at)
    except UntrustedError as error:
        raise SetupError(
            f"{path} holds neither certificates nor a master list ({error.code})"
        ) from None


def _read_crl(path: Path, store: TrustStore) -> trust.Revoked:
    try:
        return trust.read_crl(path.read_bytes(), store)
    except UntrustedError as error:
        raise SetupError(f"{path} is no revocation list to go by ({error.code})") from None


def _read_printed(path: Path, at: datetime, *, needed: bool) -> Mrz | None:
    if not needed and not path.is_file():
        return None
    try:
        return mrz.parse(path.read_text("ascii").strip(), at.date())
    except (OSError, UnicodeDecodeError, MrzError):
        raise SetupError(f"{path} holds no machine-readable zone") from None


def _answers(folder: Path, chip: Chip) -> bool | None:
    """Whether the simulated chip answers a challenge by the key in DG15; None where it was not asked, or where its
    algorithm is not known.
    """
    path = folder / _CHIP_KEY
    if 15 not in chip.groups or not path.is_file():
        return None
    challenge = os.urandom(active.CHALLENGE_BYTES)
    try:
        answer = SimulatedChip(chip, _read_chip_key(path)).answer(challenge)
        return active.answers(chip.groups[15], challenge, answer, chip.groups.get(14))
    except UntrustedError as error:
        return None if error.code == "algorithm" else False


def _portrait(chip: Chip) -> str | None:
    try:
        found: Portrait = read_portrait(chip.groups[2])
    except (KeyError, TlvError):
        return None
    return found.kind


# --- making ---------------------------------------------------------------------------------------


def make(folder: Path, authority: Path, holder: Mapping[str, Any], picture: Path | None) -> int:
    """A virtual passport's files, with the authority that ``authority`` keeps, made where there is none."""
    now = system_clock()
    try:
        zone = "\n".join(mrz.build(Holder(**holder)))
    except MrzError as error:
        raise SetupError(f"no such passport: {error}") from None
    country = alpha2(holder["issuer"])
    if not country:
        raise SetupError("issuer: a state's code, such as JPN")
    if folder.exists() and any(folder.iterdir()):
        raise SetupError(f"{folder} is not empty")
    signer = _signer(authority, country, now)
    made = issue.make_chip(zone, _read(picture) if picture else None, signer, now)
    _write(folder, made, zone)
    told = {"files": str(folder), "trust": str(authority / "csca.pem"), "signer": str(country)}
    print(json.dumps(told))
    return 0


def _write(folder: Path, made: SimulatedChip, zone: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files = {"EF.SOD": made.chip.sod or b"", "EF.COM": made.chip.com or b""}
    files |= {f"EF.DG{group}": data for group, data in made.chip.groups.items()}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / _ZONE).write_text(zone + "\n", "ascii")
    if made.key is not None:
        _write_key(folder / _CHIP_KEY, made.key)


def _signer(folder: Path, country: str, now: datetime) -> Keeper:
    """The document signer that a folder keeps; with it and its authority's certificate, made when it is empty."""
    if (folder / "signer.pem").is_file():
        [certificate] = trust.read_certificates((folder / "signer.pem").read_bytes())
        kept = trust.country_of(certificate)
        if kept != country:
            raise SetupError(f"{folder} keeps the authority of {kept}, not of {country}")
        return Keeper(certificate, _read_key(folder / "signer.key"))
    folder.mkdir(parents=True, exist_ok=True)
    authority = issue.make_authority(country, now)
    signer = issue.make_signer(authority, now)
    for name, keeper in (("csca", authority), ("signer", signer)):
        _write_key(folder / f"{name}.key", keeper.key)
        (folder / f"{name}.pem").write_bytes(keeper.pem())
    return signer


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = _read_chip_key(path)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SetupError(f"{path} holds no key of a curve")
    return key


def _read_chip_key(path: Path) -> ChipKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError):
        raise SetupError(f"{path} holds no key") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise SetupError(f"{path} holds no key of a curve or of RSA")
    return key


def _write_key(path: Path, key: ChipKey) -> None:
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
