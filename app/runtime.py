"""From settings to a ready database and vault: what every command starts with."""

import base64
import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from app.config import CHECKOUT, ConfigurationError, Settings
from app.declarations import exchange
from app.formats.pnrgov.privacy import deny_list
from app.identity.officers import Limits
from app.identity.oidc.provider import ProviderFileError, read_providers
from app.identity.ways import Ways, published
from app.kernel import clock as clocks
from app.kernel import postgres
from app.kernel.admission import ADDRESS, Admission
from app.kernel.clock import system_clock
from app.kernel.connections import Bounded
from app.kernel.crypto import Vault, decode_secret
from app.kernel.db import Database, normalise_url
from app.kernel.errors import SetupError
from app.kernel.http import Kernel
from app.kernel.keyring import read_ring, read_secret_file
from app.kernel.limits import Rate
from app.kernel.live import Live
from app.kernel.migrate import upgrade
from app.kernel.sealed import use_vault
from app.kernel.stream import Broadcaster
from app.referrals.history import count_inspections
from app.retention.clocks import Clock
from app.retention.profile import Profile
from app.screening.gather import use_history
from app.screening.lookouts import keep_snapshots
from app.web.hosts import Face, Hosts

PATIENCE = {"serve": 20.0, "work": 120.0}
"""Seconds in which the database has to answer one statement: somebody waits at a page or a device, or for a worker."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """A database with the newest schema (if ``migrate`` was asked for) and the vault."""

    settings: Settings
    url: str
    owner_url: str
    vault: Vault

    def database(self, name: str) -> Database:
        """A connection pool for one process."""
        patience = PATIENCE.get(name, Bounded.patience)
        return Database(self.url, name=f"egate-{name}", pool=self.settings.pool, patience=patience)

    def kernel(self, name: str) -> Kernel:
        """The parts that routes and services use, in a process that screens."""
        keep_snapshots(state_home(self.settings) / "lists")
        return make_kernel(self.settings, self.database(name), self.vault)


def make_kernel(
    settings: Settings, database: Database, vault: Vault, clock: clocks.Clock = system_clock
) -> Kernel:
    """Put the parts together that every feature uses."""
    use_vault(vault)
    use_history(count_inspections)
    exchange.use(settings.exchange_rates)
    kept = kept_days(settings)
    live = Live(database)
    stream = Broadcaster(live, database)
    return Kernel(
        database, vault, clock, live, stream, settings.site, settings.secure_cookies,
        settings.interchange_id,
        denied(settings), kept.raw, settings.questionnaire,
        settings.plain_declarations, kept.declaration,
        snapshot_folder(settings), kept.snapshot_mask, kept.snapshot,
        remembered={Profile: settings.profile, Ways: ways(settings), Hosts: hosts(settings)},
        admission=Admission(rates(settings)), api_docs=settings.serves_api_docs,
        backups=backup_folder(settings), backup_days=kept.backup,
    )  # fmt: skip


def hosts(settings: Settings) -> Hosts:
    """The names of the faces. Raises ConfigurationError: passkeys and OIDC belong to the name of the public address."""
    found = Hosts.of(settings.faces)
    console = found.name_of(Face.CONSOLE)
    if console and urlsplit(settings.public_url).hostname != console:
        raise ConfigurationError("EGATE_FACES must give the console the name of EGATE_PUBLIC_URL")
    return found


def ways(settings: Settings) -> Ways:
    """How officers may sign in here. Raises ConfigurationError."""
    try:
        providers = read_providers(settings.oidc) if settings.oidc else {}
    except ProviderFileError as error:
        raise ConfigurationError(f"EGATE_OIDC: {error}") from error
    return Ways(
        settings.public_url,
        Limits(
            timedelta(minutes=settings.session_idle_minutes),
            timedelta(hours=settings.session_hours),
        ),
        passwords=settings.password_sign_in,
        providers=published(providers.values()),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """Days that the installation keeps: the profile's, or less where a setting says less."""

    raw: int
    declaration: int
    snapshot_mask: int
    snapshot: int
    backup: int


def kept_days(settings: Settings) -> Kept:
    """Of the settings and their profile. Raises ProfileError."""
    profile = settings.profile
    facts = profile[Clock.SCREENING]
    raw = _least(settings.raw_days, profile[Clock.RAW_MESSAGE].delete)
    declaration = _least(settings.declaration_days, profile[Clock.DECLARATION].delete)
    snapshot = _least(settings.snapshot_days, facts.delete)
    shortest = min(
        period.delete for clock, period in profile.periods.items() if clock is not Clock.FACE
    )
    return Kept(
        raw,
        declaration,
        _least(settings.snapshot_mask_days, facts.mask or facts.delete),
        snapshot,
        min(raw, declaration, snapshot, _least(settings.backup_days, shortest)),
    )


def _least(said: int | None, period: timedelta) -> int:
    return period.days if said is None else min(said, period.days)


def rates(settings: Settings) -> dict[str, Rate]:
    """Who may call how often, by kind of caller."""
    return {
        kind: Rate(getattr(settings, f"limit_{kind}"))
        for kind in (ADDRESS, "officer", "device", "sender")
    }


def denied(settings: Settings) -> frozenset[str]:
    """The service codes that never enter. Raises ConfigurationError."""
    try:
        return deny_list(settings.sensitive_ssr)
    except ValueError as error:
        raise ConfigurationError(f"EGATE_SENSITIVE_SSR: {error}") from error


def open_runtime(settings: Settings, *, migrate: bool = False) -> Runtime:
    """Find or start the database; with ``migrate`` bring its schema up to date.

    Raises :class:`ConfigurationError` when an external database is named without the master secret, and
    :class:`app.kernel.postgres.ClusterError` when the embedded server does not start.
    """
    if settings.database_url is None:
        home = state_home(settings)
        cluster = postgres.ensure(home, version=settings.postgres_version)
        url, owner_url = cluster.url(), cluster.url(postgres.OWNER)
        secret = _kept_secret(settings, home)
    else:
        url = normalise_url(settings.database_url.get_secret_value())
        owner = settings.migration_url or settings.database_url
        owner_url = normalise_url(owner.get_secret_value())
        secret = _given_secret(settings)
    vault = open_vault(settings, secret)
    if migrate:
        upgrade(owner_url)
    return Runtime(settings, url, owner_url, vault)


def open_vault(settings: Settings, secret: bytes) -> Vault:
    """The vault of a master secret and the ring of keys, where there is one; the program's sealed columns use it."""
    path = ring_path(settings)
    try:
        vault = Vault(secret, read_ring(path)) if path else Vault(secret)
    except SetupError as error:
        raise ConfigurationError(str(error)) from None
    use_vault(vault)
    return vault


def ring_path(settings: Settings) -> Path | None:
    """Where the ring of keys is: as named, else beside the embedded data; None with a database elsewhere."""
    if settings.keyring is not None or settings.database_url is not None:
        return settings.keyring
    return state_home(settings) / "keyring.json"


def state_home(settings: Settings) -> Path:
    """Where the embedded server of this installation lives."""
    return settings.state or postgres.default_home(CHECKOUT)


def snapshot_folder(settings: Settings) -> Path | None:
    """The folder of snapshots: as named, else beside the embedded data; None with a database elsewhere."""
    if settings.snapshots is not None or settings.database_url is not None:
        return settings.snapshots
    return state_home(settings) / "snapshots"


def backup_folder(settings: Settings) -> Path | None:
    """The folder of backups: as named, else beside the embedded data; None with a database elsewhere."""
    if settings.backups is not None or settings.database_url is not None:
        return settings.backups
    return state_home(settings) / "backups"


def known_vault(settings: Settings) -> Vault | None:
    """The vault of a secret that is there, whatever becomes of the database; None where there is none: none is made."""
    path = state_home(settings) / "master.secret"
    if settings.secret is not None:
        return open_vault(settings, _given_secret(settings))
    if settings.database_url is None and path.exists():
        return open_vault(settings, decode_secret(read_secret_file(path)))
    return None


def _given_secret(settings: Settings) -> bytes:
    if settings.secret is None:
        raise ConfigurationError("EGATE_SECRET is not set (32 bytes or more, base64url)")
    return decode_secret(settings.secret.get_secret_value())


def _kept_secret(settings: Settings, home: Path) -> bytes:
    """Beside the embedded data the secret is made at the first start and kept, readable by us alone."""
    if settings.secret is not None:
        return _given_secret(settings)
    path = home / "master.secret"
    if not path.exists():
        text = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(text)
    return decode_secret(read_secret_file(path))
