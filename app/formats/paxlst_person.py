"""Segments of one person in PAXLST: the NAD group with its documents, in any order."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from app.formats import codes, values
from app.formats.edifact import Fault, Position, Segment
from app.formats.light import light
from app.formats.paxlst_model import (
    IDENTIFYING,
    Address,
    Bags,
    BagTags,
    Contact,
    Document,
    Person,
    Place,
    Reference,
    Role,
)
from app.formats.pnrgov.privacy import mask_cards, tells_sensitive
from app.formats.values import Centuries

_ERRORS = frozenset({"role_missing", "role_unknown", "name_missing"})  # all others are warnings
_NO_PLACE = Place()


_MOST_REMEMBERED = 1000  # statements; a message of many different ones repeats few


@light
class Said:
    """What one segment says of a person by its text alone: a field of `PersonDraft` and its value.

    `wrong` is code, text, element and component of a fault. A list repeats such segments for
    hundreds of people (sex, airports, states): what they say is worked out once for each text.
    """

    field: str
    value: object
    wrong: tuple[str, str, int, int] | None = None


Remembered = dict[str, tuple[str, object]]
"""Field and value by the text of a segment that says it."""


class _DocumentDraft:
    issuer = _NO_PLACE
    expiry: date | None = None
    expiry_text = ""
    issue: date | None = None
    issue_text = ""

    def __init__(self, kind: str, number: str) -> None:
        self.kind = kind
        self.number = number

    def build(self) -> Document:
        return Document(
            self.kind, self.number, self.issuer, self.expiry, self.expiry_text, self.issue,
            self.issue_text,
        )  # fmt: skip


class PersonDraft:
    """One NAD group as it comes in; `document` is the DOC at hand.

    Two-digit years are read by `centuries` of the flight's day, `message` is the reference that
    positions of faults carry.
    """

    document: _DocumentDraft | None = None
    sex = ""
    birth_date: date | None = None
    birth_date_text = ""
    birth_place = _NO_PLACE
    nationality = ""
    residence = ""
    clearance_airport = ""
    journey_start = ""
    journey_end = ""
    crew_category = ""
    verified: bool | None = None
    bag_count: int | None = None
    bag_weight: tuple[Decimal | None, str] = (None, "")
    tagged_weight: Decimal | None = None
    remarks_dropped = 0
    unique_reference = ""

    def __init__(
        self,
        role: Role,
        nad: Segment,
        message: str,
        centuries: Centuries | None,
        deny: frozenset[str],
    ) -> None:
        self.role = role
        self.nad = nad
        self.name = name_of(nad)
        self.message = message
        self.centuries = centuries
        self.deny = deny
        self.contacts: list[Contact] = []
        self.documents: list[_DocumentDraft] = []
        self.references: list[tuple[str, str]] = []
        self.remarks: list[tuple[str, str]] = []
        self.bag_tags: list[BagTags] = []
        self.unknown: dict[str, int] = {}
        self.faults: list[Fault] = []

    def take(self, segment: Segment, remembered: Remembered, text: str) -> bool:
        """A segment of the person; False when its tag is none of those."""
        handler = HANDLERS.get(segment.tag)
        if handler:
            handler(self, segment)
            return True
        statement = _STATEMENTS.get(segment.tag)
        if not statement:
            return False
        said = statement(segment)
        if said is None:
            self.note_unknown(segment)
            return True
        setattr(self, said.field, said.value)
        if said.wrong:
            code, words, element, component = said.wrong
            self.fault(code, words, segment, element, component)
        elif len(remembered) < _MOST_REMEMBERED:
            remembered[text] = said.field, said.value
        return True

    def open(self, kind: str, number: str) -> None:
        """DOC: what follows stands for this document."""
        self.document = document = _DocumentDraft(kind, number)
        self.documents.append(document)

    @property
    def reference_day(self) -> date | None:
        return self.centuries.reference if self.centuries else None

    @property
    def issuer(self) -> Place:
        """LOC 91 stands for the document at hand."""
        return self.document.issuer if self.document else _NO_PLACE

    @issuer.setter
    def issuer(self, place: Place) -> None:
        if self.document:
            self.document.issuer = place
        else:
            self.unknown["LOC+91"] = self.unknown.get("LOC+91", 0) + 1

    def note_unknown(self, segment: Segment) -> None:
        kind = kind_of(segment)
        self.unknown[kind] = self.unknown.get(kind, 0) + 1

    def fault(self, code: str, text: str, segment: Segment, element: int, component: int) -> None:
        where = Position(self.message, segment.number, segment.tag, element, component)
        self.faults.append(Fault(code, text, where, "error" if code in _ERRORS else "warning"))

    def build(self, *, reference_suffices: bool) -> Person:
        surname, given, middle = self.name
        if not (surname or given or middle) and not (reference_suffices and self._is_referred_to()):
            self.fault("name_missing", "person without name", self.nad, 4, 1)
            self.faults.insert(0, self.faults.pop())  # in the order of their places
        return Person(  # by place: three times as fast as by names (measured)
            self.role, surname, given, middle, self.sex, self.birth_date, self.birth_date_text,
            self.nationality, self.residence, self.birth_place, self.clearance_airport,
            self.journey_start, self.journey_end, _address(self.nad), tuple(self.contacts),
            tuple([draft.build() for draft in self.documents]), self._bags(),
            tuple(self.references), self.verified, self.crew_category, tuple(self.remarks),
            self.remarks_dropped, tuple(self.unknown.items()), tuple(self.faults),
            self.nad.number,
        )  # fmt: skip

    def _is_referred_to(self) -> bool:
        return any(kind in IDENTIFYING for kind, _ in self.references)

    def _bags(self) -> Bags:
        """The weight of MEA, else what stands beside the tags."""
        weight, unit = self.bag_weight
        if weight is None:
            weight = self.tagged_weight
        return Bags(self.bag_count, weight, unit, tuple(self.bag_tags))


def kind_of(segment: Segment) -> str:
    """Tag and qualifier for counting; a qualifier of odd shape may be data and is left out."""
    qualifier = segment.value(1)
    known_shape = 0 < len(qualifier) <= 3 and qualifier.isascii() and qualifier.isalnum()
    return f"{segment.tag}+{qualifier}" if known_shape else segment.tag


def count_of(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def name_of(nad: Segment) -> tuple[str, str, str]:
    """C080: surname, given, middle names (any further components are middle names); or all in one piece."""
    parts = nad.composite(4) or nad.composite(3)
    if parts and "/" in parts[0] and not any(parts[1:]):
        surname, given = values.whole_name(parts[0])
        return surname, values.strip_title(given)[0], ""
    match len(parts):
        case 0:
            return "", "", ""
        case 1:
            return parts[0], "", ""
        case 2:
            return parts[0], parts[1], ""
    return parts[0], parts[1], " ".join(part for part in parts[2:] if part)


_NO_ADDRESS = Address()


def _address(nad: Segment) -> Address:
    if len(nad.texts) < 6:
        return _NO_ADDRESS
    street = " ".join(part for part in nad.composite(5) if part)
    region = nad.value(7) or nad.value(7, 4)
    return Address(street, nad.value(6), region, nad.value(8), nad.value(9))


def contacts(segment: Segment) -> list[Contact]:
    pairs = ((*composite, "", "")[:2] for composite in segment.repeats(1))
    return [Contact(address, kind.upper()) for address, kind in pairs if address]


def _doc(person: PersonDraft, segment: Segment) -> None:
    number = segment.value(2)
    person.open(segment.value(1).upper(), number)
    if not number:
        person.fault("document_number_missing", "document without number", segment, 2, 1)


def _dtm(person: PersonDraft, segment: Segment) -> None:
    qualifier, text, code = segment.head(1, 3)
    document = person.document
    if qualifier == "329":
        person.birth_date_text = text
        person.birth_date = found = values.birth_date(text, person.reference_day, code)
    elif qualifier == "36" and document:
        document.expiry_text = text
        document.expiry = found = values.document_date(text, person.reference_day, code)
    elif qualifier == "182" and document:
        document.issue_text = text
        document.issue = found = values.document_date(text, person.reference_day, code)
    else:
        person.note_unknown(segment)
        return
    if text and found is None:
        person.fault("date", "no such date, or beyond what is possible", segment, 1, 2)


def _ftx(person: PersonDraft, segment: Segment) -> None:
    qualifier, texts = segment.value(1).upper(), segment.composite(4)
    if qualifier != "BAG":
        _remark(person, qualifier, " ".join(text for text in texts if text))
        return
    weight = _decimal(segment.value(2))  # sent so in Uganda
    if weight is not None:
        person.tagged_weight = (person.tagged_weight or Decimal(0)) + weight
    if texts and texts[0] not in ("", "NULL"):
        count = count_of(texts[1]) if len(texts) > 1 else None
        person.bag_tags.append(BagTags(texts[0], count or 1))


def _remark(person: PersonDraft, qualifier: str, text: str) -> None:
    """What tells of faith or health is counted only; payment remarks lose their card numbers."""
    if tells_sensitive(text, person.deny):
        person.remarks_dropped += 1
    else:
        person.remarks.append((qualifier, mask_cards(text)))


def _rff(person: PersonDraft, segment: Segment) -> None:
    """Empty references are sent and mean nothing."""
    kind, value = segment.head(1, 2)
    if value:
        kind = kind.upper()
        person.references.append((kind, value))
        if kind == Reference.PASSENGER:
            person.unique_reference = value


def _com(person: PersonDraft, segment: Segment) -> None:
    person.contacts.extend(contacts(segment))


HANDLERS: dict[str, Callable[[PersonDraft, Segment], None]] = {
    "COM": _com,
    "DOC": _doc,
    "DTM": _dtm,
    "FTX": _ftx,
    "RFF": _rff,
}

# --- segments whose text says all ----------------------------------------------------------------


def _att(segment: Segment) -> Said | None:
    """ATT+2: sex. Infants' codes (MI, FI) are those of bookings."""
    if segment.value(1) != "2":
        return None
    sent = (segment.value(3) or segment.value(2)).upper()
    sex = values.sex(sent)
    wrong = ("sex", "sex is none of M, F, X, U", 3, 1) if sent and not sex else None
    return Said("sex", sex, wrong)


def _mea(segment: Segment) -> Said | None:
    """`MEA+CT++:2` is the guide's form, `MEA+CT++2` is sent as well."""
    qualifier = segment.value(1).upper()
    unit, amount = segment.head(3, 2)
    if not amount:
        unit, amount = "", unit
    if qualifier == "CT":
        return Said("bag_count", count_of(amount))
    if qualifier == "WT":
        return Said("bag_weight", (_decimal(amount), unit.upper()))
    return None


def _decimal(text: str) -> Decimal | None:
    text = text.replace(",", ".")
    digits = text.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        return None
    return Decimal(text)


def _gei(segment: Segment) -> Said | None:
    """GEI+4: 173 verified (old US lists say ZZZ), 174 not verified."""
    status = segment.value(2).upper()
    if segment.value(1) == "4" and status in ("173", "174", "ZZZ"):
        return Said("verified", status != "174")
    return None


_AIRPORTS = {"22": "clearance_airport", "178": "journey_start", "179": "journey_end"}


def _loc(segment: Segment) -> Said | None:
    qualifier, code = segment.value(1), segment.value(2).upper()
    if qualifier in _AIRPORTS:
        return Said(_AIRPORTS[qualifier], code)
    if qualifier == "174":
        return Said("residence", code, _unknown_state(code))
    if qualifier == "180":
        place = _place(segment, code)
        return Said("birth_place", place if code else _with_state(place), _unknown_state(code))
    if qualifier == "91":
        return Said("issuer", _place(segment, code))
    return None


def _place(loc: Segment, country: str) -> Place:
    """Most senders give the state alone."""
    if len(loc.texts) == 3 and loc.texts[2] == country:
        return Place(country)
    return Place(country, loc.value(2, 4), loc.value(3, 4) or loc.value(4, 4))


_NO_STATES = frozenset({"MAR", "COD", "SUR", "DEL"})  # VINA DEL MAR, CAPE COD, BAJA CALIFORNIA SUR


def _with_state(place: Place) -> Place:
    """The guide's example writes the state behind the place: `:::AMBER HILL GBR`."""
    name, _, last = place.name.rpartition(" ")
    state = last.upper()
    if not name or len(state) != 3 or state in _NO_STATES or codes.alpha3(state) != state:
        return place
    return Place(state, name.rstrip(" "), place.region)


def _unknown_state(code: str) -> tuple[str, str, int, int] | None:
    if not code or codes.country(code):
        return None
    return "country", "unknown code of a state", 2, 1


def _nat(segment: Segment) -> Said | None:
    if segment.value(1) != "2":
        return None
    code = segment.value(2).upper()
    return Said("nationality", code, _unknown_state(code))


def _emp(segment: Segment) -> Said | None:
    return Said("crew_category", segment.value(2).upper())


_STATEMENTS: dict[str, Callable[[Segment], Said | None]] = {
    "ATT": _att,
    "EMP": _emp,
    "GEI": _gei,
    "LOC": _loc,
    "MEA": _mea,
    "NAT": _nat,
}
