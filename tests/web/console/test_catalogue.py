"""The Japanese catalogue is whole: what the code says is what it translates, with the same places and tags."""

import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from app.web.translation import LANGUAGES, LOCALE

ROOT = Path(__file__).parents[3]
EXTRACT = (
    "from babel.messages.frontend import main; main()", "--quiet", "extract", "--mapping", "pyproject.toml",
    "--keywords", "N_", "--keywords", "NP_:1c,2", "--no-location", "--omit-header",
)  # fmt: skip
PLACES = re.compile(r"%\(\w+\)s|%%")
TAGS = re.compile(r"</?[a-z][^>]*>")


def texts(of: str | tuple[str, ...]) -> tuple[str, ...]:
    return (of,) if isinstance(of, str) else of


Message = tuple[str | None, str | tuple[str, ...]]
"""Context and text."""


def faults(translated: Catalog, gathered: set[Message]) -> list[str]:
    """What is wrong with a catalogue, against all that the code says."""
    known = {(one.context, one.id): one for one in translated if one.id}
    found = [f"missing: {one}" for _, one in gathered - known.keys()]
    found += [f"left over: {one}" for _, one in known.keys() - gathered]
    for one in known.values():
        wanted = texts(one.id)[-1]  # of a plural, the form that names the number
        if one.fuzzy:
            found.append(f"fuzzy: {one.id}")
        for said in texts(one.string):
            if not said.strip() and wanted.strip():
                found.append(f"not translated: {one.id}")
                continue
            for what, pattern in (("places", PLACES), ("tags", TAGS)):
                if sorted(pattern.findall(said)) != sorted(pattern.findall(wanted)):
                    found.append(f"other {what}: {one.id}")
    return found


def read(text: str, tag: str = "ja") -> Catalog:
    return read_po(io.BytesIO(text.encode()), locale=tag)


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> set[Message]:
    """What ``make locale`` would gather."""
    made = tmp_path_factory.mktemp("texts") / "messages.pot"
    asked = [sys.executable, "-c", *EXTRACT, "--output-file", str(made), "."]
    subprocess.run(asked, cwd=ROOT, check=True)  # our own command
    return {(one.context, one.id) for one in read(made.read_text(), "en") if one.id}


@pytest.mark.parametrize("tag", [one for one in LANGUAGES if one != "en"])
def test_everything_is_translated_and_nothing_is_left_over(tag: str, gathered: set[Message]):
    path = LOCALE / tag / "LC_MESSAGES" / "messages.po"
    assert faults(read(path.read_text(), tag), gathered) == []


def a(message: str, said: str, mark: str = "") -> str:
    return f'{mark}msgid "{message}"\nmsgstr "{said}"\n'


@pytest.mark.parametrize(
    ("catalogue", "wrong"),
    [
        (lambda: a("Claim", "担当する"), []),
        (lambda: a("Claim", ""), ["not translated: Claim"]),
        (lambda: a("Claim", "担当", "#, fuzzy\n"), ["fuzzy: Claim"]),
        (lambda: a("Claim", "担当%(n)s"), ["other places: Claim"]),
        (lambda: a("Claim", "<strong>担当</strong>"), ["other tags: Claim"]),
        (lambda: a("Claim", "担当") + "\n" + a("Old", "古い"), ["left over: Old"]),
        (lambda: "", ["missing: Claim"]),
    ],
    ids=["whole", "empty", "fuzzy", "places", "tags", "left over", "missing"],
)
def test_what_is_wrong_with_a_catalogue_is_seen(catalogue: Callable[[], str], wrong: list[str]):
    assert faults(read(catalogue()), {(None, "Claim")}) == wrong


def test_a_plural_has_the_places_of_its_last_form():
    one = ("%(n)s rule is due", "%(n)s rules are due")
    text = f'msgid "{one[0]}"\nmsgid_plural "{one[1]}"\nmsgstr[0] "ルール%(n)s件"\n'
    assert faults(read(text), {(None, one)}) == []
