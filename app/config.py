"""The settings of the program, from the environment (prefix ``EGATE_``).

Every field has a default that serves the demo, except the secrets: they have none. A secret may also stand in
a file that ``EGATE_…_FILE`` names; one that anybody may read is refused. The description of a
field ends the sentence "EGATE_… must be": that is all that is said of a value that does not fit.
"""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.declarations.registry import questionnaires
from app.formats.credential import public_key
from app.kernel.crypto import decode_secret
from app.kernel.db import check_url
from app.kernel.errors import SetupError
from app.kernel.keyring import read_secret_file
from app.retention.profile import DEFAULT, Profile
from app.retention.profile import load as load_profile
from app.web.hosts import Hosts

CHECKOUT = Path(__file__).resolve().parent.parent
PREFIX = "EGATE_"
POSTGRESQL = "a PostgreSQL address: postgresql://user:password@host/database"


class ConfigurationError(SetupError):
    """The environment lacks something or holds something wrong; the text names the variable."""


class Settings(BaseSettings):
    """Read once at start; frozen. Raises :class:`ConfigurationError`, which never shows a value."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    database_url: SecretStr | None = Field(default=None, description=POSTGRESQL)
    """Any PostgreSQL >= 16; without it the embedded server is used."""
    migration_url: SecretStr | None = Field(default=None, description=POSTGRESQL)
    """The same database as the owner of its tables; default: ``database_url``."""
    secret: SecretStr | None = Field(default=None, description="32 bytes or more, base64url")
    """The master secret. No default."""
    keyring: Path | None = Field(default=None, description="a file")
    """The ring of keys (`egate keys rotate`); default: beside the embedded data, none with a database elsewhere."""
    state: Path | None = Field(default=None, description="a folder")
    """Where the embedded server keeps its data, and every process the indexes of large watch lists."""
    postgres_version: int = Field(default=18, description="16 or 18")
    """Of the embedded server."""
    site: str = Field(
        default="NRT", pattern="^[A-Z]{3}$", description="an airport's IATA code, like NRT"
    )
    """The airport of this installation."""
    questionnaire: str = Field(default="", description="empty or the key of a questionnaire")
    """What travellers answer here; empty: the newest of the airport's country."""
    exchange_rates: Path | None = Field(default=None, description="a file of exchange rates")
    """Customs' weekly rates, read again when the file changes; without it prices in other money are in no estimate."""
    interchange_id: str = Field(
        default="EGATE", pattern="^[ -~]{1,35}$", description="our name in UNB, 1 to 35 characters"
    )
    """The sender of our answers to carriers."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535, description="a port: 1 to 65535")
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        pattern=r"^https?://\S+$",
        description="an address that begins with http:// or https://",
    )
    """What browsers see; cookies are Secure and ``__Host-`` when it is https."""
    faces: str = Field(
        default="",
        description="empty or all of traveller=NAME,console=NAME,devices=NAME,carriers=NAME",
    )
    """The host name of each face; empty: every face under every name."""
    metrics_listen: str = Field(
        default="",
        pattern=r"^(\S+:[0-9]{1,5})?$",
        description="an address to listen on, like 127.0.0.1:9464",
    )
    """Where this process answers Prometheus; nowhere, if empty. Each process needs one of its own."""
    trusted_proxies: str = Field(
        default="", description="addresses or networks, separated by commas, like 10.0.0.2,fd00::/8"
    )
    """Whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody's, if empty."""
    limit_address: int = Field(default=3000, ge=0, description="a number; 0: no limit")
    """Calls a minute from one address of callers who are not known (yet)."""
    limit_officer: int = Field(default=1200, ge=0, description="a number; 0: no limit")
    limit_device: int = Field(default=1200, ge=0, description="a number; 0: no limit")
    limit_sender: int = Field(default=6000, ge=0, description="a number; 0: no limit")
    """Calls a minute of one officer, one device, one sender."""
    api_docs: bool | None = Field(default=None, description="true or false")
    """Whether the description of the API is served (ASVS 13.4.5); without a word: not where browsers come by https."""
    session_idle_minutes: int = Field(
        default=30, ge=1, le=480, description="a number of minutes: 1 to 480"
    )
    """How long an officer's session lasts without use."""
    session_hours: int = Field(default=10, ge=1, le=24, description="a number of hours: 1 to 24")
    """How long an officer's session lasts at the most."""
    password_sign_in: bool = Field(default=False, description="true or false")
    """Whether officers who have nothing better may set a password and sign in by it and a one-time number."""
    oidc: Path | None = Field(default=None, description="a file of OIDC providers")
    """The providers at which officers sign in (docs/operations.md)."""
    log_format: Literal["console", "json"] = Field(default="console", description="console or json")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        default="INFO", description="DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )
    pool: int = Field(default=8, ge=1, description="a number: 1 or more")
    """Database connections of one process."""

    watch_folder: Path | None = None
    """What `egate watch` watches: a folder per sender, under its name."""
    watch_settle_seconds: float = 2.0
    """How long a dropped file must have stayed as it is."""
    amqp_url: SecretStr | None = None
    """The broker of the queues that `egate watch` takes from; holds a password."""

    sensitive_ssr: str = ""
    """Changes of the list of service codes that never enter: `+PETC -WCHR`."""
    retention: str = Field(
        default=DEFAULT,
        description="a retention profile: eu-pnr, eu-pnr-cjeu, japan or a TOML file",
    )
    """How long what is kept (docs/retention.md). The days below may shorten it."""
    raw_days: int | None = Field(default=None, ge=1, le=365, description="days: 1 to 365")
    """How many days the text of a transmission is kept, where less than the profile says."""
    declaration_days: int | None = Field(default=None, ge=4, le=3650, description="days: 4 to 3650")
    """Likewise, after the day of arrival, a declaration; what a case needs stays with the case."""
    snapshots: Path | None = Field(default=None, description="a folder")
    """Where facts snapshots for backtests are kept, shared by all workers; default: beside the embedded data."""
    snapshot_mask_days: int | None = Field(
        default=None, ge=1, le=3650, description="days: 1 to 3650"
    )
    """Likewise, after arrival, until snapshots lose identifiers and exact dates."""
    snapshot_days: int | None = Field(default=None, ge=1, le=3650, description="days: 1 to 3650")
    """Likewise, after arrival, until snapshots are deleted; not above ``snapshot_mask_days``: never masked."""
    backups: Path | None = Field(default=None, description="a folder")
    """Where `egate backup` puts backups and the worker removes old ones; default: beside the embedded data."""
    backup_days: int | None = Field(default=None, ge=1, le=3650, description="days: 1 to 3650")
    """How many days a backup is kept, where less than the shortest clock of what is in it."""
    plain_declarations: bool = Field(default=False, description="true or false")
    """Whether declarations that are not sealed to the authority (EGD1) are taken. Not in production."""
    trust_root: str = Field(
        default="", pattern="^(0[23][0-9a-f]{64})?$",
        description="the public key that `egate keys root` prints: 66 hexadecimal digits",
    )  # fmt: skip
    """The offline key under which kiosks believe the authority's keys."""

    @property
    def profile(self) -> Profile:
        """The retention profile in force. Raises ProfileError."""
        return load_profile(self.retention)

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def serves_api_docs(self) -> bool:
        return not self.secure_cookies if self.api_docs is None else self.api_docs

    @field_validator("database_url", "migration_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_url(value.get_secret_value())
        return value

    @field_validator("faces")
    @classmethod
    def _are_names(cls, value: str) -> str:
        Hosts.of(value)  # raises ValueError
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for one in filter(None, value.split(",")):
            ip_network(one.strip())  # raises ValueError
        return value

    @field_validator("trust_root")
    @classmethod
    def _is_a_point(cls, value: str) -> str:
        if value:
            public_key(bytes.fromhex(value))  # raises ValueError
        return value

    @field_validator("secret")
    @classmethod
    def _is_long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(decode_secret(value.get_secret_value())) < 32:
            raise ValueError
        return value

    @field_validator("questionnaire")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value and value not in questionnaires():
            raise ValueError
        return value

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Secrets from the files that ``EGATE_…_FILE`` names; a value and a file at once are refused."""
        for name, field in cls.model_fields.items():
            path = os.environ.get(f"{PREFIX}{name.upper()}_FILE")
            if path is None or field.annotation != SecretStr | None:
                continue
            if given.get(name) is not None:
                raise ConfigurationError(f"{PREFIX}{name.upper()} and its _FILE are both set")
            given[name] = read_secret_file(Path(path)).strip()
        return given

    @model_validator(mode="wrap")
    @classmethod
    def _explain(
        cls, given: dict[str, Any], handler: ModelWrapValidatorHandler["Settings"]
    ) -> "Settings":
        try:
            return handler(given)
        except ValidationError as error:
            names = [str(one["loc"][0]) for one in error.errors(include_input=False)]
        raise ConfigurationError(
            "; ".join(
                f"{PREFIX}{name.upper()} must be {cls.model_fields[name].description}"
                for name in dict.fromkeys(names)
            )
        )
