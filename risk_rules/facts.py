"""The catalogue: every fact that a rule may read, with type, source and sensitivity.

A *record* holds one passenger on one flight at one moment: flat dotted names to values, None where
missing. Every name of the catalogue is present in every record; `blank` makes the empty one and
`conform` fills one and refuses what does not belong. What may never be known about a traveller
(meal and medical service codes, belief, ethnic origin) has no fact and therefore no rule.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SCHEMA_VERSION = 1
"""Raised whenever a fact is renamed, retyped or removed: stored snapshots name the version."""

MAX_INT = 2**53
"""Whole numbers up to here are the same in every engine, as doubles too."""

NUM = (1e-20, 1e20)
"""Least and greatest size of a number that is not whole, nor zero."""

Type = Literal["bool", "int", "num", "str", "date"]
Source = Literal["api", "pnr", "declaration", "history", "random", "kiosk"]
Sensitivity = Literal["plain", "protected"]
Value = bool | int | float | str | dt.date
Facts = Mapping[str, Any]


class FactError(ValueError):
    """A record that does not fit the catalogue. `code` is stable, `name` says which fact."""

    def __init__(self, code: str, name: str) -> None:
        self.code = code
        self.name = name
        super().__init__(f"{code}: {name}")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact, or one field of the elements of a list."""

    name: str
    type: Type
    source: Source
    sensitivity: Sensitivity
    text: str

    @property
    def is_protected(self) -> bool:
        return self.sensitivity == "protected"


@dataclass(frozen=True, slots=True)
class ListFact:
    """A list of small records (bags, legs); rules reach its fields by any, all, count, sum..."""

    name: str
    source: Source
    text: str
    fields: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class ManagedList:
    """A list of values that analysts keep (`@free_mail` in a rule)."""

    name: str
    type: Type
    values: frozenset[Value]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All facts and lists of one schema version."""

    facts: Mapping[str, Fact]
    lists: Mapping[str, ListFact] = field(default_factory=dict)
    version: int = SCHEMA_VERSION

    def sha256(self) -> str:
        """Fingerprint of names, types, sources and sensitivities (texts may be reworded)."""
        rows = [[f.name, f.type, f.source, f.sensitivity] for f in self.facts.values()]
        for item in self.lists.values():
            rows += [
                [f"{item.name}[].{f.name}", f.type, f.source, f.sensitivity]
                for f in item.fields.values()
            ]
        return hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()


def blank(catalogue: "Catalogue | None" = None) -> dict[str, Any]:
    """A record with every fact and list of the catalogue present and missing (None)."""
    chosen = CATALOGUE if catalogue is None else catalogue
    return dict.fromkeys([*chosen.facts, *chosen.lists])


def conform(values: Facts, catalogue: "Catalogue | None" = None) -> dict[str, Any]:
    """A complete record from the known values.

    Raises FactError `unknown_fact`, `wrong_type` (a value of another type, a float that is not
    finite, a date with a time) or `unknown_field`; the error never holds the value.
    """
    chosen = CATALOGUE if catalogue is None else catalogue
    record = blank(chosen)
    for name, value in values.items():
        if name in chosen.lists:
            record[name] = None if value is None else _elements(chosen.lists[name], value)
        elif name in chosen.facts:
            record[name] = _typed(name, chosen.facts[name].type, value)
        else:
            raise FactError("unknown_fact", name)
    return record


def _elements(fact: ListFact, items: Any) -> list[dict[str, Any]]:
    if not isinstance(items, (list, tuple)):
        raise FactError("wrong_type", fact.name)
    return [_element(fact, item) for item in items]


def _element(fact: ListFact, item: Any) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        raise FactError("wrong_type", fact.name)
    unknown = sorted(set(item) - set(fact.fields))
    if unknown:
        raise FactError("unknown_field", fact.name)
    return {
        name: _typed(f"{fact.name}.{name}", part.type, item.get(name))
        for name, part in fact.fields.items()
    }


def _typed(name: str, want: Type, value: Any) -> Any:
    if value is None or _fits(want, value):
        return value
    raise FactError("wrong_type", name)


def _fits(want: Type, value: Any) -> bool:
    # bool is an int and datetime is a date in Python; neither may pass for the other here.
    match want:
        case "bool":
            return isinstance(value, bool)
        case "int":
            # Snapshots are asked by databases too, which compare with doubles.
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INT
        case "num":
            return (
                isinstance(value, (int, float))
                and not isinstance(value, bool)
                and (value == 0 or NUM[0] <= abs(value) <= NUM[1])
            )
        case "str":
            return isinstance(value, str)
        case "date":
            return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


Row = tuple[str, Type, str]
"""Name, type, text."""

PROTECTED = frozenset(
    {
        "traveller.age",
        "traveller.nationality",
        "traveller.sex",
        "traveller.residence",
        "document.issuer",
        "co_travellers.age",
        "co_travellers.nationality",
    }
)
"""Nationality, sex, age and their near proxies: never a ground by themselves (EU PNR Art. 6(4))."""

_API: tuple[Row, ...] = (
    ("traveller.age", "int", "Age in whole years on the day of the flight"),
    ("traveller.nationality", "str", "Nationality, ISO 3166 alpha-3 as in the passport"),
    ("traveller.sex", "str", "Sex as in the passport: M, F or X"),
    ("traveller.residence", "str", "Country of residence, ISO 3166 alpha-3"),
    ("traveller.is_crew", "bool", "Reported as crew"),
    ("traveller.on_api", "bool", "Reported by the carrier's passenger list"),
    ("document.type", "str", "Kind of document: P passport, I identity card, ..."),
    ("document.issuer", "str", "Issuing state, ISO 3166 alpha-3"),
    ("document.expires", "date", "Last day of validity"),
    ("document.days_to_expiry", "int", "Days from the flight to the last day of validity"),
    ("document.count", "int", "Different documents used on this journey"),
    ("document.lost_or_stolen", "bool", "The document is reported lost or stolen"),
    ("flight.carrier", "str", "Carrier, two-character designator"),
    ("flight.number", "str", "Flight number without carrier and leading zeros"),
    ("flight.origin", "str", "Airport of the last departure, IATA code"),
    ("flight.origin_country", "str", "Country of that airport, ISO 3166 alpha-2"),
    ("flight.destination", "str", "Airport of arrival, IATA code"),
    ("flight.date", "date", "Local date of departure"),
)

_PNR: tuple[Row, ...] = (
    ("traveller.on_pnr", "bool", "Found in a booking sent by the carrier"),
    ("itinerary.stay_nights", "int", "Nights between arrival and the booked onward flight"),
    ("itinerary.one_way", "bool", "No onward or return flight is booked"),
    ("itinerary.legs_count", "int", "Flights in the booking"),
    ("itinerary.origin", "str", "Airport where the journey began, IATA code"),
    ("itinerary.origin_country", "str", "Country of that airport, ISO 3166 alpha-2"),
    ("itinerary.transit_minutes", "int", "Longest connection before this flight, minutes"),
    ("booking.days_before", "int", "Days from booking to the first departure"),
    ("booking.payment", "str", "Form of payment: cash, card, voucher, points, invoice, other"),
    ("booking.paid_by_third_party", "bool", "Paid by somebody who does not travel"),
    ("booking.agency_country", "str", "Country of the booking office, ISO 3166 alpha-2"),
    ("booking.agency", "str", "Booking office, IATA number or city and designator"),
    ("booking.changes", "int", "Changes of the booking since it was made"),
    ("booking.email_domain", "str", "Domain of the contact address, lower case"),
    ("booking.phone_country", "str", "Country of the contact number, ISO 3166 alpha-2"),
    ("booking.party_size", "int", "Travellers in the booking"),
    ("booking.locator_count", "int", "Bookings that hold this traveller on this journey"),
    ("bag.count", "int", "Checked bags, pieces"),
    ("bag.weight_g", "int", "Weight of all checked bags, grams"),
    (
        "bag.grown_after_check_in",
        "bool",
        "Bags were added after this traveller had checked in",
    ),
    ("co.count", "int", "Others travelling with this traveller"),
    ("co.minors", "int", "Of these, younger than 18"),
)

_DECLARATION: tuple[Row, ...] = (
    ("declaration.submitted", "bool", "A customs declaration was made"),
    ("declaration.lane", "int", "Lane of the answers: 0 nothing to declare, 1 goods, 2 officer"),
    ("declaration.party_size", "int", "Persons that the declaration covers"),
    ("declaration.flight_matches", "bool", "Declared flight is the flight of the passenger list"),
    ("declaration.embarkation_matches", "bool", "Declared embarkation is on the itinerary"),
    ("declaration.arrival_matches", "bool", "Declared day of arrival is the flight's"),
    ("declaration.entrusted", "bool", "Says: I carry things that somebody asked me to carry"),
    ("declaration.prohibited", "bool", "Says: I carry prohibited articles"),
    ("declaration.restricted", "bool", "Says: I carry restricted or quarantine articles"),
    ("declaration.gold", "bool", "Says: I carry gold"),
    ("declaration.over_allowance", "bool", "Says: I carry more than the allowance"),
    ("declaration.commercial", "bool", "Says: I carry commercial goods or samples"),
    ("declaration.means_of_payment", "bool", "Says: I carry means of payment over the limit"),
    ("declaration.unaccompanied", "bool", "Says: I have sent articles separately"),
    ("declaration.goods_value", "int", "Declared value of goods, minor units"),
    ("declaration.companions", "int", "Family members named in the declaration"),
    ("declaration.days_before_arrival", "int", "Days from the first declaration to the arrival"),
    ("declaration.party_matches", "bool", "The declaration covers as many as the booking holds"),
    ("declaration.bags", "int", "Checked bags that the declaration states"),
    ("declaration.bags_match", "bool", "As many bags are declared as were checked in"),
    ("declaration.stay_nights", "int", "Nights of stay that the declaration states"),
    (
        "declaration.stay_matches",
        "bool",
        "The declared stay ends within a night of the onward flight",
    ),
    (
        "declaration.entrusted_denied_but_paid_by_other",
        "bool",
        "Says: I carry nothing for others; somebody who does not travel paid",
    ),
    (
        "declaration.value_above_history",
        "bool",
        "The declared value exceeds all that was declared on earlier trips",
    ),
)

_HISTORY: tuple[Row, ...] = (
    ("history.trips_12m", "int", "Arrivals of this traveller in the last 12 months"),
    ("history.finds_5y", "int", "Inspections of this traveller with a find in the last 5 years"),
    ("history.referrals_12m", "int", "Referrals of this traveller in the last 12 months"),
    (
        "history.declared_value_5y",
        "int",
        "Highest value of goods declared on another trip in 5 years, minor units, same currency",
    ),
)

_RANDOM: tuple[Row, ...] = (
    ("random.u", "num", "Uniform in [0, 1), fixed for this traveller on this flight"),
)

_LISTS: tuple[tuple[str, Source, str, tuple[Row, ...]], ...] = (
    (
        "legs",
        "pnr",
        "Flights of the booking in travelling order",
        (
            ("origin", "str", "Airport of departure, IATA code"),
            ("destination", "str", "Airport of arrival, IATA code"),
            ("carrier", "str", "Carrier, two-character designator"),
        ),
    ),
    (
        "bags",
        "pnr",
        "Checked bags",
        (
            ("weight_g", "int", "Weight, grams"),
            ("tag", "str", "Bag tag, ten digits"),
            ("pieces", "int", "Pieces under this tag"),
        ),
    ),
    (
        "changes",
        "pnr",
        "What the carrier's lists and bookings said otherwise before, the oldest change first",
        (
            (
                "kind",
                "str",
                "What: name, document, seat, bag-added, traveller-added, payment, route...",
            ),
            ("source", "str", "What says so: api or pnr"),
            ("day", "date", "Day on which the carrier prepared the change, UTC"),
            ("hours_before", "int", "Whole hours from the change to departure, negative after it"),
            ("after_check_in", "bool", "The traveller had checked in by then"),
        ),
    ),
    (
        "co_travellers",
        "pnr",
        "Others in the same party",
        (
            ("age", "int", "Age in whole years on the day of the flight"),
            ("nationality", "str", "Nationality, ISO 3166 alpha-3"),
            ("high_risk", "bool", "Has a confirmed hit or the level high of their own"),
            ("same_surname", "bool", "Bears the traveller's surname"),
        ),
    ),
    (
        "declared_items",
        "declaration",
        "Goods listed in the declaration",
        (
            ("category", "str", "Kind of goods: alcohol, tobacco, perfume, gold, food, other..."),
            ("quantity", "int", "Pieces, or grams where the kind is weighed"),
            ("value", "int", "Value of all pieces, minor units"),
        ),
    ),
)


def _fact(row: Row, source: Source, owner: str = "") -> Fact:
    name, kind, text = row
    protected = f"{owner}{name}" in PROTECTED
    return Fact(name, kind, source, "protected" if protected else "plain", text)


def _facts(source: Source, rows: Iterable[Row]) -> dict[str, Fact]:
    return {row[0]: _fact(row, source) for row in rows}


def _list(name: str, source: Source, text: str, rows: Iterable[Row]) -> ListFact:
    return ListFact(name, source, text, {r[0]: _fact(r, source, f"{name}.") for r in rows})


CATALOGUE = Catalogue(
    facts={
        **_facts("api", _API),
        **_facts("pnr", _PNR),
        **_facts("declaration", _DECLARATION),
        **_facts("history", _HISTORY),
        **_facts("random", _RANDOM),
    },
    lists={name: _list(name, source, text, rows) for name, source, text, rows in _LISTS},
)
