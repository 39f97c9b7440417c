"""Lists with lost and damaged segments: nobody gets another's data. All people are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.paxlst import PassengerList, Person, Role
from tests.formats.test_paxlst import FLIGHT, read

ADA = "ATT+2++F'DTM+329:800514'NAT+2+GBR'RFF+ABO:A1'DOC+P+P1'LOC+91+GBR'"
BOB = "ATT+2++M'DTM+329:990101'NAT+2+JPN'RFF+ABO:B2'DOC+P+P2'LOC+91+JPN'"


def listed(people: str) -> PassengerList:
    return read(f"BGM+745'{FLIGHT}{people}CNT+42:2'")


def data(person: Person) -> tuple[object, ...]:
    """All that stands behind a NAD."""
    return (
        person.sex, person.birth_date, person.nationality, person.references,
        [(one.number, one.issuer) for one in person.documents],
    )  # fmt: skip


def told(found: PassengerList) -> list[tuple[str, str]]:
    return [(fault.code, fault.severity) for fault in found.faults]


SOUND = listed(f"NAD+FL+++DOE:ADA'{ADA}NAD+FL+++ROE:BOB'{BOB}").persons


@pytest.mark.parametrize(
    "damaged",
    [
        "NADFL+++", "NAD:FL+++", "NA+FL+++", "MAD+FL+++", "N AD+FL+++", "NAD-FL+++", "NDA+FL+++",
        "AD+FL+++", "NAD0+FL+++", "NAT+FL+++", "nad:FL+++", "NAD+FL'+++",
    ],
)  # fmt: skip
def test_a_damaged_nad_begins_its_own_person(damaged: str) -> None:
    found = listed(f"NAD+FL+++DOE:ADA'{ADA}{damaged}ROE:BOB'{BOB}")
    assert list(map(data, found.persons)) == list(map(data, SOUND))
    assert found.faults
    assert all("ROE" not in str(fault) for fault in found.faults)


@pytest.mark.parametrize("damaged", ["NADFL+++", "MAD+FL+++", "N AD+FL+++", "NAT+FL+++"])
def test_a_tag_one_edit_from_nad_is_nad_with_a_warning(damaged: str) -> None:
    for first in ("", f"NAD+FL+++DOE:ADA'{ADA}"):
        found = listed(f"{first}{damaged}ROE:BOB'{BOB}")
        assert (found.persons[-1].surname, found.persons[-1].given) == ("ROE", "BOB")
        assert ("tag_damaged", "warning") in told(found)
        assert "error" not in {fault.severity for fault in found.faults}


@pytest.mark.parametrize("damaged", ["X@+FL+++", "+FL+++", "XXXXX+FM+++"])
def test_what_only_has_the_shape_of_a_nad_is_a_person_with_an_error(damaged: str) -> None:
    found = listed(f"NAD+FL+++DOE:ADA'{ADA}{damaged}ROE:BOB'{BOB}")
    assert list(map(data, found.persons)) == list(map(data, SOUND))
    assert told(found)[0] == ("person_unread", "error")


@pytest.mark.parametrize("lost", ["", "N@D@FL@@@ROE:BOB'"])
@pytest.mark.parametrize("twins", [False, True])
def test_the_data_behind_a_lost_nad_are_an_unnamed_persons(lost: str, *, twins: bool) -> None:
    """Also where sex and nationality of both are the same."""
    first = ADA.replace("++F", "++M").replace("NAT+2+GBR", "NAT+2+JPN") if twins else ADA
    sound = listed(f"NAD+FL+++DOE:ADA'{first}NAD+FL+++ROE:BOB'{BOB}").persons
    found = listed(f"NAD+FL+++DOE:ADA'{first}{lost}{BOB}")
    assert list(map(data, found.persons)) == list(map(data, sound))
    assert (found.persons[1].surname, found.persons[1].role) == ("", Role.PASSENGER)
    assert ("person_unread", "error") in told(found)


@pytest.mark.parametrize(
    "again", ["ATT+2++M'", "DTM+329:990101'", "NAT+2+JPN'", "RFF+ABO:B2'", "RFF+ABO:B.2'"]
)
def test_each_value_that_is_told_once_tells_a_second_person(again: str) -> None:
    found = listed(f"NAD+FL+++DOE:ADA'{ADA}{again}")
    assert data(found.persons[0]) == data(SOUND[0])
    assert len(found.persons) == 2


def test_what_is_said_twice_alike_is_one_persons() -> None:
    again = ADA.replace("800514", "19800514:102")
    found = listed(f"NAD+FL+++DOE:ADA'{ADA}{again}")
    assert len(found.persons) == 1
    assert told(found) == [("passenger_count", "warning")]


def test_several_nationalities_side_by_side_are_one_persons() -> None:
    found = listed(f"NAD+FL+++DOE:ADA'{ADA}NAD+FL+++ROE:BOB'ATT+2++M'NAT+2+JPN'NAT+2+GBR'")
    assert [one.nationality for one in found.persons] == ["GBR", "GBR"]
    assert told(found) == [("nationality", "warning")]


@pytest.mark.parametrize("before", ["NAD+FL+++DOE:ADA", "NAD+FL+++DOE:ADA'LOC+91+GBR"])
def test_a_nad_without_terminator_before_it_is_cut_off(before: str) -> None:
    found = listed(f"{before}NAD+FL+++ROE:BOB'{BOB}")
    assert [one.surname for one in found.persons] == ["DOE", "ROE"]
    assert data(found.persons[1]) == data(SOUND[1])
    assert told(found) == [("terminator_missing", "warning")]


def test_a_place_called_like_a_tag_is_a_place() -> None:
    found = listed(f"NAD+FL+++DOE:ADA'{ADA}LOC+180+GRD:::GRENADA'NAD+FL+++ROE:BOB'")
    assert found.persons[0].birth_place.name == "GRENADA"
    assert found.faults == ()


@pytest.mark.parametrize(
    ("name", "surname", "given"),
    [
        ("D'ANGELO:MARIA", "D'ANGELO", "MARIA"),
        ("O'NEIL:SEAN", "O'NEIL", "SEAN"),
        ("D'UNGARO:X", "D'UNGARO", "X"),  # UN begins the tags of service segments
        ("DOE:D'ARC", "DOE", "D'ARC"),
        ("D'ANGELO:MARIA DELL'ORO", "D'ANGELO", "MARIA DELL'ORO"),
        ("ROSSI:ANNA+VIA DELL'ORSO 5+ROMA", "ROSSI", "ANNA"),
    ],
)
def test_a_name_that_its_apostrophe_cut_is_whole_again(name: str, surname: str, given: str) -> None:
    found = listed(f"NAD+FL+++{name}'{ADA}NAD+FL+++ROE:BOB'{BOB}")
    assert [(one.surname, one.given) for one in found.persons] == [(surname, given), ("ROE", "BOB")]
    assert list(map(data, found.persons)) == list(map(data, SOUND))
    assert found.unknown == ()
    assert told(found) == [("name_cut", "warning")]
    assert found.faults[0].position is not None
    assert found.faults[0].position.segment == 8


def test_behind_a_nad_without_any_name_nothing_is_a_piece_of_it() -> None:
    found = listed("NAD+FL':::::::::RFF+AVF:QWE123'RFF+ABO:1'NAD+FL'RFF+AVF:QWE123'RFF+ABO:2'")
    assert [one.unique_reference for one in found.persons] == ["1", "2"]


@pytest.mark.parametrize("piece", ["A:TT+2++F", "ATT:2++F", "A+2++F", "ARC+1"])
def test_what_may_be_a_damaged_segment_is_no_name(piece: str) -> None:
    found = listed(f"NAD+FL+++DOE:ADA'{piece}'DTM+329:800514'NAD+FL+++ROE:BOB'")
    assert (found.persons[0].surname, found.persons[0].given) == ("DOE", "ADA")
    errors = [("segment_unread", "error")] if piece != "ARC+1" else []
    assert told(found) == errors


def test_a_piece_of_another_value_is_an_error_and_no_person() -> None:
    found = listed(f"NAD+FL+++DOE:ADA'LOC+180+CIV:::COTE D'IVOIRE'{ADA}NAD+FL+++ROE:BOB'{BOB}")
    assert list(map(data, found.persons)) == list(map(data, SOUND))
    assert told(found) == [("segment_unread", "error")]


def test_a_blank_of_a_broken_line_within_a_tag() -> None:
    found = listed(f"NAD+FL+++DOE:ADA'{ADA.replace('ATT', 'A TT')}NAD+FL+++ROE:BOB'{BOB}")
    assert list(map(data, found.persons)) == list(map(data, SOUND))
    assert told(found) == [("tag_damaged", "warning")]


SEGMENTS = (f"NAD+FL+++DOE:ADA'{ADA}NAD+FL+++ROE:BOB'{BOB}" * 2).split("'")[:-1]


@given(st.data())
def test_whatever_happens_to_one_segment_no_two_people_become_one(data_: st.DataObject) -> None:
    """Damage one segment: each document stays with its own birth date, or with none."""
    at = data_.draw(st.integers(0, len(SEGMENTS) - 1))
    place = data_.draw(st.integers(0, 6))
    put = data_.draw(st.sampled_from(["", "'", "+", ":", " ", "X", "?"]))
    broken = SEGMENTS[at][:place] + put + SEGMENTS[at][place + data_.draw(st.integers(0, 2)) :]
    found = listed("".join(f"{one}'" for one in (*SEGMENTS[:at], broken, *SEGMENTS[at + 1 :])))
    pairs = {
        (one.birth_date_text, number.number)
        for one in found.persons
        for number in one.documents
        if one.birth_date_text and one.birth_date and number.number in ("P1", "P2")
    }
    mixed = {("800514", "P2"), ("990101", "P1")}
    assert not pairs & mixed or "error" in {fault.severity for fault in found.faults}
