"""Travellers against a list: who is found, with what words, and who is not."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk_rules.names import BirthDate, Document, Entry, Matcher, Name, Person, Relation
from risk_rules.names.normalise import name_words

BORN = "1970-05-12"


def entry(*names: tuple[str, str], born: str | None = BORN, **more) -> Entry:
    dates = () if born is None else (BirthDate.parse(born),)
    return Entry("E1", tuple(Name(*name) for name in names), dates, **more)


def person(surname: str, given_name: str, born: str | None = BORN, **more) -> Person:
    date = None if born is None else BirthDate.parse(born)
    return Person((Name(surname, given_name),), date, **more)


def verdict(listed: Entry, traveller: Person) -> str:
    found = Matcher([listed]).match(traveller)
    if not found:
        return "nothing"
    return "alert" if found[0].alert else "information"


LISTED = ("HASSAN", "MOHAMMED")


@pytest.mark.parametrize(
    ("listed", "traveller", "expected"),
    [
        (entry(LISTED), person(*LISTED), "alert"),
        (entry(LISTED), person(*LISTED, born="1972-05-12"), "alert"),
        (entry(LISTED), person(*LISTED, born="1970-12-05"), "alert"),
        (entry(LISTED), person(*LISTED, born="1990-05-12"), "information"),
        (entry(LISTED, born=None), person(*LISTED), "alert"),
        (entry(LISTED), person(*LISTED, born=None), "alert"),
        (entry(("DUBOIS", "ANNE-MARIE")), person("DUBOIS", "ANNEMARIE"), "alert"),
        (entry(("YAMADA", "TARO")), person("TARO", "YAMADA"), "alert"),
        (entry(("YAMADA TARO", "")), person("YAMADA", "TARO"), "alert"),
        (entry(("MÜLLER", "JÜRGEN")), person("MUELLER", "JUERGEN"), "alert"),
        (entry(("MÜLLER", "JÜRGEN")), person("MULLER", "JUERGEN"), "alert"),
        (entry(("GARCÍA", "JOSÉ")), person("GARCIA", "JOSE"), "alert"),
        (entry(("LOPEZ", "MARIA")), person("LOPEZ", "MARIA CARMEN"), "alert"),
        (entry(("LOPEZ", "MARIA CARMEN")), person("LOPEZ", "MARIA"), "alert"),
        (entry(("LOPEZ DIAZ", "MARIA")), person("LOPEZ", "MARIA"), "alert"),
        (entry(("LOPEZ DIAZ", "MARIA"), born=None), person("LOPEZ", "MARIA"), "nothing"),
        (entry(("PAUL", "JOHN PETER")), person("PAUL", "JOHNPETERMR"), "alert"),
        (entry(("AL-MASRI", "OMAR")), person("ALMASRI", "OMAR"), "alert"),
        (entry(("BERG", "JAN")), person("VAN DER BERG", "DR JAN"), "alert"),
        (entry(("SMITH", "ALEXANDR")), person("SMITH", "ALEXANDR"), "alert"),
        (entry(("X", "Y"), LISTED), person(*LISTED), "alert"),
        (entry(("SINGLETON", "")), person("SINGLETON", ""), "alert"),
        (entry(("SINGLETON", "")), person("SINGLETON", "", born="1972-05-12"), "information"),
        (entry(("SINGLETON", "")), person("SINGLETON", "ANNA"), "alert"),
        (entry(("SINGLETON", "")), person("SINGLETON", "ANNA", born="1972-05-12"), "nothing"),
        (entry(("LI", "WEI")), person("LI", "WEN"), "nothing"),
        # two of three words are enough with the very day of birth, and with nothing less
        (entry(("LE", "THI LAN")), person("TRAN", "THI LAN"), "alert"),
        (entry(("LE", "THI LAN")), person("TRAN", "THI LAN", born="1971-05-12"), "nothing"),
        (entry(("LOPEZ", "MARIA ANNA")), person("LOPEZ", "MARIA CARMEN"), "alert"),
        (entry(("LOPEZ", "MARIA ANNA"), born=None), person("LOPEZ", "MARIA CARMEN"), "nothing"),
        (entry(("HASSAN", "MOHAMMED")), person("HASAN", "MUHAMMAD"), "alert"),
        (entry(("JOSEPH", "DAVID")), person("JOSPH", "DAVID"), "alert"),
        (entry(LISTED), person("OTHER", "NAME"), "nothing"),
        (entry(LISTED), person("", ""), "nothing"),
        (entry(("", "")), person(*LISTED), "nothing"),
    ],
)
def test_verdicts(listed, traveller, expected):
    assert verdict(listed, traveller) == expected


def test_the_evidence_says_which_words_met_and_how_the_dates_relate():
    listed = entry(("MÜLLER", "JÜRGEN KARL"), nationality="XXA")
    (match,) = Matcher([listed]).match(person("MULLER", "JUERGEN", "1970-12-05", nationality="xxa"))
    assert match.entry_id == "E1"
    assert match.kind == "name"
    assert match.score == 0.8801
    assert match.evidence == {
        "name": 0,
        "words": [
            {"traveller": "MULLER", "entry": "MULLER", "how": "same", "like": 1.0, "weight": 0.683},
            {
                "traveller": "JUERGEN",
                "entry": "JUERGEN",
                "how": "same",
                "like": 1.0,
                "weight": 0.683,
            },
            {"traveller": None, "entry": "KARL", "how": "missing", "like": 0, "weight": 0.431},
        ],
        "covered": {"traveller": 1.0, "entry": 0.7602},
        "birth_date": {"relation": "swapped", "traveller": "1970-12-05", "entry": ["1970-05-12"]},
        "nationality": "same",
        "threshold": 0.7,
        "normaliser": 3,
        "strength": 63,
    }
    json.dumps(match.evidence)


def test_document_numbers_meet_when_folded_whoever_bears_them():
    matcher = Matcher([Entry("D1", documents=(Document("AO10I23", "XXA"),))])
    (match,) = matcher.match(
        Person((Name("ANY", "BODY"),), documents=(Document("A0-1OI23", "XXA"),))
    )
    assert (match.kind, match.score, match.alert) == ("document", 1.0, True)
    assert match.evidence["number"] == "same when folded"
    (match,) = matcher.match(Person(documents=(Document("AO10I23"),)))
    assert match.alert
    assert match.evidence == {"number": "same", "issuer": "unknown", "normaliser": 3}


def test_the_same_number_of_another_state_is_information():
    matcher = Matcher([Entry("D1", documents=(Document("AO10I23", "XXA"),))])
    (match,) = matcher.match(Person(documents=(Document("AO10I23", "XXB"),)))
    assert not match.alert


@pytest.mark.parametrize("number", ["", "1234", "00000000", "XXXXXXX", "<<<<<<<"])
def test_placeholders_are_no_documents(number):
    matcher = Matcher([Entry("D1", documents=(Document(number),))])
    assert matcher.match(Person(documents=(Document(number),))) == []


def test_alerts_come_first_and_each_entry_once_per_kind():
    entries = [
        Entry("far", (Name(*LISTED),), (BirthDate(1930),)),
        Entry("near", (Name(*LISTED), Name("HASSAN", "MOHAMMED ALI")), (BirthDate.parse(BORN),)),
        Entry("paper", documents=(Document("AB12345"),)),
    ]
    traveller = Person(
        (Name(*LISTED), Name("HASSAN", "MOHAMMEDMR")),
        BirthDate.parse(BORN),
        documents=(Document("AB12345"),),
    )
    found = Matcher(entries).match(traveller)
    assert [(m.entry_id, m.alert) for m in found] == [
        ("paper", True),
        ("near", True),
        ("far", False),
    ]
    assert [m.score for m in found[:2]] == [1.0, 1.0]
    assert found[0].strength > found[1].strength  # a document says more than a name
    assert len(Matcher(entries)) == 3


def test_thresholds_belong_to_the_list():
    strict = dict.fromkeys(Relation, 0.95)
    listed = Matcher([entry(("LOPEZ", "MARIA CARMEN"))], strict)
    assert listed.match(person("LOPEZ", "MARIA")) == []
    (match,) = listed.match(person("LOPEZ", "MARIA CARMEN"))
    assert (match.alert, match.evidence["threshold"]) == (True, 0.95)


def test_a_name_that_was_cut_by_its_zone_meets_the_whole_one():
    listed = entry(("RAMASUBRAMANIAN", "VENKATANARASIMHARAJU"), born=None)
    said = ("RAMASUBRAMANIAN", "VENKATANARA")
    cut, whole = (Person((Name(*said, cut),), BirthDate(1970, 5, 12)) for cut in (True, False))
    (match,) = Matcher([listed]).match(cut)
    assert match.alert
    assert match.evidence["words"][-1] | {"like": 0, "weight": 0} == {
        "traveller": "VENKATANARA", "entry": "VENKATANARASIMHARAJU", "how": "cut", "like": 0, "weight": 0,
    }  # fmt: skip
    assert verdict(listed, whole) == "nothing"


def test_another_sex_or_nationality_asks_for_more_of_the_name():
    listed = entry(("BARANOVA", "OLGA"), sex="F", nationality="XXA", born=None)
    for more, expected in (
        ({"sex": "F", "nationality": "XXA"}, 0.86),
        ({"sex": "X", "nationality": ""}, 0.86),
        ({"sex": "M", "nationality": "XXA"}, 0.94),
        ({"sex": "M", "nationality": "XXB"}, 0.96),
    ):
        (match,) = Matcher([listed]).match(person("BARANOVA", "OLGA", **more))
        assert match.evidence["threshold"] == expected
        assert match.alert  # the same name alerts all the same
    assert verdict(listed, person("BARANOV", "OLEG")) == "alert"
    assert verdict(listed, person("BARANOV", "OLEG", sex="M")) == "information"


def test_papers_are_told_for_and_against():
    listed = entry(LISTED, documents=(Document("AB12345", "XXA"),))
    for paper, told in (
        (Document("AB12345", "XXA"), "same"),
        (Document("AB12345"), "same"),
        (Document("AB99999", "XXA"), "different"),
        (Document("AB99999", "XXB"), None),
    ):
        names = Matcher([listed]).match(person(*LISTED, documents=(paper,)))
        assert next(m for m in names if m.kind == "name").evidence.get("documents") == told


def test_what_scores_the_same_is_ordered_by_how_sure_it_is():
    entries = [
        Entry("year", (Name(*LISTED),), (BirthDate(1970),)),
        Entry("day", (Name(*LISTED),), (BirthDate.parse(BORN),), sex="M"),
        Entry("none", (Name(*LISTED),)),
    ]
    found = Matcher(entries).match(person(*LISTED, sex="M"))
    assert [match.entry_id for match in found] == ["day", "year", "none"]
    assert {match.score for match in found} == {1.0}
    assert [match.strength for match in found] == sorted((m.strength for m in found), reverse=True)


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜÉÑØŁabcdeäöüéñøł"
WORD = st.text(LETTERS, min_size=2, max_size=9)
FIELD = st.lists(WORD, min_size=1, max_size=3)


@given(FIELD, FIELD, st.randoms(use_true_random=False))
def test_a_name_finds_itself_in_any_order_case_composition_and_either_spelling(sur, giv, chance):
    listed = entry((" ".join(sur), " ".join(giv)))
    if len({w.spellings for w in name_words(" ".join(sur), " ".join(giv)) if not w.weak}) < 2:
        return
    chance.shuffle(sur)
    chance.shuffle(giv)
    surname, given_name = " ".join(sur), "-".join(giv)
    bare = unicodedata.normalize("NFD", surname)
    variants = [
        (surname, given_name),
        (given_name, surname),
        (surname.lower(), given_name.upper()),
        (bare, unicodedata.normalize("NFD", given_name)),
        ("".join(c for c in bare if not unicodedata.combining(c)), given_name),
    ]
    for variant in variants:
        (match,) = Matcher([listed]).match(person(*variant))
        assert match.alert
        assert match.score == 1.0


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=4), st.text())
def test_any_names_and_numbers_are_matched_without_dying(names, number):
    entries = [
        Entry(str(i), (Name(*name),), documents=(Document(number),)) for i, name in enumerate(names)
    ]
    traveller = Person(tuple(Name(*name) for name in names), documents=(Document(number),))
    for match in Matcher(entries).match(traveller):
        assert 0.0 <= match.score <= 1.0
        json.dumps(match.evidence)
