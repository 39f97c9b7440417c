"""200 rules for 300 passengers in process.

The target is 50 ms for the evaluation; ``assess`` adds scores, explanations of hits and names of missing facts.
"""

import datetime as dt
import json
import random

from app.screening.grounds import RECENT
from risk_rules.facts import CATALOGUE, conform, restore
from risk_rules.language import compile_rule
from risk_rules.language.weigh import weigh
from risk_rules.ruleset import load_ruleset
from risk_rules.score import ScoredRule, assess
from tests.perf.measure import Figures, Size, against, cpu_ms

AIRPORTS = ("XQA", "XQB", "XGA", "XHA", "XHB", "XHC", "XHD", "XHE")
COUNTRIES = ("XA", "XB", "XC", "XD")
PAYMENTS = ("cash", "card", "card", "card", "voucher")


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
    fired = [
        (scored.rule.explain, facts)
        for facts, row in zip(people, answers, strict=True)
        for scored, answer in zip(rules, row, strict=True)
        if answer
    ]
    explained = cpu_ms(lambda: [explain(facts) for explain, facts in fired], rounds)
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
        "explain_a_hit_ms": round(explained["median"] / len(fired), 4),
        "explain_target_ms": 0.1,
        "weighing": weighing(rounds),
    }


NARROW = "traveller.nationality = 'UTO' and booking.payment = 'cash' and booking.days_before <= 2"
"""A rule that reads who somebody is, and has a ground."""


def weighing(rounds: int) -> Figures:
    """What checking a rule about a nationality costs: its ground is weighed on the 5,000 assessed last, whose stored
    facts are read as JSON first. The reference checks the same rule without weighing it.
    """
    r = random.Random(11)
    names = (
        "traveller.nationality",
        "booking.payment",
        "booking.days_before",
        "flight.destination",
    )
    found = [
        {**passenger(r), "traveller.nationality": r.choice(("UTO", "XXA", "XXB")),
         "flight.destination": r.choice(AIRPORTS[:2])}
        for _ in range(RECENT)
    ]  # fmt: skip
    stored = [json.dumps({name: one[name] for name in names}) for one in found]
    asked = CATALOGUE.only(names)
    rule = compile_rule(NARROW)

    def check() -> None:
        people = [restore(json.loads(one), asked) for one in stored]
        weigh(rule.text, compile_rule(NARROW).tree, {}, people)

    people = [restore(json.loads(one), asked) for one in stored]
    return {
        "people": len(people),
        "check": against(check, lambda: compile_rule(NARROW), rounds),
        "weigh_alone": cpu_ms(lambda: weigh(rule.text, rule.tree, {}, people), rounds),
    }
