"""Reader of PAXLST: passenger and crew lists (API), UN directories D.02B to D.17B.

Senders break the order of segments within a group, so only the trigger segments change state: NAD,
TDT, DOC, CNT, UNT. Everything unknown is counted, nothing is fatal, and what is wrong with one
person stays with that person.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from app.formats import codes, values
from app.formats.codes import FlightNumber
from app.formats.edifact import Fault, Position, RawMessage, Segment
from app.formats.paxlst_legs import ARRIVALS, DEPARTURES, StageDraft, StopDraft
from app.formats.paxlst_model import (
    Address,
    Bags,
    BagTags,
    Contact,
    Document,
    Function,
    Leg,
    Party,
    PassengerList,
    Person,
    Place,
    Role,
    StopKind,
)
from app.formats.paxlst_writer import parts, write

__all__ = [
    "Address",
    "BagTags",
    "Bags",
    "Contact",
    "Document",
    "Function",
    "Leg",
    "Party",
    "PassengerList",
    "Person",
    "Place",
    "Role",
    "StopKind",
    "parts",
    "read",
    "write",
]

_ROLES = {role.value: role for role in Role}
_STOPS = {kind.value: kind for kind in StopKind}
_ERRORS = frozenset({"role_missing", "name_missing"})  # all others are warnings
_STAGES = frozenset({"20", "34"})  # TDT 8051: main carriage, over-flight


def read(message: RawMessage) -> PassengerList:
    """What the message says; faults of the EDIFACT layer come first in its faults. Never raises."""
    reader = _Reader(message)
    for segment in message.segments:
        reader.take(segment)
    return reader.finish()


_NO_PLACE = Place()


class _DocumentDraft:
    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.issuer = _NO_PLACE
        self.dates = {"36": "", "182": ""}
        self.parsed: dict[str, date | None] = {"36": None, "182": None}

    def build(self) -> Document:
        return Document(
            type=self.segment.value(1).upper(),
            number=self.segment.value(2),
            issuer=self.issuer,
            expiry=self.parsed["36"],
            expiry_text=self.dates["36"],
            issue=self.parsed["182"],
            issue_text=self.dates["182"],
        )


class _PersonDraft:
    """Collects one NAD group; `scalars` are fields of Person set as they come."""

    def __init__(self, role: Role, name: tuple[str, str, str], nad: Segment) -> None:
        self.role = role
        self.name = name
        self.nad = nad
        self.scalars: dict[str, str] = {}
        self.birth_date: date | None = None
        self.birth_place = _NO_PLACE
        self.verified: bool | None = None
        self.contacts: list[Contact] = []
        self.documents: list[_DocumentDraft] = []
        self.references: list[tuple[str, str]] = []
        self.remarks: list[tuple[str, str]] = []
        self.bag_count: int | None = None
        self.bag_weight: Decimal | None = None
        self.bag_unit = ""
        self.bag_tags: list[BagTags] = []
        self.unknown: dict[str, int] = {}
        self.faults: list[Fault] = []

    def note_unknown(self, segment: Segment) -> None:
        kind = _kind(segment)
        self.unknown[kind] = self.unknown.get(kind, 0) + 1

    def build(self) -> Person:
        surname, given, middle = self.name
        return Person(
            role=self.role,
            surname=surname,
            given=given,
            middle=middle,
            birth_date=self.birth_date,
            birth_place=self.birth_place,
            address=_address(self.nad),
            contacts=tuple(self.contacts),
            documents=tuple(draft.build() for draft in self.documents),
            bags=Bags(self.bag_count, self.bag_weight, self.bag_unit, tuple(self.bag_tags)),
            references=tuple(self.references),
            verified=self.verified,
            remarks=tuple(self.remarks),
            unknown=tuple(self.unknown.items()),
            faults=tuple(self.faults),
            **self.scalars,
        )


class _Reader:
    def __init__(self, message: RawMessage) -> None:
        self.message = message
        self.bgm = ("", "")
        self.transaction = ("", "")
        self.parties: list[Party] = []
        self.stages: list[StageDraft] = []
        self.stage: StageDraft | None = None
        self.persons: list[_PersonDraft] = []
        self.person: _PersonDraft | None = None
        self.document: _DocumentDraft | None = None
        self.totals: dict[str, int | None] = {}
        self.unknown: Counter[str] = Counter()
        self.faults = list(message.faults)
        self._reference_day: date | None = None

    def take(self, segment: Segment) -> None:
        trigger = _TRIGGERS.get(segment.tag)
        if trigger:
            trigger(self, segment)
        elif self.person:
            handler = _PERSON_SEGMENTS.get(segment.tag, _unknown)
            handler(self, self.person, segment)
        else:
            _HEADER_SEGMENTS.get(segment.tag, _Reader.note_unknown)(self, segment)

    def finish(self) -> PassengerList:
        legs = tuple(leg for stage in self.stages for leg in stage.legs())
        if not any(leg.flight_text for leg in legs):
            self.faults.append(Fault("flight_missing", "no TDT names a flight"))
        self._check_totals()
        message = self.message
        return PassengerList(
            header=message.interchange,
            persons=tuple(draft.build() for draft in self.persons),
            legs=legs,
            document=self.bgm[0],
            function=self.bgm[1],
            reference=message.reference,
            version=f"{message.version}.{message.release}",
            agency=message.agency,
            association=message.association,
            common_access_reference=message.common_access_reference,
            sequence=message.sequence,
            part=message.part,
            transaction_reference=self.transaction[0],
            transaction_revision=self.transaction[1],
            parties=tuple(self.parties),
            total_passengers=self.totals.get("42"),
            total_crew=self.totals.get("41"),
            unknown=tuple(self.unknown.items()),
            faults=tuple(self.faults),
        )

    # --- helpers of the handlers ---

    def reference_day(self) -> date | None:
        """The day by which two-digit years are read: of the flight, else of the interchange."""
        if self._reference_day is None:
            stops = [stop for stage in self.stages for stop in stage.stops]
            moments = [stop.arrival or stop.departure for stop in stops]
            moment = next((m for m in moments if m), self.message.interchange.prepared)
            self._reference_day = moment.date() if moment else None
        return self._reference_day

    def note_unknown(self, segment: Segment) -> None:
        self.unknown[_kind(segment)] += 1

    def fault(
        self,
        code: str,
        text: str,
        segment: Segment,
        element: int | None = None,
        component: int | None = None,
    ) -> None:
        """Attach a fault to the person at hand, else to the message."""
        where = Position(self.message.reference, segment.number, segment.tag, element, component)
        faults = self.person.faults if self.person else self.faults
        faults.append(Fault(code, text, where, "error" if code in _ERRORS else "warning"))

    def _check_totals(self) -> None:
        """CNT counts the whole flight: comparable only when the list came in one part."""
        total = self.totals.get("42")
        if total is None or (self.message.sequence or 1) != 1 or self.message.part == "C":
            return
        crew = (Role.CREW, Role.TRANSIT_CREW)
        if total != sum(draft.role not in crew for draft in self.persons):
            text = "CNT counts other passengers than the list holds"
            self.faults.append(Fault("passenger_count", text, severity="warning"))


def _kind(segment: Segment) -> str:
    """Tag and qualifier for counting; a qualifier of odd shape may be data and is left out."""
    qualifier = segment.value(1)
    known_shape = 0 < len(qualifier) <= 3 and qualifier.isascii() and qualifier.isalnum()
    return f"{segment.tag}+{qualifier}" if known_shape else segment.tag


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


# --- trigger segments ----------------------------------------------------------------------------


def _nad(reader: _Reader, segment: Segment) -> None:
    qualifier = segment.value(1).upper()
    reader.person = reader.document = None
    role = _ROLES.get(qualifier)
    if role is None and not qualifier and reader.stages and len(segment.elements) > 2:
        # A name without role after the flight: kept as the kind of person that the list is about.
        crew = reader.bgm[0] in (Function.CREW_LIST, Function.MASTER_CREW_LIST)
        role = Role.CREW if crew else Role.PASSENGER
    if role is None:
        who = tuple(segment.composite(4) or segment.composite(3))
        reader.parties.append(Party(qualifier, segment.value(2), who))
        return
    reader.stage = None
    name = _name(segment)
    reader.person = _PersonDraft(role, name, segment)
    reader.persons.append(reader.person)
    if not qualifier:
        reader.fault("role_missing", "person without role", segment, 1, 1)
    if not any(name):
        reader.fault("name_missing", "person without name", segment, 4, 1)


def _tdt(reader: _Reader, segment: Segment) -> None:
    if reader.person and segment.value(1) not in _STAGES:
        reader.person.note_unknown(segment)
        return
    reader.person = reader.document = None
    reader.stage = StageDraft(segment)
    reader.stages.append(reader.stage)
    if FlightNumber.parse(reader.stage.text, reader.stage.carrier) is None:
        reader.fault("flight_number", "TDT names no readable flight number", segment, 2)


def _doc(reader: _Reader, segment: Segment) -> None:
    person = reader.person
    if person is None:
        reader.note_unknown(segment)
        return
    reader.document = _DocumentDraft(segment)
    person.documents.append(reader.document)
    if not segment.value(2):
        reader.fault("document_number_missing", "document without number", segment, 2, 1)


def _cnt(reader: _Reader, segment: Segment) -> None:
    reader.person = reader.document = reader.stage = None
    kind, count = segment.value(1), segment.value(1, 2) or segment.value(2)
    if kind in ("41", "42") and _count(count) is not None:
        reader.totals[kind] = _count(count)
    else:
        reader.note_unknown(segment)


def _ignore(reader: _Reader, _segment: Segment) -> None:
    reader.person = reader.document = reader.stage = None


_TRIGGERS: dict[str, Callable[[_Reader, Segment], None]] = {
    "NAD": _nad,
    "TDT": _tdt,
    "DOC": _doc,
    "CNT": _cnt,
    "UNH": _ignore,
    "UNT": _ignore,
}

# --- segments of the header and of the flight ----------------------------------------------------


def _bgm(reader: _Reader, segment: Segment) -> None:
    reader.bgm = (segment.value(1), segment.value(2).upper())


def _header_rff(reader: _Reader, segment: Segment) -> None:
    if segment.value(1).upper() == "TN":
        reader.transaction = (segment.value(1, 2), segment.value(1, 5))
    else:
        reader.note_unknown(segment)


def _header_com(reader: _Reader, segment: Segment) -> None:
    if not reader.parties:
        reader.note_unknown(segment)
        return
    party = reader.parties[-1]
    contacts = (*party.contacts, *_contacts(segment))
    reader.parties[-1] = Party(party.role, party.code, party.name, contacts)


def _stop(reader: _Reader, segment: Segment) -> None:
    kind = _STOPS.get(segment.value(1))
    if reader.stage is None or kind is None:
        reader.note_unknown(segment)
        return
    airport = segment.value(2).upper()
    reader.stage.stops.append(StopDraft(kind, airport))
    if len(airport) != 3 or not airport.isalpha():
        reader.fault("airport", "no airport code of three letters", segment, 2, 1)


def _stop_time(reader: _Reader, segment: Segment) -> None:
    qualifier, text = segment.value(1), segment.value(1, 2)
    stage = reader.stage
    if not stage or not stage.stops or qualifier not in DEPARTURES | ARRIVALS:
        reader.note_unknown(segment)
        return
    moment = values.message_time(text, segment.value(1, 3))
    if moment:
        stage.stops[-1].set_time(qualifier, moment)
    else:
        reader.fault("time", "no date and time", segment, 1, 2)


_HEADER_SEGMENTS: dict[str, Callable[[_Reader, Segment], None]] = {
    "BGM": _bgm,
    "RFF": _header_rff,
    "COM": _header_com,
    "LOC": _stop,
    "DTM": _stop_time,
}

# --- segments of a person ------------------------------------------------------------------------


def _name(nad: Segment) -> tuple[str, str, str]:
    """C080: surname, given, middle names (any further components are middle names)."""
    parts = nad.composite(4) or nad.composite(3)
    surname, given, *middle = (*parts, "", "")[: max(len(parts), 2)]
    return surname, given, " ".join(part for part in middle if part)


_NO_ADDRESS = Address()


def _address(nad: Segment) -> Address:
    if len(nad.elements) < 5:
        return _NO_ADDRESS
    street = " ".join(part for part in nad.composite(5) if part)
    region = nad.value(7) or nad.value(7, 4)
    return Address(street, nad.value(6), region, nad.value(8), nad.value(9))


def _contacts(segment: Segment) -> list[Contact]:
    pairs = ((*composite, "", "")[:2] for composite in segment.repeats(1))
    return [Contact(address, kind.upper()) for address, kind in pairs if address]


def _unknown(_reader: _Reader, person: _PersonDraft, segment: Segment) -> None:
    person.note_unknown(segment)


def _att(reader: _Reader, person: _PersonDraft, segment: Segment) -> None:
    if segment.value(1) != "2":
        _unknown(reader, person, segment)
        return
    sex = (segment.value(3) or segment.value(2)).upper()
    if sex in ("M", "F", "X", "U"):
        person.scalars["sex"] = sex
    elif sex:
        reader.fault("sex", "sex is none of M, F, X, U", segment, 3, 1)


def _dtm(reader: _Reader, person: _PersonDraft, segment: Segment) -> None:
    qualifier, text, code = segment.value(1), segment.value(1, 2), segment.value(1, 3)
    if qualifier == "329":
        person.scalars["birth_date_text"] = text
        person.birth_date = values.birth_date(text, reader.reference_day(), code)
        found = person.birth_date
    elif qualifier in ("36", "182") and reader.document:
        reader.document.dates[qualifier] = text
        found = values.document_date(text, reader.reference_day(), code)
        reader.document.parsed[qualifier] = found
    else:
        _unknown(reader, person, segment)
        return
    if text and found is None:
        reader.fault("date", "no such date, or beyond what is possible", segment, 1, 2)


def _mea(reader: _Reader, person: _PersonDraft, segment: Segment) -> None:
    """`MEA+CT++:2` is the guide's form, `MEA+CT++2` is sent as well."""
    qualifier = segment.value(1).upper()
    amount = segment.value(3, 2) or segment.value(3)
    if qualifier == "CT":
        person.bag_count = _count(amount)
    elif qualifier == "WT":
        person.bag_weight = _decimal(amount)
        person.bag_unit = segment.value(3).upper() if segment.value(3, 2) else ""
    else:
        _unknown(reader, person, segment)


def _decimal(text: str) -> Decimal | None:
    text = text.replace(",", ".")
    digits = text.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        return None
    return Decimal(text)


def _gei(reader: _Reader, person: _PersonDraft, segment: Segment) -> None:
    """GEI+4: 173 verified (old US lists say ZZZ), 174 not verified."""
    status = segment.value(2).upper()
    if segment.value(1) == "4" and status in ("173", "174", "ZZZ"):
        person.verified = status != "174"
    else:
        _unknown(reader, person, segment)


def _ftx(_reader: _Reader, person: _PersonDraft, segment: Segment) -> None:
    qualifier, texts = segment.value(1).upper(), segment.composite(4)
    if qualifier != "BAG":
        person.remarks.append((qualifier, " ".join(text for text in texts if text)))
    elif texts and texts[0] not in ("", "NULL"):
        count = _count(texts[1]) if len(texts) > 1 else None
        person.bag_tags.append(BagTags(texts[0], count or 1))


_AIRPORTS = {"22": "clearance_airport", "178": "journey_start", "179": "journey_end"}


def _loc(reader: _Reader, person: _PersonDraft, segment: Segment) -> None:
    qualifier, code = segment.value(1), segment.value(2).upper()
    if qualifier in _AIRPORTS:
        person.scalars[_AIRPORTS[qualifier]] = code
    elif qualifier == "174":
        person.scalars["residence"] = code
        _check_state(reader, segment, code)
    elif qualifier == "180":
        person.birth_place = _place(segment)
        _check_state(reader, segment, code)
    elif qualifier == "91" and reader.document:
        reader.document.issuer = _place(segment)
    else:
        _unknown(reader, person, segment)


def _place(loc: Segment) -> Place:
    region = loc.value(3, 4) or loc.value(4, 4)
    return Place(loc.value(2).upper(), loc.value(2, 4), region)


def _check_state(reader: _Reader, segment: Segment, code: str) -> None:
    if code and codes.country(code) is None:
        reader.fault("country", "unknown code of a state", segment, 2, 1)


def _nat(reader: _Reader, person: _PersonDraft, segment: Segment) -> None:
    if segment.value(1) != "2":
        _unknown(reader, person, segment)
        return
    person.scalars["nationality"] = segment.value(2).upper()
    _check_state(reader, segment, segment.value(2))


def _rff(_reader: _Reader, person: _PersonDraft, segment: Segment) -> None:
    """Empty references are sent and mean nothing."""
    if segment.value(1, 2):
        person.references.append((segment.value(1).upper(), segment.value(1, 2)))


def _com(_reader: _Reader, person: _PersonDraft, segment: Segment) -> None:
    person.contacts.extend(_contacts(segment))


def _emp(_reader: _Reader, person: _PersonDraft, segment: Segment) -> None:
    person.scalars["crew_category"] = segment.value(2).upper()


_PERSON_SEGMENTS: dict[str, Callable[[_Reader, _PersonDraft, Segment], None]] = {
    "ATT": _att,
    "COM": _com,
    "DTM": _dtm,
    "EMP": _emp,
    "FTX": _ftx,
    "GEI": _gei,
    "LOC": _loc,
    "MEA": _mea,
    "NAT": _nat,
    "RFF": _rff,
}
