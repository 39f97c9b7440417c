"""Names and people told apart, or not."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.travel.identity import (
    SURE,
    Claims,
    Index,
    agreement,
    compare,
    document_key,
    locator_key,
    name_key,
    read_name,
)

BORN = date(1984, 5, 6)
PASSPORT = frozenset({("AUS", "L1234567")})
OTHER_PASSPORT = frozenset({("AUS", "N7654321")})


def claims(surname: str = "QUILLFEATHER", given: str = "MAREN", **more: object) -> Claims:
    return Claims((read_name(surname, given),), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("surname", "given", "key"),
    [
        ("Quillfeather", "Maren Ida", "QUILLFEATHER<MARENIDA"),
        ("O'NEIL-SMITH", "JOHNMR", "ONEILSMITH<JOHN"),
        ("MÜLLER", "JÜRGEN", "MUELLER<JUERGEN"),
        ("SUKARNO", "FNU", "SUKARNO<"),
        ("YY", "KEIKO", "Y<KEIKO"),  # a surname of one letter, doubled by a booking system
        ("SUKARNO", "", "SUKARNO<"),
        ("UNKNOWN", "TBA", ""),
        ("", "", ""),
    ],
)
def test_name_keys(surname: str, given: str, key: str) -> None:
    assert name_key(surname, given) == key


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        (("GARCIA LOPEZ", "ANA"), ("GARCIALOPEZ", "ANA MRS"), 1.0),
        (("LI", "WEI"), ("WEI", "LI"), 0.97),
        (("LI WEI", "MING"), ("LI", "WEI MING"), 0.97),
        (("MÜLLER", "EVA"), ("MULLER", "EVA"), 0.96),
        (("SILVA", "ANA MARIA"), ("ANA", "MARIA SILVA"), 0.95),
        (("SMITH", "JOHN PAUL"), ("SMITH", "JOHN"), 0.93),
        (("GARCIA LOPEZ", "ANA"), ("GARCIA", "ANA"), 0.9),
        (("WICKRAMASINGHE", "CHANDRASEKARALAYA"), ("WICKRAMASINGHE", "CHANDRASEK"), 0.9),
        (("SMITH", "J"), ("SMITH", "JOHN"), 0.82),
    ],
)
def test_names_that_agree(one: tuple[str, str], other: tuple[str, str], least: float) -> None:
    assert agreement(read_name(*one), read_name(*other)) >= least


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("SMITH", "JOHN"), ("SMITH", "PAUL")),
        (("SMITH", "JOHN"), ("SMYTHE", "JOHN")),
        (("SMITH", ""), ("SMITH", "JOHN")),
        (("", ""), ("", "")),
    ],
)
def test_names_that_do_not(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert agreement(read_name(*one), read_name(*other)) < 0.8


@pytest.mark.parametrize("text", ["AB12CD", "ab12cd", "AB12CD/1A", " AB12CD"])
def test_locators(text: str) -> None:
    assert locator_key(text) == "AB12CD"


@pytest.mark.parametrize("text", ["", "AB", "XXXXXX", "000000"])
def test_what_is_no_locator(text: str) -> None:
    assert locator_key(text) == ""


@pytest.mark.parametrize("text", ["", "1234", "000000", "UNKNOWN", "1111222"])
def test_what_is_no_document(text: str) -> None:
    assert document_key(text) == ""


SURE_PAIRS = [
    (claims(reference="R1"), claims("OTHER", "NAME", reference="R1"), "reference"),
    (claims(documents=PASSPORT), claims("QUILLFEATHER", "M", documents=PASSPORT), "document"),
    (claims("A", "B", documents=PASSPORT, birth_date=BORN),
     claims("C", "D", documents=PASSPORT, birth_date=BORN), "document"),
    (claims(documents=PASSPORT), claims(documents=frozenset({("", "L1234567")})), "document"),
    (claims(birth_date=BORN), claims("QUILLFEATHER", "MAREN IDA", birth_date=BORN), "birth-date"),
    (claims(birth_date=BORN, documents=PASSPORT),
     claims(birth_date=BORN, documents=OTHER_PASSPORT), "birth-date"),
    (claims(locators=frozenset({"AB12CD"})),
     claims(given="M", locators=frozenset({"AB12CD", "XY34ZW"})), "locator"),
    (claims(), claims("MAREN", "QUILLFEATHER"), "name"),
]  # fmt: skip

DOUBTFUL_PAIRS = [
    (claims(), claims(given="TOVE")),
    (claims(birth_date=BORN), claims(birth_date=date(1950, 1, 1))),
    (claims(birth_date=BORN, locators=frozenset({"AB12CD"})),
     claims(birth_date=date(1950, 1, 1), locators=frozenset({"AB12CD"}))),
    (claims(birth_date=BORN, documents=PASSPORT),  # a child on the parent's passport
     claims(given="OLE", birth_date=date(2018, 1, 1), documents=PASSPORT)),
    (claims(birth_date=BORN, documents=PASSPORT),  # twins
     claims(given="MAREN IDA", birth_date=BORN, documents=OTHER_PASSPORT)),
    (claims(birth_date=BORN, sex="F"), claims(given="MAREN IDA", birth_date=BORN, sex="M")),
    (claims(locators=frozenset({"AB12CD"})), claims(locators=frozenset({"XY34ZW"}))),
    (claims(documents=PASSPORT), claims(documents=OTHER_PASSPORT)),
    (claims(sex="F"), claims(sex="M")),
    (claims(given="M"), claims(given="M")),
    (claims(given=""), claims(given="")),
    (Claims(), Claims()),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "evidence"), SURE_PAIRS)
def test_one_person(one: Claims, other: Claims, evidence: str) -> None:
    for match in (compare(one, other), compare(other, one)):
        assert match.score >= SURE
        assert evidence in match.evidence


@pytest.mark.parametrize(("one", "other"), DOUBTFUL_PAIRS)
def test_two_people_or_nobody_knows(one: Claims, other: Claims) -> None:
    assert compare(one, other).score < SURE
    assert compare(other, one).score < SURE


A, B = UUID(int=1), UUID(int=2)


def index(*people: Claims) -> Index:
    made = Index()
    for number, one in enumerate(people, 1):
        made.put(UUID(int=number), one)
    return made


def test_the_better_partner_is_found() -> None:
    twins = index(
        claims(given="MAREN IDA", locators=frozenset({"AB12CD"})),
        claims(given="MAREN", locators=frozenset({"AB12CD"})),
    )
    found = twins.best(claims(given="MARENMRS", locators=frozenset({"AB12CD"})))
    assert found is not None
    assert found[0] == B


def test_weak_evidence_pairs_one_to_one_and_strong_evidence_repeats() -> None:
    known = index(claims(birth_date=BORN))
    assert known.best(claims(), taken={A}) is None
    assert known.best(claims(birth_date=BORN), taken={A}) is not None


def test_equal_partners_that_differ_leave_it_open() -> None:
    fathers = index(claims(birth_date=BORN), claims(birth_date=date(1950, 1, 1)))
    assert fathers.best(claims()) is None


def test_equal_partners_that_do_not_differ_are_taken_in_turn() -> None:
    known = index(claims(), claims())
    first = known.best(claims())
    assert first is not None
    second = known.best(claims(), taken={first[0]})
    assert second is not None
    assert {first[0], second[0]} == {A, B}


def test_what_was_replaced_is_not_found_any_more() -> None:
    known = index(claims(reference="R1"))
    known.put(A, claims("OTHER", "NAME", reference="R2"))
    assert known.best(claims(reference="R1")) is None
    assert known.best(Claims(reference="R2")) is not None


names = st.text(alphabet="ABEIMNORS ÄÖÜ'-", max_size=12)
people = st.builds(
    claims,
    names, names,
    birth_date=st.none() | st.dates(date(1980, 1, 1), date(1980, 1, 3)),
    sex=st.sampled_from(["", "M", "F"]),
    documents=st.frozensets(st.sampled_from([("AUS", "L1234567"), ("", "N7654321")]), max_size=2),
    locators=st.frozensets(st.sampled_from(["AB12CD", "XY34ZW"]), max_size=1),
    reference=st.sampled_from(["", "R1", "R2"]),
)  # fmt: skip


@given(people, people)
def test_comparison_knows_no_sides(one: Claims, other: Claims) -> None:
    assert compare(one, other) == compare(other, one)


@given(st.lists(people, max_size=6), people)
def test_the_index_finds_whom_comparing_with_everybody_finds(
    known: list[Claims], asked: Claims
) -> None:
    scores = [compare(asked, one) for one in known]
    best = max((match.score for match in scores if match.sure), default=0.0)
    found = index(*known).best(asked)
    births = {one.birth_date for one, m in zip(known, scores, strict=True) if m.score == best}
    if best and len(births) == 1:
        assert found is not None
        assert found[1].score == best
    else:
        assert found is None


@given(names, names)
def test_a_name_agrees_with_itself_and_with_its_own_key(surname: str, given_names: str) -> None:
    name = read_name(surname, given_names)
    assert agreement(name, name) == (1.0 if name.surname else 0.0)
    assert set(name.key) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ<")
