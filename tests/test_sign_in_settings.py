"""Settings of signing in become what the program goes by, and what is wrong with them is one line."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.config import ConfigurationError, Settings
from app.identity.officers import Limits
from app.identity.ways import Ways
from app.runtime import ways

PROVIDERS = """
[agency]
title = "Agency account"
issuer = "https://login.example.org"
client_id = "egate"
client_secret_env = "OIDC_SECRET"
"""


def test_without_a_word_there_are_passkeys_and_codes_and_nothing_else() -> None:
    made = ways(Settings())
    assert (made.limits, made.passwords, dict(made.providers)) == (Limits(), False, {})
    assert (made.site.domain, made.site.origin) == ("localhost", "http://localhost:8000")


def test_limits_ways_and_providers_are_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "providers.toml").write_text(PROVIDERS)
    monkeypatch.setenv("OIDC_SECRET", "from elsewhere")
    given = Settings(
        public_url="https://gate.example.org/", session_idle_minutes=5, session_hours=2,
        password_sign_in=True, oidc=tmp_path / "providers.toml",
    )  # fmt: skip
    made = ways(given)
    assert made.limits == Limits(timedelta(minutes=5), timedelta(hours=2))
    assert made.passwords
    provider = made.provider("agency").provider
    assert provider.client_secret.get_secret_value() == "from elsewhere"
    assert made.address("/console") == "https://gate.example.org/console"


def test_a_file_of_providers_that_does_not_fit_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no TOML file"):
        ways(Settings(oidc=tmp_path / "nowhere.toml"))
    (tmp_path / "providers.toml").write_text(PROVIDERS)
    with pytest.raises(ConfigurationError, match="the client secret cannot be read"):
        ways(Settings(oidc=tmp_path / "providers.toml"))


@pytest.mark.parametrize("wrong", [{"session_idle_minutes": 0}, {"session_hours": 25}])
def test_limits_have_limits(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match="EGATE_SESSION_"):
        Settings(**wrong)


def test_ways_without_settings_are_those_of_the_demo() -> None:
    assert Ways() == ways(Settings())
