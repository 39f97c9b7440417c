"""Reader of PAXLST: passenger and crew lists (API), UN directories D.02B to D.17B.

Senders break the order of segments within a group, so only the trigger segments change state: NAD,
TDT, DOC, CNT, UNT. Everything unknown is counted, nothing is fatal, and what is wrong with one
person stays with that person.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from app.formats import values
from app.formats.codes import FlightNumber
from app.formats.edifact import Fault, RawMessage, Segment
from app.formats.paxlst_damage import ONCE, Damaged, is_damaged, mended
from app.formats.paxlst_legs import TIMES, StageDraft, StopDraft
from app.formats.paxlst_model import (
    Address,
    Bags,
    BagTags,
    Contact,
    CrewCategory,
    Document,
    DocumentType,
    Function,
    Leg,
    Party,
    PassengerList,
    Person,
    Place,
    Purpose,
    Reference,
    Role,
    StopKind,
    reference_suffices,
)
from app.formats.paxlst_person import PersonDraft, Remembered, contacts, count_of, kind_of
from app.formats.paxlst_plain import openings
from app.formats.paxlst_writer import parts, write
from app.formats.pnrgov.privacy import SENSITIVE_SSR
from app.formats.values import Centuries

__all__ = [
    "Address",
    "BagTags",
    "Bags",
    "Contact",
    "CrewCategory",
    "Document",
    "DocumentType",
    "Function",
    "Leg",
    "Party",
    "PassengerList",
    "Person",
    "Place",
    "Purpose",
    "Reference",
    "Role",
    "StopKind",
    "parts",
    "read",
    "write",
]

_ROLES = {role.value: role for role in Role}
_STOPS = {kind.value: kind for kind in StopKind}
_PARTIES = frozenset(
    {"MS", "MR", "CA", "CM", "GO", "VW"}
)  # NAD 3035: sender, carrier, customs, offices
_STAGES = frozenset({"20", "34"})  # TDT 8051: main carriage, over-flight
_PLACES = frozenset({"172", "188"})  # LOC 3227 of no stop: reporting, filing location
_OF_PERSONS = frozenset({"ATT", "NAT", "DOC", "GEI", "EMP"})  # of SG4 and SG5 alone
_EARLY = "stops or times in front of their flight"
_CREW = frozenset({Role.CREW, Role.TRANSIT_CREW})
_COUNTS = frozenset({"3", "41", "42", "59"})  # CNT 6069


def read(
    message: RawMessage,
    *,
    deny: frozenset[str] = SENSITIVE_SSR,
    received: datetime | None = None,
) -> PassengerList:
    """What the message says; faults of the EDIFACT layer come first in its faults. Never raises.

    `deny` holds the service codes whose remarks (FTX) are dropped and counted. Where neither flight nor
    interchange tells a day, `received` settles the centuries of birth dates and documents.
    """
    day = message.interchange.prepared or received
    try:
        return _read(_Reader(message, deny, day), watch=True)
    except Damaged:
        return _read(_Reader(mended(message), deny, day), watch=False)


def _read(reader: "_Reader", *, watch: bool) -> PassengerList:
    """Reads; with `watch` raises Damaged where something may be another person's."""
    message = reader.message
    separators = message.segments.separators
    component, told_by = separators.component, openings(separators.element)
    remembered: Remembered = {}
    said_before, told_of = remembered.get, told_by.get
    once = ONCE if watch else frozenset()
    person: PersonDraft | None = None
    for number, text in message.segments.numbered():
        if person:
            said = said_before(text)
            if said:  # half of the segments of a flight
                field, value = said
                if field in once and getattr(person, field) not in ("", value):
                    raise Damaged
                setattr(person, field, value)
                continue
            opening, _, value = text.partition(component)
            told = told_of(opening)
            if told and told(person, value):
                continue
        segment = Segment(text, number, separators)
        segment.tag = segment.tag.upper()  # nobody is to be lost by it
        is_plain = (
            segment.tag == "NAD" and len(segment.texts) < 9
        )  # no address, nothing glued to it
        if watch and not is_plain and is_damaged(segment, text, person):
            raise Damaged
        if not (person and person.take(segment, remembered, text)):
            reader.take(segment)
            person = reader.person
    return reader.finish()


class _Reader:
    def __init__(self, message: RawMessage, deny: frozenset[str], day: datetime | None) -> None:
        self.message = message
        self.day = day
        self.deny = deny
        self.bgm = ("", "", "")
        self.transaction = ("", "")
        self.references: list[tuple[str, str]] = []
        self.times: list[tuple[str, datetime]] = []
        self.places: list[tuple[str, str]] = []
        self.parties: list[Party] = []
        self.stages: list[StageDraft] = []
        self.early: list[StopDraft] = []
        self.stage: StageDraft | None = None
        self.stop: StopDraft | None = None
        self.persons: list[PersonDraft] = []
        self.person: PersonDraft | None = None
        self.counts: dict[str, int] = {}
        self.unknown: Counter[str] = Counter()
        self.faults = list(message.faults)
        self.nobody = False
        self._centuries: Centuries | None = None

    def take(self, segment: Segment) -> None:
        """A segment that is not one person's."""
        if segment.tag in _TRIGGERS:
            _TRIGGERS[segment.tag](self, segment)
        elif self.person:
            self.person.note_unknown(segment)
        else:
            _HEADER_SEGMENTS.get(segment.tag, _Reader.note_unknown)(self, segment)

    def finish(self) -> PassengerList:
        self._place_early()
        legs = tuple(leg for stage in self.stages for leg in stage.legs())
        if not any(leg.flight for leg in legs) and self.bgm[0] != Function.MASTER_CREW_LIST:
            self.faults.append(Fault("flight_missing", "no TDT names a readable flight"))
        self._check_totals()
        message = self.message
        by_reference = reference_suffices(*self.bgm[:2])
        return PassengerList(
            header=message.interchange,
            persons=tuple(draft.build(reference_suffices=by_reference) for draft in self.persons),
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
            total_passengers=self.counts.get("42"),
            total_crew=self.counts.get("41"),
            function_version=self.bgm[2],
            references=tuple(self.references),
            times=tuple(self.times),
            places=tuple(self.places),
            counts=tuple(pair for pair in self.counts.items() if pair[0] not in ("41", "42")),
            unknown=tuple(self.unknown.items()),
            faults=tuple(self.faults),
        )

    # --- helpers of the handlers ---

    def leave_flight(self) -> None:
        self.stage = self.stop = None

    def centuries(self) -> Centuries | None:
        """By which two-digit years are read: of the flight's day, else of the interchange's."""
        if self._centuries is None:
            self._place_early()
            stops = [stop for stage in self.stages for stop in (*stage.stops, stage.own)]
            moments = [stop.arrival or stop.departure for stop in stops]
            moment = next((m for m in moments if m), self.day)
            self._centuries = Centuries.by(moment.date()) if moment else None
        return self._centuries

    def _place_early(self) -> None:
        """Stops in front of TDT are the first flight's where it has none behind it; so are such times."""
        if not self.stages:
            return
        first, early, self.early = self.stages[0], self.early, []
        if early and not first.stops:
            first.stops = early
            self.faults.append(Fault("segment_order", _EARLY, severity="warning"))
        elif early:
            self.unknown.update(f"LOC+{stop.kind.value}" for stop in early)
        told = [time for time in self.times if time[0] in TIMES]
        if told and not any(stop.departure or stop.arrival for stop in (*first.stops, first.own)):
            for qualifier, moment in told:
                first.own.set_time(qualifier, moment)
            self.times = [time for time in self.times if time not in told]
            self.faults.append(Fault("segment_order", _EARLY, severity="warning"))

    def note_unknown(self, segment: Segment) -> None:
        if segment.tag in _OF_PERSONS and not self.nobody:
            self.nobody = True  # once: more follow of the same person
            text = "segments of a person whom no NAD begins"
            self.faults.append(Fault("person_unread", text, self.message.position(segment)))
        self.unknown[kind_of(segment)] += 1

    def fault(
        self,
        code: str,
        text: str,
        segment: Segment,
        element: int | None = None,
        component: int | None = None,
    ) -> None:
        where = self.message.position(segment, element, component)
        self.faults.append(Fault(code, text, where, "warning"))

    def _check_totals(self) -> None:
        """CNT counts the whole flight: comparable in one part only. A passenger list may count another's crew."""
        if (self.message.sequence or 1) != 1 or self.message.part == "C":
            return
        passengers, crew = self.counts.get("42"), self.counts.get("41")
        found = sum(draft.role in _CREW for draft in self.persons)
        if passengers not in (None, len(self.persons) - found):
            text = "CNT counts other passengers than the list holds"
            self.faults.append(Fault("passenger_count", text, severity="warning"))
        if crew not in (None, found) and self.bgm[0] == Function.CREW_LIST:
            text = "CNT counts another crew than the list holds"
            self.faults.append(Fault("crew_count", text, severity="warning"))


# --- trigger segments ----------------------------------------------------------------------------


def _nad(reader: _Reader, segment: Segment) -> None:
    qualifier = segment.value(1).upper()
    reader.person = None
    role = _ROLES.get(qualifier)
    if role is None and reader.stages and qualifier not in _PARTIES and len(segment.texts) > 3:
        # A name in no role of a person after the flight: kept as the kind that the list is about.
        crew = reader.bgm[0] in (Function.CREW_LIST, Function.MASTER_CREW_LIST)
        role = Role.CREW if crew else Role.PASSENGER
    if role is None:
        who = tuple(segment.composite(4) or segment.composite(3))
        reader.parties.append(Party(qualifier, segment.value(2), who))
        return
    reader.leave_flight()
    reader.person = person = PersonDraft(
        role, segment, reader.message.reference, reader.centuries(), reader.deny
    )
    reader.persons.append(person)
    if not qualifier:
        person.fault("role_missing", "person without role", segment, 1, 1)
    elif qualifier not in _ROLES:
        person.fault("role_unknown", "person of a role that is not known", segment, 1, 1)


def _tdt(reader: _Reader, segment: Segment) -> None:
    if reader.person and segment.value(1) not in _STAGES:
        reader.person.note_unknown(segment)
        return
    reader.person = None
    reader.leave_flight()
    reader.stage = StageDraft(segment)
    reader.stages.append(reader.stage)
    if reader.bgm[0] == Function.MASTER_CREW_LIST:  # `XX01MCL` names the list, no flight
        return
    if FlightNumber.parse(reader.stage.text, reader.stage.carrier) is None:
        reader.fault("flight_number", "TDT names no readable flight number", segment, 2)


def _cnt(reader: _Reader, segment: Segment) -> None:
    _leave(reader, segment)
    kind, count = segment.value(1), count_of(segment.value(1, 2) or segment.value(2))
    if kind in _COUNTS and count is not None:
        reader.counts[kind] = count
    else:
        reader.note_unknown(segment)


def _leave(reader: _Reader, _segment: Segment) -> None:
    reader.person = None
    reader.leave_flight()


_TRIGGERS: dict[str, Callable[[_Reader, Segment], None]] = {
    "NAD": _nad,
    "TDT": _tdt,
    "CNT": _cnt,
    "UNH": _leave,
    "UNT": _leave,
}

# --- segments of the header and of the flight ----------------------------------------------------


def _bgm(reader: _Reader, segment: Segment) -> None:
    function, version = segment.head(2, 2)
    reader.bgm = (segment.value(1), function.upper(), version)


def _header_rff(reader: _Reader, segment: Segment) -> None:
    kind, value, _, _, revision = segment.head(1, 5)
    if kind.upper() == "TN":
        reader.transaction = (value, revision)
    elif value:
        reader.references.append((kind.upper(), value))


def _header_com(reader: _Reader, segment: Segment) -> None:
    if not reader.parties:
        reader.note_unknown(segment)
        return
    party = reader.parties[-1]
    known = (*party.contacts, *contacts(segment))
    reader.parties[-1] = replace(party, contacts=known)


def _header_cta(reader: _Reader, segment: Segment) -> None:
    """Whom to ask at the party before it."""
    if not reader.parties:
        reader.note_unknown(segment)
        return
    who = tuple(segment.composite(2))
    reader.parties[-1] = replace(
        reader.parties[-1], contact_function=segment.value(1).upper(), contact=who
    )


def _loc(reader: _Reader, segment: Segment) -> None:
    qualifier, code = segment.value(1), segment.value(2).upper()
    kind = _STOPS.get(qualifier)
    reader.stop = None
    if qualifier in _PLACES:
        reader.places.append((qualifier, code))
    elif kind and (reader.stage or not reader.stages):
        reader.stop = StopDraft(kind, code)
        (reader.stage.stops if reader.stage else reader.early).append(reader.stop)
    else:
        reader.note_unknown(segment)
        return
    if len(code) != 3 or not code.isalpha():
        reader.fault("airport", "no airport code of three letters", segment, 2, 1)


def _dtm(reader: _Reader, segment: Segment) -> None:
    """The time of the stop before it, else of the flight before it, else one of the whole message."""
    qualifier, text, code = segment.head(1, 3)
    moment = values.message_time(text, code)
    if moment is None:
        reader.fault("time", "no date and time", segment, 1, 2)
        return
    stop = reader.stop or (reader.stage.own if reader.stage else None)
    if stop and qualifier in TIMES:
        stop.set_time(qualifier, moment)
    else:
        reader.times.append((qualifier, moment))


_HEADER_SEGMENTS: dict[str, Callable[[_Reader, Segment], None]] = {
    "BGM": _bgm,
    "RFF": _header_rff,
    "COM": _header_com,
    "CTA": _header_cta,
    "LOC": _loc,
    "DTM": _dtm,
}
