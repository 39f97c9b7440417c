"""``egate questionnaire check``, as whoever writes a file for another country calls it."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from tests.formats.test_questionnaire import SHIPPED, SMALL


def checked(capsys: pytest.CaptureFixture[str], file: Path) -> tuple[int, Any]:
    code = main(["questionnaire", "check", str(file)])
    out, err = capsys.readouterr()
    assert err == ""
    return code, json.loads(out)


def test_a_good_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(capsys, SHIPPED / "ut-channels-2025.json") == (
        0,
        {"questionnaire": "ut-channels-2025/1", "id": 2, "questions": 4, "languages": 6},
    )


@pytest.mark.parametrize(
    ("change", "pointer", "fault"),
    [
        ({"country": "Utopia"}, "/country", "not like ^[A-Z]{3}$"),
        ({"languages": ["en", "fi", "se"]}, "/title/se", "no text"),
        ({"colour": "red"}, "/colour", "unknown"),
    ],
)
def test_a_fault_names_its_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, change: Any, pointer: str, fault: str
) -> None:
    file = tmp_path / "form.json"
    file.write_text(json.dumps(SMALL | change))
    assert checked(capsys, file) == (1, {"pointer": pointer, "fault": fault})


def test_what_is_no_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "form.json"
    file.write_text("{")
    assert main(["questionnaire", "check", str(file)]) == 2
    assert main(["questionnaire", "check", str(tmp_path / "none.json")]) == 2
    assert capsys.readouterr().out == ""
