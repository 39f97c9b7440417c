"""``egate parse`` as a machine calls it: one JSON line per message, whatever the file holds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cli import main
from app.formats.messages import main_lines
from tests.formats.test_messages import OTHERS, PAXLST, PNRGOV, codes

KEYS = ["file", "type", "version", "flight", "people", "pnrs", "warnings", "errors"]
WHOLE = (PAXLST, PNRGOV, OTHERS)


def lines_of(capsys: pytest.CaptureFixture[str], *paths: str) -> list[dict]:
    assert main(["parse", "--", *paths]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return checked(out)


def checked(out: str) -> list[dict]:
    lines = [json.loads(line) for line in out.splitlines()]
    for line in lines:
        assert list(line) == KEYS
        assert type(line["people"]) is int
        assert type(line["pnrs"]) is int
        for fault in (*line["warnings"], *line["errors"]):
            assert list(fault) == ["position", "code", "text"]
            assert fault["code"] != "reader_failed"
        assert line["type"] or line["errors"] or line["warnings"]
    return lines


def test_a_line_for_each_message_of_each_file(tmp_path: Path, capsys) -> None:
    paths = [tmp_path / name for name in "abc"]
    for path, text in zip(paths, WHOLE, strict=True):
        path.write_text(text)
    lines = lines_of(capsys, *map(str, paths))
    assert [(line["file"][-1], line["type"]) for line in lines][:3] == [
        ("a", "PAXLST"),
        ("b", "PNRGOV"),
        ("c", "CUSRES"),
    ]
    assert len(lines) == 7
    assert [(line["people"], line["pnrs"], line["flight"]) for line in lines[:2]] == [
        (2, 0, "ZZ46"),
        (1, 1, "ZZ46"),
    ]


@pytest.mark.parametrize("text", WHOLE, ids=["PAXLST", "PNRGOV", "OTHERS"])
def test_files_cut_off_anywhere(text: str, tmp_path: Path, capsys) -> None:
    paths = []
    for tenth in range(10):
        path = tmp_path / f"{tenth}"
        path.write_bytes(text.encode()[: len(text) * tenth // 10])
        paths.append(str(path))
    lines = lines_of(capsys, *paths)
    assert {line["file"] for line in lines} == set(paths)
    whole = {path: [line for line in lines if line["file"] == path] for path in paths}
    assert all(any(line["errors"] for line in found) for found in whole.values())


def test_a_file_that_may_not_be_read(tmp_path: Path, capsys, monkeypatch) -> None:
    def refuse(*_: object) -> None:  # root, who runs tests in containers, may read every file
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    (line,) = lines_of(capsys, str(tmp_path / "closed"))
    assert codes(line["errors"]) == ["unreadable"]


def test_what_is_no_readable_file(tmp_path: Path, capsys) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "loop").symlink_to("loop")
    names = {
        "empty": "no_message",
        "missing": "unreadable",
        "loop": "unreadable",
        ".": "unreadable",
        "x" * 5000: "unreadable",
        "nul\0": "unreadable",
        "\udcff": "unreadable",
    }
    lines = lines_of(capsys, *(f"{tmp_path}/{name}" for name in names))
    assert [codes(line["errors"]) for line in lines] == [[code] for code in names.values()]


@settings(max_examples=100)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.tuples(
            st.sampled_from(WHOLE), st.integers(0, 400), st.integers(0, 9), st.binary(max_size=4)
        ).map(lambda t: t[0].encode()[: t[1]] + t[3] + t[0].encode()[t[1] + t[2] :]),
    )
)
def test_any_bytes_give_lines(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)
    assert checked("\n".join(main_lines([str(path)])))


def test_as_a_program_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "list.edi"
    path.write_bytes(PAXLST.encode() + b"\xff\x00 junk")
    found = subprocess.run(
        [sys.executable, "-m", "app", "parse", str(path), str(tmp_path)],
        capture_output=True, check=True, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert found.stderr == ""
    assert [line["type"] for line in checked(found.stdout)] == ["PAXLST", None]
