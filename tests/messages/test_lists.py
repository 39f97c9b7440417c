"""Passenger lists applied to flights."""

from datetime import UTC, datetime

from app.travel.models import FlightStatus, Manifest, TravelStatus
from tests.messages.airline import api, person
from tests.messages.conftest import Post


def test_a_list_makes_flight_and_passenger(post: Post) -> None:
    message = post.send(api(person(AVF="AB12CD", SEA="011D")))
    assert (message.status, post.codes(message)) == ("applied", [])
    flight = post.flight()
    assert (flight.carrier, flight.number, flight.origin, flight.destination) == (
        "ZZ",
        1,
        "SYD",
        "NRT",
    )
    assert flight.departs_at == datetime(2026, 3, 9, 22, 30, tzinfo=UTC)
    assert flight.arrives_at == datetime(2026, 3, 10, 8, 5, tzinfo=UTC)
    assert (flight.status, flight.manifest) == (FlightStatus.SCHEDULED, Manifest.CLOSED)
    one = post.person()
    assert (one.surname, one.given_names, one.name_key) == (
        "QUILLFEATHER",
        "MAREN",
        "QUILLFEATHER<MAREN",
    )
    assert (one.seat, one.locator, one.travel_status) == ("11D", "AB12CD", TravelStatus.BOOKED)
    assert one.provenance["surname"] == "api"
    assert one.facts_version == 1
