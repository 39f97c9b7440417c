"""Invented passenger lists and bookings of flight ZZ 1 SYD-NRT, as text that airlines send."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from app.formats import paxlst, pnrgov
from app.formats.codes import FlightNumber
from app.formats.edifact import Header
from app.formats.paxlst_model import Document, Leg, PassengerList, Person, Place, Role
from app.formats.pnrgov import record as pnr
from app.formats.pnrgov.record import Pnr, PnrPush

DEPARTURE = datetime(2026, 3, 10, 9, 30)
ARRIVAL = datetime(2026, 3, 10, 17, 5)
PREPARED = datetime(2026, 3, 10, 1, 0)
BORN = date(1984, 5, 6)
ZZ1 = FlightNumber("ZZ", 1)


def person(
    surname: str = "QUILLFEATHER",
    given: str = "MAREN",
    *,
    number: str = "L1234567",
    born: date | None = BORN,
    role: Role = Role.PASSENGER,
    **references: str,
) -> Person:
    """A person of a list; references by qualifier (AVF, ABO, SEA)."""
    documents = (Document("P", number, Place("AUS"), date(2031, 1, 2)),) if number else ()
    text = f"{born:%y%m%d}" if born else ""
    return Person(
        role, surname, given, sex="F", birth_date=born, birth_date_text=text,
        nationality="AUS" if number else "", documents=documents,
        references=tuple(references.items()),
    )  # fmt: skip


def listing(
    *persons: Person,
    flight: str = "ZZ001",
    prepared: datetime = PREPARED,
    control: str = "C1",
    departs: datetime = DEPARTURE,
    arrives: datetime = ARRIVAL,
    **more: object,
) -> PassengerList:
    header = Header("UNOA", "ZZ", "", "GOV", "", prepared, control, "APIS", False)
    leg = Leg(
        FlightNumber.parse(flight), flight, "", "20", "SYD", "NRT", departs, arrives,
        crosses_border=True,
    )  # fmt: skip
    return PassengerList(header, persons, (leg,), **more)  # type: ignore[arg-type]


def paxlst_text(*lists: PassengerList) -> bytes:
    return paxlst.write(*lists).encode()


def api(*persons: Person, **more: object) -> bytes:
    """A transmission of one passenger list."""
    return paxlst_text(listing(*persons, **more))  # type: ignore[arg-type]


def leg(flight: FlightNumber = ZZ1, operating: FlightNumber | None = None) -> pnr.Leg:
    operating = operating or flight
    return pnr.Leg(
        flight.carrier, operating.carrier, flight, operating, "SYD", "NRT", DEPARTURE, ARRIVAL
    )


def traveller(
    surname: str = "QUILLFEATHER",
    given: str = "MAREN",
    *,
    title: str = "",
    number: str = "",
    born: date | None = None,
    **more: object,
) -> pnr.Traveller:
    """A traveller of a booking; with a number or a birth date also an SSR DOCS."""
    documents: tuple[pnr.Document, ...] = ()
    if number or born:
        documents = (
            pnr.Document("P", "AUS", number, "AUS", born, "F", False, date(2031, 1, 2), surname, given),
        )  # fmt: skip
    return pnr.Traveller(
        surname=surname, given=given, title=title, kind="ADT", birth=born, documents=documents,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def booking(
    *travellers: pnr.Traveller, locator: str = "AB12CD", index: int = 0, **more: object
) -> Pnr:
    created = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    numbered = tuple(
        replace(one, reference=one.reference or str(place))
        for place, one in enumerate(travellers, 1)
    )
    segment = pnr.ItinerarySegment(leg(), "Y", "HK", len(travellers) or 1, pushed=True)
    return Pnr(
        index, 1, (pnr.Locator("ZZ", locator, "", created),), pnr.Originator("ZZ", "SYD"),
        travellers=numbered, itinerary=(segment,), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def cancelled(locator: str = "AB12CD", index: int = 0) -> Pnr:
    """An update that says the booking no longer holds this flight."""
    return Pnr(index, 1, (pnr.Locator("ZZ", locator),), removed=True)


def push(
    *records: Pnr,
    prepared: datetime = PREPARED,
    control: str = "P1",
    function: str = "22",
    flight: pnr.Leg | None = None,
) -> bytes:
    """A transmission of one push of bookings."""
    numbered = tuple(replace(one, index=place) for place, one in enumerate(records))
    message = PnrPush("ZZ", "SYD", function, flight or leg(), len(records), "1", records=numbered)
    text = pnrgov.write(
        message, recipient="GOV", prepared=prepared, control_reference=control, sender="ZZ"
    )
    return text.encode()


def later(**units: float) -> datetime:
    return PREPARED + timedelta(**units)
