"""What a source says of a person, as JSON: from PAXLST persons and PNRGOV bookings to stored records.

``passenger.api_data`` is an *API record*, ``passenger.pnr_data`` maps a booking id to a *traveller record*,
``booking.record`` is the whole booking. All leave out what was not sent. Both kinds of person share:
``surname, given_names, birth_date, sex (M F X), nationality, residence (alpha-3 where known), seat,
locator, documents [{type, number, number_key, issuer, nationality, issued_on, expires_on}],
bags {count, weight_g, tags}``. An API record adds ``role, reference, references, birth_place, address,
contacts, journey_start, journey_end, clearance_airport, crew_category, verified, remarks, bag_tags``;
a traveller record adds ``index`` (in the booking's ``travellers``), ``carrier, locators, title, kind (ADT
CHD INF), visas, addresses, frequent_flyers, tickets, services, checked_in``. Dates and local times are ISO
text, amounts decimal text, flight numbers like ``JL1``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.formats import codes, paxlst_model, values
from app.formats.codes import FlightNumber
from app.formats.paxlst_model import Person, Role
from app.formats.pnrgov.record import Pnr
from app.travel.identity import (
    Claims,
    Name,
    content_key,
    document_key,
    locator_key,
    read_name,
)
from app.travel.models import PassengerKind

Record = dict[str, Any]

_KINDS = {
    Role.PASSENGER: PassengerKind.PASSENGER,
    Role.CREW: PassengerKind.CREW,
    Role.TRANSIT_PASSENGER: PassengerKind.TRANSIT,
    Role.TRANSIT_CREW: PassengerKind.TRANSIT_CREW,
}
_GRAMS = {"KGM": 1000, "kg": 1000, "LBR": 453.59237, "lb": 453.59237}
_LEFT_OUT = frozenset({"faults", "unknown", "segment", "index"})
_NO_IDENTITY = frozenset({"V"})  # a visa is no document of identity


@dataclass(frozen=True, slots=True)
class Sighting:
    """One person as one message names them."""

    kind: PassengerKind
    record: Record
    claims: Claims


def from_person(person: Person) -> Sighting:
    """A person of a PAXLST message."""
    found = _trimmed(
        {
            "role": person.role.value,
            **_identity(person.surname, _given(person), person.birth_date, person.sex),
            "nationality": _state(person.nationality),
            "residence": _state(person.residence),
            "seat": person.seat,
            "reference": person.unique_reference,
            "locator": person.locator,
            "documents": [_api_document(one) for one in person.documents if one.number],
            "bags": _api_bags(person.bags),
            "birth_place": person.birth_place,
            "address": person.address,
            "contacts": person.contacts,
            "references": person.references,
            "journey_start": person.journey_start,
            "journey_end": person.journey_end,
            "clearance_airport": person.clearance_airport,
            "crew_category": person.crew_category,
            "verified": person.verified,
            "remarks": person.remarks,
        }
    )
    return Sighting(_KINDS[person.role], found, claims_of([found]))


def from_booking(booking: Record, carrier: str) -> list[Sighting]:
    """The travellers of a booking as :func:`from_pnr` gives it, groups' names left out."""
    return [
        _from_traveller(booking, index, traveller, carrier)
        for index, traveller in enumerate(booking.get("travellers", ()))
        if not traveller.get("group")
    ]


def _from_traveller(booking: Record, index: int, traveller: Record, carrier: str) -> Sighting:
    locators = booking_locators(booking)
    check_in = _check_in(booking, index)
    documents = traveller.get("documents", ())
    named: Record = next(
        (one for one in documents if one.get("surname") and not one.get("infant")), {}
    )
    booked = [traveller.get("surname", ""), traveller.get("given", "")]
    found = _trimmed(
        {
            "index": index,
            "carrier": carrier,
            "locator": locators[0] if locators else "",
            "locators": locators,
            **_identity(
                named.get("surname") or booked[0],
                named.get("given") or booked[1],
                traveller.get("birth"),
                traveller.get("sex", ""),
            ),
            "booked_name": booked,
            "title": traveller.get("title"),
            "kind": traveller.get("kind"),
            "nationality": _nationality(documents),
            "residence": _residence(traveller.get("addresses", ())),
            "seat": values.seat(check_in.get("seat", "")) if check_in is not None else "",
            "checked_in": check_in is not None,
            "documents": [_pnr_document(one) for one in documents if one.get("number")],
            "bags": _pnr_bags(check_in),
            **{name: traveller.get(name) for name in _AS_BOOKED},
        }
    )
    return Sighting(PassengerKind.PASSENGER, found, claims_of([found]))


_AS_BOOKED = ("visas", "addresses", "frequent_flyers", "tickets", "services")


def from_pnr(pnr: Pnr) -> Record:
    """The whole booking as it is stored; positions in the message are left out."""
    found = plain(pnr)
    assert isinstance(found, dict)
    return found


def booking_locators(booking: Record) -> list[str]:
    """All locators of a booking, the holder's first."""
    segments = (
        one for segment in booking.get("itinerary", ()) for one in segment.get("locators", ())
    )
    told = (one.get("code") for one in (*booking.get("locators", ()), *segments))
    return list(dict.fromkeys(code for code in told if code))


# --- what stored records claim --------------------------------------------------------------------


def claims_of(
    records: Sequence[Mapping[str, Any]], extra: Mapping[str, Any] | None = None
) -> Claims:
    """What the records of one person say together; ``extra`` are the merged fields."""
    every = [*records, *([extra] if extra else [])]
    births = [text for one in reversed(every) if (text := one.get("birth_date"))]
    return Claims(
        names=tuple(dict.fromkeys(name for one in every for name in _names(one))),
        birth_date=date.fromisoformat(births[0]) if births else None,
        sex=next((text for one in every if (text := one.get("sex"))), ""),
        documents=frozenset(key for one in every for key in _documents(one)),
        locators=frozenset(key for one in every for key in _locators(one)),
        reference=next((text for one in every if (text := one.get("reference"))), ""),
        contents=frozenset(content_key(one) for one in records),
    )


def _names(record: Mapping[str, Any]) -> Iterator[Name]:
    pairs = [(record.get("surname", ""), record.get("given_names", ""))]
    booked = record.get("booked_name")
    if booked:
        pairs.append((booked[0], booked[1]))
    yield from (name for pair in pairs if (name := read_name(*pair)).key)


def _documents(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in record.get("documents", ()):
        number = document_key(one.get("number") or "")  # masked ones have none
        if number and one.get("type") not in _NO_IDENTITY:
            yield one.get("issuer", ""), number


def _locators(record: Mapping[str, Any]) -> Iterable[str]:
    sent = record.get("locators") or [record.get("locator", "")]
    return (key for text in sent if (key := locator_key(text)))


# --- parts ----------------------------------------------------------------------------------------


def _given(person: Person) -> str:
    return " ".join(part for part in (person.given, person.middle) if part)


def _identity(surname: str, given: str, birth: date | str | None, sex: str) -> Record:
    """The name as sent but for glued titles and words that mean "no name"."""
    bare, _ = values.strip_title(given)
    return {
        "surname": "" if values.is_placeholder(surname) else surname,
        "given_names": "" if values.is_placeholder(bare) else bare,
        "birth_date": birth,
        "sex": sex if sex in ("M", "F", "X") else "",
    }


def _state(code: str) -> str:
    return codes.alpha3(code) or code


def _api_document(document: paxlst_model.Document) -> Record:
    return _document(
        document.type, document.number, _state(document.issuer.country),
        issued_on=document.issue, expires_on=document.expiry, place=document.issuer.name,
    )  # fmt: skip


def _pnr_document(document: Record) -> Record:
    return _document(
        document.get("kind", ""), document["number"], _state(document.get("issuer", "")),
        nationality=_state(document.get("nationality", "")), expires_on=document.get("expiry"),
    )  # fmt: skip


def _document(kind: str, number: str, issuer: str, **more: Any) -> Record:
    found = {
        "type": kind,
        "number": number,
        "number_key": values.document_number(number),
        "issuer": issuer,
    }
    return _trimmed({**found, **more})


def _api_bags(bags: paxlst_model.Bags) -> Record:
    weight = _grams(bags.weight, bags.unit or "KGM")
    tags = [tag for run in bags.tags for tag in run.numbers()]
    return _trimmed({"count": bags.count, "weight_g": weight, "tags": tags})


def _pnr_bags(check_in: Record | None) -> Record:
    bags = check_in.get("baggage") if check_in else None
    if bags is None:
        return {}
    tags = [f"{tag.get('airline', '')}{tag.get('number', '')}" for tag in bags.get("tags", ())]
    return _trimmed(
        {
            "count": bags.get("count"),
            "weight_g": _grams(bags.get("weight"), bags.get("unit", "")),
            "tags": tags,
            "pool": bags.get("pool"),
            "pool_role": bags.get("pool_role"),
        }
    )


def _grams(weight: Decimal | int | None, unit: str) -> int | None:
    factor = _GRAMS.get(unit)
    return None if weight is None or factor is None else round(float(weight) * factor)


def _check_in(booking: Record, index: int) -> Record | None:
    pushed: Record = next((one for one in booking.get("itinerary", ()) if one.get("pushed")), {})
    return next((one for one in pushed.get("check_ins", ()) if one.get("traveller") == index), None)


def _nationality(documents: Iterable[Record]) -> str:
    return next((_state(one["nationality"]) for one in documents if one.get("nationality")), "")


def _residence(addresses: Iterable[Record]) -> str:
    return next(
        (
            _state(one["country"])
            for one in addresses
            if one.get("kind") == "R" and one.get("country")
        ),
        "",
    )


# --- values to JSON -------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A value of the formats as JSON: empty fields, faults and positions in the message left out."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str | FlightNumber | Decimal):  # enums leave as their values
        return str(value).replace("\x00", "")  # PostgreSQL stores no NUL
    if isinstance(value, list | tuple):
        return [plain(sent) for sent in value]
    if isinstance(value, Mapping):
        return {str(key): plain(sent) for key, sent in value.items()}
    if isinstance(value, date | datetime):
        return value.isoformat()
    return _trimmed({name: getattr(value, name) for name in _names_of(type(value))})


_kept: dict[type, tuple[str, ...]] = {}


def _names_of(kind: type) -> tuple[str, ...]:
    """The fields of a format's value that are kept; looked up once for each type."""
    if kind not in _kept:
        _kept[kind] = tuple(one.name for one in fields(kind) if one.name not in _LEFT_OUT)
    return _kept[kind]


def _trimmed(record: Mapping[str, Any]) -> Record:
    """JSON of what was sent: '', None, [] and {} mean that it was not."""
    found = ((key, plain(value)) for key, value in record.items() if _is_sent(value))
    return {key: value for key, value in found if _is_sent(value)}


def _is_sent(value: Any) -> bool:
    """Most fields are empty: they are left out before anything is made of them."""
    return bool(value) or isinstance(value, int | Decimal)
