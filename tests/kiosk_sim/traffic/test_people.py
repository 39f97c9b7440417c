"""Invented people: names of every region, documents, families, regulars, timetable and bookings."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.formats import codes, mrz, values
from app.formats.mrz import transliterate
from app.formats.pnrgov.privacy import is_card
from kiosk_sim.traffic import names, people
from kiosk_sim.traffic.bookings import End
from kiosk_sim.traffic.places import CARRIERS, TEST_CARDS, carrier, flying_time, senders, stations
from kiosk_sim.traffic.populate import populate
from kiosk_sim.traffic.schedule import Fate, Kind, Plan, flights

DAY = date(2027, 3, 1)
PLAN = Plan(30, DAY, seed=4, trouble=0.3)


@pytest.mark.parametrize("state", names.STATES)
def test_names_of_every_state_can_be_written_in_a_message(state: str) -> None:
    chance = random.Random(state)
    for sex in "MF" * 40:
        surname, given = names.surname(chance, state), names.given(chance, state, sex)
        for name in (surname, given):
            assert name == name.upper()
            assert transliterate(name)
            assert not values.is_placeholder(name)
        assert values.strip_title(transliterate(given)) == (transliterate(given), "")


@pytest.mark.parametrize("state", names.STATES)
def test_there_are_many_names_of_every_state(state: str) -> None:
    chance = random.Random(1)
    made = {(names.surname(chance, state), names.given(chance, state, "F")) for _ in range(400)}
    assert len(made) > 330


def test_names_coined_in_cyrillic_come_in_the_letters_of_the_passport() -> None:
    chance = random.Random(2)
    made = "".join(names.surname(chance, "UKR") for _ in range(300))
    assert made.isascii()
    assert {"ZH", "KH", "CH", "SHCH", "IU"} & {made[n : n + 2] for n in range(len(made))}


def test_names_have_particles_hyphens_and_many_parts() -> None:
    chance = random.Random(3)
    made = [names.surname(chance, state) for state in names.STATES for _ in range(200)]
    assert any("-" in name for name in made)
    assert any(name.startswith("VON ") for name in made)
    assert any("'" in name for name in made)
    given = [names.given(chance, state, "M") for state in names.STATES for _ in range(200)]
    assert max(map(len, given)) > 25


@pytest.mark.parametrize("state", names.STATES)
def test_every_state_is_one_and_its_passports_are_sound(state: str) -> None:
    assert codes.alpha3(state) == state
    who = people.person(random.Random(state), DAY, state)
    read = mrz.parse(who.passport.mrz, DAY)
    assert read.sound
    assert read.number == who.passport.number
    assert who.passport.expires_on > DAY + timedelta(days=180)


def test_a_family_is_of_one_surname_and_its_children_are_younger() -> None:
    for seed in range(40):
        made = people.family(random.Random(seed), DAY, "GBR")
        parents = [one for one in made if one.kind == "ADT"]
        children = [one for one in made if one.kind != "ADT"]
        assert 1 <= len(parents) <= 2
        assert 1 <= len(children) <= 3
        assert {one.surname for one in children} <= {one.surname for one in parents}
        eldest = min(one.passport.birth_date for one in children)
        assert all(eldest.year - one.passport.birth_date.year >= 12 for one in parents)


def test_a_regular_is_the_same_person_next_week_and_renews_the_passport_in_time() -> None:
    chance = PLAN.chance
    days = [DAY + timedelta(days=7 * week) for week in range(600)]
    seen = [people.regular(chance, "r/1", day, "JPN", "XX") for day in days]
    assert len({(one.name, one.passport.birth_date, one.flyer) for one in seen}) == 1
    numbers = list(dict.fromkeys(one.passport.number for one in seen))
    assert len(numbers) == 2  # eleven years
    assert all(one.passport.expires_on > day for one, day in zip(seen, days, strict=True))


# --- places and timetable -------------------------------------------------------------------------


def test_stations_are_real_airports_of_known_countries() -> None:
    for one in stations():
        assert codes.airport(one.port), one
        assert one.people in names.STATES


def test_flying_times_are_plausible() -> None:
    assert timedelta(hours=2) < flying_time("ICN", "NRT") < timedelta(hours=2.6)
    assert timedelta(hours=11) < flying_time("LHR", "NRT") < timedelta(hours=14)


def test_every_carrier_has_its_connections() -> None:
    known = senders()
    for one in CARRIERS:
        assert carrier(one.code) is one
        assert one.code in known[one.api_sender]
        assert one.code in known[one.pnr_sender]
    assert any(len(carriers) > 1 for carriers in known.values())
    assert senders(("XX",)) == {"xx-direct": ["XX"]}


def test_card_numbers_are_those_for_tests() -> None:
    assert all(is_card(account) for _, account in TEST_CARDS)
    assert len({account[-4:] for _, account in TEST_CARDS}) == len(TEST_CARDS)


def test_flights_land_on_the_day_at_the_site_under_numbers_of_their_own() -> None:
    made = flights(PLAN)
    assert len({one.number for one in made}) == len({one.key for one in made}) == PLAN.flights
    for one in made:
        assert one.sector.arrival.date() == DAY
        assert one.sector.destination == "NRT"
        assert one.departs_at + flying_time(one.sector.origin, "NRT") == one.arrives_at
        for before, after in zip(one.legs, one.legs[1:], strict=False):
            assert before.destination == after.origin
    origins = {codes.airport(one.sector.origin).country for one in made}
    assert "JP" not in origins


def test_the_timetable_is_the_same_tomorrow_and_the_people_are_not() -> None:
    today, tomorrow = flights(PLAN), flights(replace(PLAN, day=DAY + timedelta(days=1)))
    assert [one.number for one in today] == [one.number for one in tomorrow]
    assert [one.sector.origin for one in today] == [one.sector.origin for one in tomorrow]
    assert [one.people for one in today] != [one.people for one in tomorrow]


def test_a_large_day_has_all_that_happens() -> None:
    made = flights(Plan(300, DAY, seed=1, trouble=0.3))
    assert {one.fate for one in made} == set(Fate)
    assert {one.kind for one in made} == set(Kind)
    assert {len(one.legs) for one in made} == {1, 2}
    assert {one.carrier.code for one in made} == {one.code for one in CARRIERS}
    assert any(one.shares for one in made)
    assert min(one.seats for one in made) == 70
    assert max(one.seats for one in made) == 400


@pytest.mark.parametrize(
    "wrong",
    [{"flights": -1}, {"flights": 5000}, {"site": "???"}, {"dirt": 1.1}, {"trouble": -0.1},
     {"carriers": ("AB",)}, {"seats": (90, 80)}, {"seats": (1, 80)}],
)  # fmt: skip
def test_what_cannot_be_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError):
        replace(PLAN, **wrong)


# --- bookings -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worlds() -> list:
    return [populate(one) for one in flights(PLAN)]


def test_no_name_seat_document_or_locator_repeats_on_a_flight(worlds: list) -> None:
    for world in worlds:
        members = [member for _, member in world.members()]
        everybody = [*members, *world.crew]
        for found in (
            [one.who.name for one in everybody],
            [one.key for one in everybody],
            [one.reference for one in everybody],
            [one.who.passport.number for one in everybody],
            [one.seat for one in members if one.seat],
            [one.locator for one in world.bookings],
        ):
            assert len(found) == len(set(found))
        assert len(members) == world.flight.people


def test_crews_have_four_to_sixteen_and_cargo_flights_nobody_else(worlds: list) -> None:
    for world in worlds:
        if world.flight.kind is Kind.PASSENGERS:
            assert 3 <= len(world.crew) <= 16
        else:
            assert not world.bookings
            assert world.crew


def test_all_that_can_happen_to_a_booking_happens(worlds: list) -> None:
    bookings = [one for world in worlds for one in world.bookings]
    members = [member for one in bookings for member in one.members]
    assert {one.end for one in members} == set(End)
    for what in ("cancelled_at", "split_at", "called_at", "group", "onward", "feeder", "open_jaw"):
        assert any(getattr(one, what) for one in bookings), what
    for what in ("mistyped", "moved_at", "bag_dropped_at", "added_at", "meal", "transit"):
        assert any(getattr(one, what) for one in members), what
    for what in ("second", "visa", "flyer"):
        assert any(getattr(one.who, what) for one in members), what
    kinds = Counter(one.who.kind for one in members)
    assert kinds["INF"] > 0
    assert kinds["ADT"] > kinds["CHD"] > 0
    assert {one.payment for one in bookings} == {"CC", "CA", "CK", "GR", "MS", ""}
    assert max(len(one.members) for one in bookings) >= 20
    assert any(one.nights is None for one in bookings)


def test_nobody_checks_in_before_being_booked_or_after_the_flight_closes(worlds: list) -> None:
    for world in worlds:
        for booking, member in world.members():
            if member.checked_in_at:
                assert member.checked_in_at >= booking.made_at
                assert member.checked_in_at < world.flight.leaves_at - timedelta(minutes=44)
            if member.end is End.NO_SHOW:
                assert member.checked_in_at is None


def test_a_split_booking_keeps_everybody_once(worlds: list) -> None:
    split = [one for world in worlds for one in world.bookings if one.split_at]
    assert split
    for one in split:
        held = one.on(one.split_at)
        assert [locator for locator, _ in held] == [one.locator, one.other]
        people_now = [member.key for _, members in held for member in members]
        assert len(people_now) == len(set(people_now))
        assert held[1][1]
        [(before, _)] = one.on(one.split_at - timedelta(minutes=1)) or [(one.locator, [])]
        assert before == one.locator


def test_dirt_changes_nobodys_life(worlds: list) -> None:
    dirty = [populate(one) for one in flights(replace(PLAN, dirt=0.5))]
    for clean, other in zip(worlds, dirty, strict=True):
        assert [m.who for _, m in clean.members()] == [m.who for _, m in other.members()]
    flawed = [m.flaw for world in dirty for _, m in world.members() if m.flaw]
    assert flawed
