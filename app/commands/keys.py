"""The authority's keys, from the command line: a line of JSON for each key.

The root key never comes to a machine with a network: ``root`` and ``certify`` need no database, and what goes
back and forth are lines of public keys and of certificates.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM
from app.config import Settings
from app.declarations import keys
from app.declarations.keys import KeyState
from app.declarations.models import AuthorityKey, KeyUse
from app.formats.credential import point, public_key
from app.formats.credential.trust_list import Use, certify, read_certificate
from app.kernel.clock import system_clock
from app.kernel.crypto import Vault
from app.kernel.errors import SetupError
from app.runtime import open_runtime

USES = {str(KeyUse.SIGN): Use.RECEIPTS, str(KeyUse.LIST): Use.LISTS}
"""What the root certifies; keys that declarations are sealed to reach phones by TLS alone."""


def list_keys() -> int:
    """``egate keys list``: all keys with their state; exit code 1 where something is due."""
    now, settings = system_clock(), Settings()
    with _opened(settings) as (session, _):
        lines = [key_line(key, state) for key, state in keys.all_keys(session, now)]
    due = list(_due(lines, now)) if settings.trust_root else []
    _print(lines)
    for said in due:
        print(f"egate: {said}", file=sys.stderr)
    return 1 if due else 0


def make_key(use: str) -> int:
    """``egate keys make``: the successor of the newest key of a use, or the first one."""
    now = system_clock()
    with _opened(Settings()) as (session, vault):
        key = keys.make_successor(session, vault, KeyUse(use), now)
    _print([key_line(key, keys.state_of(key, now))])
    return 0


def make_root(out: Path, passphrase: Path | None) -> int:
    """``egate keys root``: a new root key into a file; its public key is printed, for EGATE_TRUST_ROOT."""
    print(point(make_root_file(out, passphrase).public_key()).hex())
    return 0


def make_root_file(out: Path, passphrase: Path | None) -> ec.EllipticCurvePrivateKey:
    """A new root key in a file that was not there before, for its owner alone. Raises SetupError."""
    root = ec.generate_private_key(ec.SECP256R1())
    secret = _passphrase(passphrase)
    how: KeySerializationEncryption = BestAvailableEncryption(secret) if secret else NoEncryption()
    data = root.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(data)
    except OSError as error:
        raise SetupError(f"{out} cannot be written: {type(error).__name__}") from error
    return root


def certify_keys(lines: Path, root_file: Path, passphrase: Path | None, days: int) -> int:
    """``egate keys certify``: the root's certificates for the keys of ``egate keys list`` or ``make``."""
    root = read_root(root_file, passphrase)
    _print(list(certified(_lines(lines), root, datetime.now(UTC), days)))
    return 0


def publish_keys(lines: Path, *, at_once: bool) -> int:
    """``egate keys publish``: take certificates, all of them or none."""
    settings, now = Settings(), system_clock()
    if not settings.trust_root:
        raise SetupError("EGATE_TRUST_ROOT is not set: certificates are checked against it")
    root = public_key(bytes.fromhex(settings.trust_root))
    with _opened(settings) as (session, _):
        published = [
            keys.publish_key(
                session, SYSTEM, _bytes(line, "certificate"), root, now, at_once=at_once
            )
            for line in _lines(lines)
        ]
    _print([key_line(key, keys.state_of(key, now)) for key in published])
    return 0


def retire_key(kid: str) -> int:
    """``egate keys retire``: end all trust in a key now."""
    try:
        identifier = bytes.fromhex(kid)
    except ValueError:
        raise SetupError("a key's id has 16 hexadecimal digits") from None
    now = system_clock()
    with _opened(Settings()) as (session, _):
        key = keys.key_by_id(session, identifier)
        if key.retired_at is None:
            keys.retire_key(session, SYSTEM, key, now)
    _print([key_line(key, KeyState.RETIRED)])
    return 0


def certified(
    lines: Iterable[dict[str, Any]], root: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> Iterator[dict[str, Any]]:
    """A certificate, in hex, for each key that can have one."""
    for line in lines:
        if not _needs_root(line):
            continue
        try:
            start = max(now, datetime.fromisoformat(line["not_before"]))
            key = public_key(_bytes(line, "point"))
        except (KeyError, TypeError, ValueError):
            raise SetupError("a line is not that of a key") from None
        signed = certify(
            USES[line["use"]], key, root,
            iat=int(now.timestamp()), exp=int((start + timedelta(days=days)).timestamp()),
        )  # fmt: skip
        yield {"kid": line["kid"], "use": line["use"], "certificate": signed.hex()}


def read_root(path: Path, passphrase: Path | None) -> ec.EllipticCurvePrivateKey:
    """The root key of a file. Raises SetupError, which never says what was in it."""
    try:
        key = load_pem_private_key(path.read_bytes(), _passphrase(passphrase))
    except (OSError, ValueError, TypeError) as error:
        raise SetupError(f"{path} cannot be read as a root key: {type(error).__name__}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise SetupError(f"{path} is no P-256 key")
    return key


def _passphrase(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {type(error).__name__}") from None
    if not secret:
        raise SetupError(f"{path} is empty")
    return secret


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Session, Vault]]:
    runtime = open_runtime(settings)
    database = runtime.database("cli")
    try:
        with database.transaction() as session:
            yield session, runtime.vault
    finally:
        database.dispose()


def key_line(key: AuthorityKey, state: KeyState) -> dict[str, Any]:
    """What a key's line says. Nothing of it is secret."""
    return {
        "kid": key.kid.hex(),
        "use": str(key.use),
        "state": str(state),
        "not_before": key.not_before.isoformat(timespec="seconds"),
        "due": (key.not_before + keys.LIFE).isoformat(timespec="seconds"),
        "published_at": key.published_at and key.published_at.isoformat(timespec="seconds"),
        "certified_until": _certified_until(key),
        "point": key.public_point.hex(),
    }


def _print(lines: Iterable[dict[str, Any]]) -> None:
    """After the commit: nothing is said that did not happen."""
    for line in lines:
        print(json.dumps(line))


def _certified_until(key: AuthorityKey) -> str | None:
    """Checked when it was taken; read here for its date alone."""
    root = Settings().trust_root
    if key.certificate is None:
        return None
    if not root:
        return "unknown: EGATE_TRUST_ROOT is not set here"
    end = read_certificate(key.certificate, public_key(bytes.fromhex(root))).exp
    return datetime.fromtimestamp(end, UTC).isoformat(timespec="seconds")


def _due(lines: Iterable[dict[str, Any]], now: datetime) -> Iterator[str]:
    """What an operator with a root has to do now."""
    ahead = (now + keys.PUBLISHED_AHEAD).isoformat(timespec="seconds")
    ours = [line for line in lines if _needs_root(line)]
    for line in ours:
        named = f"{line['kid']} ({line['use']})"
        if line["certified_until"] is None:
            yield f"{named} waits for the root: egate keys certify, then publish"
        elif line["due"] <= ahead and not any(_follows(other, line) for other in ours):
            yield f"{named} is due for a successor: egate keys make"


def _needs_root(line: dict[str, Any]) -> bool:
    return line.get("use") in USES and line.get("state") in (KeyState.WAITING, KeyState.IN_USE)


def _follows(other: dict[str, Any], line: dict[str, Any]) -> bool:
    later = bool(other["not_before"] > line["not_before"])
    return later and other["use"] == line["use"]


def _bytes(line: dict[str, Any], name: str) -> bytes:
    try:
        return bytes.fromhex(line[name])
    except (KeyError, TypeError, ValueError):
        raise SetupError(f"a line has no {name}") from None


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise SetupError(
            f"{path} cannot be read as lines of keys: {type(error).__name__}"
        ) from None
    if not all(isinstance(line, dict) for line in found):
        raise SetupError(f"{path} holds other things than keys")
    return found
