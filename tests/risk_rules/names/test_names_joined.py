"""Names whose words are glued together or parted otherwise than on the list: in several places, with titles, with particles."""

import random

import pytest

from risk_rules.names import BirthDate, Entry, Matcher, Name, Person, Relation
from risk_rules.names.index import NameIndex
from risk_rules.names.joined import keys_of, read_as
from risk_rules.names.normalise import name_words
from tests.perf import listed

BORN = BirthDate.parse("1980-05-06")
CRUZ = ("DE LA CRUZ", "JUAN CARLOS")
WITH_GIVEN_LEFT_OUT = [
    (("BIN LADEN", "USAMA MUHAMMAD AWAD"), ("BINLADIN", "USAMA")),
    (("BINLADIN", "USAMA MUHAMMAD AWAD"), ("BIN LADEN", "USAMA")),
    (("ABDUL RAHMAN", "OMAR AHMED"), ("ABDURRAHMAN", "OMAR")),
    (("ABDURRAHMAN", "OMAR AHMED"), ("ABDUL RAHMAN", "OMAR")),
    (("VAN DER BERG", "JAN PIETER"), ("VANDENBERG", "JAN")),
    (("MACDONALD", "JOHN PETER"), ("MC DONALD", "JOHN")),
    (("MC DONALD", "JOHN PETER"), ("MACDONALD", "JOHN")),
]


def score(entry: tuple[str, str], traveller: tuple[str, str]) -> float:
    known = Matcher([Entry("E", (Name(*entry),), (BORN,)), *STRANGERS])
    found = known.match(Person((Name(*traveller),), BORN))
    return max((one.score for one in found if one.entry_id == "E" and one.alert), default=0.0)


STRANGERS = [
    Entry(f"S{number}", (one.name,), (BORN,))
    for number, one in enumerate(listed.people(200, 5, listed.words(300, 6)))
]


@pytest.mark.parametrize(
    "traveller",
    [
        ("DELACRUZ", "JUAN CARLOS"),
        ("DE LA CRUZ", "JUANCARLOS"),
        ("DELACRUZ", "JUANCARLOS"),
        ("DELACRUZ", "JUANCARLOSMR"),
        ("DELACRUZ", "JUANCARLOS MR"),
        ("DELA CRUZ", "JUANCARLOS"),
        ("DELACRUZJUANCARLOS", ""),
        ("DELACRUZJUANCARLOSMR", ""),
        ("JUANCARLOS", "DELACRUZ"),
        ("JUANCARLOSDELACRUZ", ""),
    ],
)
def test_a_name_glued_in_any_places_and_with_its_title_is_the_same_name(
    traveller: tuple[str, str],
) -> None:
    assert score(CRUZ, traveller) == 1.0


@pytest.mark.parametrize("turned", [False, True], ids=["as listed", "the other way round"])
@pytest.mark.parametrize(
    ("entry", "traveller"),
    [
        (("BIN LADEN", "USAMA"), ("BINLADIN", "USAMA")),
        (("MC DONALD", "RONALD"), ("MACDONALD", "RONALD")),
        (("MCDONALD", "RONALD"), ("MAC DONALD", "RONALD")),
        (("ABDUL RAHMAN", "OMAR"), ("ABDURRAHMAN", "OMAR")),
        (("ABDUL RAHMAN", "OMAR"), ("ABDELRAHMAN", "OMAR")),
        (("ABD AL-RAHMAN", "OMAR"), ("ABDULRAHMAN", "OMAR")),
        (("VAN DER BERG", "JAN"), ("VANDENBERG", "JAN")),
        (("VAN DE KAMP", "JAN"), ("VANDERKAMP", "JAN")),
        (("AL HASSAN", "ABU BAKR"), ("ALHASSAN", "ABUBAKR")),
        (("O'BRIEN", "MARY ANN"), ("O BRIEN", "MARYANN")),
    ],
)
def test_particles_and_what_stands_like_them_meet_glued_or_not(
    entry: tuple[str, str], traveller: tuple[str, str], *, turned: bool
) -> None:
    one, other = (traveller, entry) if turned else (entry, traveller)
    assert score(one, other) >= 0.66


@pytest.mark.parametrize(
    ("given", "met"), [("HANS PETER", True), ("HANS", True), ("PETER", True), ("KARL", False)]
)
def test_glued_given_names_meet_both_and_each_alone_where_the_list_knows_both(
    given: str, *, met: bool
) -> None:
    others = [Entry(f"O{word}", (Name("OTHER", word),), (BORN,)) for word in ("HANS", "PETER")]
    known = Matcher([Entry("E", (Name("MUELLER", given),), (BORN,)), *others, *STRANGERS])
    for glued in ("HANSPETER", "HANSPETERMR"):
        found = known.match(Person((Name("MUELLER", glued),), BORN))
        assert any(one.entry_id == "E" and one.alert for one in found) is met, glued


def test_a_whole_name_in_one_field_loses_its_glued_title() -> None:
    assert score(("HASSAN", "MOHAMMED"), ("HASSANMOHAMMEDMR", "")) == 1.0


@pytest.mark.parametrize(("entry", "traveller"), WITH_GIVEN_LEFT_OUT)
def test_they_meet_where_given_names_are_left_out_too(
    entry: tuple[str, str], traveller: tuple[str, str]
) -> None:
    assert score(entry, traveller) >= 0.66


def test_a_glued_name_is_explained_word_by_word_as_the_list_parts_it() -> None:
    known = Matcher([Entry("E", (Name(*CRUZ),), (BORN,))])
    [match] = known.match(Person((Name("DELACRUZ", "JUANCARLOSMR"),), BORN))
    told = {(one["traveller"], one["entry"], one["how"]) for one in match.evidence["words"]}
    assert told == {(word, word, "same") for word in ("DE", "LA", "CRUZ", "JUAN", "CARLOS")}


@pytest.mark.parametrize(
    ("joined", "theirs", "read"),
    [
        ("BINLADINUSAMA", ("BIN", "LADEN", "USAMA"), ("BIN", "LADIN", "USAMA")),
        ("MACDONALDJOHN", ("MC", "DONALD", "JOHN"), ("MAC", "DONALD", "JOHN")),
        ("VANDENBERGJAN", ("VAN", "DER", "BERG", "JAN"), ("VAN", "DEN", "BERG", "JAN")),
        ("ABDURRAHMAN", ("ABDUL", "RAHMAN"), ("ABDUR", "RAHMAN")),
        ("AB", ("ABCD",), ("AB",)),
        ("", ("ABCD",), ()),
    ],
)
def test_borders_are_put_where_the_listed_name_has_them(
    joined: str, theirs: tuple[str, ...], read: tuple[str, ...]
) -> None:
    assert read_as(joined, theirs) == read


def test_short_names_have_their_letters_as_their_key() -> None:
    """LI WEI and LEE WU have the same consonants, and are two."""
    one, other, same = keys_of(["LIWEI", "LEEWU", "LIWEI"])
    assert one == same != other


def test_a_name_glued_at_random_places_is_found_among_thousands() -> None:
    chance = random.Random(4)
    people = list(listed.people(3000, 5, listed.words(1500, 6)))
    known = NameIndex.of(listed.listings(iter(people)))
    for number in range(0, 3000, 30):
        one = people[number]
        said = [one.name.surname, *one.name.given.split()]
        glued = "".join(word + chance.choice(("", " ")) for word in said)
        found = known.search(name_words(glued, ""), one.born, dict.fromkeys(Relation, 0.99))
        assert number in {match.entry for match in found}
