"""Settings: what does not fit is named with what it must be, never with what it was."""

from pathlib import Path

import pytest

from app.cli import main
from app.config import ConfigurationError, Settings

VALUE = "hunter2"
SECRET = "A" * 43
URL = f"postgresql://egate:{VALUE}@127.0.0.1/egate"


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command says that does not even begin."""
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert VALUE not in err
    return err


@pytest.mark.parametrize(
    ("name", "value", "must"),
    [
        ("PORT", VALUE, "a port: 1 to 65535"),
        ("PORT", "65536", "a port: 1 to 65535"),
        ("POOL", "0", "a number: 1 or more"),
        ("POSTGRES_VERSION", VALUE, "16 or 18"),
        ("SITE", VALUE, "an airport's IATA code, like NRT"),
        ("PUBLIC_URL", VALUE, "an address that begins with http:// or https://"),
        ("LOG_FORMAT", VALUE, "console or json"),
        ("LOG_LEVEL", VALUE, "DEBUG, INFO, WARNING, ERROR or CRITICAL"),
        ("SECRET", VALUE, "32 bytes or more, base64url"),
        ("SECRET", SECRET[:-1] + "!", "32 bytes or more, base64url"),
        ("SECRET", SECRET + "\N{LATIN SMALL LETTER E WITH ACUTE}", "32 bytes or more, base64url"),
    ],
)
def test_a_wrong_setting_is_one_line_without_its_value(
    name: str, value: str, must: str, monkeypatch, capsys
) -> None:
    monkeypatch.setenv(f"EGATE_{name}", value)
    assert refusal(capsys, "serve") == f"egate: EGATE_{name} must be {must}\n"


@pytest.mark.parametrize("name", ["DATABASE_URL", "MIGRATION_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "",
        VALUE,
        f"mysql://egate:{VALUE}@127.0.0.1/egate",
        f"postgresql+asyncpg://egate:{VALUE}@127.0.0.1/egate",
        f"postgresql://egate:{VALUE}@127.0.0.1:x/egate",
        f"postgresql://egate@[{VALUE}/egate",
        f"{URL}?{VALUE}=1",
    ],
)
def test_so_is_a_wrong_address_of_the_database(name: str, url: str, monkeypatch, capsys) -> None:
    monkeypatch.setenv("EGATE_SECRET", SECRET)
    monkeypatch.setenv(f"EGATE_{name}", url)
    said = refusal(capsys, "work")
    assert said.startswith(f"egate: EGATE_{name} must be a PostgreSQL address: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("serve",), ("work",), ("migrate",), ("health",), ("health", "--database"), ("demo",),
        ("demo", "--headless"), ("seed", "--folder", "x"), ("example", "x"),
        ("ingest", "--sender", "x", "x"), ("controls", "0"), ("rules", "install"), ("user", "x"),
        ("sender", "x", "--carrier", "XX"), ("hall", "x"),
        ("device", "x", "--kind", "lane", "--hall", "x", "--out", "x"),
    ],
)  # fmt: skip
def test_every_command_says_all_that_is_wrong_at_once(words, monkeypatch, capsys) -> None:
    monkeypatch.setenv("EGATE_PORT", VALUE)
    monkeypatch.setenv("EGATE_SITE", VALUE)
    said = refusal(capsys, *words)
    assert said.count("\n") == 1
    assert said.index("EGATE_SITE must be") < said.index("EGATE_PORT must be")


def test_a_folder_that_cannot_be_made_is_said(monkeypatch, capsys) -> None:
    monkeypatch.setenv("EGATE_STATE", f"/proc/{VALUE}")
    assert "EGATE_STATE" in refusal(capsys, "migrate")


@pytest.mark.parametrize("words", [("migrate",), ("controls", "0")])
def test_a_database_that_does_not_answer_is_said(words, monkeypatch, capsys) -> None:
    monkeypatch.setenv("EGATE_SECRET", SECRET)
    monkeypatch.setenv("EGATE_DATABASE_URL", URL.replace("127.0.0.1", "127.0.0.1:1"))
    assert refusal(capsys, *words) == "egate: Out of service (unavailable)\n"


def test_an_external_database_needs_the_secret(monkeypatch, capsys) -> None:
    monkeypatch.setenv("EGATE_DATABASE_URL", URL)
    assert refusal(capsys, "work") == (
        "egate: EGATE_SECRET is not set (32 bytes or more, base64url)\n"
    )


def test_nothing_of_a_wrong_value_is_in_the_exception(monkeypatch) -> None:
    monkeypatch.setenv("EGATE_SECRET", VALUE)
    with pytest.raises(ConfigurationError) as caught:
        Settings()
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    [
        URL,
        URL.replace("postgresql", "postgres"),
        URL + "?sslmode=require&application_name=x",
        f"postgresql://egate:{VALUE}%40%2F@/egate?host=/run/postgresql",
        f"postgresql+psycopg://egate:{VALUE}@[::1]:5433/egate",
    ],
)
def test_addresses_as_operators_write_them_are_taken(url: str, monkeypatch) -> None:
    monkeypatch.setenv("EGATE_DATABASE_URL", url)
    monkeypatch.setenv("EGATE_SECRET", SECRET + "\n")
    settings = Settings()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == url


def secret_file(folder: Path, mode: int) -> str:
    path = folder / "secret"
    path.write_text(SECRET + "\n")
    path.chmod(mode)
    return str(path)


def test_a_secret_may_stand_in_a_file(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EGATE_SECRET_FILE", secret_file(tmp_path, 0o640))
    settings = Settings()
    assert settings.secret is not None
    assert settings.secret.get_secret_value() == SECRET


def test_a_file_of_a_secret_that_anybody_may_read_is_refused(
    monkeypatch, capsys, tmp_path: Path
) -> None:
    monkeypatch.setenv("EGATE_SECRET_FILE", path := secret_file(tmp_path, 0o644))
    assert refusal(capsys, "work") == (
        f"egate: {path} holds a secret and anybody may read it: chmod o= {path}\n"
    )


def test_a_secret_has_one_place(monkeypatch, capsys, tmp_path: Path) -> None:
    monkeypatch.setenv("EGATE_SECRET_FILE", secret_file(tmp_path, 0o600))
    monkeypatch.setenv("EGATE_SECRET", SECRET)
    assert refusal(capsys, "work") == "egate: EGATE_SECRET and its _FILE are both set\n"
