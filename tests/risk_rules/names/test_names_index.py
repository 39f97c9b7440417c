"""Names of a list by what resembles them: nothing lost by the index, everyday variants told right."""

import random
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk_rules.names import BirthDate, Relation
from risk_rules.names.index import Listing, NameIndex, listed_forms
from risk_rules.names.likeness import likeness
from risk_rules.names.normalise import name_words
from risk_rules.names.vocabulary import Vocabulary
from tests.perf import listed

NEVER = 2.0
LEAST = {
    Relation.EXACT: 0.66, Relation.SWAPPED: 0.70, Relation.YEAR: 0.76, Relation.NEAR: 0.84,
    Relation.LIST_HAS_NONE: 0.86, Relation.TRAVELLER_HAS_NONE: 0.86, Relation.CONTRADICTION: NEVER,
}  # fmt: skip
BORN = "1970-05-12"


def index(*names: tuple[str, str], born: str = BORN) -> NameIndex:
    dates = (BirthDate.parse(born),) if born else ()
    return NameIndex.of(
        Listing(number, 0, name_words(*name), dates) for number, name in enumerate(names)
    )


def found(known: NameIndex, surname: str, given_name: str, born: str = BORN) -> list[int]:
    date = BirthDate.parse(born) if born else None
    return [one.entry for one in known.search(name_words(surname, given_name), date, LEAST)]


MH = ("HASSAN", "MOHAMMED")


@pytest.mark.parametrize(
    ("entry", "traveller", "listed_born", "born", "alert"),
    [
        (MH, MH, BORN, BORN, True),
        (MH, MH, BORN, "1972-05-12", True),
        (MH, MH, BORN, "1970-12-05", True),
        (("DUBOIS", "ANNE-MARIE"), ("DUBOIS", "ANNEMARIE"), BORN, BORN, True),
        (MH, ("HASSAN", "MOHAMMAD"), BORN, BORN, True),
        (MH, ("HASAN", "MUHAMMAD"), BORN, BORN, True),
        (("YAMADA", "TARO"), ("TARO", "YAMADA"), BORN, BORN, True),
        (("MÜLLER", "JÜRGEN"), ("MUELLER", "JUERGEN"), BORN, BORN, True),
        (("GARCÍA", "JOSÉ"), ("GARCIA", "JOSE"), BORN, BORN, True),
        (("LOPEZ", "MARIA"), ("LOPEZ", "MARIA CARMEN"), BORN, BORN, True),
        (("LI", "WEI"), ("LI", "WEN"), BORN, BORN, False),
        (MH, MH, "", BORN, True),
        (MH, MH, BORN, "", True),
        (("JOSEPH", "DAVID"), ("JOSPH", "DAVID"), BORN, BORN, True),
        (("DOE", "JOHN"), ("DOE", "JON"), BORN, BORN, True),
        (MH, MH, BORN, "1990-05-12", False),
        (("OHNO", "TSUYOSHI"), ("OUNO", "TUYOSI"), BORN, BORN, True),
        (("AL-MASRI", "OMAR"), ("ELMASRI", "OMAR"), BORN, BORN, True),
        (("IVANOV", "ЮРИЙ"), ("IVANOV", "YURIY"), BORN, BORN, True),
        (("PAUL", "JOHN PETER"), ("PAUL", "JOHNPETER"), BORN, BORN, True),
    ],
)  # fmt: skip
def test_everyday_variants(
    entry: tuple[str, str], traveller: tuple[str, str], listed_born: str, born: str, *, alert: bool
) -> None:
    assert bool(found(index(entry, born=listed_born), *traveller, born)) is alert


def test_a_given_name_cut_at_the_end_of_the_zone_is_found_where_the_cut_is_known() -> None:
    known = index(("RAMASUBRAMANIAN", "VENKATANARASIMHARAJU"), born="")
    words = name_words("RAMASUBRAMANIAN", "VENKATANARASIM")
    assert [one.entry for one in known.search(words, None, LEAST, cut=True)] == [0]


PEOPLE = list(listed.people(3000, 5, listed.words(1500, 6)))


@pytest.fixture(scope="module")
def known() -> NameIndex:
    return NameIndex.of(listed.listings(iter(PEOPLE)))


def test_nothing_above_the_threshold_is_lost_by_the_index(known: NameIndex) -> None:
    """Against the score of every row under the same rule."""
    chance = random.Random(7)
    several = 0
    for _ in range(150):
        one = listed.misspelt(chance.choice(PEOPLE), chance)
        words = name_words(one.name.surname, one.name.given)
        least = {relation: chance.uniform(0.35, 0.9) for relation in Relation}
        born = chance.choice([one.born, None])
        scores = known.every_score(words)
        floors = np.array([least[known.relation_of(born, row)] for row in range(len(known))])
        expected = {
            (int(known.entries[row]), int(known.names[row]))
            for row in np.flatnonzero(scores >= floors - 1e-6)
        }
        got = {(one.entry, one.name) for one in known.search(words, born, least)}
        assert got <= expected
        sure = {
            (int(known.entries[row]), int(known.names[row]))
            for row in np.flatnonzero(scores >= floors + 1e-6)
        }
        assert sure <= got
        several += len(got) > 1
    assert several > 10


def test_misspelt_people_are_found_and_others_are_not(known: NameIndex) -> None:
    chance = random.Random(8)
    there = sum(
        number in {one.entry for one in _asked(known, listed.misspelt(PEOPLE[number], chance))}
        for number in range(0, 3000, 10)
    )
    assert there >= 285  # of 300
    strangers = listed.people(300, 9, listed.words(1500, 10))
    assert sum(bool(_asked(known, one)) for one in strangers) <= 6


def _asked(known: NameIndex, one: listed.Somebody) -> list[object]:
    words = name_words(one.name.surname, one.name.given)
    return list(known.search(words, one.born, LEAST))


def test_words_are_found_as_they_are_defined_to_be_alike() -> None:
    chance = random.Random(11)
    words = listed.words(1200, 12)
    vocabulary = Vocabulary.of(words)
    asked = [*words[:40], *(_wrong(word, chance) for word in words[:160])]
    lost = total = 0
    for word in asked:
        near = vocabulary.neighbours(word)
        got = dict(zip(near.ids.tolist(), near.likeness.tolist(), strict=True))
        for number, other in enumerate(vocabulary.words):
            like = likeness(word, other)[0]
            if number in got:
                assert got[number] == pytest.approx(like, abs=1e-6)
            elif like:
                lost += 1
            total += like > 0
    assert total > 400
    assert lost <= total / 500  # two letters changed over where a word is cut, and a second edit


def _wrong(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    match chance.randrange(3):
        case 0:
            return word[:at] + word[at + 1 :] or word
        case 1:
            return word[:at] + chance.choice("AEIORNST") + word[at:]
    return word[:at] + word[at : at + 2][::-1] + word[at + 2 :]


WORD = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜÉÑØŁabcdeäöüéñ", min_size=2, max_size=9)
FIELD = st.lists(WORD, min_size=1, max_size=3)


@settings(max_examples=60)
@given(FIELD, FIELD, st.randoms(use_true_random=False))
def test_a_name_finds_itself_whatever_its_order_case_and_marks(
    surname: list[str], given_name: list[str], chance: random.Random
) -> None:
    whole = [*surname, *given_name]
    known = index((" ".join(surname), " ".join(given_name)))
    if not listed_forms(name_words(" ".join(surname), " ".join(given_name))):
        return
    chance.shuffle(whole)
    bare = unicodedata.normalize("NFD", " ".join(whole))
    stripped = "".join(c for c in bare if not unicodedata.combining(c))
    for form in (" ".join(whole), " ".join(whole).lower(), bare, stripped):
        [one] = known.search(name_words(form, ""), BirthDate.parse(BORN), LEAST)[:1]
        assert one.score == pytest.approx(1.0, abs=1e-5)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=4), st.text())
def test_any_text_is_asked_without_dying(names: list[tuple[str, str]], text: str) -> None:
    known = index(*names)
    for surname in (text, *(name[0] for name in names)):
        for one in known.search(name_words(surname, text), None, LEAST, cut=True):
            assert 0.86 <= one.score <= 1.0 + 1e-5


def test_an_empty_list_finds_nobody() -> None:
    assert found(index(), *MH) == []
