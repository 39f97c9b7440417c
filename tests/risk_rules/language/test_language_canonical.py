"""One canonical form for what is written in several ways, another for what says something else."""

import random

import pytest

from risk_rules.facts import blank
from risk_rules.language import compile_rule
from risk_rules.language.canonical import canonical


def form(text: str) -> str:
    return canonical(compile_rule(text, allow_protected=True).tree)


@pytest.mark.parametrize(
    "same",
    [
        ("bag.count > 50", "(bag.count > 50)", "bag.count>50.0", "50 < bag.count", "bag.count >= 51",
         "not bag.count <= 50", "not (not (51 <= bag.count))", "bag.count > 50 and bag.count > 50"),
        ("bag.count > 5 and itinerary.one_way", "itinerary.one_way and bag.count > 5",
         "itinerary.one_way = true and (5 < bag.count)", "not (bag.count <= 5 or not itinerary.one_way)",
         "itinerary.one_way != false and bag.count > 5"),
        ("booking.payment in ('cash', 'card')", "booking.payment in ('card', 'cash', 'cash')",
         "booking.payment = 'card' or 'cash' = booking.payment", "not (booking.payment not in ('cash', 'card'))"),
        ("bag.count between 2 and 4", "bag.count >= 2 and bag.count <= 4", "bag.count > 1 and 5 > bag.count"),
        ("any(bags: weight_g > 5 and pieces = 1)", "any(bags: 1 = pieces and weight_g >= 6)"),
        ("bag.count + co.count > seat.row", "seat.row < co.count + bag.count"),
        ("bag.count > 1 and (co.count > 1 and seat.row > 1)", "(seat.row > 1 and bag.count > 1) and co.count > 1"),
        ("bag.count > -1", "-1 < bag.count"),
        ("bag.count >= 2", "bag.count + 0 >= 2", "bag.count >= 1 + 1", "-bag.count <= -2", "bag.count * 1 > 1",
         "-(-bag.count) >= 2", "0 - bag.count < -1", "bag.count - 5 >= -3", "2 * bag.count > 2", "bag.count / 1 >= 2",
         "bag.count >= 2 and 1 = 1", "bag.count >= 2 or 'a' = 'b'", "3 * bag.count > bag.count + bag.count + 1",
         "not (bag.count + 0 < 4 / 2)", "bag.count > 1.5", "(bag.count >= 2) = (1 < 2)", "bag.count + 0 > length('a')"),
        ("bag.count > seat.row", "bag.count - seat.row > 0", "seat.row - bag.count < 0", "bag.count >= seat.row + 1"),
        ("bag.count between 2 and 4", "bag.count - 1 between 1 and 3"),
        ("bag.count in (1, 2)", "bag.count + 1 in (2, 3)", "bag.count = 3 - 2 or 2 = bag.count"),
        ("list.best_score > 0.5", "list.best_score + 0 > 0.5", "-list.best_score < -0.5", "1 * list.best_score > 0.25 * 2",
         "0 - list.best_score < -(0.5)", "-(-(list.best_score)) / 1 > 0.5"),
        ("list.best_score - random.u > 0.5", "-(random.u - list.best_score) > 0.5", "random.u - list.best_score < -0.5",
         "-random.u + list.best_score > 0.5"),
        ("sum(bags: weight_g) > 5", "sum(bags: weight_g + 0) > 5", "sum(bags: weight_g) + 1 >= 7"),
        ("any(bags: weight_g > 5)", "any(bags: weight_g + 1 > 6 and 2 > 1)"),
        ("bag.count > 1 and false", "false and co.count = 1 and bag.count > 1"),
    ],
)  # fmt: skip
def test_the_same_said_otherwise(same: tuple[str, ...]) -> None:
    assert len({form(text) for text in same}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bag.count > 50", "bag.count >= 50"),
        ("bag.count > 50", "bag.count < 50"),
        ("bag.count > seat.row", "seat.row > bag.count"),
        ("list.best_score > 0.5", "list.best_score >= 0.5"),
        ("bag.count > 1 and co.count > 1", "bag.count > 1 or co.count > 1"),
        ("any(bags: weight_g > 1)", "all(bags: weight_g > 1)"),
        ("bag.count - co.count > 1", "co.count - bag.count > 1"),
        ("booking.payment = 'cash'", "booking.payment != 'cash'"),
        ("bag.count is missing", "bag.count is not missing"),
        ("bag.count - bag.count = 0", "co.count - co.count = 0"),
        ("bag.count + co.count - co.count > 1", "bag.count > 1"),
        ("bag.count * 0 + co.count > 1", "co.count > 1"),
        ("bag.count > 1 or 1 / 0 = 1", "bag.count > 1"),
        ("bag.count / 2 > 1", "bag.count > 2"),
        ("bag.count + 1 > 2.5", "bag.count > 2"),
        ("list.best_score + 0.1 > 0.3", "list.best_score > 0.2"),
        ("2 * bag.count = 5", "2 * bag.count = 4"),
        ("list.best_score / 1 > 1", "1 / list.best_score > 1"),
        ("starts_with(booking.payment, booking.class)", "starts_with(booking.class, booking.payment)"),
    ],
)  # fmt: skip
def test_what_says_something_else(one: str, other: str) -> None:
    assert form(one) != form(other)


def test_what_has_one_form_has_one_result() -> None:
    """Of many small conditions: where two share a form, every record gives them the same of three results."""
    dice = random.Random(5)

    def computed(one: str) -> str:
        more = dice.choice(("0", "1", "2", "bag.count", "co.count", "list.best_score"))
        shapes = (one, one, f"{one} + {more}", f"{one} - {more}", f"({more} - {one})", f"{one} * {more}",
                  f"-({one} - {more})", f"-{one}", f"{one} / {more}")  # fmt: skip
        return dice.choice(shapes)

    def some(depth: int = 2) -> str:
        if depth and dice.random() < 0.7:
            parts = f" {dice.choice(('and', 'or'))} ".join(f"({some(depth - 1)})" for _ in range(2))
            return f"not ({parts})" if dice.random() < 0.3 else parts
        name, sign = (
            dice.choice(("bag.count", "co.count")),
            dice.choice(("<", "<=", ">", ">=", "=", "!=")),
        )
        left, right = computed(name), computed(str(dice.randint(0, 2)))
        return f"{right} {sign} {left}" if dice.random() < 0.5 else f"{left} {sign} {right}"

    records = [
        {**blank(), "bag.count": bags, "co.count": others, "list.best_score": score}
        for bags in (None, 0, 1, 2, 3) for others in (None, 0, 1, 3) for score in (None, 0.1, 0.7)
    ]  # fmt: skip
    seen: dict[str, tuple[bool | None, ...]] = {}
    shared = 0
    for _ in range(800):
        rule = compile_rule(some())
        results = tuple(rule.evaluate(one) for one in records)
        shared += canonical(rule.tree) in seen
        assert seen.setdefault(canonical(rule.tree), results) == results, rule.text
    assert shared > 30
