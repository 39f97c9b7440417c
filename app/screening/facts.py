"""The record of facts of a passenger, for the rules, and the person, for the watch lists. Pure.

Every fact of the catalogue is there, None where it is not known. A source that cannot be read costs its own
facts only.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import structlog

from app.declarations.people import Person
from app.formats.ages import age_on
from app.formats.codes import FlightNumber
from app.formats.document_numbers import number_fault
from app.kernel.crypto import Vault
from app.screening.bookings import bag_facts, booking_facts, itinerary_facts, objects
from app.screening.bookings_more import more_booking_facts
from app.screening.declared import Journey, declaration_facts
from app.screening.flights import arrival_day, flight_facts
from app.screening.gather import Fellow, Known
from app.screening.people import people_of
from app.travel.changes import Change, ChangeKind
from app.travel.history import changes_of
from app.travel.identity import document_key
from app.travel.models import Document, Passenger, PassengerKind
from app.travel.passengers import PARTY_LIMIT
from risk_rules import names
from risk_rules.facts import FactError, blank, conform
from risk_rules.names.normalise import name_words

log = structlog.get_logger(__name__)

ADULT = 18
CREW = (PassengerKind.CREW, PassengerKind.TRANSIT_CREW)
_NO_IDENTITY = frozenset({"V"})


@dataclass(frozen=True, slots=True)
class Subject:
    """One passenger as the rules and lists see them."""

    known: Known
    facts: dict[str, Any]
    people: tuple[names.Person, ...]
    day: date
    lot: float
    """Who is drawn for the control sample, see :func:`lot_of`."""

    def but(self, sources: Collection[str]) -> tuple[names.Person, ...]:
        """The traveller as everything but these sources describes them."""
        return people_of(self.known, sources) if sources else self.people

    @property
    def id(self) -> UUID:
        return self.known.passenger.id

    @property
    def fellows(self) -> tuple[Fellow, ...]:
        """Fellow travellers; a group under one locator is no party, its members hardly know each other."""
        return () if is_group(self.known) else self.known.fellows or ()


def subject_of(known: Known, vault: Vault) -> Subject:
    """Facts of a passenger, and as whom the watch lists are asked."""
    facts = facts_of(known, vault)
    lot = lot_of(facts, vault)
    return Subject(known, facts, people_of(known), known.flight.flight_date, lot)


def facts_of(known: Known, vault: Vault) -> dict[str, Any]:
    """A complete record of the catalogue."""
    sources: Sequence[Callable[[Known], Mapping[str, Any]]] = (
        _traveller, _document, _shown, _flight, _booking, _bags, _seat, _changes, _party,
        _declaration, _history, _links,
    )  # fmt: skip
    record = blank()
    for source in sources:
        record.update(_read(source, known))
    record["random.u"] = draw(known, vault)
    return record


def _read(source: Callable[[Known], Mapping[str, Any]], known: Known) -> dict[str, Any]:
    """One source's facts; what does not fit the catalogue, or cannot be read at all, is left unknown."""
    try:
        found = source(known)
    except Exception as error:  # one unreadable source must not cost the passenger
        log.error("facts.unreadable", source=source.__name__, exc_info=error)  # noqa: TRY400
        return {}
    if _fits(found):
        return dict(found)
    return {name: value for name, value in found.items() if _fits({name: value})}


def _fits(found: Mapping[str, Any]) -> bool:
    try:
        conform(found)
    except FactError as error:
        log.warning("facts.unfit", fact=error.name, code=error.code)
        return False
    return True


def draw(known: Known, vault: Vault) -> float:
    """The random number of this traveller on this flight. Once drawn it stays: a message that brings a
    document must not draw again.
    """
    if known.previous is not None and known.previous.draw is not None:
        return known.previous.draw
    passenger = known.passenger
    documents = sorted((d.issuer, d.number_key) for d in known.documents)
    who = passenger.traveller_id or (documents[0] if documents else passenger.id)
    return vault.unit("control", f"{passenger.flight_id}|{who}")


def lot_of(facts: Mapping[str, Any], vault: Vault) -> float:
    """The lot of the control sample: as stable as ``random.u``, and by the key independent of it. Rules read that
    number, and must neither tell who was drawn nor depend on it.
    """
    return vault.unit("lot", repr(facts["random.u"]))


def _traveller(known: Known) -> dict[str, Any]:
    passenger = known.passenger
    return {
        "traveller.age": age_of(passenger.birth_date, known.flight.flight_date),
        "traveller.nationality": passenger.nationality or None,
        "traveller.sex": passenger.sex or None,
        "traveller.residence": passenger.residence or None,
        "traveller.is_crew": passenger.kind in CREW,
        "traveller.is_transit": passenger.kind is PassengerKind.TRANSIT,
        **_two_sources(passenger),
        "traveller.on_api": passenger.api_data is not None,
        "traveller.on_pnr": bool(passenger.pnr_data),
    }


def _two_sources(passenger: Passenger) -> dict[str, bool | None]:
    """Where list and booking name another person; unknown while one of them is silent."""
    listed = passenger.api_data
    booked = [one for one in (passenger.pnr_data or {}).values() if isinstance(one, Mapping)]
    if not isinstance(listed, Mapping) or not booked:
        return {}
    surnames = [_text(one, "surname") for one in booked if _text(one, "surname")]
    births = {_text(one, "birth_date") for one in booked} - {""}
    mine, birth = _text(listed, "surname"), _text(listed, "birth_date")
    same = [same_surname(mine, other) for other in surnames]
    return {
        "traveller.name_differs": False
        if True in same
        else (None if None in same or not same else True),
        "traveller.birth_date_differs": birth not in births if birth and births else None,
    }


def _text(record: Mapping[str, Any], name: str) -> str:
    found = record.get(name)
    return found if isinstance(found, str) else ""


def age_of(birth: date | None, day: date) -> int | None:
    """Whole years; None without a birth date or with one in the future."""
    return None if birth is None or birth > day else age_on(birth, day)


def _document(known: Known) -> dict[str, Any]:
    papers = [d for d in known.documents if d.type not in _NO_IDENTITY]
    if not papers:
        return {}
    chosen = min(papers, key=_precedence)
    expires, day = chosen.expires_on, known.flight.flight_date
    issued = chosen.issued_on
    nationality = known.passenger.nationality
    is_passport = chosen.type.startswith("P")
    return {
        "document.is_passport": is_passport,
        "document.days_since_issue": (day - issued).days if issued and issued <= day else None,
        "document.number_fault": number_fault(chosen.type, chosen.number, chosen.issuer) is not None
        if is_passport and not chosen.is_masked
        else None,
        "document.foreign_issuer": chosen.issuer != nationality
        if chosen.issuer and nationality
        else None,
        "document.type": chosen.type or None,
        "document.issuer": chosen.issuer or None,
        "document.expires": expires,
        "document.days_to_expiry": (expires - day).days if expires else None,
        "document.count": len({d.number_key for d in papers}),
    }


def _precedence(document: Document) -> tuple[bool, bool, Any]:
    """A passport before other papers, the passenger list before the booking."""
    return not document.type.startswith("P"), document.source != "api", document.id


def _shown(known: Known) -> dict[str, Any]:
    """Passports that devices read and that say something else than lists and bookings."""
    passenger = known.passenger
    mine = passenger.known_birth_date
    births = [birth for one in known.shown if (birth := one.known_birth_date)]
    return {
        "document.shown_differs": bool(known.shown),
        "document.shown_other_name": any(
            same_surname(passenger.surname, one.surname) is False for one in known.shown
        ),
        "document.shown_other_birth_date": any(
            mine is not None and birth != mine for birth in births
        ),
    }


def _flight(known: Known) -> dict[str, Any]:
    return flight_facts(known.flight, known.aliases)


def _booking(known: Known) -> dict[str, Any]:
    if not known.bookings:
        return {}
    record = known.bookings[0].record
    return {
        **itinerary_facts(record),
        **booking_facts(record),
        **more_booking_facts(record),
        **_own_booking(known),
        "booking.locator_count": len(known.bookings),
    }


def _own_booking(known: Known) -> dict[str, Any]:
    """What the booking says of this traveller alone."""
    mine = (known.passenger.pnr_data or {}).get(str(known.bookings[0].id))
    if not isinstance(mine, Mapping):
        return {}
    checked = mine.get("checked_in")
    return {
        "booking.has_frequent_flyer": bool(mine.get("frequent_flyers")),
        "booking.checked_in": checked if isinstance(checked, bool) else None,
        "booking.is_ticketed": any(_text(one, "number") for one in objects(mine, "tickets")),
    }


def _bags(known: Known) -> dict[str, Any]:
    """What check-in put into the booking, else what the passenger list says."""
    booked = (known.passenger.pnr_data or {}).values()
    for record in (*booked, known.passenger.api_data):
        bags = record.get("bags") if isinstance(record, Mapping) else None
        found = bag_facts(bags) if isinstance(bags, Mapping) else {}
        if found:
            return found
    return {}


_SEAT = re.compile(r"([1-9][0-9]?)([A-Z])", re.ASCII)


def _seat(known: Known) -> dict[str, Any]:
    """The seat, and whether fellow travellers sit elsewhere."""
    found = _SEAT.fullmatch(known.passenger.seat or "")
    if found is None:
        return {"seat.assigned": False}
    row = int(found[1])
    others = [_SEAT.fullmatch(fellow.seat or "") for fellow in known.fellows or ()]
    rows = [int(other[1]) for other in others if other]
    apart = all(abs(row - other) > 1 for other in rows) if rows else None
    return {"seat.assigned": True, "seat.row": row, "seat.letter": found[2], "seat.apart": apart}


def _changes(known: Known) -> dict[str, Any]:
    """What lists and pushes said otherwise before; unknown while only a kiosk or a declaration speaks."""
    found = changes_of(known.passenger, known.bookings, known.earlier)
    if found is None:
        return {}
    departure = known.flight.departs_at
    return {
        "bag.grown_after_check_in": _grown(found, _bags(known).get("bag.count")),
        "change.count": len(found),
        "change.seats": sum(one.kind is ChangeKind.SEAT for one in found),
        "change.documents": sum(one.kind is ChangeKind.DOCUMENT for one in found),
        "change.last_hours_before": max(found, key=lambda one: one.at).hours_before(departure)
        if found
        else None,
        "changes": [
            {
                "kind": change.kind.value,
                "source": change.source,
                "day": change.at.date(),
                "hours_before": change.hours_before(departure),
                "after_check_in": change.after_check_in,
            }
            for change in found
        ],
    }


def _grown(found: Sequence[Change], count: int | None) -> bool | None:
    """Whether bags were added after check-in; None where that, or any number of bags, is not known."""
    added = [one.after_check_in for one in found if one.kind is ChangeKind.BAG_ADDED]
    if True in added:
        return True
    return None if count is None or None in added else False


def is_group(known: Known) -> bool:
    """Whether more people travel together than a party has."""
    return known.fellows is not None and len(known.fellows) >= PARTY_LIMIT


def _party(known: Known) -> dict[str, Any]:
    if known.fellows is None:
        return {}
    if is_group(known):
        return {"co.count": len(known.fellows)}
    day = known.flight.flight_date
    ages = [age_of(fellow.birth_date, day) for fellow in known.fellows]
    whole = None not in ages
    minors = sum(age < ADULT for age in ages if age is not None)
    alike = [same_surname(known.passenger.surname, fellow.surname) for fellow in known.fellows]
    states = [known.passenger.nationality, *(fellow.nationality for fellow in known.fellows)]
    return {
        "co.count": len(known.fellows),
        "co.minors": minors if whole else None,
        "co.adults": len(known.fellows) - minors if whole else None,
        "co.other_surnames": alike.count(False),
        "co.nationalities": len(set(states)) if all(states) else None,
        "co_travellers": [
            {
                "age": age,
                "nationality": fellow.nationality or None,
                "high_risk": fellow.high,
                "same_surname": same_surname(known.passenger.surname, fellow.surname),
            }
            for fellow, age in zip(known.fellows, ages, strict=True)
        ],
    }


def same_surname(one: str, other: str) -> bool | None:
    """Whether two surnames share a word, in any spelling; None where one has no letters."""
    left, right = name_words(one, ""), name_words(other, "")
    if not left or not right:
        return None
    return any(a.shares_spelling(b) for a in left for b in right if not a.weak and not b.weak)


def _declaration(known: Known) -> dict[str, Any]:
    facts = declaration_facts(known.declared, _journey(known), known.earlier_values)
    identity = known.declared.identity if known.declared and known.declared.submitted else None
    return {**facts, **(_identity_matches(known, identity) if identity else {})}


def _identity_matches(known: Known, said: Person) -> dict[str, bool | None]:
    """Whether who the declaration is of is who the carrier lists."""
    passenger = known.passenger
    number = document_key(said.document_number or "")
    papers = [d for d in known.documents if d.type not in _NO_IDENTITY and not d.is_masked]
    keys = {one.number_key for one in papers}
    births = passenger.known_birth_date, said.birth_date
    return {
        "declaration.name_matches": same_surname(passenger.surname, said.surname),
        "declaration.birth_date_matches": None if None in births else births[0] == births[1],
        "declaration.document_matches": number in keys if number and keys else None,
    }


def _journey(known: Known) -> Journey:
    flight = known.flight
    numbers = {FlightNumber(a.carrier, a.number, a.suffix) for a in known.aliases}
    numbers.add(FlightNumber(flight.carrier, flight.number, flight.suffix))
    legs = itinerary_facts(known.bookings[0].record).get("legs", ()) if known.bookings else ()
    ports = {flight.origin, *(leg["origin"] for leg in legs)}
    booked = _booking(known)
    return Journey(
        numbers=frozenset(numbers),
        ports=frozenset(port for port in ports if port),
        arrival_on=arrival_day(flight),
        party_size=booked.get("booking.party_size"),
        bags=_bags(known).get("bag.count"),
        stay_nights=booked.get("itinerary.stay_nights"),
        paid_by_other=booked.get("booking.paid_by_third_party"),
    )


def _history(known: Known) -> dict[str, Any]:
    """A traveller who is not linked yet has an unknown history, not an empty one."""
    if known.passenger.traveller_id is None:
        return {}
    return {
        "history.is_known": known.trips_5y > 0 or known.inspected.inspections_5y > 0,
        "history.trips_5y": known.trips_5y,
        "history.absences_12m": known.absences_12m,
        "history.inspections_5y": known.inspected.inspections_5y,
        "history.clean_inspections_5y": known.inspected.clean_5y,
        "history.trips_12m": known.trips_12m,
        "history.finds_5y": known.inspected.finds_5y,
        "history.referrals_12m": known.inspected.referrals_12m,
    }


def _links(known: Known) -> dict[str, Any]:
    return known.links.facts()


def stored(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of facts as JSON values; dates stand in its lists too."""
    return {name: _json(value) for name, value in record.items()}


def _json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [_json(one) for one in value]
    if isinstance(value, dict):
        return {name: _json(one) for name, one in value.items()}
    return value
