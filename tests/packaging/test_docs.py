"""Docs against the program: variables, commands, links."""

import re
from pathlib import Path

import pytest

from app.cli import _parser
from app.config import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text() for path in PAGES}


def commands() -> set[str]:
    usage = re.search(r"\{([a-z,]+)\}", _parser().format_help()) or re.findall(
        r"^    ([a-z]+)", _parser().format_help(), re.MULTILINE
    )
    return set(usage[1].split(",")) if isinstance(usage, re.Match) else set(usage)


def test_every_setting_is_documented() -> None:
    text = TEXTS["docs/operations.md"]
    for name in Settings.model_fields:
        assert f"EGATE_{name.upper()}" in text, name


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_no_merge_is_left_half_done(name: str) -> None:
    assert not re.search(r"^(<{7} |={7}$|>{7} )", TEXTS[name], re.MULTILINE)


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_command_named_is_there(name: str) -> None:
    named = set(re.findall(r"(?:^|`|/)egate ([a-z]+)", TEXTS[name], re.MULTILINE))
    assert named <= commands()


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_make_target_named_is_there(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", TEXTS[name], re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_link_leads_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", TEXTS[name]):
        assert ((ROOT / name).parent / target).exists(), target


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_source_file_named_is_there(name: str) -> None:
    for path in re.findall(r"`((?:app|risk_rules|kiosk_sim|tests|docs)/[\w./-]+)`", TEXTS[name]):
        assert (ROOT / path).exists(), path


def test_the_index_names_every_decision() -> None:
    index = TEXTS["docs/adr/README.md"]
    decided = sorted(path.name for path in (ROOT / "docs" / "adr").glob("0*.md"))
    assert re.findall(r"\]\((0\S+\.md)\)", index) == decided
