from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.codes import FlightNumber
from app.formats.edifact import interchanges
from app.formats.pnrgov import Pnr, PnrPush, read, record, write
from app.formats.pnrgov.record import (
    Baggage,
    BagTag,
    CheckIn,
    Document,
    ItinerarySegment,
    Leg,
    Locator,
    Traveller,
)
from tests.formats.bookings import DEPARTURE, PREPARED, everything, family, leg, push


def text_of(found: PnrPush) -> str:
    return write(found, recipient="GOV", prepared=PREPARED, control_reference="R1")


def back(found: PnrPush) -> PnrPush:
    (interchange,) = interchanges(text_of(found).encode())
    (message,) = interchange.messages
    assert (interchange.faults, message.faults) == ([], [])
    return read(message)


def without_positions(found: PnrPush) -> PnrPush:
    return replace(found, records=tuple(replace(pnr, segment=0) for pnr in found.records))


def test_a_whole_booking_reads_back_as_it_was() -> None:
    sent = push(family(), family(1, "XYZ789"))
    assert without_positions(back(sent)) == sent


def test_a_value_in_every_place_reads_back_as_it_was() -> None:
    sent = push(everything())
    found = without_positions(back(sent))
    for name in (one.name for one in fields(Pnr)):
        assert getattr(found.records[0], name) == getattr(sent.records[0], name), name
    assert found == sent


def test_the_booking_with_everything_has_something_in_every_place() -> None:
    """A field that is added later and that no test fills is found here."""
    filled: dict[str, set[str]] = {}
    _note_filled(everything(), filled)
    for kind in (
        Pnr, Traveller, ItinerarySegment, CheckIn, Leg, Locator, record.Ticket, record.Payment,
        record.Originator, record.HistoryItem, record.HistoryAction, record.NonAirService,
        record.Seat, record.Split, record.Tax, record.Fare, record.ExcessBaggage, record.Contact,
        Document, record.Visa, Baggage, record.FrequentFlyer,
    ):  # fmt: skip
        empty = {one.name for one in fields(kind)} - filled[kind.__name__]
        assert empty <= NOT_WRITTEN.get(kind.__name__, set()), kind.__name__


NOT_WRITTEN = {
    "Pnr": {"index", "segment", "removed", "unmatched_documents", "dropped", "faults"},
    "Traveller": {"boarding_status"},
    "Locator": {"kind"},
    "Payment": {"fingerprint"},
    "Document": {"primary"},
    "Visa": {"infant"},
}


def _note_filled(value: object, filled: dict[str, set[str]]) -> None:
    if isinstance(value, tuple):
        for one in value:
            _note_filled(one, filled)
    elif is_dataclass(value):
        known = filled.setdefault(type(value).__name__, set())
        for one in fields(value):
            found = getattr(value, one.name)
            if found is not False and found not in ("", None, ()):
                known.add(one.name)
            _note_filled(found, filled)


def test_it_is_release_eleven_one_with_una_and_counted_segments() -> None:
    text = text_of(push(family()))
    assert text.startswith(
        "UNA:+.?*'UNB+IATA:1+ZZ+GOV+260309:1200+R1++PNRGOV'UNH+1+PNRGOV:11:1:IA+"
    )
    segments = text.rstrip("'").split("'")
    start = next(i for i, s in enumerate(segments) if s.startswith("UNH"))
    assert segments[-2] == f"UNT+{len(segments) - 1 - start}+1"
    for tag in ("SRC", "RCI", "ORG", "ADD", "TIF", "TKT", "FOP", "TVL", "DAT", "TRI", "SSD", "TBD"):
        assert any(s.split("+")[0] == tag for s in segments)
    assert "SSR+DOCS:HK:1::::::/P/UTO/L0000000/UTO/23APR91/F/04MAY31/QUILLFEATHER/MAREN IDA" in text


def test_parts_updates_and_removed_bookings() -> None:
    gone = Pnr(0, 0, (Locator("ZZ", "GONE12"),), removed=True)
    sent = replace(push(gone), function="141", sequence=2, part="F")
    found = back(sent)
    assert (found.full, found.sequence, found.part) == (False, 2, "F")
    assert found.records[0].removed


def test_code_share() -> None:
    shared = Leg(
        "YY", "ZZ", FlightNumber("YY", 4001), FlightNumber("ZZ", 1), "SYD", "NRT", DEPARTURE, None
    )
    sent = push(Pnr(0, 0, itinerary=(ItinerarySegment(shared, "M", pushed=True),)))
    assert without_positions(back(sent)).records == sent.records


def test_separators_in_names_and_remarks_survive() -> None:
    pnr = Pnr(0, 0, travellers=(Traveller("1", "O'BRIEN+CO:?", "A?B"),), texts=("A+B:C'D?E",))
    (found,) = back(push(pnr)).records
    assert (found.travellers[0].surname, found.texts) == ("O'BRIEN+CO:?", ("A+B:C'D?E",))


NAME = st.text(alphabet="ABCDEFGHIJKLNOPQTUVWXYZ", min_size=1, max_size=20)
DAY = st.dates(date(1930, 1, 1), date(2026, 3, 1))


@st.composite
def bookings(draw: st.DrawFn) -> Pnr:
    """Travellers of different names; each with a document or none, checked in or not."""
    names = draw(st.lists(NAME, min_size=1, max_size=5, unique=True))
    travellers, check_ins = [], []
    for index, surname in enumerate(names):
        given_name, born = draw(NAME), draw(DAY)
        known = draw(st.booleans())
        number = draw(st.text(alphabet="ABC0123456789", min_size=1, max_size=9))
        document = Document(
            "P", "JPN", number, "JPN", born, "F", False, date(2030, 1, 1), surname, given_name
        )
        travellers.append(
            Traveller(
                reference=str(index + 1),
                surname=surname,
                given=given_name,
                kind=draw(st.sampled_from(["ADT", "CHD", ""])),
                birth=born if known else None,
                sex="F" if known else "",
                documents=(document,) if known else (),
            )
        )
        if draw(st.booleans()):
            pieces = draw(st.integers(0, 4))
            tags = tuple(BagTag("999", f"{draw(st.integers(0, 9**9)):010d}") for _ in range(pieces))
            bags = Baggage(pieces, draw(st.integers(0, 99)), "kg", tags=tags)
            at = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
            seat = draw(st.sampled_from(["1A", "23K", ""]))
            check_ins.append(CheckIn(index, str(index), seat, "Y", bags, at, "ZZ"))
    flight = ItinerarySegment(leg(), "Y", "HK", len(names), pushed=True, check_ins=tuple(check_ins))
    return Pnr(0, 0, (Locator("ZZ", "ABC123"),), travellers=tuple(travellers), itinerary=(flight,))


@settings(max_examples=80)
@given(st.lists(bookings(), max_size=3))
def test_any_bookings_read_back_as_they_were(records: list[Pnr]) -> None:
    sent = push(*(replace(pnr, index=index) for index, pnr in enumerate(records)))
    assert without_positions(back(sent)) == sent
