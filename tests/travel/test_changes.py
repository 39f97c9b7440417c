"""What changed between lists and between pushes, and when."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.pnrgov.record import Baggage, CheckIn, Contact, Payment, Pnr
from app.travel.changes import (
    Change,
    ChangeKind,
    Content,
    api_changes,
    booking_changes,
    in_order,
)
from app.travel.records import from_booking, from_person, from_pnr
from tests.messages.airline import booking, leg, person, traveller
from tests.support import NOW

HOUR = timedelta(hours=1)
MAREN = person(AVF="AB12CD", SEA="001A")
TWO = booking(traveller(number="L1234567", born=date(1984, 5, 6)), traveller("TIDEWELL", "TOVE"))


def listed(*people: Any) -> list[Change]:
    contents = [
        Content(from_person(one).record, NOW + place * HOUR) for place, one in enumerate(people)
    ]
    return list(api_changes(in_order(contents[:-1], contents[-1])))


def pushed(*records: Pnr, mine: int = 0) -> list[Change]:
    contents = [
        Content(from_pnr(one), NOW + place * HOUR, one.removed) for place, one in enumerate(records)
    ]
    last = next(one for one in reversed(records) if not one.removed)
    me = from_booking(from_pnr(last), "ZZ")[mine].record
    return list(booking_changes(in_order(contents[:-1], contents[-1]), me))


def kinds(changes: list[Change]) -> list[str]:
    return [change.kind.value for change in changes]


# --- in order -------------------------------------------------------------------------------------


def test_what_repeats_itself_is_no_change_and_keeps_its_first_time() -> None:
    one, other = {"seat": "1A"}, {"seat": "2B"}
    found = in_order(
        [Content(one, NOW + HOUR), Content(other, NOW + 2 * HOUR), Content(one, NOW)],
        Content(other, NOW + 3 * HOUR),
    )
    assert [(each.record, each.since) for each in found] == [(one, NOW), (other, NOW + 2 * HOUR)]


def test_what_counts_again_does_so_since_what_came_between() -> None:
    between = Content({"seat": "2B"}, NOW + HOUR)
    found = in_order([between], Content({"seat": "1A"}, NOW))
    assert [each.record["seat"] for each in found] == ["2B", "1A"]
    [change] = api_changes(found)
    assert (change.at, change.before, change.after) == (NOW + HOUR, "2B", "1A")


# --- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "kind", "said"),
    [
        (replace(MAREN, given="MARTA"), "name", ("QUILLFEATHER MAREN", "QUILLFEATHER MARTA")),
        (replace(MAREN, birth_date=date(1985, 5, 6)), "birth-date", ("1984-05-06", "1985-05-06")),
        (person(number="N9182736", SEA="001A"), "document", ("L1234567", "N9182736")),
        (replace(MAREN, nationality="NZL"), "nationality", ("AUS", "NZL")),
        (person(SEA="002B"), "seat", ("1A", "2B")),
    ],
)
def test_what_a_later_list_says_otherwise(after: Any, kind: str, said: tuple[str, str]) -> None:
    [change] = listed(MAREN, after)
    assert (change.kind, change.source, change.at) == (kind, "api", NOW + HOUR)
    assert (change.before, change.after) == said
    assert change.after_check_in is True  # a seat had been given


def test_spelling_is_no_change_and_neither_is_what_is_left_out() -> None:
    spelt = replace(MAREN, surname="Quillfeather", references=(("SEA", "1A"),))
    bare = person("QUILLFEATHER", "MAREN", number="", born=None)
    assert listed(MAREN, spelt, bare) == []
    assert kinds(listed(bare, MAREN)) == []


def test_nothing_tells_whether_a_list_without_seat_and_bags_was_of_check_in() -> None:
    [change] = listed(person(), person("QUILLFEATHER", "MARTA"))
    assert change.after_check_in is None


# --- bookings -------------------------------------------------------------------------------------


def checked_in(record: Pnr, bags: int | None, place: int = 0, seat: str = "011D") -> Pnr:
    baggage = None if bags is None else Baggage(count=bags)
    acceptance = CheckIn(traveller=place, number="1", seat=seat, baggage=baggage)
    [segment] = record.itinerary
    return replace(record, itinerary=(replace(segment, check_ins=(acceptance,)),))


def test_a_bag_more_after_check_in() -> None:
    [change] = pushed(checked_in(TWO, 1), checked_in(TWO, 3))
    assert (change.kind, change.after_check_in) == (ChangeKind.BAG_ADDED, True)
    assert (change.before, change.after) == ("1", "3")


def test_the_bag_of_somebody_else_is_no_change_of_mine() -> None:
    one, more = checked_in(TWO, 1, place=1), checked_in(TWO, 3, place=1)
    assert pushed(one, more) == []
    assert kinds(pushed(one, more, mine=1)) == ["bag-added"]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (TWO, booking(*TWO.travellers, traveller("MARSHBANK", "IDA")), ["traveller-added"]),
        (TWO, booking(TWO.travellers[0]), ["traveller-removed"]),
        (TWO, replace(TWO, contacts=(Contact("mail", "a@b.example"),)), []),
        (
            replace(TWO, contacts=(Contact("mail", "a@b.example"),)),
            replace(TWO, contacts=(Contact("mail", "c@d.example"),)), ["contact"],
        ),
        (
            replace(TWO, payments=(Payment("CC", "VI", "1111"),)),
            replace(TWO, payments=(Payment("CA"),)), ["payment"],
        ),
    ],
)  # fmt: skip
def test_what_a_later_push_says_otherwise(before: Pnr, after: Pnr, found: list[str]) -> None:
    assert kinds(pushed(before, after)) == found


def test_another_way_and_another_day() -> None:
    [segment] = TWO.itinerary
    way = replace(TWO, itinerary=(replace(segment, leg=replace(leg(), off="KIX")),))
    day = replace(
        TWO, itinerary=(replace(segment, leg=replace(leg(), departure_local=datetime(2026, 3, 12, 9))),)
    )  # fmt: skip
    assert kinds(pushed(TWO, way)) == ["route"]
    assert kinds(pushed(TWO, day)) == ["dates"]


def test_a_name_is_corrected_where_the_reference_stays() -> None:
    first, second = TWO.travellers
    [change] = pushed(TWO, replace(TWO, travellers=(first, replace(second, given="TOVA"))), mine=1)
    assert (change.kind, change.before, change.after) == (
        "name", "TIDEWELL TOVE", "TIDEWELL TOVA",
    )  # fmt: skip


def test_cancelled_and_reinstated() -> None:
    gone = Pnr(0, 1, TWO.locators, removed=True)
    assert kinds(pushed(TWO, gone, TWO)) == ["cancelled", "reinstated"]


def test_hours_before_departure() -> None:
    change = Change(ChangeKind.SEAT, "api", NOW, None)
    assert change.hours_before(None) is None
    assert change.hours_before(NOW + timedelta(hours=5, minutes=59)) == 5
    assert change.hours_before(NOW - timedelta(minutes=1)) == -1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["travellers", "itinerary", "leg", "surname", "given", "given_names", "documents",
             "number", "type", "kind", "bags", "count", "seat", "check_ins", "traveller",
             "baggage", "payments", "contacts", "reference", "pushed", "booked_name"]
        ),
        inner,
        max_size=6,
    ),
    max_leaves=30,
)  # fmt: skip
RECORDS = st.dictionaries(
    st.sampled_from(["travellers", "itinerary", "documents", "bags", "seat"]), JSON
)


@given(st.lists(RECORDS, min_size=2, max_size=3), RECORDS)
def test_no_stored_record_makes_it_fail(
    records: list[dict[str, Any]], mine: dict[str, Any]
) -> None:
    contents = [Content(one, NOW + place * HOUR) for place, one in enumerate(records)]
    for change in (*api_changes(contents), *booking_changes(contents, mine)):
        assert change.at > NOW
