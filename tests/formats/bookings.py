"""Invented bookings for the PNRGOV tests, as values and as text."""

from dataclasses import replace
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
    Fare,
    FrequentFlyer,
    HistoryAction,
    HistoryItem,
    Identification,
    ItinerarySegment,
    Leg,
    Locator,
    NonAirService,
    Originator,
    Payment,
    Pnr,
    PnrPush,
    Price,
    Seat,
    SpecialService,
    Split,
    Tax,
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
    bags = Baggage(3, 41, "kg", "HP", "SYD-17", tags, 1, 7, "kg")
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
        non_air=(NonAirService("8"),),
    )  # fmt: skip


def everything() -> Pnr:
    """A booking with a value in every place that a message can fill."""
    plain = family()
    made = datetime(2025, 12, 31, 23, 58, tzinfo=UTC)
    mother, infant, boy = plain.travellers
    first, back = plain.itinerary
    ticket = replace(
        mother.tickets[0], taxes=(Tax("YQ", Decimal("3.40"), "AUD", "AU"), Tax("XF", Decimal("4.50"))),
        deadline=datetime(2026, 1, 6, 23, 59), carrier_code="999", connected="9991234567000",
        coupons=("1", "2"),
    )  # fmt: skip
    mother = replace(
        mother, tickets=(ticket,), identifications=(Identification("NI", "7701011234"),),
        fares=(Fare("A", 34, ("YN324N", "YN325N")),), age=34,
        fare_calculations=("SYD ZZ NRT 410.00NUC END",),
        frequent_flyers=(FrequentFlyer("ZZ", "1234567890", "GOLD", "HK"),),
        visas=(*mother.visas, Visa("K", "TT11223344", country="USA")),
    )  # fmt: skip
    boy = replace(boy, unaccompanied=True, age=8)
    group = Traveller("4", "HERON TOURS", group=True)
    payment = replace(
        plain.payments[0], payer_lines=("1 INVENTED STREET", "0291234567"), approval="A123",
        address=Address("700", "AU", "1 INVENTED STREET", "SYDNEY", "NSW", "2000"),
        contacts=(Contact("phone", "0291230000", "", "ADD", 0),),
    )  # fmt: skip
    shared = Leg(
        "YY", "ZZ", FlightNumber("YY", 4001), FlightNumber("ZZ", 2), "NRT", "SYD",
        DEPARTURE + timedelta(days=9), None,
    )  # fmt: skip
    past = ItinerarySegment(leg("ZZ", 9), "Y", "HX", 2)
    return replace(
        plain,
        travellers=(mother, infant, boy, group),
        itinerary=(
            replace(first, seats=(Seat("12A", "SEAT", 0, "N"), *first.seats[1:])),
            replace(back, leg=shared, operating_class="M"),
        ),
        originator=replace(
            plain.originator, company_city="SYD", communication="003956", party="94"
        ),
        payments=(Payment("GR", "", amount=Decimal("20.00")), payment),
        excess_baggage=(
            *plain.excess_baggage, ExcessBaggage(Decimal("5.00"), "AUD", None, 12, "kg", 2),
        ),
        group_size=20,
        splits=(Split(1, (Locator("ZZ", "OLD123", "", made),), "5", "from"),),
        non_air=(
            NonAirService(
                "8", datetime(2026, 3, 10, 15), datetime(2026, 3, 12, 11), "TYO", "HERON INN", "",
                "VN", "67576", "ROH", "HK", 1, ("QUIET ROOM",),
            ),
            NonAirService("2", datetime(2026, 3, 12, 12), None, "NRT", "", "KIX", "ZE"),
        ),
        history=(
            HistoryItem(
                "LHRRR", "LON", "ZZ", made, None,
                (
                    HistoryAction("X", names=(("GONE", "GIRL"),)),
                    HistoryAction("A", services=(SpecialService("OTHS", "HK", 1, "ZZ", text="X"),)),
                    HistoryAction(
                        "C", segments=(past,), texts=("F 10MAR26 SYD NRT",),
                        baggage=(Baggage(2, 30, "kg"),),
                    ),
                ),
            ),
            HistoryItem(
                "SYDZZ0100", "", "", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), 14,
                (HistoryAction("A", "NM", texts=("QUILLFEATHER/ODD MSTR",)),),
            ),
        ),
        history_items=3,
    )  # fmt: skip


def push(*records: Pnr) -> PnrPush:
    return PnrPush("ZZ", "SYD", "22", leg(), len(records), "1", None, "", records)
