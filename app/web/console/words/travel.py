"""Flights, lists, bookings and who is on them."""

from typing import Final

from app.formats import mrz
from app.web.translation import N_, NP_, Words

SOURCES: Final[Words[str]] = Words(
    {
        "api": N_("Passenger list (API)"),
        "pnr": N_("Booking (PNR)"),
        "declaration": N_("Declaration"),
        "kiosk": N_("Passport at kiosk"),
        "rectified": N_("Put right at the traveller's request"),
    }
)

PAYMENTS: Final[Words[str]] = Words({
    "CC": N_("card"), "CA": N_("cash"), "CK": N_("cheque"), "MS": N_("voucher or other"), "GR": N_("government request"),
})  # fmt: skip

TRAVEL: Final[Words[str]] = Words({
    "booked": N_("Booked"), "boarded": N_("Boarded"), "not-boarded": N_("Not boarded"),
    "withdrawn": N_("Withdrawn"), "arrived": N_("Arrived"),
})  # fmt: skip

BOARDING: Final[Words[str]] = Words({"board": N_("Board"), "do-not-board": N_("Do not board")})
"""What an officer orders."""

FLIGHTS: Final[Words[str]] = Words({
    "scheduled": N_("Scheduled"), "departed": N_("Departed"), "landed": N_("Landed"), "diverted": N_("Diverted"),
    "returned": N_("Returned"), "cancelled": NP_("flight", "Cancelled"),
})  # fmt: skip

CHANGES: Final[Words[str]] = Words({
    "name": N_("Name"), "birth-date": N_("Date of birth"), "nationality": N_("Nationality"),
    "document": N_("Document"), "seat": N_("Seat"), "bag-added": N_("Bag added"), "bag-removed": N_("Bag taken back"),
    "traveller-added": N_("Traveller added"), "traveller-removed": N_("Traveller taken off"),
    "payment": N_("Payment"), "contact": N_("Contact"), "route": N_("Route"), "dates": N_("Days of travel"),
    "cancelled": N_("Cancelled"), "reinstated": N_("Booked again"),
})  # fmt: skip

MANIFESTS: Final[Words[str]] = Words({
    "none": NP_("passenger list", "Missing"), "open": NP_("passenger list", "Open"), "closed": N_("Closed"), "late": N_("Late"),
})  # fmt: skip

PLACES: Final[Words[str]] = Words({
    "expected": N_("Expected"), "seen": N_("At the kiosk"), "officer": N_("With an officer"), "out": N_("Gone out"),
    "absent": N_("Not on board"),
})  # fmt: skip
"""How far somebody of a flight's list has come."""

ORDERS: Final[Words[str]] = Words({"risk": N_("Risk"), "seat": N_("Seat"), "name": N_("Name")})

FOUND_BY: Final[Words[str]] = Words({
    "document": N_("Document"), "booking": N_("Booking"), "seat": N_("Seat"), "name": N_("Name"), "likeness": N_("Similar name"),
})  # fmt: skip

LINKS: Final[Words[str]] = Words({
    "phone": N_("Telephone"), "email": N_("Mail address"), "card": N_("Card"), "address": N_("Postal address"),
    "agency": N_("Booking office"),
})  # fmt: skip

SEATS: Final[Words[str]] = Words({
    "own": N_("This passenger"), "party": N_("Travels with"), "high": N_("High"), "attention": N_("Attention"),
})  # fmt: skip


def latin(surname: str, given: str) -> str:
    """The name in the letters of passports, where that differs from how it came."""
    sent = f"{surname} {given}".strip()
    plainly = " ".join(
        part for part in (mrz.transliterate(surname), mrz.transliterate(given)) if part
    )
    return plainly if plainly and plainly.casefold() != sent.casefold() else ""
