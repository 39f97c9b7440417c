"""The demo's flights: people enough to walk, no name twice, everybody known to the carrier."""

from datetime import UTC, datetime, timedelta

from app.formats.mrz import transliterate
from kiosk_sim.hall import PEOPLE, Timetable, due_to_land, walkers
from kiosk_sim.traffic.day import Worlds, of_flight, truth_of
from kiosk_sim.traffic.steps import What

LANDS = datetime(2026, 3, 10, 7, 13, 22, tzinfo=UTC)


def test_flights_land_when_the_hall_wants_them_under_numbers_of_their_own() -> None:
    timetable, worlds = Timetable("NRT", 5), Worlds()
    made = [timetable.next_flight(LANDS + timedelta(hours=n), worlds).flight for n in range(6)]
    assert len({one.number for one in made}) == 6
    assert [one.arrives_at.hour for one in made] == [(7 + n) % 24 for n in range(6)]
    assert {one.sector.destination for one in made} == {"NRT"}


def test_those_who_walk_are_grown_ups_on_board_and_have_names_of_their_own() -> None:
    timetable, worlds = Timetable("NRT", 8), Worlds()
    for hour in range(5):
        world = timetable.next_flight(LANDS + timedelta(hours=hour), worlds)
        people = walkers(world)
        assert len({one.label for one in people}) == len(people) == PEOPLE
        on_board = {
            (line["surname"], line["given"]) for line in truth_of(world)
            if line["kind"] == "person" and line["on_board"] and line["role"] == "passenger"
        }  # fmt: skip
        for one in people:
            passport = one.passport
            name = transliterate(passport.surname), transliterate(passport.given_names)
            assert name in on_board
            assert passport.birth_date < LANDS.date() - timedelta(days=18 * 365)


def test_a_flight_that_has_landed_has_nothing_more_to_send() -> None:
    world = Timetable("NRT", 5).next_flight(LANDS, Worlds())
    sent = [one for one in of_flight(world.flight) if one.dirt is None]
    assert sent[-1].at < LANDS
    assert {What.PUSH, What.CREW, What.CLOSE} & {one.what for one in sent}


def test_the_airport_reports_the_landing_of_what_was_on_its_way_and_is_due() -> None:
    def flight(name: str, status: str, minutes: int | None) -> dict[str, object]:
        arrives = None if minutes is None else (LANDS + timedelta(minutes=minutes)).isoformat()
        return {"id": name, "status": status, "arrives_at": arrives}

    board = [
        flight("due", "departed", -1), flight("never-closed", "scheduled", 0),
        flight("coming", "departed", 1), flight("called-off", "cancelled", -9),
        flight("elsewhere", "diverted", -9), flight("here", "landed", -9),
        flight("no-time", "scheduled", None),
    ]  # fmt: skip
    assert due_to_land(board, LANDS) == ["due", "never-closed"]
