"""Every function of a PAXLST message does what it means, in whatever order messages come."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.formats.codes import FlightNumber
from app.formats.paxlst_model import Function, Leg, Purpose, Role
from app.messages.functions import Action, meaning_of
from app.travel.models import (
    CrewMember,
    Flight,
    FlightAlias,
    FlightStatus,
    Manifest,
    Passenger,
    PassengerKind,
    TravelStatus,
)
from tests.messages.airline import ARRIVAL, DEPARTURE, api, later, listing, paxlst_text, person
from tests.messages.conftest import Post
from tests.support.examples import examples

MAREN = person(ABO="R1", AVF="AB12CD")
TOVE = person("TIDEWELL", "TOVE", number="L7654321", born=date(1990, 2, 3), ABO="R2", AVF="TT22TT")
HELM = person("HELM", "ANN", number="C1234567", role=Role.CREW)


def statuses(post: Post) -> dict[str, TravelStatus]:
    return {one.surname: one.travel_status for one in post.people()}


def crew(function: str, *people: Any, legs: Sequence[Leg] = (), **more: Any) -> bytes:
    made = listing(*(people or (HELM,)), document="250", function=function, **more)
    return paxlst_text(replace(made, legs=tuple(legs)) if legs else made)


# --- what 1001 and 1004 mean ----------------------------------------------------------------------


def test_every_purpose_has_a_meaning_of_its_own_kind() -> None:
    known = {
        Function.PASSENGER_LIST: ("", "CI", "CP", "XR", "RP", "DC"),
        Function.CREW_LIST: ("C", "CC", "B", "BC", "A", "D", "E", "EC", "F", "FC"),
        Function.FLIGHT_STATUS: ("CL", "CLOB", "CLNB", "XF", "CF"),
        Function.MASTER_CREW_LIST: ("G", "H", "I"),
    }
    assert {code for codes in known.values() for code in codes} == {"", *Purpose}
    for document, codes in known.items():
        for code in codes:
            meaning = meaning_of(listing(document=document, function=code))
            assert meaning.action is not Action.OTHER, (document, code)


def test_an_unknown_function_costs_nobody() -> None:
    assert meaning_of(listing(function="QQ")).action is Action.PRESENT
    assert meaning_of(listing(document="655")).action is Action.OTHER


# --- crew -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["C", "CC", "B", "BC", "E", "EC", "F", "FC"])
def test_crew_that_comes_over_the_border_arrives(post: Post, function: str) -> None:
    post.send(crew(function))
    assert post.person().kind is PassengerKind.CREW
    assert post.flight().manifest is Manifest.NONE
    assert post.flight().cargo is (function in ("B", "BC", "F", "FC"))


@pytest.mark.parametrize("function", ["A", "D"])
def test_an_over_flight_never_enters_the_arrivals(post: Post, function: str) -> None:
    message = post.send(crew(function))
    assert message.status == "applied"
    assert message.summary[0]["passing"] == 1
    assert post.people() == []
    assert post.all(sa.select(Flight)) == []


def test_a_passenger_list_of_an_over_flight_does_not_either(post: Post) -> None:
    [leg] = listing().legs
    post.send(paxlst_text(replace(listing(MAREN), legs=(replace(leg, stage="34"),))))
    assert post.all(sa.select(Flight)) == []


@pytest.mark.parametrize("function", ["E", "EC", "F", "FC"])
def test_a_continuance_within_the_country_is_no_arrival(post: Post, function: str) -> None:
    onward = Leg(FlightNumber("ZZ", 1), "ZZ001", "", "20", "NRT", "CTS", DEPARTURE, ARRIVAL)
    message = post.send(crew(function, legs=[onward]))
    assert (message.status, message.summary[0]["domestic"]) == ("applied", 1)
    assert post.people() == []


def test_crew_is_not_left_behind_by_a_list_of_passengers_on_board(post: Post) -> None:
    post.send(crew("C"), api(MAREN, control="C2"))
    post.send(api(MAREN, document="266", function="CLOB", prepared=later(hours=5), control="C3"))
    assert statuses(post) == {"HELM": "booked", "QUILLFEATHER": "boarded"}


# --- master crew lists ----------------------------------------------------------------------------


def master(function: str, *people: Any, hours: int = 0) -> bytes:
    named = Leg(None, "ZZ01MCL", "ZZ")
    made = listing(
        *(people or (HELM,)), document="336", function=function, prepared=later(hours=hours),
        control=f"M{hours}",
    )  # fmt: skip
    return paxlst_text(replace(made, legs=(named,)))


def members(post: Post) -> dict[str, bool]:
    rows = post.all(sa.select(CrewMember))
    return {one.record["surname"]: not one.removed for one in rows}


def test_a_master_list_is_a_list_of_the_carrier_and_of_no_flight(post: Post) -> None:
    message = post.send(master("G"))
    assert (message.status, message.summary[0]["members"]) == ("applied", 1)
    assert members(post) == {"HELM": True}
    assert post.people() == []
    assert post.all(sa.select(Flight)) == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_members_are_taken_off_in_any_order(post: Post, order: tuple[int, int]) -> None:
    both = (master("G"), master("H", hours=1))
    post.send(*(both[place] for place in order))
    assert members(post) == {"HELM": False}


def test_a_change_replaces_the_member(post: Post) -> None:
    post.send(master("G"), master("I", replace(HELM, given="ANNA"), hours=1))
    [one] = post.all(sa.select(CrewMember))
    assert one.record["given_names"] == "ANNA"


def test_crew_who_are_not_on_the_master_list_are_reported(post: Post) -> None:
    stranger = person("STRANGER", "SID", number="C7654321", role=Role.CREW, born=date(1970, 1, 2))
    before = post.send(crew("C", HELM, stranger))
    assert "crew_unlisted" not in post.codes(before)  # the carrier has never sent a master list
    post.send(master("G"))
    message = post.send(crew("C", HELM, stranger, prepared=later(hours=1), control="C2"))
    [fault] = [one for one in post.faults(message) if one.code == "crew_unlisted"]
    [sid] = [one for one in post.people() if one.surname == "STRANGER"]
    assert (fault.passenger_id, fault.severity) == (sid.id, "warning")


def test_a_renewed_document_does_not_make_crew_a_stranger(post: Post) -> None:
    post.send(master("G"))
    renewed = person("HELM", "ANN", number="C9999999", role=Role.CREW)
    assert "crew_unlisted" not in post.codes(post.send(crew("C", renewed)))


def test_a_master_list_of_another_carrier_is_refused(post: Post) -> None:
    message = post.send(master("G").replace(b"ZZ01MCL+++ZZ", b"XX01MCL+++XX"))
    assert post.codes(message) == ["carrier_not_allowed"]
    assert members(post) == {}


# --- check-in and departure (United Kingdom) ------------------------------------------------------


def test_check_in_and_departure_lists_say_who_is_on_board(post: Post) -> None:
    post.send(api(MAREN, TOVE, function="CI", part="C"))
    assert post.flight().manifest is Manifest.OPEN
    seated = person(ABO="R1", AVF="AB12CD", SEA="001A")
    post.send(api(seated, function="DC", prepared=later(hours=5), control="C2"))
    assert statuses(post) == {"QUILLFEATHER": "boarded", "TIDEWELL": "not-boarded"}
    flight = post.flight()
    assert (flight.manifest, flight.status) == (Manifest.CLOSED, FlightStatus.DEPARTED)
    assert {one.surname: one.seat for one in post.people()}["QUILLFEATHER"] == "1A"


# --- changes of the flight ------------------------------------------------------------------------


def changed(**leg: Any) -> bytes:
    [before] = listing().legs
    made = listing(document="266", function="CF", prepared=later(hours=3), control="C5")
    return paxlst_text(replace(made, legs=(replace(before, **leg),)))


def test_a_flight_changes_its_number_and_is_found_by_both(post: Post) -> None:
    post.send(api(MAREN), changed(flight=FlightNumber("ZZ", 901), flight_text="ZZ901"))
    flight = post.flight()
    assert (flight.number, flight.status) == (901, FlightStatus.SCHEDULED)
    [alias] = post.all(sa.select(FlightAlias))
    assert (alias.number, alias.former) == (1, True)
    post.send(api(TOVE, prepared=later(hours=4), control="C6"))
    post.send(api(MAREN, flight="ZZ901", prepared=later(hours=4), control="C7"))
    assert len(post.people()) == 2
    assert post.flight().number == 901


def test_a_flight_changes_its_port_of_departure(post: Post) -> None:
    post.send(api(MAREN), changed(departure_airport="MEL"))
    assert (post.flight().origin, len(post.people())) == ("MEL", 1)


def test_a_late_change_renumbers_nothing_that_was_listed_since(post: Post) -> None:
    post.send(api(MAREN, prepared=later(hours=9)))
    post.send(changed(flight=FlightNumber("ZZ", 901), flight_text="ZZ901"))
    assert post.flight().number == 1


# --- any order, any number of times ---------------------------------------------------------------

# With a name: who is named by a reference only is nobody before a list has said whose it is.
NAMED = person("TIDEWELL", "TOVE", number="", born=None, ABO="R2")
IDA = person("MARSHBANK", "IDA", number="L5550001", born=date(2001, 3, 4), ABO="R3", AVF="TT22TT")
STEPS: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = (
    ((MAREN, TOVE), {}),
    ((person(ABO="R1", AVF="AB12CD", SEA="001A"),), {"function": "CP"}),
    ((IDA,), {}),
    ((person("QUILLFEATHER", "", number="", born=None, ABO="R1"),), {"function": "XR"}),
    ((), {"document": "266", "function": "XF"}),
    ((person(ABO="R1", AVF="AB12CD", SEA="002B"), TOVE), {}),
    ((NAMED,), {"document": "266", "function": "CLOB", "part": "C", "hours": 6}),
    ((IDA,), {"document": "266", "function": "CLOB", "sequence": 2, "hours": 6}),
    ((IDA,), {}),
    ((IDA,), {"document": "266", "function": "CLNB", "part": "C"}),  # never completed
    # what another sender says of the same flight, some of it of the same moment
    ((IDA,), {"document": "266", "function": "CLNB", "hours": 6, "host": True}),
    ((NAMED,), {"document": "266", "function": "CLOB", "hours": 3, "host": True}),
    ((MAREN,), {"document": "266", "function": "CLNB", "part": "C", "hours": 3, "host": True}),
    ((), {"document": "266", "function": "XF", "hours": 9, "host": True}),
    ((IDA,), {"function": "XR", "hours": 6, "host": True}),
)  # fmt: skip


def transmission(place: int, number: int, sending: int = 0) -> bytes:
    """One step for one flight; the flights leave at minutes of their own, or they would be joined."""
    people, more = STEPS[place]
    said = {"hours": place, **more}
    said.pop("host", None)
    return api(
        *people, flight=f"ZZ{number:03d}", prepared=later(hours=said.pop("hours")),
        control=f"S{place}N{sending}", departs=DEPARTURE + timedelta(minutes=number), **said,
    )  # fmt: skip


def state(post: Post, number: int) -> tuple[object, ...]:
    [flight] = post.all(sa.select(Flight).where(Flight.number == number))
    people = post.all(
        sa.select(Passenger).where(Passenger.flight_id == flight.id).order_by(Passenger.name_key)
    )
    return (
        (
            flight.status, flight.manifest, flight.boarding, flight.boarding_prepared_at,
            flight.prepared_at,
        ),
        [
            (one.name_key, one.travel_status, one.seat, one.api_data, one.api_prepared_at, one.api_since)
            for one in people
        ],
    )  # fmt: skip


@examples(8, 60)
def test_a_set_of_messages_leaves_one_state_in_any_order_and_repetition(
    post: Post, count: int
) -> None:
    everything = list(range(len(STEPS)))
    host = post.another("host")

    def send(place: int, number: int, sending: int = 0) -> None:
        said = STEPS[place][1]
        post.receive(transmission(place, number, sending), host if "host" in said else None)
        post.work()

    for place in everything:
        send(place, 100)
    expected = state(post, 100)
    assert expected[0][:2] == (FlightStatus.CANCELLED, Manifest.CLOSED)  # type: ignore[index]
    statuses = [one[1] for one in expected[1]]  # type: ignore[attr-defined]
    assert statuses == [TravelStatus.NOT_BOARDED, TravelStatus.NOT_BOARDED, TravelStatus.BOARDED]
    flights = iter(range(101, 900))

    @settings(max_examples=count, suppress_health_check=list(HealthCheck))
    @given(st.permutations(everything), st.lists(st.sampled_from(everything), max_size=2))
    def same(order: list[int], again: list[int]) -> None:
        number = next(flights)
        for sending, place in enumerate([*order, *again]):
            send(place, number, sending)
        assert state(post, number) == expected, (order, again)

    same()
