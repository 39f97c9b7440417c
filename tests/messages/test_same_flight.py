"""A flight that came under two numbers is one flight."""

from dataclasses import replace
from itertools import permutations

import pytest
import sqlalchemy as sa

from app.formats.codes import FlightNumber
from app.travel.models import Flight, Passenger
from app.travel.views import view_flight
from tests.messages.airline import (
    api,
    booking,
    later,
    leg,
    listing,
    paxlst_text,
    person,
    push,
    traveller,
)
from tests.messages.conftest import Post

RENAMED = FlightNumber("ZZ", 1, "A")
PAPERS = {"MAREN": "L1234567", "TOVE": "L7654321", "ODD": "L1112223"}


def booked(*given: str) -> bytes:
    """A push under the old number."""
    return push(
        *(booking(traveller(given=one, number=PAPERS[one]), locator=f"AB12C{place}")
          for place, one in enumerate(given))
    )  # fmt: skip


def listed(*given: str, flight: str = str(RENAMED), hours: float = 5) -> bytes:
    people = (person(given=one, number=PAPERS[one]) for one in given)
    return api(*people, flight=flight, prepared=later(hours=hours), control=f"L{hours}")


def changed() -> bytes:
    return api(
        document="266", function="CF", flight=str(RENAMED), prepared=later(hours=1), control="CF"
    )


def known(post: Post) -> dict[str, list[tuple[str, str]]]:
    """People with their status, by flight."""
    with post.database.read() as session:
        rows = session.execute(
            sa.select(Flight.suffix, Passenger.given_names, Passenger.travel_status)
            .join(Flight, Flight.id == Passenger.flight_id).order_by(Passenger.given_names)
        ).all()  # fmt: skip
    found: dict[str, list[tuple[str, str]]] = {}
    for suffix, given, status in rows:
        found.setdefault(suffix, []).append((given, status))
    return found


ALL = [("MAREN", "booked"), ("ODD", "booked"), ("TOVE", "booked")]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_any_order_of_push_change_and_list_everybody_travels_once(
    post: Post,
    order: tuple[int, ...],
) -> None:
    given = (booked(*PAPERS), changed(), listed(*PAPERS))
    for place in order:
        post.send(given[place])
    assert known(post)["A"] == ALL
    assert {status for _, status in known(post).get("", [])} <= {"withdrawn"}


def test_the_flight_is_one_even_if_the_change_is_lost_and_found_by_both_numbers(post: Post) -> None:
    post.send(booked(*PAPERS))
    with post.database.read() as session:
        before = {one.given_names: one.id for one in session.scalars(sa.select(Passenger))}
    post.send(listed(*PAPERS))
    assert known(post)["A"] == ALL
    post.send(listed("MAREN", "TOVE", flight="ZZ1", hours=6))
    assert known(post)["A"] == ALL
    with post.database.read() as session:
        flights = {one.suffix: one for one in session.scalars(sa.select(Flight))}
        rows = session.scalars(
            sa.select(Passenger).where(Passenger.flight_id == flights["A"].id)
        ).all()
        assert {one.given_names: one.id for one in rows} == before
        assert all(one.api_data and one.pnr_data for one in rows)
        assert view_flight(session, flights["A"].id, "NRT").former == ("ZZ1",)
        assert flights[""].status == "cancelled"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_code_share_of_which_only_the_header_speaks_is_the_operating_flight(
    post: Post, order: tuple[int, int]
) -> None:
    sold = replace(leg(FlightNumber("QQ", 999)), operator="ZZ", operating=None)
    maren = booking(traveller(number=PAPERS["MAREN"]))
    only = replace(maren.itinerary[0], leg=sold)
    sent = (listed("MAREN", flight="ZZ1"), push(replace(maren, itinerary=(only,)), flight=sold))
    for place in order:
        post.send(sent[place])
    assert post.flight().carrier == "ZZ"
    assert known(post) == {"": [("MAREN", "booked")]}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_code_share_of_which_only_tdt_speaks_is_the_operating_flight(
    post: Post, order: tuple[int, ...]
) -> None:
    """TDT has the number under which it is sold, its C040 who flies it."""
    [own] = listing().legs
    shared = replace(own, flight=FlightNumber("QQ", 999), flight_text="QQ999", carrier="ZZ")
    sold = listing(
        person(given="TOVE", number=PAPERS["TOVE"]), prepared=later(hours=1), control="S"
    )
    sent = (
        listed("MAREN", flight="ZZ1"), paxlst_text(replace(sold, legs=(shared,))),
        push(booking(traveller(given="ODD", number=PAPERS["ODD"]), locator="AB12C2")),
    )  # fmt: skip
    for place in order:
        post.send(sent[place])
    assert (post.flight().carrier, post.flight().number, post.flight().operator) == ("ZZ", 1, "")
    assert known(post) == {"": ALL}


def test_a_flight_sold_by_another_waits_under_the_number_it_has(post: Post) -> None:
    [own] = listing().legs
    shared = replace(own, flight=FlightNumber("QQ", 999), flight_text="QQ999", carrier="ZZ")
    post.send(paxlst_text(replace(listing(person()), legs=(shared,))))
    assert (post.flight().carrier, post.flight().operator) == ("QQ", "ZZ")
    alone = replace(shared, carrier="QQ")
    post.send(paxlst_text(replace(listing(person(), prepared=later(hours=1)), legs=(alone,))))
    assert (post.flight().carrier, post.flight().operator) == ("QQ", "")


def test_two_flights_of_one_minute_with_other_people_stay_two(post: Post) -> None:
    post.send(booked("MAREN", "TOVE"))
    post.send(listed("ODD"))
    assert known(post) == {
        "": [("MAREN", "booked"), ("TOVE", "booked")], "A": [("ODD", "booked")],
    }  # fmt: skip


def test_one_person_on_two_flights_does_not_make_them_one(post: Post) -> None:
    post.send(booked(*PAPERS))
    post.send(listed("ODD"))
    assert known(post) == {"": ALL, "A": [("ODD", "booked")]}


def test_people_of_a_push_under_the_new_number_are_not_doubled(post: Post) -> None:
    post.send(booked(*PAPERS))
    post.send(listed(*PAPERS))
    records = (booking(traveller(given="ODD", number=PAPERS["ODD"]), locator="AB12C2"),)
    post.send(push(*records, prepared=later(hours=6), control="P2", flight=leg(RENAMED)))
    assert known(post)["A"] == ALL
