"""Judging: what always holds, whatever rules, lists and reviews say."""

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.screening.judge import STRICTNESS, Context, Profile, judge
from app.screening.lookouts import Listed, Lookout, screen
from app.screening.models import Handling, Level, ReviewState
from risk_rules.facts import conform
from risk_rules.jurisdiction import NEUTRAL
from risk_rules.language import compile_rule
from risk_rules.names import BirthDate, Entry, Matcher, Name, Person
from risk_rules.score import Handling as RuleHandling
from risk_rules.score import Level as RuleLevel
from risk_rules.score import Policy, ScoredRule

FACTS = conform({"bag.count": 3, "booking.payment": "cash", "random.u": 0.5})
TEXTS = ("bag.count >= 2", "booking.payment = 'cash'", "bag.count = 3", "bag.weight_g > 1")
PERSON = Person(names=(Name("TESTER", "ANNA"),), birth_date=BirthDate(1980, 5, 31))

rules = st.lists(
    st.builds(
        lambda text, points, floor, handling: (text, points, floor, handling),
        st.sampled_from(TEXTS), st.integers(-50, 80),
        st.none() | st.sampled_from(RuleLevel), st.sampled_from(RuleHandling),
    ),
    max_size=4,
).map(
    lambda rows: [
        ScoredRule(f"r{i}", 1, compile_rule(text), points, floor, "t", handling=handling)
        for i, (text, points, floor, handling) in enumerate(rows)
    ]
)  # fmt: skip
handlings = st.none() | st.sampled_from(Handling)
states = st.lists(st.sampled_from(ReviewState), min_size=5, max_size=5)


def listed(handling: Handling | None) -> list[Any]:
    if handling is None:
        return []
    entry = Entry("1", PERSON.names, (BirthDate(1980, 5, 31),))
    info = Listed("P-1", 2, date.min, None, "why")
    lookout = Lookout("wanted", 2, "W", "drugs", handling, Matcher([entry]), {"1": info})
    return screen([lookout], [PERSON], date(2026, 3, 10))


def reviewed(asked: list[ScoredRule], hits: list[Any], chosen: list[ReviewState]) -> Any:
    first = judge(FACTS, asked, hits, Context())
    return dict(zip((r.identified for r in first.reasons), chosen, strict=False))


def rank(level: Level) -> int:
    return list(Level).index(level)


@given(rules, handlings)
def test_dismissing_everything_leaves_nothing(asked: list[ScoredRule], on: Handling | None) -> None:
    hits = listed(on)
    found = judge(FACTS, asked, hits, Context(reviewed(asked, hits, [ReviewState.DISMISSED] * 5)))
    assert (found.score, found.level, found.action) == (0, Level.NONE, None)
    assert not found.confirmed
    assert all(reason.state is ReviewState.DISMISSED for reason in found.reasons)


@given(rules, handlings, states)
def test_hits_stay_visible_and_the_unknown_is_named(
    asked: list[ScoredRule], on: Handling | None, chosen: list[ReviewState]
) -> None:
    hits = listed(on)
    found = judge(FACTS, asked, hits, Context(reviewed(asked, hits, chosen)))
    true = [rule.key for rule in asked if rule.rule.evaluate(FACTS)]
    assert [r.subject for r in found.reasons] == [*true, *(["wanted/P-1"] if on else [])]
    assert [row["rule"] for row in found.unknown] == [
        r.key for r in asked if "weight" in r.rule.text
    ]
    assert 0 <= found.score <= Policy().cap


@given(rules, handlings, states)
def test_the_action_is_the_strictest_of_the_standing_hits(
    asked: list[ScoredRule], on: Handling | None, chosen: list[ReviewState]
) -> None:
    hits = listed(on)
    found = judge(FACTS, asked, hits, Context(reviewed(asked, hits, chosen)))
    standing = [r for r in found.reasons if r.state is not ReviewState.DISMISSED]
    if found.action is None:
        assert not any(r.state is ReviewState.CONFIRMED and r.points >= 0 for r in standing)
        assert on is None or found.reasons[-1].state is ReviewState.DISMISSED
    else:
        assert found.action in {r.handling for r in standing}
        confirmed = [r for r in standing if r.state is ReviewState.CONFIRMED and r.points >= 0]
        most = max((STRICTNESS.index(r.handling) for r in confirmed), default=0)
        assert STRICTNESS.index(found.action) >= most


@given(rules, handlings)
def test_confirming_never_lowers(asked: list[ScoredRule], on: Handling | None) -> None:
    hits = listed(on)
    before = judge(FACTS, asked, hits, Context())
    after = judge(FACTS, asked, hits, Context(reviewed(asked, hits, [ReviewState.CONFIRMED] * 5)))
    assert rank(after.level) >= rank(before.level)
    assert after.score == before.score


@given(rules, handlings, st.floats(0, 1))
def test_the_draw_changes_nothing_else(
    asked: list[ScoredRule], on: Handling | None, rate: float
) -> None:
    profile = Profile(policy=Policy(control_rate=rate))
    drawn = judge(FACTS, asked, listed(on), Context(lot=0.0), profile)
    spared = judge(FACTS, asked, listed(on), Context(lot=1.0), profile)
    assert drawn.control is (rate > 0)
    assert not spared.control
    assert replace(drawn, control=False) == spared


@given(rules, handlings)
def test_a_profile_can_ask_for_an_officers_word_first(
    asked: list[ScoredRule], on: Handling | None
) -> None:
    careful = Profile(jurisdiction=replace(NEUTRAL, act_from=None, lists_act=False))
    assert judge(FACTS, asked, listed(on), Context(), careful).action is None


def test_a_rule_acts_from_attention_on() -> None:
    low = ScoredRule("r", 1, compile_rule("bag.count >= 2"), 29, handling=RuleHandling.STOP)
    assert judge(FACTS, [low], [], Context()).action is None
    enough = replace(low, points=30)
    assert judge(FACTS, [enough], [], Context()).action is Handling.STOP


def test_an_exonerating_rule_never_acts() -> None:
    rules = [
        ScoredRule("r", 1, compile_rule("bag.count >= 2"), 80, handling=RuleHandling.OBSERVE),
        ScoredRule("e", 1, compile_rule("bag.count = 3"), -10, handling=RuleHandling.STOP),
    ]
    found = judge(FACTS, rules, [], Context())
    assert (found.score, found.action) == (70, Handling.OBSERVE)
