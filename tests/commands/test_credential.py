"""``egate credential open`` as a machine calls it."""

import json
from pathlib import Path

import pytest

from app.cli import main
from app.formats.credential import encrypt_declaration
from tests.formats.credentials import (
    ENCRYPTION,
    EXP,
    NOW,
    STRANGER,
    TRUST,
    forge,
    point,
)

KEYS = {
    "authority": {key_id.hex(): point(key).hex() for key_id, key in TRUST.items()},
    "encryption_private_scalar": f"{ENCRYPTION.private_numbers().private_value:064x}",
}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(KEYS))
    return path


def opened(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict]:
    code = main(["credential", "open", *map(str, words)])
    out, err = capsys.readouterr()
    assert err == ""
    return code, json.loads(out)


def test_a_declaration_needs_no_keys(capsys) -> None:
    code, claims = opened(capsys, "--now", NOW, "--", forge("EGD1"))
    assert code == 0
    assert (claims["4"], claims["7"]) == (EXP, bytes(range(0xA0, 0xB0)).hex())
    assert claims["-65537"]["1"][0] == "LINDQVIST"


@pytest.mark.parametrize("kind", ["EGR1", "EGE1"])
def test_receipts_and_sealed_declarations_open_with_keys(kind: str, keys: Path, capsys) -> None:
    text = forge("EGR1") if kind == "EGR1" else sealed()
    code, claims = opened(capsys, "--keys", keys, "--now", NOW, "--", text)
    assert code == 0
    assert set(claims) == {"4", "6", "7", "-65538" if kind == "EGR1" else "-65537"}


@pytest.mark.parametrize("around", ["{}\n", " {} ", "\r\n\t{}\r\n", "\N{NO-BREAK SPACE}{}"])
@pytest.mark.parametrize("kind", ["EGD1", "EGR1", "EGE1"])
def test_white_space_around_a_pasted_code_is_nothing(
    kind: str, around: str, keys: Path, capsys
) -> None:
    text = sealed() if kind == "EGE1" else forge(kind)
    code, claims = opened(capsys, "--keys", keys, "--now", NOW, "--", around.format(text))
    assert (code, claims["4"]) == (0, EXP)


def sealed() -> str:
    return encrypt_declaration(forge("EGD1"), ENCRYPTION.public_key())


@pytest.mark.parametrize(
    ("text", "now", "error"),
    [
        ("", NOW, "prefix_unknown"),
        ("somebody's lunch", NOW, "prefix_unknown"),
        ("--help", NOW, "prefix_unknown"),
        ("\udcff", NOW, "prefix_unknown"),
        ("EGD1:GGW", NOW, "base45_invalid"),
        ("EGD1:" + "0" * 10_000, NOW, "too_large"),
        (forge("EGD1"), EXP + 1, "expired"),
        (forge("EGR1", key=STRANGER), NOW, "key_unknown"),
    ],
)
def test_a_refusal_is_a_code_and_exit_1(
    text: str, now: int, error: str, keys: Path, capsys
) -> None:
    found = opened(capsys, "--keys", keys, "--now", now, "--", text)
    assert found == (1, {"error": error})


@pytest.mark.parametrize(
    "content", [None, b"", b"\xff", b"[]", b'{"authority": 1}', b"[" * 100_000]
)
def test_keys_that_are_none_are_an_error_of_use(
    content: bytes | None, tmp_path: Path, capsys
) -> None:
    path = tmp_path / "none"
    if content is not None:
        path.write_bytes(content)
    assert main(["credential", "open", "--keys", str(path), "--", forge("EGD1")]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
