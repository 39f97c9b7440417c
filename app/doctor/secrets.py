"""Keys and secrets: there, fitting, young enough, certified, and readable by nobody else."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from app.config import PREFIX, Settings
from app.declarations import keys as authority
from app.declarations.keys import KeyState
from app.declarations.models import AuthorityKey, KeyUse
from app.doctor.finding import Finding, Probe, fail, ok, warn
from app.formats.credential import CredentialError, public_key
from app.formats.credential.trust_list import read_certificate
from app.kernel.crypto import SealError
from app.keys.inventory import read_inventory
from app.runtime import ring_path, state_home

SOON: Final = timedelta(days=14)
_FILES: Final = ("SECRET", "DATABASE_URL", "MIGRATION_URL", "AMQP_URL")


def check_secret(probe: Probe) -> Iterator[Finding]:
    """The master secret and the ring are those under which the database was sealed."""
    rows = probe.session.execute(sa.select(AuthorityKey.kid, AuthorityKey.private_sealed)).all()
    if not rows:
        yield warn(
            "keys.secret",
            "nothing is sealed yet",
            "start egate work: it makes the authority's keys",
        )
        return
    closed = 0
    for kid, sealed in rows:
        try:
            probe.vault.open(sealed, authority.sealing_context(kid))
        except SealError:
            closed += 1
    if closed:
        yield fail(
            "keys.secret", f"{closed} of {len(rows)} sealed keys do not open",
            "EGATE_SECRET or EGATE_KEYRING is not the one of this database: put back the one that was kept apart",
        )  # fmt: skip
    else:
        yield ok("keys.secret", f"{len(rows)} sealed keys open")


def check_ages(probe: Probe) -> Iterator[Finding]:
    """Keys that should have had a successor by now."""
    due = [
        f"{line.kind} {line.id or ''}".strip()
        for line in read_inventory(probe.session, probe.vault, probe.now)
        if line.is_due(probe.now)
    ]
    if due:
        yield warn(
            "keys.age", f"due to be changed: {', '.join(due)}", "docs/keys.md, Changing a key"
        )
    else:
        yield ok("keys.age", "no key is due to be changed")


def check_authority(probe: Probe) -> Iterator[Finding]:
    """Each use has a key at work; under a root, those that kiosks go by are certified and stay so."""
    found = authority.all_keys(probe.session, probe.now)
    at_work = {key.use: key for key, state in found if state is KeyState.IN_USE}
    if missing := sorted(str(use) for use in KeyUse if use not in at_work):
        yield fail(
            "keys.authority", f"no key for {', '.join(missing)}", "start egate work: it makes them"
        )
    else:
        yield ok("keys.authority", "each use has a key")
    if not probe.settings.trust_root:
        yield warn(
            "keys.root", "there is no offline root: kiosks have no list to go by without the network",
            "egate keys root, on a machine without a network (docs/operations.md, Keys of codes)",
        )  # fmt: skip
        return
    waiting = len(authority.waiting_for_root(probe.session, probe.now))
    certified = [key for key, state in found if key.certificate and state is KeyState.IN_USE]
    if KeyUse.LIST not in {key.use for key in certified}:
        yield fail(
            "keys.root", "no list key is certified: kiosks have no list, and go out of service",
            "egate keys list, certify at the root, egate keys publish",
        )  # fmt: skip
    elif waiting or _ends_soon(probe, certified):
        yield warn(
            "keys.root", f"{waiting} keys wait for the root, {_ends_soon(probe, certified)} certificates end within {SOON.days} days",
            "egate keys list, certify at the root, egate keys publish",
        )  # fmt: skip
    else:
        yield ok("keys.root", "the keys that kiosks go by are certified")


def _ends_soon(probe: Probe, certified: list[AuthorityKey]) -> int:
    root = public_key(bytes.fromhex(probe.settings.trust_root))
    return sum(_end(key.certificate or b"", root) < probe.now + SOON for key in certified)


def _end(certificate: bytes, root: object) -> datetime:
    try:
        return datetime.fromtimestamp(read_certificate(certificate, root).exp, UTC)  # type: ignore[arg-type]  # a key of the root
    except CredentialError:  # of another root: as good as none
        return datetime.fromtimestamp(0, UTC)


def check_files(settings: Settings) -> Iterator[Finding]:
    """Files of secrets: nobody but their owner and his group may read them."""
    named = [os.environ.get(f"{PREFIX}{name}_FILE") for name in _FILES]
    files = {Path(one) for one in named if one}
    if ring := ring_path(settings):
        files.add(ring)
    if settings.database_url is None:
        home = state_home(settings)
        files |= {home / "master.secret", home / "cluster.json"}
    there = sorted(path for path in files if path.exists())
    bad = [str(path) for path in there if path.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP)]
    if bad:
        yield fail(
            "files.secrets",
            f"others may read or write {', '.join(bad)}",
            f"chmod 0600 {' '.join(bad)}",
        )
    else:
        yield ok("files.secrets", f"{len(there)} files of secrets are closed to others")
    if settings.secret is not None and f"{PREFIX}SECRET" in os.environ and settings.secure_cookies:
        yield warn(
            "files.environment", "the master secret stands in the environment",
            "put it into a file of its own and name that in EGATE_SECRET_FILE",
        )  # fmt: skip


CHECKS = (check_secret, check_ages, check_authority)
