"""The tables of ASVS and of threats: no item is missing, each says how it stands, every test named is one."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ASVS = (ROOT / "docs" / "asvs.md").read_text()
THREATS = (ROOT / "docs" / "threat-model.md").read_text()
STATES = {"met", "part", "site", "none", "n/a"}

ITEMS = """
1.1: 2-2 1.2: 1-5,2-9 1.3: 1-2,2-11 1.4: 2-3 1.5: 1-1,2-2
2.1: 1-1,2-3 2.2: 1-2,2-3 2.3: 1-1,2-4 2.4: 2-1
3.2: 1-2 3.3: 1-1,2-4 3.4: 1-2,2-6 3.5: 1-3,2-5 3.7: 2-2
4.1: 1-1,2-3 4.2: 2-1 4.3: 2-2 4.4: 1-1,2-4
5.1: 2-1 5.2: 1-2,2-3 5.3: 1-2 5.4: 2-3
6.1: 1-1,2-3 6.2: 1-8,2-12 6.3: 1-2,2-4 6.4: 1-2,2-4 6.5: 2-5 6.6: 2-3 6.8: 2-4
7.1: 2-3 7.2: 1-4 7.3: 2-2 7.4: 1-2,2-5 7.5: 2-2 7.6: 2-2
8.1: 1-1,2-2 8.2: 1-2,2-3 8.3: 1-1 8.4: 2-1
9.1: 1-3 9.2: 1-1,2-4
10.1: 2-2 10.2: 2-2 10.3: 2-4 10.4: 1-5,2-11 10.5: 2-5 10.6: 2-2 10.7: 2-3
11.1: 2-2 11.2: 2-3 11.3: 1-2,2-3 11.4: 1-1,2-4 11.5: 2-1 11.6: 2-1
12.1: 1-1,2-3 12.2: 1-2 12.3: 2-4
13.1: 2-1 13.2: 2-5 13.3: 2-2 13.4: 1-1,2-5
14.1: 2-2 14.2: 1-1,2-4 14.3: 1-1,2-3
15.1: 1-1,2-3 15.2: 1-1,2-3 15.3: 1-1,2-7
16.1: 2-1 16.2: 2-5 16.3: 2-4 16.4: 2-3 16.5: 2-3
17.1: 2-1 17.2: 2-4 17.3: 2-2
"""
"""Items of levels 1 and 2 of version 5.0.0, by section: level and the last number of it, from where the one before ended."""


def items() -> dict[str, int]:
    """Number of each item, and its level."""
    found: dict[str, int] = {}
    for section, ends in re.findall(r"(\d+\.\d+): ([\d,-]+)", ITEMS):
        first = 1
        for level, last in re.findall(r"(\d)-(\d+)", ends):
            found |= {f"{section}.{n}": int(level) for n in range(first, int(last) + 1)}
            first = int(last) + 1
    return found


def rows(text: str, columns: int) -> list[list[str]]:
    """The rows of all tables of so many columns, without heads."""
    found = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in text.splitlines() if line.startswith("| ")
    ]  # fmt: skip
    return [row for row in found if len(row) == columns and row[0] not in ("item", "STRIDE", "who")]


TABLE = rows(ASVS, 5)


def test_every_item_of_levels_1_and_2_stands_there_once_with_its_level() -> None:
    assert len(items()) == 253
    assert [(row[0], int(row[1])) for row in TABLE] == list(items().items())


def test_every_item_says_how_it_stands_and_why() -> None:
    for number, _, about, state, where in TABLE:
        assert state in STATES, number
        assert len(about) > 3, number
        assert len(where) > 3, number
        if where.startswith("the same"):
            assert TABLE[[row[0] for row in TABLE].index(number) - 1][3] == state, number


def test_every_test_named_is_one() -> None:
    for text in (ASVS, THREATS):
        named = set(re.findall(r"`(tests/[\w/.]+)`", text))
        assert len(named) > 30
        for path in named:
            found = ROOT / path
            assert found.is_dir() or "def test_" in found.read_text(), path


def test_every_threat_has_its_letter_a_control_and_a_test() -> None:
    threats = rows(THREATS, 4)
    assert len(threats) > 50
    for letter, threat, control, test in threats:
        assert letter in "STRIDE", threat
        assert control, threat
        assert "tests/" in test or "](" in test, threat
    for part in re.split(r"\n## (?=\d+ )", THREATS)[1:]:
        assert rows(part, 4), part[:40]
