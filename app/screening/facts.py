"""The record of facts of a passenger, for the rules, and the person, for the watch lists. Pure.

Every fact of the catalogue is there, None where it is not known. A source that cannot be read costs its own
facts only.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from app.formats import codes
from app.formats.codes import FlightNumber
from app.formats.mrz import fills_zone
from app.kernel.crypto import Vault
from app.screening.bookings import bag_facts, booking_facts, country_of, itinerary_facts
from app.screening.declared import Journey, declaration_facts
from app.screening.gather import Fellow, Known
from app.travel.changes import Change, ChangeKind
from app.travel.history import changes_of
from app.travel.models import Document, Flight, Passenger, PassengerKind
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

    @property
    def without_bookings(self) -> tuple[names.Person, ...]:
        """The traveller as everything but a booking describes them."""
        return people_of(self.known, booked=False)

    @property
    def id(self) -> UUID:
        return self.known.passenger.id

    @property
    def fellows(self) -> tuple[Fellow, ...]:
        """Fellow travellers; a group under one locator is no party, its members hardly know each other."""
        return () if is_group(self.known) else self.known.fellows or ()


def subject_of(known: Known, vault: Vault) -> Subject:
    """Facts of a passenger, and as whom the watch lists are asked."""
    return Subject(known, facts_of(known, vault), people_of(known), known.flight.flight_date)


def facts_of(known: Known, vault: Vault) -> dict[str, Any]:
    """A complete record of the catalogue."""
    sources: Sequence[Callable[[Known], Mapping[str, Any]]] = (
        _traveller, _document, _flight, _booking, _bags, _changes, _party, _declaration, _history,
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


def _traveller(known: Known) -> dict[str, Any]:
    passenger = known.passenger
    return {
        "traveller.age": age_on(passenger.birth_date, known.flight.flight_date),
        "traveller.nationality": passenger.nationality or None,
        "traveller.sex": passenger.sex or None,
        "traveller.residence": passenger.residence or None,
        "traveller.is_crew": passenger.kind in CREW,
        "traveller.on_api": passenger.api_data is not None,
        "traveller.on_pnr": bool(passenger.pnr_data),
    }


def age_on(birth: date | None, day: date) -> int | None:
    """Whole years; None without a birth date or with one in the future."""
    if birth is None or birth > day:
        return None
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _document(known: Known) -> dict[str, Any]:
    papers = [d for d in known.documents if d.type not in _NO_IDENTITY]
    if not papers:
        return {}
    chosen = min(papers, key=_precedence)
    expires = chosen.expires_on
    return {
        "document.type": chosen.type or None,
        "document.issuer": chosen.issuer or None,
        "document.expires": expires,
        "document.days_to_expiry": (expires - known.flight.flight_date).days if expires else None,
        "document.count": len({d.number_key for d in papers}),
    }


def _precedence(document: Document) -> tuple[bool, bool, Any]:
    """A passport before other papers, the passenger list before the booking."""
    return not document.type.startswith("P"), document.source != "api", document.id


def _flight(known: Known) -> dict[str, Any]:
    flight = known.flight
    return {
        "flight.carrier": flight.carrier,
        "flight.number": f"{flight.number}{flight.suffix}",
        "flight.origin": flight.origin or None,
        "flight.origin_country": country_of(flight.origin),
        "flight.destination": flight.destination or None,
        "flight.date": flight.flight_date,
    }


def _booking(known: Known) -> dict[str, Any]:
    if not known.bookings:
        return {}
    record = known.bookings[0].record
    return {
        **itinerary_facts(record),
        **booking_facts(record),
        "booking.locator_count": len(known.bookings),
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


def _changes(known: Known) -> dict[str, Any]:
    """What lists and pushes said otherwise before; unknown while only a kiosk or a declaration speaks."""
    found = changes_of(known.passenger, known.bookings, known.earlier)
    if found is None:
        return {}
    departure = known.flight.departs_at
    return {
        "bag.grown_after_check_in": _grown(found, _bags(known).get("bag.count")),
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
    ages = [age_on(fellow.birth_date, day) for fellow in known.fellows]
    return {
        "co.count": len(known.fellows),
        "co.minors": None if None in ages else sum(age < ADULT for age in ages if age is not None),
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
    return declaration_facts(known.declared, _journey(known), known.earlier_values)


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


def arrival_day(flight: Flight) -> date | None:
    """The local date of arrival; None without a time or with an unknown airport."""
    airport = codes.airport(flight.destination) if flight.destination else None
    if flight.arrives_at is None or airport is None:
        return None
    local: datetime = flight.arrives_at.astimezone(ZoneInfo(airport.timezone))
    return local.date()


def _history(known: Known) -> dict[str, Any]:
    """A traveller who is not linked yet has an unknown history, not an empty one."""
    if known.passenger.traveller_id is None:
        return {}
    return {
        "history.trips_12m": known.trips_12m,
        "history.finds_5y": known.inspected.finds_5y,
        "history.referrals_12m": known.inspected.referrals_12m,
    }


def people_of(known: Known, *, booked: bool = True) -> tuple[names.Person, ...]:
    """Every name and document that any source gave, as one person; and once more each source by itself that
    tells of another birth date or nationality: a listed person's own passport must not be outvoted.

    ``booked`` False leaves out what only a booking says.
    """
    passenger = known.passenger
    records = [*((passenger.pnr_data or {}).values() if booked else ()), passenger.api_data]
    told = [record for record in records if isinstance(record, Mapping)]
    papers = [d for d in known.documents if booked or d.source != "pnr"]
    listed = tuple(names.Document(d.number, d.issuer) for d in papers)
    others = tuple(_claimed(known))
    kind = _kind_of(papers)
    merged = [_named(passenger.surname, passenger.given_names, kind)]
    birth, nationality, sex = _marks(passenger, booked=booked)
    everything = names.Person(
        names=_once(
            merged if booked or not passenger.pnr_data else (),
            _names(told, kind),
            *(one.names for one in others),
        ),
        birth_date=names.BirthDate.of(birth) if birth else None,
        nationality=nationality or "",
        documents=_once(listed, *(one.documents for one in others)),
        sex=sex or "",
    )
    found = (everything, *(one for one in others if not _same_marks(one, everything)))
    return tuple(one for one in found if one.names or one.documents)


def _kind_of(papers: Iterable[Document]) -> str:
    """The type of document where all are of one, else empty."""
    kinds = {document.type[:1] for document in papers}
    return kinds.pop() if len(kinds) == 1 else ""


def _named(surname: str, given: str, kind: str = "") -> names.Name:
    """A name that may come from a machine-readable zone, and have been cut where that ended."""
    return names.Name(surname, given, fills_zone(surname, given, kind))


def _marks(passenger: Passenger, *, booked: bool) -> tuple[date | None, str | None, str | None]:
    """Birth date, nationality and sex as merged, or without what is known from a booking alone."""
    sources = {} if booked else passenger.provenance
    birth = None if sources.get("birth_date") == "pnr" else passenger.birth_date
    nationality = None if sources.get("nationality") == "pnr" else passenger.nationality
    return birth, nationality, None if sources.get("sex") == "pnr" else passenger.sex


def _claimed(known: Known) -> Iterable[names.Person]:
    """The passports that were shown, and who the declaration says it is of."""
    for one in known.shown:
        name = names.Name(one.surname, one.given_names, one.names_cut)
        yield _person(name, one.birth_date, one.nationality, [(one.number, one.issuer)], one.sex)
    declared = known.declared.identity if known.declared else None
    if declared:
        papers = [(declared.document_number or "", declared.issuer or "")]
        name = _named(declared.surname, declared.given_names)
        yield _person(name, declared.birth_date, "", papers)


def _person(
    name: names.Name,
    birth: date | None,
    nationality: str,
    documents: Iterable[tuple[str, str]],
    sex: str = "",
) -> names.Person:
    return names.Person(
        names=(name,),
        birth_date=names.BirthDate.of(birth) if birth else None,
        nationality=nationality,
        documents=tuple(names.Document(number, issuer) for number, issuer in documents if number),
        sex=sex,
    )


def _same_marks(one: names.Person, other: names.Person) -> bool:
    births = one.birth_date in (None, other.birth_date)
    return births and one.nationality in ("", other.nationality)


T = TypeVar("T")


def _once(*parts: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(parts)))


def _names(records: Iterable[Mapping[str, Any]], kind: str) -> Iterable[names.Name]:
    for record in records:
        pairs = [(record.get("surname"), record.get("given_names")), record.get("booked_name")]
        for pair in pairs:
            match pair:
                case (str(surname), str(given)) | [str(surname), str(given)]:
                    yield _named(surname, given, kind)
                case (str(surname), None):
                    yield names.Name(surname)
                case _:
                    continue


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
