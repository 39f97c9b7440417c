"""The compiled loops against numpy: the same rows, the same scores; and numpy alone where numba is of no use."""

import logging
import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk_rules.names import BirthDate, Relation, compiled
from risk_rules.names.index import Listing, NameIndex
from risk_rules.names.normalise import name_words
from risk_rules.names.vocabulary import Vocabulary
from tests.perf import listed

WORDS = listed.words(900, 31)
PEOPLE = list(listed.people(2500, 32, WORDS))
ARRAYS = NameIndex.make(listed.listings(iter(PEOPLE)))


@pytest.fixture(scope="module")
def both() -> tuple[NameIndex, NameIndex]:
    """The same list by compiled loops and by numpy."""
    enough, compiled.ENOUGH = compiled.ENOUGH, 1
    try:
        return NameIndex(ARRAYS), NameIndex(ARRAYS, loops=False)
    finally:
        compiled.ENOUGH = enough


def test_numba_works_here() -> None:
    assert compiled.loops() is not None


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
THRESHOLDS = st.floats(0.3, 1.0)


@settings(max_examples=100, deadline=None)
@given(
    st.randoms(use_true_random=False), st.lists(THRESHOLDS, min_size=7, max_size=7), st.booleans()
)
def test_both_find_the_same(
    both: tuple[NameIndex, NameIndex], chance: random.Random, least: list[float], cut: bool
) -> None:
    one = listed.misspelt(chance.choice(PEOPLE), chance)
    words = name_words(one.name.surname, one.name.given)
    born = chance.choice([one.born, None, BirthDate(1970)])
    wanted = dict(zip(Relation, least, strict=True))
    fast, plain = (index.search(words, born, wanted, cut=cut) for index in both)
    assert fast == plain


WORD = st.text("ABCDEIKLMNORSTU", min_size=1, max_size=20) | st.text(
    "AEKOU", min_size=1, max_size=70
)


def slips(word: str, chance: random.Random) -> str:
    """The word with some letters left out, doubled, changed or turned."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(word))
        left, letter, right = word[:at], word[at], word[at + 1 :]
        word = chance.choice(
            [left + right, left + 2 * letter + right, left + "N" + right, left + right[:1] + letter + right[1:]]
        )  # fmt: skip
        word = word or letter
    return word


@settings(max_examples=200, deadline=None)
@given(
    WORD, st.lists(WORD, min_size=1, max_size=20, unique=True), st.randoms(use_true_random=False)
)
def test_both_find_the_same_words_alike(
    word: str, others: list[str], chance: random.Random
) -> None:
    alike = [slips(word, chance) for _ in range(30)]
    known = {*others, *alike, word[:-1] or "A", word[::-1], word + "S"}
    enough, compiled.ENOUGH = compiled.ENOUGH, 1
    try:
        fast, plain = Vocabulary.of(known), Vocabulary.of(known, loops=False)
    finally:
        compiled.ENOUGH = enough
    for asked in (word, alike[0], word):
        for cut in (False, True):
            ours, theirs = fast.neighbours(asked, cut), plain.neighbours(asked, cut)
            assert dict(zip(ours.ids.tolist(), ours.likeness.tolist(), strict=True)) == dict(
                zip(theirs.ids.tolist(), theirs.likeness.tolist(), strict=True)
            )
            assert len(ours.ids) == len(set(ours.ids.tolist()))


MANY = ["KAMA" + one + other for one in LETTERS for other in LETTERS]
"""More than are compared at a time."""


def test_both_find_the_same_among_many_that_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "ENOUGH", 1)
    told = [
        Listing(at, 0, name_words("KAMARA", word), (BirthDate(1950 + at % 40, 1 + at % 12, 2),))
        for at, word in enumerate([*MANY, *MANY, "KAMARATHANASOPOULOSAKI"])
    ]
    arrays = NameIndex.make(told)
    fast, plain = NameIndex(arrays), NameIndex(arrays, loops=False)
    wanted = dict.fromkeys(Relation, 0.6)
    for name, least in (("KAMARE", 1000), ("KAMAOA", 1000), ("KAMARATANASOPOULOSAKI", 1)):
        words = name_words("KAMARA", name)
        for born in (None, BirthDate(1970, 2, 2), BirthDate(1970)):
            found = fast.search(words, born, wanted)
            assert found == plain.search(words, born, wanted)
            assert len(found) >= least


@pytest.mark.parametrize("broken", ["missing", "unusable"])
def test_without_numba_numpy_does_the_work_and_the_log_says_so_once(
    broken: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    compiled.loops.cache_clear()
    if broken == "missing":
        monkeypatch.setitem(sys.modules, "risk_rules.names.kernels", None)
        monkeypatch.delattr("risk_rules.names.kernels", raising=False)
    else:

        def refuse(_: compiled.Loops) -> None:
            raise RuntimeError("no code for this machine")

        monkeypatch.setattr(compiled, "_try", refuse)
    monkeypatch.setattr(compiled, "ENOUGH", 1)
    try:
        with caplog.at_level(logging.WARNING):
            index, again = NameIndex(ARRAYS), NameIndex(ARRAYS)
        one = PEOPLE[7]
        words = name_words(one.name.surname, one.name.given)
        least = dict.fromkeys(Relation, 0.9)
        assert 7 in {found.entry for found in index.search(words, one.born, least)}
        assert again.search(words, one.born, least) == index.search(words, one.born, least)
        assert len(caplog.records) == 1
    finally:
        compiled.loops.cache_clear()


def test_small_lists_never_load_numba() -> None:
    import subprocess

    program = (
        "import sys; from risk_rules.names import *;"
        "Matcher([Entry('1', (Name('A', 'B'),))]).match(Person((Name('A', 'B'),)));"
        "sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
