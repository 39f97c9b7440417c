"""How a booking relates to others and to the flight that the message is about."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from app.formats.pnrgov.drafts import BookingDraft, SegmentDraft, SplitDraft
from app.formats.pnrgov.record import Leg, Locator, Split


def splits(draft: BookingDraft) -> tuple[Split, ...]:
    """GR.8 with the direction in which the records were divided."""
    if not draft.splits:
        return ()
    made = _created(draft.locators)
    return tuple([Split(s.count, s.locators, s.kind, _direction(s, made)) for s in draft.splits])


def _created(locators: Sequence[Locator]) -> datetime | None:
    for one in locators:
        if one.created_at:
            return one.created_at
    return None


def _direction(split: SplitDraft, made: datetime | None) -> Literal["from", "into", ""]:
    """GR.8 does not say which record was there first; where their times differ, they do."""
    others = _created(split.locators)
    if made is None or others is None or made == others:
        return ""
    return "from" if others < made else "into"


def pushed(itinerary: list[SegmentDraft], flight: Leg | None) -> int | None:
    """Which segment is the flight of the message: same day, and same number or same ports."""
    if flight is None or flight.departure_local is None:
        return None
    day = flight.departure_local.date()
    found, most = None, 0
    for index, segment in enumerate(itinerary):
        leg = segment.leg
        if leg.departure_local and leg.departure_local.date() == day:
            likeness = _likeness(leg, flight)
            if likeness > most:
                found, most = index, likeness
    return found


def _likeness(leg: Leg, flight: Leg) -> int:
    """Ports 2, number 1: code shares change numbers, and a number serves several sectors a day."""
    ports = leg.board == flight.board and leg.off == flight.off
    number = flight.marketing is not None and flight.marketing in (leg.marketing, leg.operating)
    return 2 * ports + number
