"""Protected facts may narrow a rule; alone they may not make it true."""

import pytest

from risk_rules.facts import CATALOGUE, ManagedList
from risk_rules.language import RuleError, compile_rule
from risk_rules.language.trial import MAX_TRIALS
from tests.support.steps import steps

LISTS = {
    "airports": ManagedList("airports", "str", frozenset({"XQA"})),
    "states": ManagedList("states", "str", frozenset({"XXA", "XXB"})),
}

COUNTS = ["booking.changes", "booking.party_size", "bag.count", "bag.tagged", "co.count",
         "co.other_surnames", "document.count", "change.count", "change.seats", "seat.row"]  # fmt: skip
INTEGERS = [name for name, fact in CATALOGUE.facts.items() if fact.type == "int"]
ALONE = [
    "traveller.nationality = 'XXA'",
    "traveller.nationality in @states",
    "traveller.nationality in ('XXA', 'XXB') and traveller.sex = 'M'",
    "traveller.age between 18 and 30",
    "traveller.age * 2 > 40",
    "document.issuer != traveller.residence",
    "traveller.residence is missing",
    "not (traveller.sex = 'F')",
    "booking.payment = 'cash' or traveller.sex = 'F'",
    "any(co_travellers: nationality = 'XXA')",
    "not all(co_travellers: nationality = 'XXA')",
    "count(co_travellers: age < 18) >= 2",
    "max(co_travellers: age) > 60",
    "co.minors >= 1",
    "co.adults = 0",
]
WITH_A_HOLLOW_GROUND = [
    "traveller.nationality = 'XXA' and 1 = 1",
    "traveller.nationality = 'XXA' and true",
    "traveller.nationality = 'XXA' and random.u < 0.999",
    "random.u < 0.001 or traveller.nationality = 'XXA'",
    "traveller.nationality = 'XXA' and flight.date > '2020-01-01'",
    "traveller.nationality = 'XXA' and random.u < 0.999 and bag.count >= 0",
    "traveller.nationality = 'XXA' and flight.date > '2020-01-01' and bag.count >= 0",
    "not (traveller.sex = 'F' or booking.payment is missing)",
    "traveller.nationality = 'XXA' and booking.changes >= 0",
    "traveller.nationality = 'XXA' and not booking.changes < 0",
    "traveller.age > 1 and " + " and ".join(f"bag.count + {n} >= 0" for n in range(50)),
    "traveller.age > 1 and " + " and ".join(f"{n} >= 0" for n in INTEGERS),
    "traveller.nationality = 'XXA' and length(booking.payment) >= 0",
    "traveller.nationality = 'XXA' and count(bags) >= 0",
    "traveller.nationality = 'XXA' and (itinerary.one_way or not itinerary.one_way)",
    "traveller.nationality = 'XXA' and (booking.payment = 'a' or booking.payment != 'a')",
    "traveller.nationality = 'XXA' and (bag.count is missing or bag.count is not missing)",
    "traveller.sex = 'M' and bag.count > 1 or traveller.sex = 'M' and not bag.count > 1",
    "any(co_travellers: nationality = 'XXA' and (high_risk or not high_risk))",
    "traveller.nationality = 'XXA' and traveller.age * 0 = booking.changes * 0",
    "booking.phone_country != traveller.nationality",  # two letters beside three
    "traveller.sex = 'F' and (" + " or ".join(f"{n} >= 0" for n in COUNTS) + ")",
    "traveller.sex = 'F' and (" + " and ".join(f"{n} >= 0" for n in COUNTS) + ")",
    "traveller.sex = 'F' and not (" + " or ".join(f"{n} < 0" for n in COUNTS) + ")",
    "traveller.sex = 'F' and ("
    + " + ".join(COUNTS)
    + " >= 0 or "
    + " or ".join(f"{n} > 3" for n in COUNTS)
    + ")",
    "traveller.age > 17 and flight.arrival_hour < 1000",
    "traveller.age > 17 and flight.arrival_weekday between 1 and 7",
    "traveller.age > 17 and length(flight.carrier) <= 5",
    "traveller.age > 17 and booking.payment in ('cash', 'card', 'voucher', 'points', 'invoice', 'other')",
    "traveller.age > 17 and not any(bags: weight_g > 99999999)",
]
ALL_ABOARD = [
    "traveller.nationality = 'XXA' and flight.destination = 'NRT'",
    "traveller.nationality = 'XXA' and flight.destination_country = 'JP'",
    "traveller.nationality = 'XXA' and flight.duration_minutes > 0",
    "traveller.nationality = 'XXA' and flight.carrier != 'ZZ'",
    "traveller.nationality = 'XXA' and flight.number = '1' and flight.arrival_weekday = 3",
    "flight.origin in @airports and traveller.sex = 'M'",
    "traveller.age > 17 and flight.arrival_hour < 5",
    "traveller.age > 17 and flight.departure_hour + flight.arrival_hour > 10",
]
"""The timetable is the same for everybody aboard: nobody does anything to be of a flight's nationality."""
ALLOWED = [
    "not (traveller.sex = 'F' or booking.payment = 'card')",
    "traveller.nationality = 'XXA' and booking.payment = 'cash'",
    "traveller.nationality = 'XXA' and booking.changes >= 1",
    "not (traveller.sex = 'F' or booking.payment = 'card') and bag.count > 3",
    "booking.agency != traveller.nationality",
    "traveller.sex = 'F' and flight.origin = itinerary.origin",
    "traveller.sex = 'F' and (" + " or ".join(f"{n} > 3" for n in COUNTS) + ")",
    "traveller.sex = 'F' and " + " + ".join(COUNTS) + " > 3",
    "any(co_travellers: nationality = 'XXA' and high_risk)",
    "count(co_travellers) >= 3 and traveller.age < 18",
    "traveller.age < 18 and all(co_travellers: not same_surname)",
    "random.u < 0.01",
    "days(flight.date, document.expires) < 30 and traveller.nationality = 'XXA'",
    "booking.payment = 'cash'",
]


@pytest.mark.parametrize("text", [*ALONE, *WITH_A_HOLLOW_GROUND, *ALL_ABOARD])
def test_refused(text):
    with pytest.raises(RuleError) as caught:
        compile_rule(text, lists=LISTS)
    assert caught.value.code == "protected_only"
    assert caught.value.span == (0, len(text))


@pytest.mark.parametrize("text", ALLOWED)
def test_allowed(text):
    compile_rule(text, lists=LISTS)


@pytest.mark.parametrize(
    "name", ["traveller.nationality", "traveller.sex", "traveller.residence", "document.issuer"]
)
def test_each_protected_fact_is_refused_alone_and_allowed_beside_a_ground(name):
    assert CATALOGUE.facts[name].is_protected
    with pytest.raises(RuleError):
        compile_rule(f"{name} = 'XXA'")
    compile_rule(f"{name} = 'XXA' and bag.count > 3")


def test_trial_gives_up_on_rules_too_large_to_try():
    parts = [f"booking.changes != {i}" for i in range(40)]
    more = ["bag.count > 3", "bag.weight_g > 4", "co.count > 5", "co.other_surnames > 1"]
    text = " and ".join(["traveller.age > 20", *parts, *more])
    assert steps(lambda: compile_rule(text)) < 10 * MAX_TRIALS
