"""Who is on board follows from what all lists of all senders said, not from the order in which they came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.kernel.ids import uuid7
from app.travel.life import set_boarding
from app.travel.models import Boarding, Flight, TravelStatus
from app.travel.passengers import (
    Order,
    await_status,
    imply_status,
    place_api,
    set_status,
    settle_awaited,
)
from app.travel.records import from_person
from app.travel.roster import Entry, Roster
from tests.messages.airline import person

MAREN = from_person(person(ABO="R1"))
BY_REFERENCE = from_person(person("", "", number="", born=None, ABO="R1"))
NAMED = (TravelStatus.BOARDED, TravelStatus.NOT_BOARDED, TravelStatus.WITHDRAWN)


@dataclass(frozen=True)
class Event:
    """``said``: None a list that she stands on, a status one that names her so, else a whole list at departure.

    ``bare``: by the carrier's reference alone, as most lists at departure do.
    """

    hour: int
    said: TravelStatus | Boarding | None = None
    bare: bool = False

    @property
    def order(self) -> Order:
        return Order(datetime(2026, 3, 10, tzinfo=UTC) + timedelta(hours=self.hour), uuid7())


def after(events: Sequence[Event]) -> tuple[object, ...]:
    """What is known of her once the events came in this order."""
    roster, flight = Roster(uuid7(), "NRT"), Flight()
    for event in events:
        _apply(roster, flight, event)
    [entry] = roster.entries.values()
    return entry.travel_status, entry.named_status, entry.status_prepared_at, entry.api_prepared_at


def _apply(roster: Roster, flight: Flight, event: Event) -> None:
    order = event.order
    if isinstance(event.said, Boarding):
        set_boarding(flight, event.said, order.prepared_at)
        assert flight.boarding
        assert flight.boarding_prepared_at
        roster.boarding = flight.boarding, flight.boarding_prepared_at
    else:
        who = BY_REFERENCE if event.said and event.bare else MAREN
        placed = place_api(roster, who, order, set(), sparse=event.said is not None)
        if placed.passenger_id:
            settle_awaited(roster, _only(roster))
        if event.said and placed.passenger_id:
            set_status(_only(roster), event.said, order.prepared_at)
        elif event.said:
            await_status(roster, "R1", event.said, order.prepared_at)
    for entry in roster.entries.values():
        imply_status(entry, roster.boarding)


def _only(roster: Roster) -> Entry:
    [entry] = roster.entries.values()
    return entry


EVENTS = st.builds(
    Event, st.integers(1, 4), st.sampled_from([None, *NAMED, *Boarding]), st.booleans()
)


@given(st.lists(EVENTS, min_size=1, max_size=5).map(lambda found: [Event(0), *found]), st.data())
def test_the_order_of_lists_is_nothing(events: list[Event], data: st.DataObject) -> None:
    assert after(data.draw(st.permutations(events))) == after(events)


def test_of_two_senders_in_one_minute_the_one_who_saw_her_on_board_counts() -> None:
    seen, missed = Event(3, TravelStatus.BOARDED), Event(3, TravelStatus.NOT_BOARDED)
    for events in ([seen, missed], [missed, seen]):
        assert after([Event(0), *events])[0] is TravelStatus.BOARDED


def test_who_was_left_behind_by_part_of_a_list_and_listed_anew_was_not_seen_on_board() -> None:
    boarded, left, anew = (
        Event(1, TravelStatus.BOARDED),
        Event(3, TravelStatus.NOT_BOARDED),
        Event(4),
    )
    whole = Event(1, Boarding.ON_BOARD)
    for events in ([boarded, whole, left, anew], [anew, boarded, whole, left]):
        assert after([Event(0), *events])[0] is TravelStatus.BOOKED
