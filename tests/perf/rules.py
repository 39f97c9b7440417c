"""200 rules for 300 passengers in process, and the list matcher on names put together at random.

The target is 50 ms for the evaluation; ``assess`` adds scores, explanations of hits and names of missing facts.
"""

import datetime as dt
import random
import time

from rapidfuzz import fuzz, process

from risk_rules.facts import conform
from risk_rules.names import BirthDate, Entry, Matcher, Name, Person
from risk_rules.ruleset import load_ruleset
from risk_rules.score import ScoredRule, assess
from tests.perf.measure import Figures, Size, against, cpu_ms

AIRPORTS = ("XQA", "XQB", "XGA", "XHA", "XHB", "XHC", "XHD", "XHE")
COUNTRIES = ("XA", "XB", "XC", "XD")
PAYMENTS = ("cash", "card", "card", "card", "voucher")
SYLLABLES = ("KA", "MO", "RI", "TEN", "SU", "LAR", "VE", "DON", "JI", "PEL", "HAR", "ZU")


def passenger(r: random.Random, missing: float = 0.08) -> dict:
    """A record with every fact at random, each missing with the given chance."""

    def maybe(value):
        return None if r.random() < missing else value

    values = {
        "traveller.is_crew": r.random() < 0.02,
        "flight.origin": r.choice(AIRPORTS),
        "flight.origin_country": r.choice(COUNTRIES),
        "flight.date": dt.date(2026, 5, 1),
        "itinerary.origin": r.choice(AIRPORTS),
        "itinerary.origin_country": r.choice(COUNTRIES),
        "itinerary.stay_nights": r.randrange(30),
        "itinerary.one_way": r.random() < 0.1,
        "itinerary.legs_count": r.randrange(1, 6),
        "itinerary.transit_minutes": r.randrange(1500),
        "booking.days_before": r.randrange(120),
        "booking.payment": r.choice(PAYMENTS),
        "booking.paid_by_third_party": r.random() < 0.1,
        "booking.agency_country": r.choice(COUNTRIES),
        "booking.changes": r.randrange(6),
        "booking.email_domain": r.choice(("freemail.example", "firm.example")),
        "booking.phone_country": r.choice(COUNTRIES),
        "booking.party_size": r.randrange(1, 5),
        "booking.locator_count": r.choice((1, 1, 1, 2)),
        "document.count": r.choice((1, 1, 1, 2)),
        "document.lost_or_stolen": r.random() < 0.001,
        "document.days_to_expiry": r.randrange(3000),
        "bag.count": r.randrange(5),
        "bag.weight_g": r.randrange(80_000),
        "co.count": r.randrange(5),
        "co.minors": r.randrange(2),
        "declaration.submitted": r.random() < 0.9,
        "declaration.lane": r.choice((0, 0, 0, 1, 2)),
        "declaration.party_size": r.randrange(1, 4),
        "declaration.companions": r.randrange(3),
        "declaration.gold": r.random() < 0.01,
        "declaration.entrusted": r.random() < 0.02,
        "declaration.commercial": r.random() < 0.02,
        "declaration.restricted": r.random() < 0.02,
        "declaration.embarkation_matches": r.random() < 0.95,
        "declaration.flight_matches": r.random() < 0.95,
        "history.trips_12m": r.randrange(12),
        "history.finds_5y": int(r.random() < 0.01),
        "history.referrals_12m": int(r.random() < 0.05),
        "legs": [{"origin": r.choice(AIRPORTS)} for _ in range(r.randrange(3))],
        "bags": [{"weight_g": maybe(r.randrange(40_000))} for _ in range(r.randrange(4))],
        "co_travellers": [
            {"high_risk": r.random() < 0.01, "same_surname": r.random() < 0.7}
            for _ in range(r.randrange(4))
        ],
        "declared_items": [
            {"category": r.choice(("gold", "food", "clothing")), "quantity": r.randrange(30)}
            for _ in range(r.randrange(3))
        ],
    }
    return conform({**{k: maybe(v) for k, v in values.items()}, "random.u": r.random()})


def rules_figures(size: Size) -> Figures:
    """Everybody of a full aircraft by every rule; the reference looks a fact up instead of each rule."""
    rounds = size.pick(3, 11, 31)
    ruleset = load_ruleset()
    start = ruleset.scored()
    rules: list[ScoredRule] = [start[i % len(start)] for i in range(200)]
    r = random.Random(7)
    people = [passenger(r) for _ in range(300)]
    closures = [scored.rule.evaluate for scored in rules]
    keys = ["booking.changes"] * len(rules)
    answers = [[evaluate(facts) for evaluate in closures] for facts in people]
    flat = [answer for row in answers for answer in row]
    return {
        "rules": len(rules),
        "passengers": len(people),
        "fired": sum(answer is True for answer in flat),
        "unknown": sum(answer is None for answer in flat),
        "evaluate": against(
            lambda: [[f(x) for f in closures] for x in people],
            lambda: [[x[key] == 1 for key in keys] for x in people],
            rounds,
        ),
        "reference": "one look-up and comparison for each rule and person",
        "assess": cpu_ms(lambda: [assess(rules, x) for x in people], rounds),
        "load_ruleset": cpu_ms(load_ruleset, rounds),
        "target_ms": 50,
    }


def names_figures(size: Size) -> Figures:
    """One traveller against a list; the reference compares the name with each entry of the list."""
    entries, people = _list(size.pick(5_000, 20_000, 100_000)), _people(size.pick(50, 200, 1000))
    start = time.process_time()
    matcher = Matcher(entries)
    build = (time.process_time() - start) * 1000
    names = [str(entry.names[0].surname) for entry in entries]

    def brute() -> None:
        for person in people[:20]:
            process.extractOne(person.names[0].surname, names, scorer=fuzz.ratio)

    one = against(lambda: [matcher.match(person) for person in people], brute, 3)
    each = {key: round(one[key] / len(people), 3) for key in ("min", "median")}
    return {
        "entries": len(entries),
        "build_ms": round(build, 1),
        "match_one": {
            "unit": "CPU ms",
            **each,
            "reference_ms": round(one["reference_ms"] / 20, 3),
            "ratio": round(one["ratio"] * 20 / len(people), 3),
        },
        "reference": "rapidfuzz over all surnames of the list",
    }


def _list(size: int) -> list[Entry]:
    r = random.Random(7)
    return [Entry(str(i), (_name(r),), (_born(r),)) for i in range(size)]


def _people(count: int) -> list[Person]:
    r = random.Random(8)
    return [Person((_name(r),), _born(r)) for _ in range(count)]


def _name(r: random.Random) -> Name:
    def word(k: int) -> str:
        return "".join(r.choices(SYLLABLES, k=k))

    return Name(word(3), f"{word(2)} {word(2)}")


def _born(r: random.Random) -> BirthDate:
    return BirthDate.of(dt.date(1950, 1, 1) + dt.timedelta(r.randrange(20_000)))
