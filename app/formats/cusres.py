"""CUSRES: a government's answer to a passenger list, its later word, the carrier's acknowledgement.

Three kinds by BGM 1001: 962 answers a PAXLST, 132 changes the status of a passenger unasked, 312 is
the carrier's echo of a 132. UN directories D.02B to D.17B, the WCO subset: RFF+TN, then a group per
leg (RFF+AF, DTM, LOC), then a group per statement (ERP, RFF, ERC, FTX). Senders break the order
within a group: only RFF+AF and ERP change state. Nothing is fatal.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.formats import values
from app.formats.codes import FlightNumber
from app.formats.edifact import Fault, Header, RawMessage, Segment, Writer
from app.formats.paxlst_model import Leg
from app.formats.paxlst_person import kind_of


class Kind(StrEnum):
    """BGM 1001."""

    RESPONSE = "962"
    STATUS_CHANGE = "132"
    ACKNOWLEDGEMENT = "312"


class Level(StrEnum):
    """ERP 1049: what a statement is about."""

    MESSAGE = "1"
    PERSON = "2"
    TRAILER = "3"


class Code(StrEnum):
    """ERC 9321. The first two are of the message, the others of one person."""

    ACCEPTED = "0"
    EXCEPTION = "1"
    BOARD = "0Z"
    DO_NOT_BOARD = "1Z"
    ADVISORY = "2Z"
    INSUFFICIENT_DATA = "4Z"


@dataclass(frozen=True, slots=True)
class Statement:
    """One ERP group. `level` and `codes` are as sent; `texts` are (qualifier, text) of FTX."""

    level: str
    codes: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()

    def reference(self, qualifier: str) -> str:
        """The first reference of that qualifier, '' when there is none."""
        return next((value for kind, value in self.references if kind == qualifier), "")

    @property
    def locator(self) -> str:
        """RFF AVF: record locator of the PNR."""
        return self.reference("AVF")

    @property
    def unique_reference(self) -> str:
        """RFF ABO: the carrier's key of this passenger, by which it matches."""
        return self.reference("ABO")

    @property
    def code(self) -> str:
        return self.codes[0] if self.codes else ""


@dataclass(frozen=True, slots=True)
class CustomsResponse:
    """One CUSRES message. `faults` holds those of the EDIFACT layer first."""

    header: Header
    kind: str = Kind.RESPONSE
    transaction_reference: str = ""  # RFF TN, of the PAXLST or of the 132
    transaction_revision: str = ""
    legs: tuple[Leg, ...] = ()
    statements: tuple[Statement, ...] = ()
    reference: str = "1"
    version: str = "D.05B"
    agency: str = "UN"
    association: str = "IATA"
    common_access_reference: str = ""
    sequence: int | None = 1
    part: str = "F"
    unknown: tuple[tuple[str, int], ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def flight(self) -> FlightNumber | None:
        """Number of the leg that crosses the border, else of the first leg that has one."""
        numbered = [leg for leg in self.legs if leg.flight]
        crossing = [leg for leg in numbered if leg.crosses_border]
        return next((leg.flight for leg in (*crossing, *numbered)), None)

    @property
    def people(self) -> tuple[Statement, ...]:
        """The statements about single passengers."""
        return tuple(one for one in self.statements if one.level == Level.PERSON)


# --- reading -------------------------------------------------------------------------------------


def read(message: RawMessage) -> CustomsResponse:
    """What the message says; faults of the EDIFACT layer come first in its faults. Never raises."""
    reader = _Reader(message)
    for segment in message.segments:
        _HANDLERS.get(segment.tag, _Reader.note_unknown)(reader, segment)
    return reader.finish()


class _LegDraft:
    def __init__(self, text: str) -> None:
        self.text = text
        self.stops: list[tuple[str, str]] = []
        self.departure: datetime | None = None
        self.arrival: datetime | None = None

    def build(self) -> Leg:
        """The place of arrival comes second, or alone under its own qualifier (87)."""
        kinds = {kind for kind, _ in self.stops}
        places = [code for _, code in self.stops[:2]]
        if [kind for kind, _ in self.stops[:2]] in (["87"], ["87", "125"]):
            places = ["", *places] if len(places) == 1 else places[::-1]
        start, end = (*places, "", "")[:2]
        return Leg(
            FlightNumber.parse(self.text), self.text, departure_airport=start, arrival_airport=end,
            departure=self.departure, arrival=self.arrival,
            crosses_border=bool(kinds) and kinds <= {"125", "87"},
        )  # fmt: skip


class _StatementDraft:
    def __init__(self, erp: Segment) -> None:
        self.erp = erp
        self.level = erp.value(1)
        self.codes: list[str] = []
        self.references: list[tuple[str, str]] = []
        self.texts: list[tuple[str, str]] = []

    def build(self) -> Statement:
        return Statement(self.level, tuple(self.codes), tuple(self.references), tuple(self.texts))


class _Reader:
    def __init__(self, message: RawMessage) -> None:
        self.message = message
        self.kind = ""
        self.transaction = ("", "")
        self.legs: list[_LegDraft] = []
        self.statements: list[_StatementDraft] = []
        self.unknown: Counter[str] = Counter()
        self.faults = list(message.faults)

    def finish(self) -> CustomsResponse:
        self._check()
        message = self.message
        return CustomsResponse(
            message.interchange, self.kind, *self.transaction,
            tuple(draft.build() for draft in self.legs),
            tuple(draft.build() for draft in self.statements),
            message.reference, f"{message.version}.{message.release}", message.agency,
            message.association, message.common_access_reference, message.sequence, message.part,
            tuple(self.unknown.items()), tuple(self.faults),
        )  # fmt: skip

    def note_unknown(self, segment: Segment) -> None:
        self.unknown[kind_of(segment)] += 1

    def fault(self, code: str, text: str, segment: Segment, element: int, component: int) -> None:
        where = self.message.position(segment, element, component)
        self.faults.append(Fault(code, text, where, "warning"))

    def _check(self) -> None:
        if not self.kind:
            text = "BGM names none of response, change of status, acknowledgement"
            self.faults.append(Fault("response_kind", text, severity="warning"))
        if not self.legs:
            self.faults.append(
                Fault("flight_missing", "no RFF+AF names a flight", severity="warning")
            )
        for draft in self.statements:
            if not draft.codes:
                self.fault("response_missing", "ERP without ERC", draft.erp, 1, 1)
            if draft.level == Level.PERSON and not draft.references:
                self.fault("reference_missing", "nothing says whom this is about", draft.erp, 1, 1)


def _bgm(reader: _Reader, segment: Segment) -> None:
    found = segment.value(1)
    if found in set(Kind):
        reader.kind = found


def _rff(reader: _Reader, segment: Segment) -> None:
    qualifier, value = segment.value(1).upper(), segment.value(1, 2)
    if reader.statements:
        if value:  # empty references are sent and mean nothing
            reader.statements[-1].references.append((qualifier, value))
    elif qualifier == "AF":
        reader.legs.append(_LegDraft(value))
        if FlightNumber.parse(value) is None:
            reader.fault("flight_number", "RFF+AF is no readable flight number", segment, 1, 2)
    elif qualifier == "TN":
        reader.transaction = (value, segment.value(1, 5))
    else:
        reader.note_unknown(segment)


def _dtm(reader: _Reader, segment: Segment) -> None:
    qualifier = segment.value(1)
    if not reader.legs or reader.statements or qualifier not in ("189", "232"):
        reader.note_unknown(segment)
        return
    moment = values.message_time(segment.value(1, 2), segment.value(1, 3))
    if moment is None:
        reader.fault("time", "no date and time", segment, 1, 2)
    elif qualifier == "189":
        reader.legs[-1].departure = moment
    else:
        reader.legs[-1].arrival = moment


def _loc(reader: _Reader, segment: Segment) -> None:
    qualifier, airport = segment.value(1), segment.value(2).upper()
    if not reader.legs or reader.statements or qualifier not in ("125", "87", "92", "130"):
        reader.note_unknown(segment)
        return
    reader.legs[-1].stops.append((qualifier, airport))
    if len(airport) != 3 or not airport.isalpha():
        reader.fault("airport", "no airport code of three letters", segment, 2, 1)


def _erp(reader: _Reader, segment: Segment) -> None:
    draft = _StatementDraft(segment)
    reader.statements.append(draft)
    if draft.level not in set(Level):
        reader.fault("response_level", "ERP is neither of message nor of person", segment, 1, 1)


def _erc(reader: _Reader, segment: Segment) -> None:
    code = segment.value(1).upper()
    if not reader.statements:
        reader.fault("response_misplaced", "ERC before any ERP", segment, 1, 1)
    elif not code:
        reader.fault("response_missing", "ERC without code", segment, 1, 1)
    else:
        reader.statements[-1].codes.append(code)
        if code not in set(Code):
            reader.fault("response_code", "unknown code of a response", segment, 1, 1)


def _ftx(reader: _Reader, segment: Segment) -> None:
    if not reader.statements:
        reader.note_unknown(segment)
        return
    text = " ".join(part for part in segment.composite(4) if part)
    reader.statements[-1].texts.append((segment.value(1).upper(), text))


def _ignore(_reader: _Reader, _segment: Segment) -> None:
    """UNH and UNT are the EDIFACT layer's."""


_HANDLERS: dict[str, Callable[[_Reader, Segment], None]] = {
    "UNH": _ignore,
    "UNT": _ignore,
    "BGM": _bgm,
    "RFF": _rff,
    "DTM": _dtm,
    "LOC": _loc,
    "ERP": _erp,
    "ERC": _erc,
    "FTX": _ftx,
}

# --- writing -------------------------------------------------------------------------------------


def write(*responses: CustomsResponse) -> str:
    """One interchange with a message for each response; the header of the first is the interchange's.

    What `read` took from a message, `write` gives back. Raises ValueError without any response or
    when the header has no time of preparation.
    """
    if not responses:
        raise ValueError("an interchange needs a response")
    out = Writer.of(responses[0].header)
    for response in responses:
        _message(out, response)
    return out.close()


def _message(out: Writer, response: CustomsResponse) -> None:
    version, _, release = response.version.partition(".")
    identifier = ("CUSRES", version, release, response.agency, response.association)
    access = response.common_access_reference
    out.begin(response.reference, identifier, access, response.sequence, response.part)
    out.segment("BGM", response.kind)
    if response.transaction_reference or response.transaction_revision:
        reference = response.transaction_reference
        out.segment("RFF", ("TN", reference, "", "", response.transaction_revision))
    for leg in response.legs:
        _leg(out, leg)
    for statement in response.statements:
        _statement(out, statement)
    out.end()


def _leg(out: Writer, leg: Leg) -> None:
    flight = leg.flight_text or (leg.flight.padded if leg.flight else "")
    out.segment("RFF", ("AF", flight))
    for qualifier, moment in (("189", leg.departure), ("232", leg.arrival)):
        if moment:
            out.segment("DTM", (qualifier, f"{moment:%y%m%d%H%M}", "201"))
    for qualifier, airport in _stops(leg):
        out.segment("LOC", qualifier, airport)


def _stops(leg: Leg) -> Iterator[tuple[str, str]]:
    start, end = ("125", "87") if leg.crosses_border else ("92", "92")
    if leg.departure_airport or (leg.arrival_airport and not leg.crosses_border):
        yield start, leg.departure_airport
    if leg.arrival_airport:
        yield end, leg.arrival_airport


def _statement(out: Writer, statement: Statement) -> None:
    out.segment("ERP", statement.level)
    for reference in statement.references:
        out.segment("RFF", reference)
    for code in statement.codes:
        out.segment("ERC", code)
    for qualifier, text in statement.texts:
        out.segment("FTX", qualifier, "", "", text)
