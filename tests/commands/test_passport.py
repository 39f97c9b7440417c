"""``egate passport``: made here, verified here; what is odd is told and trusted by nobody."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.cli import main
from app.formats.passport import issue, trust
from app.formats.passport.issue import Keeper
from app.kernel.clock import system_clock


@pytest.fixture
def made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert (
        main(
            ["passport", "make", "--dir", str(tmp_path / "a"), "--authority", str(tmp_path / "jp")]
        )
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "files": str(tmp_path / "a"),
        "trust": str(tmp_path / "jp" / "csca.pem"),
        "signer": "JP",
    }
    return tmp_path


def verified(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict]:
    code = main(["passport", "verify", *map(str, words)])
    return code, json.loads(capsys.readouterr().out)


def test_what_is_made_is_verified(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = verified(capsys, "--dir", made / "a", "--trust", made / "jp/csca.pem")
    assert (code, told["verdict"], told["country"], told["chip_answers"]) == (
        0,
        "trusted",
        "JP",
        True,
    )
    outcomes = {name: check["outcome"] for name, check in told["checks"].items()}
    assert {name for name, outcome in outcomes.items() if outcome != "passed"} == {
        "signer-revocation"
    }
    assert (made / "jp/csca.key").stat().st_mode & 0o777 == 0o600
    assert (made / "a/chip.key").stat().st_mode & 0o777 == 0o600


def test_a_changed_group_a_clone_and_a_late_day_are_told_apart(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--dir", made / "a", "--trust", made / "jp/csca.pem")
    later = date.today() + timedelta(days=366 * 12)  # noqa: DTZ011  # a day far off
    code, told = verified(capsys, *words, "--day", later)
    assert (code, told["verdict"]) == (1, "out-of-time")
    main(
        [
            "passport",
            "make",
            "--dir",
            str(made / "b"),
            "--authority",
            str(made / "jp"),
            "--given",
            "BERT",
        ]
    )
    capsys.readouterr()
    (made / "a/chip.key").write_bytes((made / "b/chip.key").read_bytes())
    code, told = verified(capsys, *words)
    assert (code, told["verdict"], told["chip_answers"]) == (1, "trusted", False)
    (made / "a/EF.DG14").unlink()
    code, told = verified(capsys, *words)
    assert (code, told["verdict"], told["chip_answers"]) == (1, "trusted", None), "by which hash?"
    (made / "a/EF.DG1").write_bytes((made / "b/EF.DG1").read_bytes())
    code, told = verified(capsys, *words)
    assert (code, told["verdict"], told["checks"]["groups"]["why"]) == (1, "untrusted", "dg1")
    assert told["checks"]["zone"]["why"] == "another-zone"


def test_trust_comes_from_a_master_list_too(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = system_clock()
    [certificate] = trust.read_certificates((made / "jp/csca.pem").read_bytes())
    french = issue.make_authority("FR", now)
    signer = issue.make_signer(french, now)
    listed = [french, Keeper(certificate, french.key)]
    (made / "list.ml").write_bytes(issue.write_master_list(listed, signer, now))
    code, told = verified(capsys, "--dir", made / "a", "--trust", made / "list.ml")
    assert (code, told["authorities"], told["verdict"]) == (0, 2, "trusted")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dir", "nowhere", "--trust", "jp/csca.pem"], "is not a folder"),
        (["--dir", "jp", "--trust", "jp/csca.pem"], "no file of a chip"),
        (["--dir", "a", "--trust", "a/EF.SOD"], "neither certificates nor a master list"),
        (["--dir", "a", "--trust", "jp/csca.pem", "--crl", "a/EF.SOD"], "no revocation list"),
        (
            ["--dir", "a", "--trust", "jp/csca.pem", "--mrz", "jp/csca.pem"],
            "no machine-readable zone",
        ),
    ],
)
def test_what_cannot_be_used_is_said(
    made: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    given = [word if word.startswith("--") else str(made / word) for word in words]
    assert main(["passport", "verify", *given])
    assert said in capsys.readouterr().err


def test_a_folder_is_not_written_twice_and_an_authority_stays_one_state(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["passport", "make", "--dir", str(made / "a"), "--authority", str(made / "jp")])
    assert "is not empty" in capsys.readouterr().err
    other = [
        "passport",
        "make",
        "--dir",
        str(made / "c"),
        "--authority",
        str(made / "jp"),
        "--issuer",
        "FRA",
    ]
    assert main(other)
    assert "keeps the authority of JP" in capsys.readouterr().err
