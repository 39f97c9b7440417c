"""Flights out of messages: number, border leg, times, aliases, manifest."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from random import Random

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.formats.codes import FlightNumber
from app.formats.paxlst_model import Leg
from app.kernel.db import Database
from app.travel.departure import Part
from app.travel.flights import (
    FlightFacts,
    home_country,
    of_list,
    settle_flight,
)
from app.travel.life import ManifestState
from app.travel.models import Flight, FlightAlias, Manifest
from tests.messages.airline import listing

PREPARED = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
ZZ1 = FlightNumber("ZZ", 1)
FACTS = FlightFacts(ZZ1, date(2026, 3, 10), "SIN", "NRT", PREPARED, PREPARED + timedelta(hours=7))


def settle(
    database: Database, facts: FlightFacts, *, own: bool = True, prepared: datetime = PREPARED,
    moved: bool = False,
) -> Flight:  # fmt: skip
    with database.transaction() as session:
        return settle_flight(session, "NRT", facts, prepared, of_carrier=own, moved=moved)


def flights(database: Database) -> int:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Flight)) or 0


def test_the_leg_across_the_border_is_the_flight() -> None:
    domestic = Leg(ZZ1, "ZZ1", "", "20", "HND", "FUK", None, None)
    across = Leg(ZZ1, "ZZ1", "", "20", "SIN", "NRT", datetime(2026, 3, 10, 0, 30))
    facts = of_list(replace(listing(), legs=(domestic, across)), "JP", PREPARED)
    assert facts is not None
    assert (facts.origin, facts.destination) == ("SIN", "NRT")
    assert facts.flight_date == date(2026, 3, 10)  # the local day, in UTC it is the day before
    assert facts.departs_at == datetime(2026, 3, 9, 16, 30, tzinfo=UTC)


def test_without_dates_the_day_of_preparation_counts() -> None:
    bare = Leg(ZZ1, "ZZ1")
    facts = of_list(replace(listing(), legs=(bare,)), "JP", PREPARED)
    assert facts == FlightFacts(ZZ1, date(2026, 3, 10))


def test_no_number_no_flight() -> None:
    assert of_list(replace(listing(), legs=(Leg(None, "???"),)), "JP", PREPARED) is None


@pytest.mark.parametrize(("site", "country"), [("NRT", "JP"), ("SYD", "AU"), ("nowhere", "")])
def test_home(site: str, country: str) -> None:
    assert home_country(site) == country


def test_one_number_flies_two_legs_a_day(database: Database) -> None:
    first = settle(database, FACTS)
    second = settle(database, replace(FACTS, origin="NRT", destination="LAX"))
    assert first.id != second.id


def test_an_unknown_origin_fits_and_is_filled_in(database: Database) -> None:
    first = settle(database, replace(FACTS, origin="", departs_at=None))
    second = settle(database, FACTS)
    assert (second.id, second.origin, second.departs_at) == (first.id, "SIN", PREPARED)
    assert settle(database, replace(FACTS, origin="")).id == first.id
    assert flights(database) == 1


@pytest.mark.parametrize("order", list(permutations(["RJAA", "NRT", "TYO"])))
def test_a_port_by_any_of_its_codes_is_one_flight(
    database: Database, order: tuple[str, ...]
) -> None:
    for code in order:
        leg = Leg(ZZ1, "ZZ1", "", "20", "YSSY", code, datetime(2026, 3, 10, 9, 0))
        facts = of_list(replace(listing(), legs=(leg,)), "JP", PREPARED)
        assert facts
        settle(database, facts)
    with database.read() as session:
        flight = session.scalars(sa.select(Flight)).one()
    assert (flight.origin, flight.destination) == ("SYD", "NRT")


def test_the_origin_by_its_city_is_the_same_flight_and_another_airport_of_it_is_not(
    database: Database,
) -> None:
    city = settle(database, replace(FACTS, origin="LON"))
    heathrow = settle(database, replace(FACTS, origin="LHR"))
    assert (heathrow.id, heathrow.origin) == (city.id, "LHR")
    gatwick = settle(database, replace(FACTS, origin="LGW"))
    assert gatwick.id != heathrow.id
    assert settle(database, replace(FACTS, origin="LGW")).id == gatwick.id


@pytest.mark.parametrize("arrival_first", [True, False])
def test_a_list_that_tells_the_landing_alone_is_of_the_flight_that_left_the_day_before(
    database: Database, *, arrival_first: bool
) -> None:
    landing = replace(FACTS, flight_date=date(2026, 3, 11), departs_at=None)
    first, second = (landing, FACTS) if arrival_first else (FACTS, landing)
    settle(database, first)
    flight = settle(database, second)
    assert flights(database) == 1
    assert (flight.flight_date, flight.departs_at) == (FACTS.flight_date, FACTS.departs_at)
    tomorrow = timedelta(days=1)
    settle(
        database, replace(landing, arrives_at=landing.arrives_at and landing.arrives_at + tomorrow)
    )
    assert flights(database) == 2


def test_newer_lists_set_the_times_bookings_only_fill_them(database: Database) -> None:
    later = replace(FACTS, arrives_at=PREPARED + timedelta(hours=9))
    settle(database, FACTS)
    settle(database, later, own=False)
    assert settle(database, FACTS).arrives_at == FACTS.arrives_at
    hour = timedelta(hours=1)
    assert settle(database, later, prepared=PREPARED + hour).arrives_at == later.arrives_at
    assert settle(database, FACTS, prepared=PREPARED - hour).arrives_at == later.arrives_at


def test_unchanged_flights_keep_their_version(database: Database) -> None:
    assert settle(database, FACTS).version == 1
    assert settle(database, FACTS).version == 1
    assert settle(database, replace(FACTS, destination="HND")).version == 2


def test_aliases_lead_to_the_flight(database: Database) -> None:
    shared = replace(FACTS, aliases=(FlightNumber("QQ", 7001),))
    flight = settle(database, shared, own=False)
    settle(database, shared, own=False)
    with database.read() as session:
        assert len(session.scalars(sa.select(FlightAlias)).all()) == 1
    assert settle(database, replace(FACTS, number=FlightNumber("QQ", 7001))).id == flight.id


SOLD = replace(FACTS, number=FlightNumber("QQ", 999), operator="ZZ")


@pytest.mark.parametrize("order", [(FACTS, SOLD), (SOLD, FACTS)])
def test_a_code_share_whose_operating_number_nobody_told_is_one_flight(
    database: Database, order: tuple[FlightFacts, FlightFacts]
) -> None:
    for facts in order:
        settle(database, facts, own=facts is FACTS)
    found = settle(database, SOLD, own=False)
    assert (found.carrier, found.number, found.operator) == ("ZZ", 1, "")
    assert flights(database) == 1
    with database.read() as session:
        (alias,) = session.scalars(sa.select(FlightAlias)).all()
    assert (alias.carrier, alias.number, alias.former) == ("QQ", 999, False)


@pytest.mark.parametrize(
    "other",
    [
        replace(SOLD, operator="XX"),
        replace(SOLD, operator=""),
        replace(SOLD, departs_at=PREPARED + timedelta(minutes=5)),
        replace(SOLD, destination="KIX"),
    ],
)
def test_a_share_of_another_carrier_minute_or_port_is_another_flight(
    database: Database, other: FlightFacts
) -> None:
    settle(database, FACTS)
    settle(database, other, own=False)
    assert flights(database) == 2


def test_a_flight_with_a_list_of_its_own_is_nobody_elses(database: Database) -> None:
    settle(database, replace(SOLD, operator=""))
    settle(database, SOLD, own=False)
    settle(database, FACTS)
    assert flights(database) == 2


def test_a_moved_flight_is_found_by_its_departure(database: Database) -> None:
    day = timedelta(days=1)
    moved = replace(
        FACTS, flight_date=FACTS.flight_date + day, departs_at=PREPARED + timedelta(hours=20)
    )
    flight = settle(database, FACTS)
    assert settle(database, moved, moved=True).id == flight.id
    assert settle(database, moved).id != flight.id
    far = replace(moved, flight_date=FACTS.flight_date + 9 * day, departs_at=PREPARED + 9 * day)
    assert settle(database, far, moved=True).id != flight.id


@pytest.mark.parametrize(
    ("sequence", "mark", "part"),
    [
        (1, "F", Part(1, last=True)), (None, "", Part(1, last=True)), (1, "", Part(1, last=True)),
        (1, "C", Part(1, last=False)), (2, "", Part(2, last=False)), (3, "F", Part(3, last=True)),
    ],
)  # fmt: skip
def test_parts(sequence: int | None, mark: str, part: Part) -> None:
    assert Part.of(sequence, mark) == part


@given(st.integers(1, 6).flatmap(lambda last: st.permutations(range(1, last + 1))))
def test_a_list_is_closed_by_its_last_missing_part_in_any_order(order: list[int]) -> None:
    state = ManifestState(Manifest.NONE)
    for count, number in enumerate(order, 1):
        state = state.with_part(Part(number, last=number == len(order)))
        whole = count == len(order)
        assert state.manifest is (Manifest.CLOSED if whole else Manifest.OPEN)
    assert state.with_part(Part(9, last=False)).manifest is Manifest.CLOSED


@given(st.lists(st.builds(Part, st.integers(1, 5), last=st.booleans()), max_size=9), st.randoms())
def test_a_list_sent_again_in_other_parts_ends_the_same_in_any_order(
    parts: list[Part], random: Random
) -> None:
    ends = set()
    for _ in range(3):
        random.shuffle(parts)
        state = ManifestState(Manifest.NONE)
        for part in parts:
            state = state.with_part(part)
        ends.add(state)
    assert len(ends) == 1
