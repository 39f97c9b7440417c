"""The compiled loops against numpy: the same rows, the same scores; and numpy alone where numba is of no use."""

import logging
import random
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from risk_rules.names import BirthDate, Relation, compiled
from risk_rules.names.index import NameIndex
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


WORD = st.text("ABCDEIKLMNORSTU", min_size=1, max_size=60)


@settings(max_examples=100, deadline=None)
@given(WORD, st.lists(WORD, min_size=1, max_size=20, unique=True))
def test_both_find_the_same_words_alike(word: str, others: list[str]) -> None:
    known = [*others, word[:-1] or "A", word[::-1], word + "S"]
    enough, compiled.ENOUGH = compiled.ENOUGH, 1
    try:
        fast, plain = Vocabulary.of(set(known)), Vocabulary.of(set(known), loops=False)
    finally:
        compiled.ENOUGH = enough
    for cut in (False, True):
        ours, theirs = fast.neighbours(word, cut), plain.neighbours(word, cut)
        assert dict(zip(ours.ids.tolist(), ours.likeness.tolist(), strict=True)) == dict(
            zip(theirs.ids.tolist(), theirs.likeness.tolist(), strict=True)
        )


@settings(max_examples=100, deadline=None)
@given(WORD, st.lists(WORD, min_size=1, max_size=20, unique=True))
def test_edits_are_those_of_the_open_library(word: str, others: list[str]) -> None:
    enough, compiled.ENOUGH = compiled.ENOUGH, 1
    try:
        known = Vocabulary.of(others)
    finally:
        compiled.ENOUGH = enough
    edits = known._spelt.edits(word, np.arange(len(others), dtype=np.int32))
    assert edits.tolist() == [OSA.distance(word, other) for other in known.words]


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
