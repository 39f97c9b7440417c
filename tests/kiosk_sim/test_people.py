"""Invented people: their passports, their messages, pictures of their codes, the list of scenarios."""

import random
from datetime import date, datetime

import pytest

from app.formats import mrz
from app.formats.barcode import draw_png, read_code
from app.formats.codes import FlightNumber
from app.formats.messages import inspect
from kiosk_sim.airline import Sector, Trip, booking_push, passenger_list
from kiosk_sim.camera import photograph
from kiosk_sim.passport import STATES, Passport, invent
from kiosk_sim.scenarios import SCENARIOS
from kiosk_sim.stage import SEED, travellers_for
from kiosk_sim.states import States
from tests.kiosk_sim.fakes import code

TODAY = date(2026, 3, 10)
SECTOR = Sector(
    FlightNumber("XX", 983),
    "LHR",
    "NRT",
    datetime(2026, 3, 9, 19, 0),
    datetime(2026, 3, 10, 15, 30),
)
PREPARED = datetime(2026, 3, 9, 18, 0)


def people(count: int) -> list[Passport]:
    chance = random.Random(3)
    return [invent(chance, TODAY) for _ in range(count)]


@pytest.mark.parametrize("state", STATES)
def test_passports_of_every_state_are_sound(state: str) -> None:
    chance = random.Random(state)
    for _ in range(20):
        one = invent(chance, TODAY, state)
        read = mrz.parse(one.mrz, TODAY)
        assert read.sound
        assert read.number == one.number
        assert read.issuer == ("D" if state == "DEU" else state)
        assert read.birth == one.birth_date
        assert read.surname == mrz.transliterate(one.surname)
        assert one.expires_on > TODAY
        assert one.birth_date.year <= TODAY.year - 18


def test_the_same_seed_invents_the_same_people() -> None:
    assert people(5) == people(5)


def test_an_airlines_list_names_everybody() -> None:
    trips = [Trip(one, f"LOC{n:03d}") for n, one in enumerate(people(12))]
    [found] = inspect(passenger_list(SECTOR, trips, "C1", PREPARED).encode(), "list")
    assert (found.type, found.flight, found.people) == ("PAXLST", "XX983", 12)
    assert found.errors == []


@pytest.mark.parametrize("nights", [None, 0, 7])
def test_bookings_keep_who_travels_together(nights: int | None) -> None:
    one, two, three = people(3)
    trips = [
        Trip(one, "AAAAAA", stay_nights=nights), Trip(two, "AAAAAA", stay_nights=nights),
        Trip(three, "BBBBBB", stay_nights=nights, payment="CA", bags=0),
    ]  # fmt: skip
    [found] = inspect(booking_push(SECTOR, trips, "C2", PREPARED).encode(), "push")
    assert (found.type, found.flight, found.people, found.pnrs) == ("PNRGOV", "XX983", 3, 2)
    assert found.errors == []
    assert trips[0].one_way is (nights is None)


@pytest.mark.parametrize("seed", range(5))
def test_a_bad_picture_of_a_code_can_still_be_read(seed: int) -> None:
    text = code()
    picture = photograph(draw_png(text), random.Random(seed))
    assert picture[:2] == b"\xff\xd8"
    assert read_code(picture) == text


def test_every_scenario_has_a_traveller_of_its_own() -> None:
    found = travellers_for(SCENARIOS, TODAY, random.Random(SEED), States({}))
    assert list(found) == [scenario.slug for scenario in SCENARIOS]
    for name in ("number", "surname"):
        assert len({getattr(who.passport, name) for who in found.values()}) == len(SCENARIOS)
    assert len({who.trip.locator for who in found.values()}) == len(SCENARIOS)


def test_a_door_opens_only_where_the_path_ends_cleared() -> None:
    for scenario in SCENARIOS:
        assert (scenario.door == "opened") is (scenario.path[-1] == "cleared"), scenario.slug
        assert scenario.decision in ("cleared", "refer", "hold")
        assert scenario.title
