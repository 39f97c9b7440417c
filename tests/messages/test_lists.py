"""Passenger lists applied to flights: what each kind does, in any order, any number of times."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations

import pytest
import sqlalchemy as sa

from app.formats import paxlst
from app.formats.codes import FlightNumber
from app.formats.paxlst_model import Leg, Role
from app.travel import roster
from app.travel.models import (
    Document,
    Flight,
    FlightStatus,
    Manifest,
    Party,
    PassengerKind,
    TravelStatus,
)
from tests.messages.airline import (
    ARRIVAL,
    DEPARTURE,
    api,
    later,
    listing,
    paxlst_text,
    person,
)
from tests.messages.conftest import Post

TOVE = person("TIDEWELL", "TOVE", number="L7654321", born=date(1990, 2, 3), ABO="R2", AVF="TT22TT")
MAREN = person(ABO="R1", AVF="AB12CD", SEA="011D")


def statuses(post: Post) -> dict[str, TravelStatus]:
    return {one.surname: one.travel_status for one in post.people()}


def test_a_list_makes_flight_and_passenger(post: Post) -> None:
    message = post.send(api(MAREN))
    assert (message.status, post.codes(message)) == ("applied", [])
    flight = post.flight()
    assert (flight.carrier, flight.number, flight.origin, flight.destination) == (
        "ZZ", 1, "SYD", "NRT",
    )  # fmt: skip
    assert flight.departs_at == datetime(2026, 3, 9, 22, 30, tzinfo=UTC)
    assert flight.arrives_at == datetime(2026, 3, 10, 8, 5, tzinfo=UTC)
    assert (flight.status, flight.manifest) == (FlightStatus.SCHEDULED, Manifest.CLOSED)
    one = post.person()
    assert (one.surname, one.given_names) == ("QUILLFEATHER", "MAREN")
    assert one.name_key == "QUILLFEATHER<MAREN"
    assert (one.seat, one.locator, one.reference) == ("11D", "AB12CD", "R1")
    assert (one.birth_date, one.sex, one.nationality) == (date(1984, 5, 6), "F", "AUS")
    assert (one.kind, one.travel_status) == (PassengerKind.PASSENGER, TravelStatus.BOOKED)
    assert set(one.provenance.values()) == {"api"}
    assert (one.facts_version, one.assessed_version) == (1, 0)
    [document] = post.all(sa.select(Document))
    assert (document.type, document.issuer, document.number_key) == ("P", "AUS", "L1234567")
    assert (document.expires_on, document.source) == (date(2031, 1, 2), "api")


def test_the_verdict_names_flight_and_counts_but_nobody(post: Post) -> None:
    message = post.send(api(MAREN, TOVE))
    [summary] = message.summary
    assert summary["type"] == "PAXLST"
    assert summary["flight"] == "ZZ1"
    assert (summary["people"], summary["added"], summary["applied"]) == (2, 2, True)
    assert (summary["control_reference"], summary["part"]) == ("C1", "01F")
    text = str(message.summary) + str([f.text for f in post.faults(message)])
    for secret in ("QUILLFEATHER", "MAREN", "L1234567", "AB12CD"):
        assert secret not in text


def test_the_same_list_again_changes_nothing(post: Post) -> None:
    post.send(api(MAREN, TOVE))
    before = [(one.id, one.version, one.facts_version) for one in post.people()]
    message = post.send(api(MAREN, TOVE, control="C2"))
    assert message.summary[0]["same"] == 2
    after = [(one.id, one.facts_version) for one in post.people()]
    assert after == [(key, facts) for key, _, facts in before]


def test_a_later_list_replaces_person_by_person(post: Post) -> None:
    post.send(api(MAREN, TOVE))
    renewed = person(number="N9999999", ABO="R1", AVF="AB12CD")
    post.send(api(renewed, prepared=later(hours=1), control="C2"))
    tove, maren = sorted(post.people(), key=lambda one: one.surname, reverse=True)
    assert (maren.seat, maren.facts_version, tove.facts_version) == (None, 2, 1)
    numbers = post.all(sa.select(Document.number).where(Document.passenger_id == maren.id))
    assert numbers == ["N9999999"]


def test_older_data_that_arrives_late_overwrites_nothing(post: Post) -> None:
    post.send(api(person(ABO="R1", SEA="22A"), prepared=later(hours=2)))
    message = post.send(api(MAREN, control="C0"))
    assert message.summary[0]["stale"] == 1
    assert post.person().seat == "22A"


def test_of_one_minute_the_later_arrival_counts(post: Post) -> None:
    first = post.receive(api(person(ABO="R1", SEA="1A"), control="C1"))
    second = post.receive(api(person(ABO="R1", SEA="2B"), control="C2"))
    assert first.id < second.id
    with post.database.transaction() as session:  # the first one was given back and comes last
        session.execute(sa.text("update message set attempts = 1 where id = :id"), {"id": first.id})
    assert post.work() == 2
    assert post.person().seat == "2B"


def test_a_clock_in_the_future_does_not_shut_out_later_lists(post: Post) -> None:
    post.send(api(MAREN, prepared=later(days=400)))
    post.send(api(person(ABO="R1", SEA="2B"), control="C2", prepared=later(hours=2)))
    assert post.person().seat == "2B"


def test_change_replaces_also_the_name(post: Post) -> None:
    post.send(api(MAREN))
    changed = person("QUILLFEATHER", "MARTA", number="L1234567", ABO="R1", AVF="AB12CD")
    post.send(api(changed, prepared=later(hours=1), control="C2", function="CP"))
    assert post.person().given_names == "MARTA"


@pytest.mark.parametrize("function", ["XR", "RP"])
def test_cancelled_reservations_are_withdrawn_and_may_come_back(post: Post, function: str) -> None:
    post.send(api(MAREN, TOVE))
    sparse = person("QUILLFEATHER", "", number="", born=None, ABO="R1")
    post.send(api(sparse, prepared=later(hours=1), control="C2", function=function))
    assert statuses(post) == {"QUILLFEATHER": "withdrawn", "TIDEWELL": "booked"}
    assert post.people()[0].seat == "11D"  # what was known stays
    post.send(api(MAREN, prepared=later(hours=2), control="C3"))
    assert statuses(post)["QUILLFEATHER"] == "booked"


def test_a_withdrawal_that_overtakes_its_list_holds(post: Post) -> None:
    post.send(api(MAREN, prepared=later(hours=1), control="C2", function="XR"))
    post.send(api(MAREN, TOVE))
    assert statuses(post) == {"QUILLFEATHER": "withdrawn", "TIDEWELL": "booked"}
    assert post.people()[0].seat == "11D"  # the older list still fills in


def test_a_late_withdrawal_does_not_take_back_a_newer_list(post: Post) -> None:
    post.send(api(MAREN, prepared=later(hours=3)))
    post.send(api(MAREN, prepared=later(hours=1), control="C2", function="XR"))
    assert post.person().travel_status is TravelStatus.BOOKED


def close(post: Post, function: str, *people: paxlst.Person, **more: object) -> None:
    more = {"prepared": later(hours=5), "control": "C9", **more}
    post.send(api(*people, document="266", function=function, **more))


def test_boarded_set(post: Post) -> None:
    post.send(api(MAREN, TOVE, part="C"))
    assert post.flight().manifest is Manifest.OPEN
    close(post, "CLOB", person("", "", number="", born=None, ABO="R2"))
    assert statuses(post) == {"QUILLFEATHER": "not-boarded", "TIDEWELL": "boarded"}
    flight = post.flight()
    assert (flight.manifest, flight.status) == (Manifest.CLOSED, FlightStatus.DEPARTED)


def test_set_of_those_left_behind(post: Post) -> None:
    post.send(api(MAREN, TOVE))
    close(post, "CLNB", person("", "", number="", born=None, ABO="R2"))
    assert statuses(post) == {"QUILLFEATHER": "boarded", "TIDEWELL": "not-boarded"}


def test_an_empty_set_of_those_left_behind_means_that_all_are_on_board(post: Post) -> None:
    post.send(api(MAREN, TOVE))
    close(post, "CLNB")
    assert set(statuses(post).values()) == {"boarded"}


def test_an_empty_boarded_set_says_nothing(post: Post) -> None:
    post.send(api(MAREN))
    close(post, "CLOB")
    assert post.person().travel_status is TravelStatus.BOOKED
    assert post.flight().manifest is Manifest.CLOSED


def test_one_part_of_a_boarded_set_says_nothing_of_the_others(post: Post) -> None:
    post.send(api(MAREN, TOVE))
    close(post, "CLOB", person("", "", number="", born=None, ABO="R2"), sequence=1, part="C")
    assert statuses(post) == {"QUILLFEATHER": "booked", "TIDEWELL": "boarded"}


def cut_off(text: bytes) -> bytes:
    """The message as it looks when the line broke after its last person."""
    return text[: text.index(b"UNT+")]


def test_a_list_that_was_cut_off_leaves_the_manifest_open(post: Post) -> None:
    post.send(cut_off(api(MAREN, TOVE)))
    assert len(post.people()) == 2
    assert post.flight().manifest is Manifest.OPEN
    post.send(api(MAREN, TOVE))
    assert post.flight().manifest is Manifest.CLOSED


def test_a_part_that_was_cut_off_is_awaited_again(post: Post) -> None:
    post.send(cut_off(api(MAREN, sequence=1, part="C")))
    post.send(api(TOVE, sequence=2, part="F"))
    assert post.flight().manifest is Manifest.OPEN
    post.send(api(MAREN, sequence=1, part="C"))
    assert post.flight().manifest is Manifest.CLOSED


def test_a_boarded_set_that_was_cut_off_says_nothing_of_the_others(post: Post) -> None:
    post.send(api(MAREN, TOVE))
    one = person("", "", number="", born=None, ABO="R2")
    late = {"prepared": later(hours=5), "control": "C9"}
    post.send(cut_off(api(one, document="266", function="CLOB", **late)))
    assert statuses(post) == {"QUILLFEATHER": "booked", "TIDEWELL": "boarded"}


def test_somebody_on_board_whom_no_list_named_is_added(post: Post) -> None:
    close(post, "CLOB", MAREN)
    assert post.person().travel_status is TravelStatus.BOARDED


def test_who_cannot_be_told_is_reported(post: Post) -> None:
    post.send(api(MAREN))
    close(post, "CLOB", person("", "", number="", born=None, ABO="R9"))
    [message_id] = post.all(sa.text("select id from message order by id desc limit 1"))
    assert "person_unknown" in post.codes(post.message(message_id))
    assert len(post.people()) == 1


def test_a_resent_list_leaves_people_on_board(post: Post) -> None:
    post.send(api(MAREN))
    close(post, "CLOB", MAREN)
    post.send(api(MAREN, prepared=later(hours=9), control="C10"))
    assert post.person().travel_status is TravelStatus.BOARDED


def test_cancelled_and_changed_flights(post: Post) -> None:
    post.send(api(MAREN))
    close(post, "XF")
    assert post.flight().status is FlightStatus.CANCELLED
    close(post, "XF", control="C8", prepared=later(hours=1))
    delayed = Leg(
        FlightNumber("ZZ", 1), "ZZ001", "", "20", "SYD", "NRT",
        DEPARTURE.replace(day=11, hour=1), ARRIVAL.replace(day=11, hour=8), crosses_border=True,
    )  # fmt: skip
    changed = listing(document="266", function="CF", prepared=later(hours=6), control="C10")
    post.send(paxlst_text(replace(changed, legs=(delayed,))))
    flight = post.flight()  # one flight still
    assert flight.status is FlightStatus.SCHEDULED
    assert flight.departs_at == datetime(2026, 3, 10, 14, 30, tzinfo=UTC)


def test_a_late_cancellation_of_a_flight_that_was_listed_since_is_ignored(post: Post) -> None:
    post.send(api(MAREN, prepared=later(hours=6)))
    close(post, "XF")
    assert post.flight().status is FlightStatus.SCHEDULED


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_parts_are_applied_as_they_come_and_close_the_list_together(
    post: Post, order: tuple[int, ...]
) -> None:
    people = [person(f"PART{'ABC'[i]}", "SUE", number=f"L765432{i}") for i in range(3)]
    parts = paxlst.parts(listing(*people, total_passengers=3), 1)
    for count, place in enumerate(order, 1):
        header = replace(parts[place].header, control_reference=f"C{place}")
        post.send(paxlst_text(replace(parts[place], header=header)))
        assert len(post.people()) == count
        assert post.flight().manifest is (Manifest.CLOSED if count == 3 else Manifest.OPEN)
    assert post.flight().announced == 3


def test_crew_and_transit(post: Post) -> None:
    crew = person("HELM", "ANN", number="C1234567", role=Role.CREW)
    transit = person("THROUGH", "TIM", number="T1234567", role=Role.TRANSIT_PASSENGER)
    post.send(api(crew, document="250", function="C"), api(transit, control="C2"))
    assert {one.surname: one.kind for one in post.people()} == {
        "HELM": PassengerKind.CREW, "THROUGH": PassengerKind.TRANSIT,
    }  # fmt: skip


def test_a_crew_list_says_nothing_of_the_manifest(post: Post) -> None:
    post.send(api(person(role=Role.CREW), document="250", function="C"))
    assert post.flight().manifest is Manifest.NONE


def test_one_person_named_twice_is_one_passenger(post: Post) -> None:
    post.send(api(person(), person(SEA="011D")))
    assert post.person().seat == "11D"


def test_namesakes_without_further_data_stay_two_and_are_not_doubled(post: Post) -> None:
    twin = person("SMITH", "", number="", born=None)
    for control in ("C1", "C2", "C3"):
        post.send(api(twin, twin, control=control))
        assert len(post.people()) == 2


def test_a_reference_that_several_people_bear_is_nobodys(post: Post) -> None:
    post.send(api(person(ABO="1"), replace(TOVE, references=(("ABO", "1"),))))
    assert len(post.people()) == 2


def test_who_shares_a_locator_is_a_party(post: Post) -> None:
    children = [
        person("QUILLFEATHER", name, number=f"L000000{i}7", born=date(2016, 1, i + 1), AVF="AB12CD")
        for i, name in enumerate(("IDA", "OLE"))
    ]
    post.send(api(MAREN, *children, TOVE))
    parties = {one.surname: one.party_id for one in post.people()}
    assert parties["TIDEWELL"] is None
    assert {one.party_id for one in post.people() if one.surname == "QUILLFEATHER"} == set(
        post.all(sa.select(Party.id))
    )


def test_a_tour_group_is_no_party(post: Post) -> None:
    people = [
        person("TOUR" + "ABCDEFGHIJ"[i], "SUE", number=f"L76543{i}{i}", AVF="GG11GG")
        for i in range(10)
    ]
    post.send(api(*people))
    assert {one.party_id for one in post.people()} == {None}


def test_a_change_of_one_has_the_whole_party_looked_at_again(post: Post) -> None:
    child = person("QUILLFEATHER", "IDA", number="L9876543", born=date(2016, 1, 1), AVF="AB12CD")
    post.send(api(MAREN, child, TOVE))
    versions = {one.given_names: one.facts_version for one in post.people()}
    post.send(api(replace(child, sex="M"), prepared=later(hours=1), control="C2"))
    assert {one.given_names: one.facts_version for one in post.people()} == {
        "IDA": versions["IDA"] + 1, "MAREN": versions["MAREN"] + 1, "TOVE": versions["TOVE"],
    }  # fmt: skip


def test_a_bad_person_keeps_the_others_and_the_fault_its_place(post: Post) -> None:
    raw = api(MAREN, TOVE).replace(b"DTM+329:900203", b"DTM+329:999999")
    message = post.send(raw)
    [fault] = post.faults(message)
    tove = next(one for one in post.people() if one.surname == "TIDEWELL")
    assert (fault.code, fault.tag, fault.passenger_id) == ("date", "DTM", tove.id)
    assert (fault.reference, fault.element, fault.component) == ("1", 1, 2)
    assert fault.segment > 10
    assert message.status == "applied"
    assert (tove.birth_date, len(post.people())) == (None, 2)


def test_a_defect_of_ours_with_one_person_costs_only_that_person(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge = roster.merge

    def poisoned(entry: roster.Entry) -> None:
        merge(entry)
        if entry.surname == "TIDEWELL":
            entry.surname = "\x00"  # PostgreSQL refuses it

    monkeypatch.setattr("app.travel.passengers.merge", poisoned)
    message = post.send(api(MAREN, TOVE))
    assert statuses(post) == {"QUILLFEATHER": "booked"}
    assert message.status == "applied"
    assert post.codes(message) == ["person_failed"]
    assert (message.summary[0]["added"], message.summary[0]["failed"]) == (1, 1)


def test_a_list_without_flight_is_rejected(post: Post) -> None:
    message = post.send(paxlst_text(replace(listing(MAREN), legs=())))
    assert message.status == "rejected"
    assert "flight_missing" in post.codes(message)
    assert post.people() == []


@pytest.mark.parametrize("text", ["ZZ001", "ZZ0001", "ZZ1", "ZZ 1"])
def test_padded_numbers_are_one_flight(post: Post, text: str) -> None:
    post.send(api(MAREN))
    post.send(api(TOVE, flight=text, control="C2"))
    assert len(post.all(sa.select(Flight))) == 1
    assert len(post.people()) == 2


def test_the_border_leg_counts(post: Post) -> None:
    home = Leg(FlightNumber("ZZ", 1), "ZZ001", "", "20", "MEL", "SYD", DEPARTURE.replace(hour=6))
    [across] = listing().legs
    post.send(paxlst_text(replace(listing(MAREN), legs=(home, across))))
    assert (post.flight().origin, post.flight().destination) == ("SYD", "NRT")


def test_who_has_a_document_and_no_name_is_known_by_the_document(post: Post) -> None:
    for control in ("C1", "C2"):
        message = post.send(api(person("", ""), control=control))
        assert post.codes(message) == ["name_missing"]
    one = post.person()
    assert one.surname == ""
    assert [document["number"] for document in one.api_data["documents"]] == ["L1234567"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_newest_count_of_passengers_stands_in_any_order(
    post: Post, order: tuple[int, ...]
) -> None:
    counts = (5, 9, None)  # the last list counts nobody
    lists = [
        api(person(), total_passengers=count, prepared=later(hours=at), control=f"C{at}")
        for at, count in enumerate(counts, 1)
    ]
    post.send(*(lists[at] for at in order))
    assert post.flight().announced == 9
