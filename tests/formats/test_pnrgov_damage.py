"""Pushes with lost and damaged segments: nobody is lost and nobody gets another's papers. All people are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.pnrgov import PnrPush, read
from tests.formats.bookings import message

FLIGHT = "TVL+100326:0930:100326:1400+SYD+NRT+ZZ+1:Y'RPI+1+HK'"
DOCS = "SSR+DOCS:HK:1:ZZ:::::/P/UTO/{}/UTO/04JUL80/F/04MAY31/{}'"
FIRST = f"RCI+ZZ:AAA111'TIF+BELT+ANNA MRS:A:1'{DOCS.format('A11', 'BELT/ANNA')}"
PAPERS = DOCS.format("B22", "CORD/BEA")
SECOND = f"RCI+ZZ:BBB222'TIF+CORD+BEA MRS:A:1'{PAPERS}{FLIGHT}"


def one(names: str) -> PnrPush:
    """A booking of two, the second as it is sent."""
    return read(message(f"{FIRST}{names}{PAPERS}{FLIGHT}"))


def two(source: str) -> PnrPush:
    """Two bookings with this in front of the second."""
    return read(message(f"{FIRST}{FLIGHT}{source}{SECOND}", eqn="EQN+2'"))


def people(found: PnrPush) -> list[tuple[str, str, str, list[str]]]:
    return [
        (record.locators[0].code, who.surname, who.given, [paper.number for paper in who.documents])
        for record in found.records
        for who in record.travellers
    ]


def told(found: PnrPush) -> list[tuple[str, str]]:
    """Codes and severities, but for the counts that our messages never have right."""
    faults = [*found.faults, *(fault for record in found.records for fault in record.faults)]
    return [(f.code, f.severity) for f in faults if f.code != "segment_count"]


ONE = people(one("TIF+CORD+BEA MRS:A:2'"))
TWO = people(two("SRC'"))


def test_the_sound_ones() -> None:
    assert ONE == [("AAA111", "BELT", "ANNA", ["A11"]), ("AAA111", "CORD", "BEA", ["B22"])]
    assert TWO == [("AAA111", "BELT", "ANNA", ["A11"]), ("BBB222", "CORD", "BEA", ["B22"])]


@pytest.mark.parametrize(
    "tag", ["TFI+", "TIP+", "T IF+", "tif+", "TlF+", "TIF:", "TIF-", "TIF ", "TF+", "TIFF+", "ITF+"]
)
def test_a_damaged_tif_names_its_own_traveller(tag: str) -> None:
    found = one(f"{tag}CORD+BEA MRS:A:2'")
    assert people(found) == ONE
    assert told(found) == [("tag_damaged", "warning")]


@pytest.mark.parametrize("tag", ["TIF", "", "+", "XQZ+", "XXXXX+"])
def test_what_only_has_the_shape_of_a_tif_is_a_traveller_with_an_error(tag: str) -> None:
    found = one(f"{tag}CORD+BEA MRS:A:2'")
    assert people(found) == ONE
    assert told(found) == [("person_unread", "error")]


def test_a_damaged_tif_without_given_name_waits() -> None:
    found = one("TIP+CORD'")
    assert [papers for *_, papers in people(found)] == [["A11"], ["B22"]]
    assert told(found) == [("person_unread", "error")]


@pytest.mark.parametrize("before", ["BELT+ANNA MRS:A:1", "BELT+ANNA MRS"])
def test_a_tif_behind_a_lost_terminator_is_cut_off(before: str) -> None:
    papers = DOCS.format("A11", "BELT/ANNA") + PAPERS
    found = read(message(f"RCI+ZZ:AAA111'TIF+{before}TIF+CORD+BEA MRS:A:2'{papers}{FLIGHT}"))
    assert people(found) == ONE
    assert told(found) == [("terminator_missing", "warning")]


def test_a_tif_glued_to_a_document_is_cut_off() -> None:
    found = read(message(f"{FIRST[:-1]}TIF+CORD+BEA MRS:A:2'{PAPERS}{FLIGHT}"))
    assert people(found) == ONE
    assert told(found) == [("terminator_missing", "warning")]


def test_where_a_glued_name_may_be_one_name_the_message_waits() -> None:
    papers = DOCS.format("A11", "BELT/ANNA") + PAPERS
    found = read(message(f"RCI+ZZ:AAA111'TIF+BELT+ANNATIF+CORD+BEA MRS:A:2'{papers}{FLIGHT}"))
    assert people(found) == ONE
    assert ("person_unread", "error") in told(found)


@pytest.mark.parametrize(
    "name", ["MOTIF+JEAN MR:A:1", "MOTIF+JEAN MR+ANNA MRS:A:2", "TIF+MOTIF:A:1"]
)
def test_a_name_that_ends_like_the_tag_is_one(name: str) -> None:
    found = read(message(f"RCI+ZZ:AAA111'TIF+{name}'{FLIGHT}"))
    surnames = {who.surname for who in found.records[0].travellers}
    assert surnames == {name.partition("+")[0]}
    assert told(found) == []


@pytest.mark.parametrize("source", ["SCR'", "SR C'", "src'", "SRX'", "SR'", "SRC", "SSRC'"])
def test_a_damaged_source_begins_its_booking(source: str) -> None:
    found = two(source)
    assert people(found) == TWO
    code = "terminator_missing" if source == "SRC" else "tag_damaged"
    assert told(found) == [(code, "warning")]


def test_a_source_glued_to_the_segment_before_it_begins_its_booking() -> None:
    found = read(message(f"{FIRST}{FLIGHT[:-1]}SRC'{SECOND}", eqn="EQN+2'"))
    assert people(found) == TWO
    assert told(found) == [("terminator_missing", "warning")]


def test_the_first_source_may_be_damaged() -> None:
    found = read(message(eqn=f"EQN+1'src'{FIRST}{FLIGHT}"))
    assert people(found) == ONE[:1]
    assert told(found) == [("tag_damaged", "warning")]


@pytest.mark.parametrize("flight", [FLIGHT, "", FLIGHT + "EQN+1'RCI+ZZ:OLD111'"])
def test_a_booking_that_no_source_begins_is_one_of_its_own_with_an_error(flight: str) -> None:
    found = read(message(f"{FIRST}{flight}{SECOND}", eqn="EQN+2'"))
    assert people(found) == TWO
    assert told(found) == [("booking_unread", "error")]


def test_a_damaged_source_that_no_locator_follows_waits() -> None:
    found = read(message(f"{FIRST}{FLIGHT}SCR'ORG+ZZ'{SECOND}", eqn="EQN+2'"))
    assert people(found) == TWO
    assert told(found) == [("booking_unread", "error")]


@pytest.mark.parametrize("name", ["D'ANGELO", "O'NEIL", "DELL'ORO", "N'DOU", "D'A'COSTA"])
@pytest.mark.parametrize("given_name", ["MARIA MRS:A:1", "JEANNE D'ARC MRS:A:1"])
def test_a_name_that_its_own_apostrophe_cuts_is_whole(name: str, given_name: str) -> None:
    found = read(message(f"RCI+ZZ:AAA111'TIF+{name}+{given_name}'{FLIGHT}"))
    [(_, surname, given_, _)] = people(found)
    assert (surname, given_) == (name, given_name.partition(" MRS")[0])
    assert told(found) == [("name_cut", "warning")]


def test_a_document_whose_name_an_apostrophe_cuts_is_whole() -> None:
    papers = DOCS.format("A11", "D'ANGELO/MARIA")
    found = read(message(f"RCI+ZZ:AAA111'TIF+DANGELO+MARIA MRS:A:1'{papers}{FLIGHT}"))
    [who] = found.records[0].travellers
    [paper] = who.documents
    assert (paper.surname, paper.given) == ("D'ANGELO", "MARIA")
    assert told(found) == [("name_cut", "warning")]


def test_what_is_no_segment_behind_a_name_waits() -> None:
    assert ("segment_unread", "error") in told(one("TIF+CORD+BEA MRS:A:2'12345'"))


def test_segments_of_other_messages_still_cost_a_warning_alone() -> None:
    found = read(message(f"{FIRST}ZZZ+1'TIN+99'{FLIGHT}"))
    assert told(found) == [("unknown_segment", "warning")] * 2


def test_faults_hold_no_names() -> None:
    for sent in ("TIP+CORD+BEA'", "CORD+BEA MRS:A:2'", "TIF+D'CORD+BEA'"):
        assert all(
            "CORD" not in str(fault) and "COR" not in str(fault) for fault in one(sent).faults
        )


@given(st.integers(0, 60), st.sampled_from(["", "X", "'", "+", " "]))
def test_one_damaged_character_loses_nobody_in_silence(at: int, put: str) -> None:
    """Around the second traveller's TIF: both are there, or the message waits."""
    sound = f"{FIRST}TIF+CORD+BEA MRS:A:2'"
    place = len(sound) - 24 + at % 6  # the terminator in front, the tag and its separator
    found = read(message(f"{sound[:place]}{put}{sound[place + 1 :]}{PAPERS}{FLIGHT}"))
    waits = "error" in {severity for _, severity in told(found)}
    assert waits or [papers for *_, papers in people(found)] == [["A11"], ["B22"]]
