"""Facts of the flight itself, by the timetable and the carrier's messages. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.formats import codes
from app.screening.bookings import country_of
from app.travel.models import Flight, FlightAlias


def flight_facts(flight: Flight, aliases: Sequence[FlightAlias]) -> dict[str, Any]:
    """The facts ``flight.*``; hours are on the clocks of the airports."""
    leaves = _local(flight.departs_at, flight.origin)
    lands = _local(flight.arrives_at, flight.destination)
    timed = flight.departs_at and flight.arrives_at
    return {
        "flight.carrier": flight.carrier,
        "flight.number": f"{flight.number}{flight.suffix}",
        "flight.origin": flight.origin or None,
        "flight.origin_country": country_of(flight.origin),
        "flight.destination": flight.destination or None,
        "flight.destination_country": country_of(flight.destination),
        "flight.date": flight.flight_date,
        "flight.departure_hour": leaves.hour if leaves else None,
        "flight.arrival_hour": lands.hour if lands else None,
        "flight.arrival_weekday": lands.isoweekday() if lands else None,
        "flight.duration_minutes": _minutes(flight) if timed else None,
        "flight.is_codeshare": any(not one.former for one in aliases),
        "flight.manifest": flight.manifest.value if flight.manifest else None,
    }


def _minutes(flight: Flight) -> int | None:
    assert flight.departs_at is not None
    assert flight.arrives_at is not None
    minutes = int((flight.arrives_at - flight.departs_at).total_seconds() // 60)
    return minutes if minutes > 0 else None


def _local(moment: datetime | None, port: str) -> datetime | None:
    """A moment on the clock of an airport; None without one or where the airport is not known."""
    airport = codes.airport(port) if port else None
    if moment is None or airport is None:
        return None
    local: datetime = moment.astimezone(ZoneInfo(airport.timezone))
    return local


def arrival_day(flight: Flight) -> date | None:
    """The local date of arrival; None without a time or with an unknown airport."""
    local = _local(flight.arrives_at, flight.destination)
    return local.date() if local else None
