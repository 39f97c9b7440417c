"""PNRGOV in XML (IATA_PNRGOV_NotifRQ, and bare lists of PNR elements) to the same values: `read_xml`.

Bookings are collected into the drafts that segments are collected into, so that documents, seats and
infants find their travellers in the same way (`linking`).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from app.formats.edifact import Fault, Position
from app.formats.pnrgov import linking
from app.formats.pnrgov.elements import code, number
from app.formats.pnrgov.privacy import SENSITIVE_SSR
from app.formats.pnrgov.record import Leg, Pnr, PnrPush
from app.formats.pnrgov.xml_booking import booking, leg_of
from app.formats.pnrgov.xml_pieces import parse_pieces
from app.formats.pnrgov.xml_tree import Node, parse
from app.formats.stretches import ROOTS

MOST_LEGS = 20  # of a document; a flight has one, with its stops and days a few


def read_xml(
    data: bytes,
    before: int = 0,
    *,
    deny: frozenset[str] = SENSITIVE_SSR,
    fingerprint: Callable[[str], str] | None = None,
) -> list[PnrPush]:
    """A document: one push for each FlightLeg, at least one; where documents stand within other elements,
    of each of them. Never raises; `deny` and `fingerprint` as in `read`. Positions of faults have the
    line as segment, counted on from those `before` the document.

    What is not well-formed is read once more, each booking for itself (:mod:`xml_pieces`).
    A bare list names no flight: its bookings are sorted by the flight that most of them have.
    """
    reading = _Reading(deny, fingerprint)
    faults = parse(data, reading.take, reading.begin, before=before)
    if any(one.code == "xml_syntax" for one in faults):
        again = _Reading(deny, fingerprint)
        told = parse_pieces(data, again.take, again.begin, before=before)
        if told is not None:
            return again.finish(told)
    return reading.finish(faults)


class _Reading:
    """Finds the documents among the elements, each from one of the known roots to its end."""

    def __init__(self, deny: frozenset[str], fingerprint: Callable[[str], str] | None) -> None:
        self.deny = deny
        self.fingerprint = fingerprint
        self.outermost: Node | None = None
        self.now: _Document | None = None
        self.documents: list[_Document] = []

    def begin(self, node: Node) -> None:
        self.outermost = self.outermost or node
        if self.now is None and node.name in ROOTS:
            self.now = _Document(node, self.deny, self.fingerprint)
            self.documents.append(self.now)

    def take(self, node: Node) -> bool:
        if self.now is None:  # of what stands around documents nothing is kept
            return True
        taken = self.now.take(node)
        if node is self.now.root:
            self.now = None
        return taken

    def finish(self, faults: Sequence[Fault]) -> list[PnrPush]:
        """The pushes of each document; faults of the whole stand with the last one that was begun."""
        none = _Document(Node("", {}, 0), self.deny, self.fingerprint)
        documents = self.documents or [none]
        if self.outermost and self.outermost is not documents[0].root:
            text = "the document stands within another one"
            fault = Fault("xml_envelope", text, _at(self.outermost), "warning")
            documents[0].faults.append(fault)
        last = documents[-1]
        return [push for one in documents for push in one.finish(faults if one is last else ())]


class _Document:
    def __init__(
        self, root: Node, deny: frozenset[str], fingerprint: Callable[[str], str] | None
    ) -> None:
        self.deny = deny
        self.fingerprint = fingerprint
        self.root = root
        self.legs: list[Leg] = []
        self.known: set[Leg] = set()
        self.is_beyond = False
        self.records: list[Pnr] = []
        self.originator = Node("", {}, 0)
        self.expected: int | None = None
        self.faults: list[Fault] = []

    def take(self, node: Node) -> bool:
        """Elements at their end; bookings are made at once and their elements let go."""
        match node.name:
            case "Originator":
                self.originator = node
            case "FlightLeg":
                self._flight_leg(node)
            case "PNRs":
                self.expected = number(node.get("NumberOfPnrs"))
            case "PNR":
                self._booking(node)
            case _:
                return False
        return True

    def _flight_leg(self, node: Node) -> None:
        leg = leg_of(node)
        if leg.marketing is None or leg.departure_local is None:
            text = "flight number or date cannot be read"
            self.faults.append(Fault("flight", text, _at(node)))
        if leg in self.known:  # the same flight again is the same push
            return
        if len(self.legs) >= MOST_LEGS:
            if not self.is_beyond:
                self.is_beyond = True
                text = f"more than {MOST_LEGS} flights: bookings of the others stand with the first"
                self.faults.append(Fault("too_many_flights", text, _at(node)))
            return
        self.known.add(leg)
        self.legs.append(leg)

    def _booking(self, node: Node) -> None:
        travel = self.legs[0].departure_local if self.legs else None
        draft, context = booking(node, len(self.records), self.deny, self.fingerprint, travel)
        try:
            self.records.append(linking.finish(draft, context))
        except (ValueError, ArithmeticError):  # no defect of one booking costs the others
            self.faults.append(Fault("booking_failed", "this booking could not be read", _at(node)))

    def finish(self, faults: Sequence[Fault]) -> list[PnrPush]:
        """The pushes; the faults of the document stand with the first."""
        found = [*self.faults, *faults]
        if self.expected not in (None, len(self.records)) and not faults:
            text = "NumberOfPnrs counts other bookings"
            found.append(Fault("booking_count", text, severity="warning"))
        if self.legs:
            flights, sorted_records = self.legs, self._by_leg()
        else:
            flights, sorted_records = self._by_flight()
            text = "no FlightLeg: the flight is that of the bookings"
            found.append(Fault("no_flight_leg", text, severity="warning"))
        if not flights:
            found.append(Fault("no_flight", "no flight in this document"))
        pushes = [
            self._push(flight, records, found if at == 0 else [])
            for at, (flight, records) in enumerate(zip(flights, sorted_records, strict=True))
        ]
        return pushes or [self._push(None, self.records, found)]

    def _push(self, flight: Leg | None, records: Sequence[Pnr], faults: list[Fault]) -> PnrPush:
        return PnrPush(
            sender=code(self.originator.get("AirlineCode"))
            or code(self.originator.get("SystemCode")),
            sender_city="",
            function="22",
            flight=flight,
            expected=self.expected,
            records=tuple(_pushed(one, at, flight) for at, one in enumerate(records)),
            faults=tuple(faults),
            prepared=_time(self.root.get("TimeStamp")),
            test=self.root.get("Target").upper() == "TEST",  # OpenTravel's attribute of every root
        )

    def _by_leg(self) -> list[list[Pnr]]:
        """The bookings of each leg; one that has none of them stands with the first."""
        found: list[list[Pnr]] = [[] for _ in self.legs]
        by_day: dict[date, list[int]] = {}
        for at, leg in enumerate(self.legs):
            if leg.departure_local:
                by_day.setdefault(leg.departure_local.date(), []).append(at)
        for record in self.records:
            days = {leg.departure_local.date() for leg in _legs(record) if leg.departure_local}
            near = [at for day in days for at in by_day.get(day, ())]
            theirs = {at for at in near if _has(record, self.legs[at])} or {0}
            for at in sorted(theirs):
                found[at].append(record)
        return found

    def _by_flight(self) -> tuple[list[Leg], list[list[Pnr]]]:
        """Flights until each booking has one, those that most bookings have first."""
        counts = Counter(key for one in self.records for key in dict.fromkeys(_keys(one)))
        chosen: dict[tuple[str, date], list[Pnr]] = {}
        legs: dict[tuple[str, date], Leg] = {}
        for record in self.records:
            keys = _keys(record)
            if keys:
                key = max(keys, key=lambda one: counts[one])
                legs.setdefault(key, keys[key])
                chosen.setdefault(key, []).append(record)
        homeless = [record for record in self.records if not _keys(record)]
        if homeless and chosen:
            next(iter(chosen.values())).extend(homeless)
        return list(legs.values()), list(chosen.values())


def _keys(record: Pnr) -> dict[tuple[str, date], Leg]:
    return {
        (str(leg.marketing), leg.departure_local.date()): leg
        for leg in (one.leg for one in record.itinerary)
        if leg.marketing and leg.departure_local
    }


def _legs(record: Pnr) -> list[Leg]:
    return [one.leg for one in record.itinerary]


def _has(record: Pnr, leg: Leg) -> bool:
    return any(_same(one.leg, leg) for one in record.itinerary)


def _same(one: Leg, leg: Leg) -> bool:
    """The same day, and the same number or the same ports."""
    if not (one.departure_local and leg.departure_local):
        return False
    if one.departure_local.date() != leg.departure_local.date():
        return False
    ports = (one.board, one.off) == (leg.board, leg.off)
    return ports or (leg.marketing is not None and leg.marketing in (one.marketing, one.operating))


def _pushed(record: Pnr, index: int, flight: Leg | None) -> Pnr:
    """The booking at its place in the push, the segment of the flight marked."""
    marked = [flight is not None and _same(one.leg, flight) for one in record.itinerary]
    first = marked.index(True) if True in marked else -1
    itinerary = [replace(one, pushed=at == first) for at, one in enumerate(record.itinerary)]
    return replace(record, index=index, itinerary=tuple(itinerary))


def _time(text: str) -> datetime | None:
    """A time with a zone as naive UTC, as UNB's is meant; without one as it is."""
    try:
        found = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def _at(node: Node) -> Position:
    return Position("", node.line, node.name)
