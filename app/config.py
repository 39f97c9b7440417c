"""The settings of the program, from the environment (prefix ``EGATE_``).

Every field has a default that serves the demo, except the secrets: they have none.
"""

from pathlib import Path
from typing import Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Read once at start; frozen."""

    model_config = SettingsConfigDict(env_prefix="EGATE_", frozen=True, extra="ignore")

    database_url: SecretStr | None = None
    """Any PostgreSQL >= 16; without it the embedded server is used."""
    migration_url: SecretStr | None = None
    """The same database as the owner of its tables; default: ``database_url``."""
    secret: SecretStr | None = None
    """32 bytes, base64url: the master secret. No default."""
    state: Path | None = None
    """Where the embedded server keeps its data."""
    postgres_version: int = 18
    """Of the embedded server: 16 or 18."""
    site: str = "NRT"
    """The airport of this installation, as an IATA code."""
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    """What browsers see; cookies are Secure and ``__Host-`` when it is https."""
    log_format: Literal["console", "json"] = "console"
    log_level: str = "INFO"
    pool: int = 8
    """Database connections of one process."""

    watch_folder: Path | None = None
    """What `egate watch` watches: a folder per sender, under its name."""
    watch_settle_seconds: float = 2.0
    """How long a dropped file must have stayed as it is."""

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")
