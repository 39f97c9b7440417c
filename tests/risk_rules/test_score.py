"""Points, levels, floors, chance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk_rules.facts import conform
from risk_rules.language import compile_rule
from risk_rules.score import (
    Floor,
    Handling,
    Level,
    Policy,
    Purpose,
    ScoredRule,
    assess,
    control_selected,
    highest,
)

FIRES = "bag.count >= 1"
QUIET = "bag.count < 1"
OPEN = "co.count >= 1"
FACTS = conform({"bag.count": 2, "random.u": 0.5})


def rule(key: str, text: str = FIRES, points: int = 10, floor: Level | None = None) -> ScoredRule:
    return ScoredRule(key, 3, compile_rule(text), points, floor)


def test_true_rules_score_unknown_rules_are_counted_false_rules_are_silent():
    result = assess([rule("a"), rule("b", QUIET, 50), rule("c", OPEN, 50)], FACTS)
    assert result.score == 10
    assert result.level is Level.LOW
    assert [(hit.key, hit.version, hit.points) for hit in result.hits] == [("a", 3, 10)]
    assert result.hits[0].explanation["values"] == {"bag.count": 2}
    assert [(item.key, item.missing) for item in result.unknown] == [("c", ("co.count",))]
    assert result.schema_version == 1


@pytest.mark.parametrize(
    ("points", "level"),
    [
        (0, "none"),
        (9, "none"),
        (10, "low"),
        (29, "low"),
        (30, "attention"),
        (59, "attention"),
        (60, "high"),
    ],
)
def test_thresholds_are_reached_by_equality(points, level):
    assert assess([rule("a", points=points)], FACTS).level == level


def test_the_score_is_kept_within_nought_and_the_cap():
    assert assess([rule("a", points=70), rule("b", points=70)], FACTS).score == 100
    assert assess([rule("a", points=5), rule("b", points=-20)], FACTS).score == 0
    assert assess([rule("a", points=40), rule("b", points=-15)], FACTS).score == 25


def test_a_floor_lifts_the_level_and_never_lowers_it():
    assert assess([rule("a", points=1, floor=Level.HIGH)], FACTS).level is Level.HIGH
    assert assess([rule("a", points=90, floor=Level.LOW)], FACTS).level is Level.HIGH
    assert assess([rule("a", QUIET, 1, Level.HIGH)], FACTS).level is Level.NONE
    result = assess([], FACTS, floors=[Floor("watchlist", Level.ATTENTION)])
    assert (result.score, result.level) == (0, Level.ATTENTION)
    assert result.floors[0].source == "watchlist"


def test_chance_draws_a_share_and_nobody_without_a_lot():
    assert [control_selected(lot) for lot in (0.004, 0.005, None)] == [True, False, False]
    assert control_selected(0.5, Policy(control_rate=1.0))


def test_levels_have_an_order_of_their_own():
    assert [level.rank for level in Level] == [0, 1, 2, 3]
    assert highest([Level.NONE, Level.HIGH, Level.LOW]) is Level.HIGH
    assert highest([]) is Level.NONE


def test_a_hit_says_purpose_and_handling():
    scored = ScoredRule(
        "a", 1, compile_rule(FIRES), 5, purpose=Purpose.DRUGS, handling=Handling.DISCREET
    )
    hit = assess([scored], FACTS).hits[0]
    assert (hit.purpose, hit.handling) == ("drugs", "discreet")


rules = st.lists(
    st.builds(
        rule,
        key=st.just("k"),
        text=st.sampled_from((FIRES, QUIET, OPEN)),
        points=st.integers(-50, 80),
        floor=st.sampled_from((None, *Level)),
    ),
    max_size=6,
)


@given(rules, st.integers(0, 80), st.sampled_from((None, *Level)))
def test_another_incriminating_rule_never_lowers_score_or_level(some, points, floor):
    before = assess(some, FACTS)
    after = assess([*some, rule("more", points=points, floor=floor)], FACTS)
    assert after.score >= before.score
    assert after.level.rank >= before.level.rank


@given(rules, st.permutations(range(6)))
def test_the_order_of_rules_does_not_matter(some, order):
    shuffled = [some[i] for i in order if i < len(some)]
    one, other = assess(some, FACTS), assess(shuffled, FACTS)
    assert (one.score, one.level, len(one.hits)) == (other.score, other.level, len(other.hits))
