"""The rows of the catalogue: name, type and text of every fact, by source. Data only."""

from collections.abc import Mapping
from typing import Literal

Type = Literal["bool", "int", "num", "str", "date"]
Source = Literal["api", "pnr", "declaration", "history", "list", "kiosk", "flight", "random"]
Row = tuple[str, Type, str]
"""Name, type, text."""

FORBIDDEN: Mapping[str, str] = {
    **dict.fromkeys(("religion", "belief", "faith"), "belief is no ground for anything"),
    **dict.fromkeys(
        ("race", "ethnicity", "ethnic", "skin"), "ethnic origin is no ground for anything"
    ),
    **dict.fromkeys(
        ("politics", "political", "opinion"), "political opinions are no ground for anything"
    ),
    **dict.fromkeys(("union", "membership"), "trade union membership is no ground for anything"),
    **dict.fromkeys(
        ("health", "medical", "disability", "wheelchair"), "health is no ground for anything"
    ),
    **dict.fromkeys(("orientation", "gender"), "sexual life is no ground for anything"),
    **dict.fromkeys(("meal", "meals", "diet"), "meals tell of belief and health"),
    **dict.fromkeys(
        ("ssr", "osi", "service", "services"), "service codes tell of belief and health"
    ),
}
"""Names that no fact may bear, with the reason (EU PNR Directive Art. 6(4), 13(4))."""

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

API: tuple[Row, ...] = (
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

PNR: tuple[Row, ...] = (
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

DECLARATION: tuple[Row, ...] = (
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

HISTORY: tuple[Row, ...] = (
    ("history.trips_12m", "int", "Arrivals of this traveller in the last 12 months"),
    ("history.finds_5y", "int", "Inspections of this traveller with a find in the last 5 years"),
    ("history.referrals_12m", "int", "Referrals of this traveller in the last 12 months"),
    (
        "history.declared_value_5y",
        "int",
        "Highest value of goods declared on another trip in 5 years, minor units, same currency",
    ),
)

RANDOM: tuple[Row, ...] = (
    ("random.u", "num", "Uniform in [0, 1), fixed for this traveller on this flight"),
)

LISTS: tuple[tuple[str, Source, str, tuple[Row, ...]], ...] = (
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
