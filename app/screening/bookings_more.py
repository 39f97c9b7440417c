"""Further facts out of a booking record: contacts, ticket, division, payment. Pure, as :mod:`bookings` is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.formats import codes
from app.screening.bookings import booking_facts, itinerary_facts, objects

Json = Mapping[str, Any]
_REACHED_BY = ("phone", "mail", "fax")


def more_booking_facts(record: Json) -> dict[str, Any]:
    """The facts ``payment.*`` and those of ``booking.*`` that any booking has an answer to."""
    contacts = [one.get("kind") for one in objects(record, "contacts")]
    return {
        "booking.hours_before": _hours_before(record),
        "booking.class": _class(record),
        "booking.is_split": bool(objects(record, "splits")),
        "booking.group_size": _whole(record.get("group_size")),
        "booking.contacts": sum(kind in _REACHED_BY for kind in contacts),
        "booking.has_phone": "phone" in contacts,
        "booking.has_email": "mail" in contacts,
        "booking.contact_refused": "refused" in contacts,
        "booking.excess_baggage": bool(objects(record, "excess_baggage")),
        "booking.non_air": len(objects(record, "non_air")),
        **_abroad(record),
        **_payment(record),
    }


def _abroad(record: Json) -> dict[str, bool | None]:
    """Whether office and telephone are of another country than the one the journey began in."""
    home = itinerary_facts(record).get("itinerary.origin_country")
    told = booking_facts(record)
    return {
        "booking.agency_abroad": _other(told["booking.agency_country"], home),
        "booking.phone_abroad": _other(told["booking.phone_country"], home),
    }


def _other(one: str | None, other: str | None) -> bool | None:
    return None if one is None or other is None else one != other


def _payment(record: Json) -> dict[str, Any]:
    payments = objects(record, "payments")
    if not payments:
        return {}
    kinds = {one.get("kind") for one in payments if isinstance(one.get("kind"), str)}
    cards = {(one.get("fingerprint"), one.get("last_four")) for one in payments if _is_card(one)}
    return {
        "payment.forms": len(payments),
        "payment.is_mixed": len(kinds) > 1,
        "payment.cards": len(cards),
        "payment.payer_named": any(isinstance(one.get("payer"), str) and one["payer"] for one in payments),
    }  # fmt: skip


def _is_card(payment: Json) -> bool:
    marks = (payment.get("fingerprint"), payment.get("last_four"))
    return all(mark is None or isinstance(mark, str) for mark in marks) and any(marks)


def _hours_before(record: Json) -> int | None:
    """From the booking to the first departure; unknown where the clock of one of them is."""
    made = next(
        (m for one in objects(record, "locators") if (m := _moment(one.get("created_at")))), None
    )
    leaves = [m for one in objects(record, "itinerary") if (m := _departure(one.get("leg")))]
    if made is None or made.tzinfo is None or not leaves:
        return None
    return max(0, int((min(leaves) - made).total_seconds() // 3600))


def _departure(leg: Any) -> datetime | None:
    """When a flight leaves; None without a time or from an airport whose clock is not known."""
    if not isinstance(leg, Mapping):
        return None
    port, local = leg.get("board"), _moment(leg.get("departure_local"))
    airport = codes.airport(port) if isinstance(port, str) and port else None
    if airport is None or local is None:
        return None
    return local.replace(tzinfo=ZoneInfo(airport.timezone))


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _class(record: Json) -> str | None:
    pushed = next((one for one in objects(record, "itinerary") if one.get("pushed") is True), None)
    found = pushed.get("booking_class") if pushed else None
    return found if isinstance(found, str) and found else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
