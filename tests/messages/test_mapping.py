"""What a sender's mapping does to its messages before they are read."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats import edifact, paxlst, pnrgov
from app.messages.contents import contents
from app.messages.mapping import mapped, prepared, reordered
from app.messages.rules import NO_RULES, DateOrder, MappingInvalidError, Rules, read_rules
from tests.messages.airline import api, booking, person, push, traveller


def listed(raw: bytes, **rules):
    [one], faults = contents(raw, read_rules(rules))
    assert faults == []
    return paxlst.read(one.message)


def pushed(raw: bytes, **rules):
    [one], _ = contents(raw, read_rules(rules))
    return pnrgov.read(one.message)


def test_without_rules_the_message_is_the_same_object() -> None:
    [interchange] = edifact.interchanges(api(person()))
    [message] = interchange.messages
    assert mapped(message, NO_RULES) is message
    assert prepared(b"x", NO_RULES) == b"x"


def test_carrier_code_in_number_and_composite() -> None:
    raw = api(person(), flight="ZZ001").replace(b"TDT+20+ZZ001", b"TDT+20+Z9X001+++Z9X")
    assert listed(raw).flight is None
    assert str(listed(raw, carriers={"Z9X": "ZZ"}).flight) == "ZZ1"


def test_a_carrier_code_that_only_begins_like_the_number_stays() -> None:
    assert str(listed(api(person()), carriers={"Z": "QQ"}).flight) == "ZZ1"


def test_airport_code_at_stops_but_not_where_states_stand() -> None:
    raw = api(person()).replace(b"LOC+125+SYD", b"LOC+125+AUS")
    leg = listed(raw, airports={"AUS": "SYD"}).legs[0]
    assert leg.departure_airport == "SYD"
    [one] = listed(raw, airports={"AUS": "SYD"}).persons
    assert one.documents[0].issuer.country == "AUS"


def test_a_qualifier_is_meant_differently_in_the_header_only() -> None:
    raw = api(person()).replace(b"LOC+87+NRT", b"LOC+22+NRT").replace(
        b"NAT+2", b"LOC+22+KIX'NAT+2"
    )  # fmt: skip
    listing = listed(
        raw, qualifiers=[{"tag": "LOC", "sent": "22", "meant": "87", "where": "header"}]
    )
    assert listing.legs[0].arrival_airport == "NRT"
    assert listing.legs[0].crosses_border
    assert listing.persons[0].clearance_airport == "KIX"


def test_a_reference_of_the_senders_own() -> None:
    raw = api(person(AVF="AB12CD")).replace(b"RFF+AVF", b"RFF+XYZ")
    assert listed(raw).persons[0].locator == ""
    rules = [{"tag": "RFF", "sent": "XYZ", "meant": "AVF"}]
    assert listed(raw, qualifiers=rules).persons[0].locator == "AB12CD"


def test_kinds_of_document() -> None:
    raw = api(person()).replace(b"DOC+P", b"DOC+PP")
    assert listed(raw, documents={"pp": "p"}).persons[0].documents[0].type == "P"


@pytest.mark.parametrize(
    ("order", "sent"), [("dmy", b"DTM+329:060584"), ("mdy", b"DTM+329:05061984:102")]
)
def test_birth_dates_in_the_senders_order(order: str, sent: bytes) -> None:
    raw = api(person()).replace(b"DTM+329:840506", sent)
    one = listed(raw, list_dates=order).persons[0]
    assert one.birth_date == date(1984, 5, 6)


def test_times_of_the_flight_in_the_senders_order() -> None:
    raw = api(person()).replace(b"DTM+189:2603100930:201", b"DTM+189:1003260930:201")
    assert listed(raw, list_dates="dmy").legs[0].departure == datetime(2026, 3, 10, 9, 30)


def test_an_unknown_type_that_is_a_passenger_list() -> None:
    raw = api(person()).replace(b"PAXLST:D", b"PAXLIS:D")
    [plain], _ = contents(raw)
    assert plain.type == "PAXLIS"
    assert len(listed(raw, types={"PAXLIS": "PAXLST"}).persons) == 1


def test_separators_that_detection_does_not_find() -> None:
    """The sender's UNA lies about the terminator, and its quote occurs soon after."""
    raw = api(person())
    raw = b"UNA:+.? '" + raw[raw.index(b"UNB") :].replace(b"'", b"#")
    raw = raw.replace(b"C1#", b"C'1#", 1).replace(b"QUILLFEATHER", b"QUILL'FEATHER")
    plain, _ = contents(raw)
    assert plain == []
    one = listed(raw, separators=":+.? #").persons[0]
    assert one.surname == "QUILL'FEATHER"


def test_a_character_set_that_is_not_the_declared_one() -> None:
    raw = api(person("MUELLER")).replace(b"MUELLER", "ŁÓDŹ".encode("iso8859_2"))
    assert listed(raw, charset="latin-2").persons[0].surname == "ŁÓDŹ"


def test_a_list_without_stops_gets_the_border_leg_with_its_times() -> None:
    raw = api(person()).replace(b"LOC+125+SYD'", b"").replace(b"LOC+87+NRT'", b"")
    assert listed(raw).border_leg("JP") is None
    leg = listed(raw, border="SYD-NRT").border_leg("JP")
    assert (leg.departure_airport, leg.arrival_airport) == ("SYD", "NRT")
    assert (leg.departure.hour, leg.arrival.hour) == (9, 17)


def test_stops_of_another_kind_become_the_border_leg() -> None:
    raw = api(person()).replace(b"LOC+125", b"LOC+92").replace(b"LOC+87", b"LOC+92")
    assert not listed(raw).legs[0].crosses_border
    assert listed(raw, border="SYD-NRT").legs[0].crosses_border


def test_faults_keep_the_places_of_what_was_sent() -> None:
    raw = api(person()).replace(b"LOC+125+SYD'", b"").replace(b"LOC+87+NRT'", b"")
    raw = raw.replace(b"DTM+329:840506", b"DTM+329:999999")
    [before], [after] = (
        listed(raw).persons[0].faults,
        listed(raw, border="SYD-NRT").persons[0].faults,
    )
    assert before.position == after.position


def test_bookings() -> None:
    raw = push(booking(traveller())).replace(b"TVL+100326", b"TVL+260310")
    raw = raw.replace(b"ZZ:ZZ", b"ZZZ9").replace(b"+ZZ+1", b"+Z9X+1")
    found = pushed(raw, carriers={"Z9X": "ZZ"}, booking_dates="ymd")
    assert found.flight.departure_local.date() == date(2026, 3, 10)
    assert found.flight.marketing.carrier == "ZZ"


def test_released_characters_survive() -> None:
    raw = api(person("O'NEIL+A:B")).replace(b"DOC+P", b"DOC+PP")
    [one] = listed(raw, documents={"PP": "P"}).persons
    assert (one.surname, one.documents[0].type) == ("O'NEIL+A:B", "P")


@given(st.dates(date(1930, 1, 1), date(2060, 12, 31)), st.sampled_from(["%d%m%y", "%d%m%Y"]))
def test_day_first_there_and_back(day: date, form: str) -> None:
    sent = day.strftime(form)
    turned = reordered(sent, "dmy", DateOrder.YMD)
    assert turned == day.strftime("%y%m%d" if form.endswith("y") else "%Y%m%d")
    assert reordered(turned, "ymd", DateOrder.DMY) == sent


@given(st.binary(max_size=300))
def test_nothing_raises(raw: bytes) -> None:
    rules = read_rules(
        {"carriers": {"Z9X": "ZZ"}, "airports": {"TOK": "NRT"}, "documents": {"PP": "P"},
         "types": {"X": "PAXLST"}, "list_dates": "dmy", "booking_dates": "ymd", "border": "SYD-NRT",
         "charset": "shift-jis", "separators": ":+.? '",
         "qualifiers": [{"tag": "LOC", "sent": "22", "meant": "87"}]}
    )  # fmt: skip
    assert prepared(raw, rules) is not None
    head = b"UNB+UNOA:4+A+B+260101:0101+1'UNH+1+PAXLST:D:05B:UN'TDT+20'DTM'LOC'"
    for one in contents(head + raw, rules)[0]:
        paxlst.read(one.message)


# --- rules as data --------------------------------------------------------------------------------

FULL = {
    "carriers": {"Z9X": "ZZ"}, "airports": {"TOK": "NRT"}, "documents": {"PP": "P"},
    "types": {"PAXLIS": "PAXLST"}, "charset": "latin-1", "separators": ":+.? '",
    "qualifiers": [{"tag": "LOC", "sent": "22", "meant": "87", "where": "header"}],
    "list_dates": "dmy", "booking_dates": "ymd", "border": "SYD-NRT",
}  # fmt: skip


def test_rules_come_back_as_they_went_in() -> None:
    assert read_rules(FULL).plain() == FULL
    assert read_rules({}) == NO_RULES == Rules()
    assert NO_RULES.plain() == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("carriers", {"Z9X": "ZZ+"}), ("carriers", ["Z9X"]), ("airports", {"X": "NRTX"}),
        ("documents", {"'": "P"}), ("types", {"X": "HACKED"}), ("types", {"PAXLST": "CONTRL"}), ("charset", "utf-7"),
        ("separators", ":+.?"), ("separators", "::.? '"), ("separators", "A+.? '"),
        ("list_dates", "yyy"), ("booking_dates", 7), ("border", "SYDNRT"), ("border", "NRT-NRT"),
        ("qualifiers", {"LOC": 1}), ("qualifiers", [{"tag": "UNH", "sent": "1", "meant": "2"}]),
        ("qualifiers", [{"tag": "LOC", "sent": "22", "meant": "87", "where": "nowhere"}]),
        ("else", 1),
    ],
)  # fmt: skip
def test_rules_that_cannot_be_are_refused_by_place(name: str, value: object) -> None:
    with pytest.raises(MappingInvalidError) as caught:
        read_rules({name: value})
    [problem] = caught.value.fields
    assert problem.pointer.startswith(f"/{name}" if name != "else" else "/*")
