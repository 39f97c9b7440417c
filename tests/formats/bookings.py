"""Invented bookings for the PNRGOV tests, as values and as text."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from app.formats.codes import FlightNumber
from app.formats.edifact import RawMessage, interchanges
from app.formats.pnrgov.record import (
    Address,
    Baggage,
    BagTag,
    CheckIn,
    Contact,
    Document,
    ExcessBaggage,
    FrequentFlyer,
    ItinerarySegment,
    Leg,
    Locator,
    Originator,
    Payment,
    Pnr,
    PnrPush,
    Price,
    Seat,
    SpecialService,
    Split,
    Ticket,
    Traveller,
    Visa,
)

DEPARTURE = datetime(2026, 3, 10, 9, 30)
PREPARED = datetime(2026, 3, 9, 12, 0)
HEAD = (
    "UNA:+.?*'UNB+IATA:1+ZZ+GOV+260309:1200+R1++PNRGOV'UNH+1+PNRGOV:11:1:IA+ZZ0001'"
    "MSG+:22'ORG+ZZ:AAA'TVL+100326:0930:100326:1400+SYD+NRT+ZZ+001'"
)


def message(*bookings: str, head: str = HEAD, eqn: str = "") -> RawMessage:
    """A message of these bookings, each given as its segments behind SRC."""
    body = "".join(f"SRC'{booking}" for booking in bookings)
    count = eqn or f"EQN+{len(bookings)}'"
    text = f"{head}{count}{body}UNT+1+1'UNZ+1+R1'"
    return next(interchanges(text.encode())).messages[0]


def leg(carrier: str = "ZZ", number: int = 1, board: str = "SYD", off: str = "NRT") -> Leg:
    flight = FlightNumber(carrier, number)
    arrival = DEPARTURE + timedelta(hours=4, minutes=30)
    return Leg(carrier, carrier, flight, flight, board, off, DEPARTURE, arrival)


def passport(
    surname: str, given: str, number: str, born: date, *, infant: bool = False
) -> Document:
    return Document("P", "UTO", number, "UTO", born, "F", infant, date(2031, 5, 4), surname, given)


def family(index: int = 0, locator: str = "ABC123") -> Pnr:
    """Mother, infant and a boy, out and back, checked in on the first flight with three bags."""
    created = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    issued = date(2026, 1, 5)
    price = (Price("B", Decimal("410.00"), "AUD"), Price("T", Decimal("512.35"), "AUD"))
    mother = Traveller(
        reference="1", surname="QUILLFEATHER", given="MAREN", title="MRS", kind="ADT",
        with_infant=True, unique_id=f"{index}0001", birth=date(1991, 4, 23), sex="F",
        documents=(passport("QUILLFEATHER", "MAREN IDA", f"L{index:07d}", date(1991, 4, 23)),),
        visas=(Visa("V", "V12345", "OSTMARSH", "SYDNEY", date(2025, 6, 1), "JPN"),),
        addresses=(Address("D", "JPN", "1 INVENTED STREET", "TOKYO", "TK", "1000001"),),
        frequent_flyers=(FrequentFlyer("ZZ", "1234567890", "GOLD"),),
        tickets=(Ticket("9991234567890", "T", issued, price, True, "ZZ", "SYD"),),
        services=(SpecialService("OTHS", "HK", 1, "ZZ", text="ARRIVES EARLY", traveller=0),),
    )  # fmt: skip
    infant = Traveller(
        reference="2", surname="QUILLFEATHER", given="TOVE", kind="INF",
        birth=date(2025, 9, 1), sex="F",
        documents=(
            passport("QUILLFEATHER", "TOVE", f"I{index:07d}", date(2025, 9, 1), infant=True),
        ),
    )  # fmt: skip
    boy = Traveller(reference="3", surname="QUILLFEATHER", given="ODD", title="MSTR", kind="CHD")
    tags = tuple(BagTag("999", f"0999{index:04d}{n:02d}", "NRT") for n in range(3))
    bags = Baggage(3, 41, "kg", "HP", "SYD-17", tags)
    checked = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
    locators = (Locator("ZZ", locator, "", created),)
    return Pnr(
        index=index,
        segment=0,
        locators=locators,
        originator=Originator(
            "1A", "MUC", "12345675", "SYDZZ0100", "SYD", "ZZ", "T", "AU", "AUD", "EN", "AA77"
        ),
        last_transaction_at=datetime(2026, 3, 8, 1, 2, tzinfo=UTC),
        ticketed_at=datetime(2026, 1, 5, 6, 7, tzinfo=UTC),
        travellers=(mother, infant, boy),
        itinerary=(
            ItinerarySegment(
                leg(), "Y", "HK", 2, "789", True, locators,
                (Seat("12A", "SEAT", 0), Seat("12B", "SEAT", 2)),
                (
                    CheckIn(0, "17", "12A", "Y", bags, checked, "ZZSYD"),
                    CheckIn(2, "18", "12B", "Y", None, checked, "ZZSYD"),
                ),
                (SpecialService("CKIN", "HK", 1, "ZZ", "SYD", "NRT", "DOCS SEEN", 0),),
            ),
            ItinerarySegment(leg("ZZ", 2, "NRT", "SYD"), "Y", "HK", 2, "789", False, locators),
        ),
        contacts=(
            Contact("phone", "+61291234567", "M", "ADD"),
            Contact("mail", "maren@post.example", "E", "OSI"),
            Contact("phone", "0291234568", "H", "SSR", 0),
        ),
        addresses=(Address("702", "AU", "9 NOWHERE ROAD", "SYDNEY", "NSW", "2000"),),
        payments=(
            Payment("CC", "VI", "1111", "", (2028, 7), Decimal("512.35"), 0, "M QUILLFEATHER"),
        ),
        excess_baggage=(ExcessBaggage(Decimal("60.00"), "AUD", 1),),
        services=(SpecialService("OTHS", "HK", 1, "ZZ", text="CALL BEFORE DEPARTURE"),),
        splits=(Split(1, (Locator("ZZ", "DEF456", "", created),)),),
        texts=("PARTY OF A REGULAR GUEST",),
        non_air_services=1,
    )  # fmt: skip


def push(*records: Pnr) -> PnrPush:
    return PnrPush("ZZ", "SYD", "22", leg(), len(records), "1", None, "", records)
