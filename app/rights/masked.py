"""What of a traveller's record retention has masked: which facts, since when, and until when the originals are kept sealed.

What masking leaves for counting, a birth date that gives an age alone and pseudonyms of numbers, nobody sent: it is told to nobody.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from app.retention.clocks import Clock
from app.retention.profile import Profile
from app.travel.models import Flight

TRIP: Final = (
    "surname", "given_names", "birth_date", "seat", "locator", "passenger_list", "earlier_lists",
    "bookings", "documents", "passports_shown",
)  # fmt: skip
"""What of a journey is masked, by its names in the record; of documents and passports all but state and type."""
PRESENTATION: Final = ("document_key", "birth_date")
"""What of a passport that was read."""
OPENED_BY: Final = "two-officers"
"""Who may open the originals: one who gives a reason, once a legal approver has agreed; a third reviews it."""


@dataclass(frozen=True, slots=True)
class Masking:
    """How long the profile keeps originals, and when rows were masked, by their ids."""

    profile: Profile
    since: Mapping[UUID, datetime]

    def of_trip(self, passenger_id: UUID, flight: Flight) -> dict[str, Any]:
        return self._told(passenger_id, TRIP, Clock.FLIGHT, clock_start(flight))

    def of_presentation(self, presentation_id: UUID, decided_at: datetime) -> dict[str, Any]:
        return self._told(presentation_id, PRESENTATION, Clock.PRESENTATION, decided_at)

    def _told(
        self, row_id: UUID, facts: Sequence[str], clock: Clock, start: datetime
    ) -> dict[str, Any]:
        until = (start + self.profile[clock].delete).date()
        return {
            "facts": list(facts), "since": self.since.get(row_id), "sealed_until": until,
            "opened_by": OPENED_BY,
        }  # fmt: skip


def clock_start(flight: Flight) -> datetime:
    """When the clock of a flight's rows began, as the job has it (:mod:`app.keeping.rules`)."""
    next_day = flight.flight_date + timedelta(days=1)
    return flight.arrives_at or datetime.combine(next_day, time(), UTC)


def sealed_until(record: Mapping[str, Any]) -> date | None:
    """The last day of any sealed original behind a record; None where nothing of it is masked."""
    return max((part["sealed_until"] for part in _parts(record)), default=None)


def _parts(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for trip in record["trips"]:
        for one in (trip, *trip["presentations"]):
            if one.get("masked"):
                yield one["masked"]
