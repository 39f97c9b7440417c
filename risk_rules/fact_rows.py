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
        "document.foreign_issuer",
        "co.adults",
        "co.minors",
        "co.nationalities",
        "co_travellers.age",
        "co_travellers.nationality",
    }
)
"""Nationality, sex, age and their near proxies: never a ground by themselves (EU PNR Art. 6(4))."""

BOUNDS: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(("flight.departure_hour", "flight.arrival_hour"), (0, 23)),
    "flight.arrival_weekday": (1, 7),
    "flight.duration_minutes": (0, 3000),
    "declaration.lane": (0, 2),
    "random.u": (0, 0.999),
    "list.best_score": (0, 1),
    "booking.party_size": (1, 999),
    **dict.fromkeys(("traveller.age", "co_travellers.age"), (0, 130)),
    **dict.fromkeys(
        ("bag.count", "bag.tagged", "booking.changes", "booking.locator_count",
         "change.count", "change.seats", "change.documents", "co.count", "co.adults", "co.minors",
         "co.other_surnames", "co.nationalities", "document.count", "itinerary.legs_count",
         "itinerary.countries", "itinerary.carriers", "itinerary.connections", "payment.forms",
         "payment.cards", "seat.row", "declaration.party_size", "declaration.companions",
         "declaration.bags", "declaration.items", "declaration.currencies", "bags.pieces"), (0, 999)),
    **dict.fromkeys(
        ("itinerary.stay_nights", "itinerary.transit_minutes", "booking.group_size", "booking.contacts",
         "booking.non_air", "declaration.stay_nights", "history.trips_5y", "history.trips_12m",
         "history.absences_12m", "history.inspections_5y", "history.clean_inspections_5y",
         "history.finds_5y", "history.referrals_12m", "link.phone_hits_90d", "link.email_hits_90d",
         "link.card_hits_90d", "link.address_hits_90d", "link.agency_hits_90d", "list.alerts",
         "list.document_alerts", "list.name_alerts", "list.information"), (0, 999_999)),
    **dict.fromkeys(("declaration.goods_value", "history.declared_value_5y"), (0, 10**15)),
    **dict.fromkeys(("bag.weight_g", "bag.average_weight_g", "bags.weight_g"), (0, 999_999)),
}  # fmt: skip
LENGTHS: Mapping[str, int] = {
    **dict.fromkeys(("flight.carrier", "legs.carrier"), 2),
    **dict.fromkeys(
        ("flight.origin", "flight.destination", "itinerary.origin", "itinerary.destination",
         "legs.origin", "legs.destination"), 3),
    **dict.fromkeys(
        ("flight.origin_country", "flight.destination_country", "itinerary.origin_country",
         "itinerary.destination_country", "booking.agency_country", "booking.phone_country"), 2),
    **dict.fromkeys(("booking.class", "seat.letter"), 1),
}  # fmt: skip
CHOICES: Mapping[str, tuple[str, ...]] = {
    "flight.manifest": ("none", "open", "closed"),
    "booking.payment": ("cash", "card", "voucher", "points", "invoice", "other"),
}
"""What no journey goes beyond, generously: a condition that excludes nothing within it is no ground."""

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
    ("traveller.is_transit", "bool", "Reported as changing planes here"),
    ("document.is_passport", "bool", "The document is a passport"),
    ("document.days_since_issue", "int", "Days from the issue of the document to the flight"),
    ("document.number_fault", "bool", "The number cannot be that of a passport of its state"),
    ("document.foreign_issuer", "bool", "Issued by another state than that of the nationality"),
)

FLIGHT: tuple[Row, ...] = (
    ("flight.carrier", "str", "Carrier, two-character designator"),
    ("flight.number", "str", "Flight number without carrier and leading zeros"),
    ("flight.origin", "str", "Airport of the last departure, IATA code"),
    ("flight.origin_country", "str", "Country of the last departure, ISO 3166 alpha-2"),
    ("flight.destination", "str", "Airport of arrival, IATA code"),
    ("flight.date", "date", "Local date of departure"),
    ("flight.destination_country", "str", "Country of the airport of arrival, ISO 3166 alpha-2"),
    ("flight.departure_hour", "int", "Hour of departure on the clock of that airport, 0 to 23"),
    ("flight.arrival_hour", "int", "Hour of arrival on the clock of that airport, 0 to 23"),
    ("flight.arrival_weekday", "int", "Day of arrival there: 1 Monday to 7 Sunday"),
    ("flight.duration_minutes", "int", "Minutes from departure to arrival"),
    ("flight.is_codeshare", "bool", "Sold under another number too"),
    ("flight.manifest", "str", "How complete the passenger list is: none, open, closed"),
)

KIOSK: tuple[Row, ...] = (
    (
        "document.shown_differs",
        "bool",
        "A passport was shown that says otherwise than list and booking",
    ),
    (
        "document.shown_other_name",
        "bool",
        "A passport was shown with a surname that shares no word",
    ),
    ("document.shown_other_birth_date", "bool", "A passport was shown with another date of birth"),
)

PNR: tuple[Row, ...] = (
    ("traveller.on_pnr", "bool", "Found in a booking sent by the carrier"),
    ("itinerary.stay_nights", "int", "Nights between arrival and the booked onward flight"),
    ("itinerary.one_way", "bool", "No onward or return flight is booked"),
    ("itinerary.legs_count", "int", "Flights in the booking"),
    ("itinerary.origin", "str", "Airport where the journey began, IATA code"),
    ("itinerary.origin_country", "str", "Country where the journey began, ISO 3166 alpha-2"),
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
    ("bag.tagged", "int", "Bag tags that name this traveller"),
    ("bag.average_weight_g", "int", "Weight of all checked bags by their number, grams"),
    ("bag.pooled", "bool", "The bags are counted together with those of others"),
    ("seat.assigned", "bool", "A seat is known"),
    ("seat.row", "int", "Row of the seat"),
    ("seat.letter", "str", "Letter of the seat"),
    ("seat.apart", "bool", "No fellow traveller whose seat is known sits in this or the next row"),
    ("change.count", "int", "Changes of what lists and bookings say"),
    ("change.seats", "int", "Changes of the seat"),
    ("change.documents", "int", "Changes of the document"),
    ("change.last_hours_before", "int", "Whole hours from the last change to departure"),
    ("co.count", "int", "Others travelling with this traveller"),
    ("co.adults", "int", "Adults travelling with this traveller"),
    ("co.minors", "int", "Minors travelling with this traveller"),
    ("co.other_surnames", "int", "Others travelling along whose surname shares no word"),
    (
        "co.nationalities",
        "int",
        "Different nationalities in the party, the traveller's own included",
    ),
    ("traveller.name_differs", "bool", "List and booking name surnames that share no word"),
    ("traveller.birth_date_differs", "bool", "List and booking name different dates of birth"),
    ("itinerary.destination", "str", "Airport where the journey ends, IATA code"),
    ("itinerary.destination_country", "str", "Country where the journey ends, ISO 3166 alpha-2"),
    ("itinerary.countries", "int", "Different countries on the itinerary"),
    ("itinerary.carriers", "int", "Different carriers on the itinerary"),
    ("itinerary.connections", "int", "Flights before this one that are followed within 24 hours"),
    (
        "itinerary.has_gap",
        "bool",
        "A flight leaves from another airport than the one before reached",
    ),
    ("itinerary.returns", "bool", "The journey ends where it began"),
    ("itinerary.days_since_start", "int", "Days from the first departure to this flight"),
    (
        "booking.hours_before",
        "int",
        "Whole hours from booking to the first departure",
    ),
    ("booking.class", "str", "Booking class of this flight, one letter"),
    ("booking.is_split", "bool", "The booking was divided from another, or another from it"),
    ("booking.group_size", "int", "Travellers announced for a group"),
    ("booking.contacts", "int", "Ways to reach somebody that the booking names"),
    ("booking.has_phone", "bool", "A telephone number is given"),
    ("booking.has_email", "bool", "A mail address is given"),
    ("booking.contact_refused", "bool", "The traveller refused to give a contact"),
    ("booking.is_ticketed", "bool", "A ticket with a number was issued"),
    ("booking.has_frequent_flyer", "bool", "A frequent flyer's number is given"),
    ("booking.checked_in", "bool", "Checked in for this flight"),
    ("booking.excess_baggage", "bool", "Excess baggage was paid for"),
    ("booking.non_air", "int", "Number of hotels or cars or other things booked along"),
    ("booking.agency_abroad", "bool", "Booked in another country than the journey began in"),
    (
        "booking.phone_abroad",
        "bool",
        "The contact number is of another country than the journey began in",
    ),
    ("payment.forms", "int", "Forms of payment in the booking"),
    ("payment.is_mixed", "bool", "Paid in more than one kind of money"),
    ("payment.cards", "int", "Different cards, as far as the sender tells them apart"),
    ("payment.payer_named", "bool", "Somebody is named who pays"),
    ("link.phone_hits_90d", "int", "Others with this telephone number who had a hit in 90 days"),
    ("link.email_hits_90d", "int", "Others with this mail address who had a hit in 90 days"),
    ("link.card_hits_90d", "int", "Others who paid with this card and had a hit in 90 days"),
    ("link.address_hits_90d", "int", "Others with this postal address who had a hit in 90 days"),
    ("link.agency_hits_90d", "int", "Others who booked at this office and had a hit in 90 days"),
)

DECLARATION: tuple[Row, ...] = (
    ("declaration.submitted", "bool", "A customs declaration was made"),
    ("declaration.lane", "int", "Lane of the answers: 0 nothing to declare, 1 goods, 2 officer"),
    ("declaration.party_size", "int", "Persons that the declaration covers"),
    ("declaration.flight_matches", "bool", "Declared flight is the flight of the passenger list"),
    ("declaration.embarkation_matches", "bool", "Declared embarkation is on the itinerary"),
    ("declaration.arrival_matches", "bool", "Declared day of arrival is the flight's"),
    ("declaration.entrusted", "bool", "The traveller declares things that somebody asked to carry"),
    ("declaration.prohibited", "bool", "The traveller declares prohibited articles"),
    ("declaration.restricted", "bool", "The traveller declares restricted or quarantine articles"),
    ("declaration.gold", "bool", "The traveller declares gold"),
    ("declaration.over_allowance", "bool", "The traveller declares more than the allowance"),
    ("declaration.commercial", "bool", "The traveller declares commercial goods or samples"),
    (
        "declaration.means_of_payment",
        "bool",
        "The traveller declares means of payment over the limit",
    ),
    ("declaration.unaccompanied", "bool", "The traveller declares articles sent separately"),
    ("declaration.goods_value", "int", "Declared value of goods, minor units"),
    ("declaration.companions", "int", "Family members named in the declaration"),
    ("declaration.days_before_arrival", "int", "Days from the first declaration to the arrival"),
    ("declaration.party_matches", "bool", "The declaration covers as many as the booking holds"),
    ("declaration.purpose", "str", "Purpose of the journey as declared"),
    ("declaration.items", "int", "Lines of goods in the declaration"),
    ("declaration.currencies", "int", "Different currencies in which goods are declared"),
    ("declaration.name_matches", "bool", "The declared surname shares a word with the listed one"),
    ("declaration.birth_date_matches", "bool", "The declared date of birth is the listed one"),
    ("declaration.document_matches", "bool", "The declared document is one that is listed"),
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
        "The traveller declares nothing carried for others while somebody who does not travel paid",
    ),
    (
        "declaration.value_above_history",
        "bool",
        "The declared value exceeds all that was declared on earlier trips",
    ),
)

HISTORY: tuple[Row, ...] = (
    ("history.is_known", "bool", "Somebody who has been here before, as far as is known"),
    ("history.trips_5y", "int", "Arrivals of this traveller in the last 5 years"),
    (
        "history.absences_12m",
        "int",
        "Flights in the last 12 months that this traveller did not take",
    ),
    ("history.inspections_5y", "int", "Inspections of this traveller in the last 5 years"),
    (
        "history.clean_inspections_5y",
        "int",
        "Inspections of this traveller in the last 5 years that found nothing",
    ),
    ("history.trips_12m", "int", "Arrivals of this traveller in the last 12 months"),
    ("history.finds_5y", "int", "Inspections of this traveller with a find in the last 5 years"),
    ("history.referrals_12m", "int", "Referrals of this traveller in the last 12 months"),
    (
        "history.declared_value_5y",
        "int",
        "Highest value of goods declared on another trip in 5 years, minor units, same currency",
    ),
)

LIST: tuple[Row, ...] = (
    (
        "document.lost_or_stolen",
        "bool",
        "The document is on a list that stops lost and stolen documents",
    ),
    ("list.alerts", "int", "Watch list entries that this traveller is taken for"),
    (
        "list.document_alerts",
        "int",
        "Watch list entries that this traveller is taken for by a document",
    ),
    ("list.name_alerts", "int", "Watch list entries that this traveller is taken for by the name"),
    ("list.information", "int", "Entries of nearly the same name that are information only"),
    ("list.best_score", "num", "The best match with an entry, 0 to 1"),
)

RANDOM: tuple[Row, ...] = (
    ("random.u", "num", "Number drawn for this traveller on this flight, uniform in [0, 1)"),
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

_ANY: tuple[Source, ...] = ("api", "declaration", "history", "list", "kiosk")
THROUGH: Mapping[str, tuple[Source, ...]] = {
    # An entry is met by who somebody is said to be. What only a booking met is left out where that is limited.
    **{name: ("api", "declaration", "kiosk") for name, _, _ in LIST},
    # Somebody else's hits rest on whatever their rules and lists have read.
    **{name: _ANY for name, _, _ in PNR if name.startswith("link.")},
    "co_travellers.high_risk": _ANY,
    # Comparisons say what the other side says.
    **dict.fromkeys(
        ("declaration.party_matches", "declaration.stay_matches", "declaration.embarkation_matches",
         "declaration.entrusted_denied_but_paid_by_other"), ("pnr",)),
    **dict.fromkeys(
        ("declaration.bags_match", "declaration.name_matches", "declaration.birth_date_matches",
         "declaration.document_matches", "document.shown_differs", "document.shown_other_name",
         "document.shown_other_birth_date"), ("api", "pnr")),
    "declaration.value_above_history": ("history",),
    "history.declared_value_5y": ("declaration",),
    **dict.fromkeys(("traveller.name_differs", "traveller.birth_date_differs"), ("api",)),
    # Bags, seats and changes come from the passenger list where no booking tells them.
    **{name: ("api",) for name, _, _ in PNR if name.startswith(("bag.", "seat.", "change."))},
    **{f"{name}.{field}": ("api",) for name, _, _, rows in LISTS if name in ("bags", "changes")
       for field, _, _ in rows},
}  # fmt: skip
"""Facts that tell a result of screening or of a comparison: by which sources, beside their own, it may have been found.

The purpose of a source goes with what was found by it: a rule may read such a fact only where its own purpose may be
served by each of these. Otherwise a rule for revenue would learn from `list.alerts` what the passenger list says,
which in the EU profile serves serious crime and drugs alone.
"""
