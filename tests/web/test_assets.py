"""Our modules as browsers get them."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.web.assets import STATIC, address, module, styles

OURS = sorted([*(STATIC / "js").rglob("*.js"), *STATIC.rglob("*.mjs")])


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_module_has_a_text_over_several_lines(path: Path) -> None:
    """Then comments and indentation can be left out without reading JavaScript."""
    source = module(path)
    for line in source.splitlines():
        assert line.count("`") % 2 == 0 or line.endswith("\\`"), line


def test_comments_stay_here_and_what_is_code_goes_out(client: TestClient) -> None:
    answer = client.get(address("js/traveller/mrz.js"))
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert "Doc 9303" not in answer.text
    assert "@param" not in answer.text
    source = (STATIC / "js/traveller/mrz.js").read_text()
    code = [
        line.partition("; // ")[0].strip() + ";" * ("; // " in line)
        for line in re.sub(r"/\*\*.*?\*/", "", source, flags=re.DOTALL).splitlines()
    ]
    expected = [line for line in code if line and not line.startswith("//")]
    assert [line for line in answer.text.splitlines() if line] == expected


def test_code_behind_a_comment_stays(tmp_path: Path) -> None:
    path = tmp_path / "one.js"
    path.write_text(
        "/** @type {X} */ const a = 1;\n  // gone\nconst b = 2; // gone\n/** gone\n */\n"
        'const c = "; // stays";\nconst d = `{ // ${c} stays`;\n'
    )
    assert module(path) == (
        "/** @type {X} */ const a = 1;\nconst b = 2;\n"
        'const c = "; // stays";\nconst d = `{ // ${c} stays`;\n'
    )


def test_styles_stay_what_they_say(client: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "one.css"
    path.write_text("/* gone\n   too */\na :is(b, c) {\n  b: c d; /* gone */\n}\n")
    assert styles(path) == "a :is(b, c){b:c d}"
    for name in ("tokens.css", "css/base.css", "css/declare.css"):
        answer = client.get(address(name))
        assert answer.headers["content-type"].startswith("text/css")
        code = re.sub(r"/\*.*?\*/", "", (STATIC / name).read_text(), flags=re.DOTALL)
        assert re.sub(r"\s", "", answer.text) == re.sub(r"\s", "", code).replace(";}", "}")


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.css")), ids=lambda path: path.name)
def test_no_text_in_a_style_sheet_has_what_is_taken_off(path: Path) -> None:
    """Then blanks around braces, semicolons and colons can be left out without reading CSS."""
    bare = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    texts = re.findall(r"\"[^\"\n]*\"|'[^'\n]*'", bare)
    assert [one for one in texts if re.search(r"[{};:]|/\*", one)] == []
