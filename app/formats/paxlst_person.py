"""Segments of one person in PAXLST: the NAD group with its documents, in any order."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from app.formats import codes, values
from app.formats.edifact import Fault, Position, Segment
from app.formats.paxlst_model import Address, Bags, BagTags, Contact, Document, Person, Place, Role

_ERRORS = frozenset({"role_missing", "name_missing"})  # all others are warnings
_NO_PLACE = Place()


class _DocumentDraft:
    issuer = _NO_PLACE
    expiry: date | None = None
    expiry_text = ""
    issue: date | None = None
    issue_text = ""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment

    def build(self) -> Document:
        return Document(
            type=self.segment.value(1).upper(),
            number=self.segment.value(2),
            issuer=self.issuer,
            expiry=self.expiry,
            expiry_text=self.expiry_text,
            issue=self.issue,
            issue_text=self.issue_text,
        )


class PersonDraft:
    """One NAD group as it comes in; `document` is the DOC at hand.

    `reference_day` (of the flight) is what two-digit years are read by, `message` the reference
    that positions of faults carry.
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
    bag_weight: Decimal | None = None
    bag_unit = ""

    def __init__(self, role: Role, nad: Segment, message: str, reference_day: date | None) -> None:
        self.role = role
        self.nad = nad
        self.name = name_of(nad)
        self.message = message
        self.reference_day = reference_day
        self.contacts: list[Contact] = []
        self.documents: list[_DocumentDraft] = []
        self.references: list[tuple[str, str]] = []
        self.remarks: list[tuple[str, str]] = []
        self.bag_tags: list[BagTags] = []
        self.unknown: dict[str, int] = {}
        self.faults: list[Fault] = []
        if not any(self.name):
            self.fault("name_missing", "person without name", nad, 4, 1)

    def note_unknown(self, segment: Segment) -> None:
        kind = kind_of(segment)
        self.unknown[kind] = self.unknown.get(kind, 0) + 1

    def fault(self, code: str, text: str, segment: Segment, element: int, component: int) -> None:
        where = Position(self.message, segment.number, segment.tag, element, component)
        self.faults.append(Fault(code, text, where, "error" if code in _ERRORS else "warning"))

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
            sex=self.sex,
            birth_date_text=self.birth_date_text,
            nationality=self.nationality,
            residence=self.residence,
            clearance_airport=self.clearance_airport,
            journey_start=self.journey_start,
            journey_end=self.journey_end,
            crew_category=self.crew_category,
            segment=self.nad.number,
        )


def kind_of(segment: Segment) -> str:
    """Tag and qualifier for counting; a qualifier of odd shape may be data and is left out."""
    qualifier = segment.value(1)
    known_shape = 0 < len(qualifier) <= 3 and qualifier.isascii() and qualifier.isalnum()
    return f"{segment.tag}+{qualifier}" if known_shape else segment.tag


def count_of(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def name_of(nad: Segment) -> tuple[str, str, str]:
    """C080: surname, given, middle names (any further components are middle names)."""
    parts = nad.composite(4) or nad.composite(3)
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


def _att(person: PersonDraft, segment: Segment) -> None:
    if segment.value(1) != "2":
        person.note_unknown(segment)
        return
    sex = (segment.value(3) or segment.value(2)).upper()
    if sex in ("M", "F", "X", "U"):
        person.sex = sex
    elif sex:
        person.fault("sex", "sex is none of M, F, X, U", segment, 3, 1)


def _doc(person: PersonDraft, segment: Segment) -> None:
    person.document = document = _DocumentDraft(segment)
    person.documents.append(document)
    if not segment.value(2):
        person.fault("document_number_missing", "document without number", segment, 2, 1)


def _dtm(person: PersonDraft, segment: Segment) -> None:
    qualifier, text, code = segment.value(1), segment.value(1, 2), segment.value(1, 3)
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


def _mea(person: PersonDraft, segment: Segment) -> None:
    """`MEA+CT++:2` is the guide's form, `MEA+CT++2` is sent as well."""
    qualifier = segment.value(1).upper()
    amount = segment.value(3, 2) or segment.value(3)
    if qualifier == "CT":
        person.bag_count = count_of(amount)
    elif qualifier == "WT":
        person.bag_weight = _decimal(amount)
        person.bag_unit = segment.value(3).upper() if segment.value(3, 2) else ""
    else:
        person.note_unknown(segment)


def _decimal(text: str) -> Decimal | None:
    text = text.replace(",", ".")
    digits = text.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        return None
    return Decimal(text)


def _gei(person: PersonDraft, segment: Segment) -> None:
    """GEI+4: 173 verified (old US lists say ZZZ), 174 not verified."""
    status = segment.value(2).upper()
    if segment.value(1) == "4" and status in ("173", "174", "ZZZ"):
        person.verified = status != "174"
    else:
        person.note_unknown(segment)


def _ftx(person: PersonDraft, segment: Segment) -> None:
    qualifier, texts = segment.value(1).upper(), segment.composite(4)
    if qualifier != "BAG":
        person.remarks.append((qualifier, " ".join(text for text in texts if text)))
    elif texts and texts[0] not in ("", "NULL"):
        count = count_of(texts[1]) if len(texts) > 1 else None
        person.bag_tags.append(BagTags(texts[0], count or 1))


_AIRPORTS = {"22": "clearance_airport", "178": "journey_start", "179": "journey_end"}


def _loc(person: PersonDraft, segment: Segment) -> None:
    qualifier, code = segment.value(1), segment.value(2).upper()
    if qualifier in _AIRPORTS:
        setattr(person, _AIRPORTS[qualifier], code)
    elif qualifier == "174":
        person.residence = code
        _check_state(person, segment, code)
    elif qualifier == "180":
        person.birth_place = _place(segment, code)
        _check_state(person, segment, code)
    elif qualifier == "91" and person.document:
        person.document.issuer = _place(segment, code)
    else:
        person.note_unknown(segment)


def _place(loc: Segment, country: str) -> Place:
    """Most senders give the state alone."""
    if len(loc.texts) == 3 and loc.texts[2] == country:
        return Place(country)
    return Place(country, loc.value(2, 4), loc.value(3, 4) or loc.value(4, 4))


def _check_state(person: PersonDraft, segment: Segment, code: str) -> None:
    if code and codes.country(code) is None:
        person.fault("country", "unknown code of a state", segment, 2, 1)


def _nat(person: PersonDraft, segment: Segment) -> None:
    if segment.value(1) != "2":
        person.note_unknown(segment)
        return
    person.nationality = code = segment.value(2).upper()
    _check_state(person, segment, code)


def _rff(person: PersonDraft, segment: Segment) -> None:
    """Empty references are sent and mean nothing."""
    value = segment.value(1, 2)
    if value:
        person.references.append((segment.value(1).upper(), value))


def _com(person: PersonDraft, segment: Segment) -> None:
    person.contacts.extend(contacts(segment))


def _emp(person: PersonDraft, segment: Segment) -> None:
    person.crew_category = segment.value(2).upper()


HANDLERS: dict[str, Callable[[PersonDraft, Segment], None]] = {
    "ATT": _att,
    "COM": _com,
    "DOC": _doc,
    "DTM": _dtm,
    "EMP": _emp,
    "FTX": _ftx,
    "GEI": _gei,
    "LOC": _loc,
    "MEA": _mea,
    "NAT": _nat,
    "RFF": _rff,
}
