"""Facts out of a booking record (``booking.record``, shape: :mod:`app.travel.records`). Pure.

Whatever is missing, of another type or unreadable leads to None, never to an error: a fact that is not
known must not cost the others, nor the passenger.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from app.formats import codes, values
from app.screening.calling_codes import phone_country
from risk_rules.names.normalise import name_words

Json = Mapping[str, Any]

STOPOVER_MINUTES = 24 * 60
"""From 24 hours on the trade speaks of a stopover, not of a connection."""

_PAYMENTS = {
    "CA": "cash", "CASH": "cash", "CC": "card", "CREDIT": "card", "DC": "card", "IN": "invoice",
    "INV": "invoice", "GR": "invoice", "AGT": "invoice", "MS": "voucher", "FF": "points",
    "TP": "points",
}  # fmt: skip
MAX_BAGS = 99


def itinerary_facts(record: Json) -> dict[str, Any]:
    """The facts ``itinerary.*`` and the list ``legs``."""
    segments = objects(record, "itinerary")
    legs = [_object(segment, "leg") for segment in segments]
    if not legs:
        return {}
    at = next((i for i, s in enumerate(segments) if s.get("pushed") is True), None)
    start = _text(legs[0], "board")
    return {
        "itinerary.legs_count": len(legs),
        "itinerary.origin": start,
        "itinerary.origin_country": country_of(start),
        "itinerary.one_way": _one_way(legs, at),
        "itinerary.stay_nights": _stay_nights(legs, at),
        "itinerary.transit_minutes": _transit_minutes(legs, at),
        **_shape(legs, at),
        "legs": [
            {
                "origin": _text(leg, "board"),
                "destination": _text(leg, "off"),
                "carrier": _text(leg, "carrier") or _text(leg, "operator"),
            }
            for leg in legs
        ],
    }


def _shape(legs: Sequence[Json], at: int | None) -> dict[str, Any]:
    """Where the journey ends and how it gets there."""
    ports = [(_text(leg, "board"), _text(leg, "off")) for leg in legs]
    whole = all(board and off for board, off in ports)
    countries = [country_of(port) for pair in ports for port in pair]
    carriers = [_text(leg, "carrier") or _text(leg, "operator") for leg in legs]
    return {
        "itinerary.destination": ports[-1][1],
        "itinerary.destination_country": country_of(ports[-1][1]),
        "itinerary.countries": len(set(countries)) if all(countries) else None,
        "itinerary.carriers": len(set(carriers)) if all(carriers) else None,
        "itinerary.connections": _connections(legs, at),
        "itinerary.has_gap": any(one[1] != other[0] for one, other in pairwise(ports))
        if whole
        else None,
        "itinerary.returns": ports[0][0] == ports[-1][1] if whole else None,
        "itinerary.days_since_start": _days_since_start(legs, at),
    }


def _connections(legs: Sequence[Json], at: int | None) -> int | None:
    if at is None:
        return None
    waits = [_wait(one, other) for one, other in pairwise(legs[: at + 1])]
    if None in waits:
        return None
    return sum(0 <= w < STOPOVER_MINUTES for w in waits if w is not None)


def _days_since_start(legs: Sequence[Json], at: int | None) -> int | None:
    first = _time(legs[0], "departure_local")
    this = _time(legs[at], "departure_local") if at is not None else None
    return max(0, (this.date() - first.date()).days) if first and this else None


def country_of(port: str | None) -> str | None:
    """ISO 3166 alpha-2 of an airport, None where the airport is not known."""
    found = codes.airport(port) if port else None
    return found.country if found else None


def _one_way(legs: Sequence[Json], at: int | None) -> bool | None:
    """Whether nothing is booked after the flight, and nothing leads back to where the journey began."""
    ports = [(_text(leg, "board"), _text(leg, "off")) for leg in legs]
    if at is None or not all(board and off for board, off in ports):
        return None
    return at == len(legs) - 1 and not _comes_back(ports)


def _comes_back(ports: Sequence[tuple[str | None, str | None]]) -> bool:
    start = ports[0][0]
    home = country_of(start)
    abroad = False
    for _, off in ports:
        if off == start:
            return True
        country = country_of(off)
        if abroad and home is not None and country == home:
            return True
        abroad = abroad or country != home
    return False


def _stay_nights(legs: Sequence[Json], at: int | None) -> int | None:
    """Nights between the flight and the next one out of the country; None when none is booked."""
    if at is None:
        return None
    arrival = _time(legs[at], "arrival_local") or _time(legs[at], "departure_local")
    land = country_of(_text(legs[at], "off"))
    onward = next((leg for leg in legs[at + 1 :] if _leaves(leg, land)), None)
    departure = _time(onward, "departure_local") if onward else None
    if arrival is None or departure is None or departure.date() < arrival.date():
        return None
    return (departure.date() - arrival.date()).days


def _leaves(leg: Json, land: str | None) -> bool:
    return land is None or country_of(_text(leg, "off")) != land


def _transit_minutes(legs: Sequence[Json], at: int | None) -> int | None:
    """The longest connection before the flight; 0 without one, None where a time is missing."""
    if at is None:
        return None
    waits = [_wait(one, other) for one, other in pairwise(legs[: at + 1])]
    if None in waits:
        return None
    return max((w for w in waits if w is not None and 0 <= w < STOPOVER_MINUTES), default=0)


def _wait(one: Json, other: Json) -> int | None:
    arrival, departure = _time(one, "arrival_local"), _time(other, "departure_local")
    if arrival is None or departure is None:
        return None
    return int((departure - arrival).total_seconds() // 60)


def booking_facts(record: Json) -> dict[str, Any]:
    """The facts ``booking.*`` but ``locator_count``, which needs all bookings of the traveller."""
    originator = _object(record, "originator")
    contacts = objects(record, "contacts")
    people = [t for t in objects(record, "travellers") if t.get("group") is not True]
    return {
        "booking.days_before": _days_before(record),
        "booking.payment": _payment(record),
        "booking.paid_by_third_party": _paid_by_third_party(record, people),
        "booking.agency_country": _agency_country(originator),
        "booking.agency": _agency(originator),
        "booking.changes": _number(record.get("history_items")),
        "booking.email_domain": _first(map(_domain, contacts)),
        "booking.phone_country": _first(map(_phone_country, contacts)),
        "booking.party_size": len(people) or None,
    }


def _days_before(record: Json) -> int | None:
    made: datetime | None = _first(
        _time(locator, "created_at") for locator in objects(record, "locators")
    )
    departures = [
        _time(_object(segment, "leg"), "departure_local")
        for segment in objects(record, "itinerary")
    ]
    leaving = min((moment.date() for moment in departures if moment), default=None)
    if made is None or leaving is None:
        return None
    return max(0, (leaving - made.date()).days)


def _payment(record: Json) -> str | None:
    """Cash counts before all others: it is the part of a mixed payment that no account shows."""
    kinds = [_PAYMENTS.get(_text(p, "kind") or "", "other") for p in objects(record, "payments")]
    return "cash" if "cash" in kinds else _first(kinds)


def _paid_by_third_party(record: Json, people: Sequence[Json]) -> bool | None:
    """Whether a payer is named of whom two words (or the only one) fit no traveller; titles do not count."""
    payers = [_text(payment, "payer") for payment in objects(record, "payments")]
    named = [words for words in map(_words, filter(None, payers)) if words]
    if not named or not people:
        return None
    travellers = [_words(f"{p.get('surname', '')} {p.get('given', '')}") for p in people]
    return not any(len(payer & who) >= min(2, len(payer)) for payer in named for who in travellers)


def _words(name: str) -> set[str]:
    bare, _ = values.strip_title(name.replace("/", " "))
    return {s for word in name_words(bare, "") for s in word.spellings[:1]}


def _agency_country(originator: Json) -> str | None:
    sent = codes.alpha2(_text(originator, "country") or "")
    cities = (_text(originator, key) for key in ("agent_city", "system_city"))
    return sent or _first(map(country_of, cities))


def _agency(originator: Json) -> str | None:
    number = _text(originator, "agency_number")
    place = " ".join(filter(None, (_text(originator, k) for k in ("agent_city", "office"))))
    return number or place or None


def _domain(contact: Json) -> str | None:
    if contact.get("kind") != "mail":
        return None
    _, _, domain = (_text(contact, "value") or "").rpartition("@")
    return domain.lower() or None


def _phone_country(contact: Json) -> str | None:
    return phone_country(_text(contact, "value") or "") if contact.get("kind") == "phone" else None


def bag_facts(bags: Json) -> dict[str, Any]:
    """The facts ``bag.*`` and the list ``bags`` of one record's ``{count, weight_g, tags}``.

    A weight is of all pieces together, so only a single bag has its own. A member of a pool has no count.
    """
    if _text(bags, "pool_role") == "MP":
        return {"bag.pooled": True}
    count, weight = _number(bags.get("count")), _number(bags.get("weight_g"))
    sent = bags.get("tags")
    tags = [t for t in sent if isinstance(t, str)][:MAX_BAGS] if isinstance(sent, list) else []
    if count is None and weight is None and not tags:
        return {}
    pieces = count if count is not None else len(tags) or None
    known = max(min(pieces or 0, MAX_BAGS), len(tags))
    return {
        "bag.count": pieces,
        "bag.weight_g": weight,
        "bag.average_weight_g": weight // pieces if weight is not None and pieces else None,
        "bag.tagged": len(tags),
        "bag.pooled": bool(_text(bags, "pool_role")),
        "bags": [
            {
                "tag": tags[i] if i < len(tags) else None,
                "weight_g": weight if known == 1 else None,
                "pieces": 1,
            }
            for i in range(known)
        ],
    }


def day_of(value: Any) -> date | None:
    """A date out of JSON."""
    moment = _moment(value)
    return moment.date() if moment else None


def _time(value: Json | None, key: str) -> datetime | None:
    return _moment(value.get(key)) if value else None


def _moment(value: Any) -> datetime | None:
    """Wall-clock time as written: a zone, where there is one, is dropped."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        return None


def _text(value: Json, key: str) -> str | None:
    found = value.get(key)
    return found if isinstance(found, str) and found else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _object(value: Json, key: str) -> Json:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def objects(value: Json, key: str) -> list[Json]:
    """The objects of a list of a record; what is none is left out."""
    found = value.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)
