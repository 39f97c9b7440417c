"""The OIDC providers of an installation, from the file that EGATE_OIDC names.

A TOML table for each, its name the provider's key in addresses and links::

    [agency]
    title = "Agency account"
    issuer = "https://login.example.org/realms/border"
    client_id = "egate"
    client_secret_file = "/run/secrets/egate-oidc"
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

ALGORITHMS = ("RS256", "PS256", "ES256")
_STRONG = frozenset({*ALGORITHMS, "RS384", "RS512", "PS384", "PS512", "ES384", "ES512", "Ed25519"})
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class ProviderFileError(ValueError):
    """The file is missing, no TOML, or says something that does not fit; the text names the provider and the field."""


class Provider(BaseModel):
    """One provider. ``login_claim``: the claim that holds our login, by which an account is linked at its first sign-in;
    empty: an administrator links each subject. ``acr``: one of these must be said, ``amr``: all of these.
    ``max_age_minutes``: how long ago somebody may have signed in there (OIDC Core 3.1.2.1).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)
    title: str = Field(min_length=1, max_length=60)
    issuer: str
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(exclude=True)
    scopes: tuple[str, ...] = ("openid", "profile")
    login_claim: str = ""
    acr: tuple[str, ...] = ()
    amr: tuple[str, ...] = ()
    max_age_minutes: int | None = Field(default=None, ge=0)
    algorithms: tuple[str, ...] = ALGORITHMS

    @model_validator(mode="before")
    @classmethod
    def _read_secret(cls, given: dict[str, object]) -> dict[str, object]:
        """The secret stands in a file or in the environment, not in this file."""
        given = dict(given)
        file, name = given.pop("client_secret_file", None), given.pop("client_secret_env", None)
        if "client_secret" in given or (file is None) == (name is None):
            raise ValueError("client_secret_file or client_secret_env is needed, one of them")
        try:
            text = Path(str(file)).read_text("utf-8") if file else os.environ[str(name)]
        except (OSError, KeyError, UnicodeDecodeError):
            raise ValueError("the client secret cannot be read") from None
        return given | {"client_secret": text.strip()}

    @model_validator(mode="after")
    def _is_safe(self) -> "Provider":
        if not is_safe(self.issuer):
            raise ValueError("issuer must be an https address")
        if "openid" not in self.scopes:
            raise ValueError("scopes must hold openid")
        if not self.algorithms or not set(self.algorithms) <= _STRONG:
            raise ValueError(f"algorithms must be some of {', '.join(sorted(_STRONG))}")
        return self


def is_safe(address: str) -> bool:
    """Whether an address of a provider may be asked: https, or http on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def read_providers(path: Path) -> Mapping[str, Provider]:
    """The providers of a file, by key. Raises :class:`ProviderFileError`, which holds no secret."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ProviderFileError(f"{path} is no TOML file: {type(error).__name__}") from error
    return {key: _provider(key, table) for key, table in tables.items()}


def _provider(key: str, table: object) -> Provider:
    if not isinstance(table, dict):
        raise ProviderFileError(f"{key} is no table")
    try:
        return Provider(**{**table, "key": key})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in (key, *first["loc"]))
        raise ProviderFileError(f"{where}: {first['msg']}") from None
