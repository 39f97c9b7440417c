"""``egate watchlist``: files into lists from the command line."""

import base64
import json
from pathlib import Path

import pytest

from app.audit.log import SYSTEM
from app.cli import main
from app.kernel.db import Database
from app.screening import lifecycle
from tests.conftest import SECRET
from tests.support import NOW

ROWS = "key,reason,names,birth_dates\nP-1,r,TESTER/ANNA,1980-05-31\nP-2,r,,\n"


@pytest.fixture(autouse=True)
def environment(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())
    with database.transaction() as session:
        lifecycle.install_ruleset(session, SYSTEM, NOW)


SERVES = ("--purpose", "revenue", "--handling", "stop")


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[dict]]:
    code = main(["watchlist", *words])
    out = capsys.readouterr().out
    return code, [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def test_a_file_is_compared_brought_in_and_matched(tmp_path: Path, capsys) -> None:
    path = tmp_path / "list.csv"
    path.write_text(ROWS)
    code, [made] = told(capsys, "import", "wanted", str(path), "--create", "Wanted", *SERVES)
    assert (code, made["acted"], made["added"], made["faulty"]) == (0, True, 1, 1)
    assert made["faults"] == [{"line": 3, "code": "/names missing", "partial": False}]
    path.write_text(ROWS.replace("1980", "1981").replace(",r,TESTER", ",s,TESTER"))
    code, [seen] = told(capsys, "diff", "wanted", str(path), "--whole")
    assert (code, seen["acted"], seen["proposal"]) == (0, False, None)
    [one] = seen["differences"]
    assert (one["act"], one["key"], one["fields"]) == ("change", "P-1", ["birth_dates", "reason"])
    code, [hit] = told(
        capsys, "match", "--surname", "TESTR", "--given", "ANNA", "--birth", "1980-05-31"
    )
    assert (code, hit["entry"], hit["matches"][0]["threshold"]) == (0, "P-1", 0.66)
    assert told(capsys, "match", "--surname", "NOBODY") == (1, [])
    path.write_text(
        ROWS.replace("birth_dates", "birth_dates,sex,nationality").replace("-31", "-31,M,UTO")
    )
    told(capsys, "import", "wanted", str(path))
    asked = ("match", "--surname", "TESTER", "--given", "ANNA", "--birth", "1980-05-31")
    for more, least in (
        (("--sex", "F"), 0.74),
        (("--sex", "X"), 0.66),
        (("--nationality", "JP"), 0.68),
    ):
        _, [hit] = told(capsys, *asked, *more)
        assert hit["matches"][0]["threshold"] == pytest.approx(least), more


def test_a_key_that_stands_twice_is_told_by_line_in_each_format_and_the_first_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = [
        {"id": "Q-1", "schema": "Person", "properties": {"name": [name]}}
        for name in ("EXAMPLE ANNA", "SAMPLE BERTA")
    ]
    entry = (
        "<sdnEntry><uid>7</uid><firstName>{}</firstName><lastName>EXAMPLE</lastName>"
        "<sdnType>Individual</sdnType></sdnEntry>\n"
    )
    files = {
        "twice.csv": "key,reason,names\nP-1,r,EXAMPLE/ANNA\nP-1,r,SAMPLE/BERTA\n",
        "twice.jsonl": "\n".join(json.dumps(one) for one in people),
        "twice.xml": "<sdnList>\n" + entry.format("ANNA") + entry.format("BERTA") + "</sdnList>",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.write_text(text)
        key = name.replace(".", "-")
        _, [made] = told(capsys, "import", key, str(path), "--create", name, *SERVES)
        assert (made["added"], made["faulty"]) == (1, 1), name
        assert [one["code"] for one in made["faults"]] == ["key_again"], name
        _, [seen] = told(capsys, "diff", key, str(path))
        assert (seen["faults"], seen["unchanged"], seen["changed"]) == (made["faults"], 1, 0), name
    _, hits = told(capsys, "match", "--surname", "EXAMPLE", "--given", "ANNA")
    assert sorted(hit["entry"] for hit in hits) == ["7", "P-1", "Q-1"]


def test_what_waits_for_an_officer_is_told_by_the_exit_code(tmp_path: Path, capsys) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text(
        "\n".join(
            json.dumps(
                {
                    "id": f"Q{n}",
                    "schema": "Person",
                    "properties": {"name": [f"EXAMPLE {chr(65 + n)}"]},
                }
            )
            for n in range(25)
        )
    )
    code, [waits] = told(capsys, "import", "public", str(path), "--create", "Public", *SERVES)
    assert (code, waits["because"], waits["acted"]) == (3, ["bulk"], False)


def test_no_list_and_no_such_file_are_said_in_a_line(tmp_path: Path, capsys) -> None:
    path = tmp_path / "list.csv"
    path.write_text(ROWS)
    assert main(["watchlist", "import", "nowhere", str(path)]) == 2
    path.write_text("a;b")
    assert main(["watchlist", "diff", "nowhere", str(path)]) == 2
    assert "not-found" in capsys.readouterr().err
