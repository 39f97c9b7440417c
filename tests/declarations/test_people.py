"""Which passenger a declaration means."""

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.declarations.people import Listed, Person, find_passenger
from app.travel.identity import Claims, read_name

BIRTH = date(1991, 6, 8)
ASTRID = Person("LINDQVIST", "ASTRID MAJ", BIRTH, "SX4471209", "SWE")
ELSA = Person("Bergman", "Elsa", date(2015, 9, 30))
FIRST, SECOND, THIRD = (UUID(int=n) for n in (1, 2, 3))


def listed(
    identifier: UUID = FIRST,
    surname: str = "LINDQVIST",
    given_names: str = "ASTRID MAJ",
    birth_date: date | None = BIRTH,
    documents: tuple[tuple[str, str], ...] = (),
    declared: bool = True,
) -> Listed:
    claims = Claims((read_name(surname, given_names),), birth_date, documents=frozenset(documents))
    return Listed(identifier, claims, declared)


def test_document_decides_before_names() -> None:
    by_name = listed(FIRST)
    by_document = listed(SECOND, documents=(("SWE", "SX4471209"),))
    assert find_passenger(ASTRID, [by_name, by_document]) == SECOND


def test_document_is_found_on_another_flight_too() -> None:
    there = listed(documents=(("SWE", "SX4471209"),), declared=False)
    assert find_passenger(ASTRID, [there]) == FIRST


def test_the_declared_flight_comes_first() -> None:
    other = listed(FIRST, documents=(("SWE", "SX4471209"),), declared=False)
    declared = listed(SECOND, documents=(("SWE", "SX4471209"),))
    assert find_passenger(ASTRID, [other, declared]) == SECOND


def test_same_number_of_another_state_and_another_birth_date_is_somebody_else() -> None:
    other = listed(surname="MEYER", birth_date=date(1960, 1, 1), documents=(("AUT", "SX4471209"),))
    assert find_passenger(ASTRID, [other]) is None


def test_mistyped_state_is_forgiven_with_name_and_birth_date() -> None:
    assert find_passenger(ASTRID, [listed(documents=(("CHE", "SX4471209"),))]) == FIRST


def test_mistyped_birth_date_is_forgiven_with_document_and_name() -> None:
    who = listed(birth_date=date(1991, 8, 6), documents=(("SWE", "SX4471209"),))
    assert find_passenger(ASTRID, [who]) == FIRST


def test_german_passports_say_d_where_lists_say_deu() -> None:
    german = Person("MUELLER", "EVA", date(1980, 2, 3), "C01X00T47", "D")
    who = listed(surname="MUELLER", birth_date=date(1980, 2, 3), documents=(("DEU", "C01X00T47"),))
    assert find_passenger(german, [who]) == FIRST


def test_names_and_birth_date_stand_in_for_another_passport() -> None:
    assert find_passenger(ASTRID, [listed(documents=(("SWE", "OTHER0001"),))]) == FIRST


def test_a_name_that_somebody_else_bears_too_is_nobody() -> None:
    assert find_passenger(ASTRID, [listed(birth_date=date(1991, 6, 9))]) is None
    assert find_passenger(ASTRID, [listed(FIRST), listed(SECOND)]) is None


def test_a_child_on_the_same_passport_is_not_its_parent() -> None:
    document = (("SWE", "SX4471209"),)
    child = listed(FIRST, given_names="NILS", birth_date=date(2019, 1, 1), documents=document)
    assert find_passenger(ASTRID, [child]) is None
    assert find_passenger(ASTRID, [child, listed(SECOND, documents=document)]) == SECOND


def test_names_count_on_the_declared_flight_only() -> None:
    assert find_passenger(ASTRID, [listed(declared=False)]) is None


def test_middle_names_may_be_left_out() -> None:
    assert find_passenger(ASTRID, [listed(given_names="ASTRID")]) == FIRST


def test_accents_and_case_do_not_matter() -> None:
    child = listed(surname="BERGMAN", given_names="ELSA", birth_date=date(2015, 9, 30))
    assert find_passenger(ELSA, [child]) == FIRST


def test_twins_are_told_apart_and_doubtful_ones_left_open() -> None:
    ann, anna = listed(FIRST, "POE", "ANN"), listed(SECOND, "POE", "ANNA")
    assert find_passenger(Person("POE", "ANNA", BIRTH), [ann, anna]) == SECOND
    assert find_passenger(Person("POE", "ANNABEL", BIRTH), [ann, anna]) is None
    assert find_passenger(Person("POE", "", BIRTH), [ann, anna]) is None


def test_names_in_another_script_match_nobody() -> None:
    assert (
        find_passenger(Person("山田", "花子", BIRTH), [listed(surname="田中", given_names="")])
        is None
    )


@given(st.permutations([FIRST, SECOND, THIRD]), st.booleans())
def test_the_order_of_the_list_does_not_matter(order: list[UUID], here: bool) -> None:
    people = {
        FIRST: listed(FIRST, "POE", "ANN"),
        SECOND: listed(SECOND, documents=(("SWE", "SX4471209"),), declared=here),
        THIRD: listed(THIRD, given_names="ASTRID"),
    }
    assert find_passenger(ASTRID, [people[key] for key in order]) == SECOND
