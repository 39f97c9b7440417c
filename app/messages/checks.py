"""What a test message is checked for before its carrier may send real ones. Pure.

A check counts how often it was made and how often it failed, with the first places where: positions and
codes, no values.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.formats import codes, contrl, required, values
from app.formats.edifact import Fault, Position
from app.formats.paxlst_model import Document, PassengerList, Person
from app.formats.required import Element

EXAMPLES = 5
_COUNTS = frozenset({
    "segment_count", "message_count", "interchange_count", "message_reference", "group_reference",
    "control_reference", "passenger_count", "crew_count", "booking_count",
})  # fmt: skip
_FLIGHT = frozenset({"flight_missing", "no_flight", "flight_number", "flight", "flight_date",
                     "carrier_not_allowed"})  # fmt: skip
_CHARACTERS = frozenset({"character_set"})
_BEGINNINGS = frozenset(
    {"syntax_identifier", "syntax_version", "segment_terminator"}
)  # odd, and read all the same
_DOCUMENT_TYPES = frozenset({"P", "V", "A", "C", "I", "AC", "IP", "T", "F", "L", "M", "K"})
_NUMBER = range(3, 21)  # letters and digits of a document number


class Requirement(StrEnum):
    """What a carrier has to show."""

    SYNTAX = "syntax"
    CHARACTERS = "character-set"
    COUNTS = "counts"
    FLIGHT = "flight"
    ELEMENTS = "elements"
    DOCUMENTS = "documents"
    TIMELINESS = "timeliness"
    PARTS = "parts"
    CLOSING = "closing"
    LINKS = "links"
    DUPLICATES = "duplicates"


TEXTS: dict[Requirement, str] = {
    Requirement.SYNTAX: "segments and values can be read, and stand where they belong",
    Requirement.CHARACTERS: "only characters of the declared set are used",
    Requirement.COUNTS: "counts and references of trailers agree with what was sent",
    Requirement.FLIGHT: "the flight can be read, with ports and times, and is the sender's to report",
    Requirement.ELEMENTS: "each person comes with all required elements",
    Requirement.DOCUMENTS: "travel documents are of a known type and state, well formed and valid",
    Requirement.TIMELINESS: "lists and bookings say in UNB that they were prepared before departure",
    Requirement.PARTS: "all parts of a passenger list come, the last one marked",
    Requirement.CLOSING: "the carrier closes the flight",
    Requirement.LINKS: "each passenger is found in the bookings by record locator or reference",
    Requirement.DUPLICATES: "nothing is sent twice, no reference is used twice",
}


@dataclass(frozen=True, slots=True)
class Check:
    """How often it was looked at, how often it failed, and where first."""

    of: int
    failed: int = 0
    examples: tuple[Position, ...] = ()

    def stored(self) -> dict[str, Any]:
        """As JSON; references are cleaned by whoever made the position."""
        examples = [[one.segment, one.tag, one.element, one.component] for one in self.examples]
        return {"of": self.of, "failed": self.failed, "examples": examples}


def check(failures: Iterable[Position | None], of: int) -> Check:
    """A check that failed at these places (None: at none in particular)."""
    where = list(failures)
    return Check(of, len(where), tuple([one for one in where if one][:EXAMPLES]))


def of_faults(faults: Collection[Fault], *, readable: bool) -> dict[Requirement, Check]:
    """What the faults of a message say. ``readable``: its flight is complete."""
    flight = [fault.position for fault in faults if fault.code in _FLIGHT]
    if not readable and not flight:
        flight = [None]
    kinds = {
        Requirement.SYNTAX: [f.position for f in faults if _is_syntax(f)],
        Requirement.CHARACTERS: [f.position for f in faults if f.code in _CHARACTERS],
        Requirement.COUNTS: [f.position for f in faults if f.code in _COUNTS],
        Requirement.FLIGHT: flight,
    }
    return {
        kind: Check(1, int(bool(where)), check(where, 1).examples) for kind, where in kinds.items()
    }


def _is_syntax(fault: Fault) -> bool:
    other = fault.code in _COUNTS | _FLIGHT | _CHARACTERS
    odd = contrl.is_syntax(fault) or fault.severity == "error" or fault.code in _BEGINNINGS
    return not other and odd


def of_people(
    listing: PassengerList, profile: Collection[Element], departure: date | None
) -> dict[Requirement, Check]:
    """Elements and documents, person by person; the place of a failure is that of the person's NAD."""
    people = listing.persons
    lacking = [one for one in people if required.missing(one, profile)]
    wrong = [
        one for one in people if any(not _is_sound(paper, departure) for paper in one.documents)
    ]
    with_papers = sum(bool(one.documents) for one in people)
    found = {}
    if people:
        found[Requirement.ELEMENTS] = check((_place(listing, one) for one in lacking), len(people))
    if with_papers:
        found[Requirement.DOCUMENTS] = check((_place(listing, one) for one in wrong), with_papers)
    return found


def _place(listing: PassengerList, person: Person) -> Position:
    return Position(listing.reference, person.segment, "NAD")


def _is_sound(document: Document, departure: date | None) -> bool:
    """Type and issuer known, a number of letters and digits, dates possible, not expired on departure.

    No check digits: an airline message has none.
    """
    number = values.document_number(document.number)
    issuer = document.issuer.country
    if document.type not in _DOCUMENT_TYPES or len(number) not in _NUMBER or len(set(number)) == 1:
        return False
    if issuer and codes.country(issuer) is None:
        return False
    if (document.expiry_text and not document.expiry) or (
        document.issue_text and not document.issue
    ):
        return False
    return not (departure and document.expiry and document.expiry < departure)


def timely(prepared: datetime, departs_at: datetime | None, origin: str) -> Check | None:
    """Whether a message claims to be made before departure; None where no departure is known.

    UNB has no zone: it is late when it is so both as UTC (``prepared``) and as local time of the origin.
    """
    if departs_at is None:
        return None
    local = codes.to_utc(prepared.replace(tzinfo=None), origin) or prepared
    return Check(1, int(min(prepared, local) > departs_at))
