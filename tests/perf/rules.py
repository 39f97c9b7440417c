"""200 rules for 300 passengers in process, as JSON: `python tests/perf/rules.py`.

Times are CPU time of the best and the median of the rounds. The target is 50 ms for the evaluation;
`assess_ms` adds scores, explanations of hits and names of missing facts. The list matcher
is measured beside it, on names put together at random.
"""

import datetime as dt
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from risk_rules.facts import conform
from risk_rules.names import BirthDate, Entry, Matcher, Name, Person
from risk_rules.ruleset import load_ruleset
from risk_rules.score import ScoredRule, assess

ROUNDS = 15
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


def cpu_ms(work: Callable[[], object]) -> dict[str, float]:
    """Best and median CPU milliseconds of the rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return {"best": round(min(times), 2), "median": round(statistics.median(times), 2)}


def rules_figures() -> dict:
    ruleset = load_ruleset()
    start = ruleset.scored()
    rules: list[ScoredRule] = [start[i % len(start)] for i in range(200)]
    r = random.Random(7)
    people = [passenger(r) for _ in range(300)]
    closures = [scored.rule.evaluate for scored in rules]
    answers = [[evaluate(facts) for evaluate in closures] for facts in people]
    flat = [answer for row in answers for answer in row]
    return {
        "rules": len(rules),
        "passengers": len(people),
        "fired": sum(answer is True for answer in flat),
        "unknown": sum(answer is None for answer in flat),
        "evaluate_ms": cpu_ms(lambda: [[f(x) for f in closures] for x in people]),
        "assess_ms": cpu_ms(lambda: [assess(rules, x) for x in people]),
        "load_ruleset_ms": cpu_ms(load_ruleset),
        "target_ms": 50,
    }


def names_figures(size: int = 20_000, queries: int = 2_000) -> dict:
    r = random.Random(7)

    def name() -> Name:
        def word(k: int) -> str:
            return "".join(r.choices(SYLLABLES, k=k))

        return Name(word(3), f"{word(2)} {word(2)}")

    def born() -> BirthDate:
        return BirthDate.of(dt.date(1950, 1, 1) + dt.timedelta(r.randrange(20_000)))

    entries = [Entry(str(i), (name(),), (born(),)) for i in range(size)]
    people = [Person((name(),), born()) for _ in range(queries)]
    start = time.process_time()
    matcher = Matcher(entries)
    build = (time.process_time() - start) * 1000
    start = time.process_time()
    for person in people:
        matcher.match(person)
    each = (time.process_time() - start) * 1000 / queries
    return {"entries": size, "build_ms": round(build, 1), "match_ms_each": round(each, 3)}


if __name__ == "__main__":
    print(json.dumps({"rules": rules_figures(), "names": names_figures()}, indent=2))
