"""Who comes, when, and what becomes of them: the same for every hall of a seed."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_sim.plan.assumptions import PARTY_SIZES, Assumptions, Shares, Stream
from kiosk_sim.plan.flights import Group, Landing
from kiosk_sim.plan.people import Party, Way, groups_of, parties
from kiosk_sim.plan.spread import Measured

USUAL = Assumptions()
AT_ONCE = Stream(
    taxi=Measured((60.0,)), walk=Measured((100.0,)), border=Measured((0.0,)),
    first_bag=Measured((300.0,)), per_door=30, bags=60, two_doors=200,
)  # fmt: skip


def _landing(
    people: int = 100, stream: Stream = AT_ONCE, groups: tuple[Group, ...] = ()
) -> Landing:
    return Landing("XX1", 1000.0, people, stream, groups)


def _alone(people: int) -> tuple[Group, ...]:
    return (Group(1),) * people


def test_the_same_seed_makes_the_same_people_and_another_others() -> None:
    landings = [_landing(80, Stream()), Landing("XX2", 900.0, 30, Stream())]
    assert parties(landings, USUAL, 3) == parties(landings, USUAL, 3)
    assert parties(landings, USUAL, 3) != parties(landings, USUAL, 4)


def test_a_flight_does_not_change_who_is_on_another() -> None:
    first, second = _landing(50), Landing("XX2", 900.0, 30, Stream())
    alone = parties([first], USUAL, 3)
    both = [one for one in parties([second, first], USUAL, 3) if one.flight == "XX1"]
    assert both == alone


def test_they_leave_the_aircraft_one_after_the_other_through_its_doors() -> None:
    """Linear: thirty a minute at one door, sixty at two."""
    for people, seconds in ((100, 2.0), (200, 1.0)):
        found = parties([_landing(people, groups=_alone(people))], USUAL, 1)
        assert found[0].comes == 1000 + 60 + seconds + 100
        gaps = [after.comes - before.comes for before, after in pairwise(found)]
        assert gaps == pytest.approx([seconds] * (people - 1))


def test_passport_control_lets_through_only_so_many_a_minute() -> None:
    limited = replace(AT_ONCE, border_limit=6.0)
    found = parties([_landing(60, limited, _alone(60))], USUAL, 1)
    assert found[-1].comes - found[0].comes == pytest.approx(59 * 10.0)


def test_bags_come_after_the_first_bag_and_before_the_last() -> None:
    shares = Shares(with_bags=1.0)
    found = parties([_landing(120, groups=_alone(120))], replace(USUAL, shares=shares), 1)
    bags = [one.bags for one in found]
    assert min(bags) >= 1000 + 60 + 300
    assert max(bags) <= 1000 + 60 + 300 + 120
    none = parties([_landing(120)], replace(USUAL, shares=Shares(with_bags=0.0)), 1)
    assert all(one.bags == one.comes for one in none)


@given(st.integers(1, 400), st.integers(0, 10**6))
def test_everybody_is_in_one_party(people: int, seed: int) -> None:
    groups = groups_of(people, PARTY_SIZES, random.Random(seed))
    assert sum(group.people for group in groups) == people
    assert all(0 <= group.children < group.people for group in groups)


def _many(shares: Shares, groups: tuple[Group, ...]) -> list[Party]:
    return parties([_landing(len(groups), groups=groups)], replace(USUAL, shares=shares), 2)


NOBODY = Shares(0, 0, 0, 0, 0, 0, 0)


def test_shares_are_kept_and_one_of_a_party_holds_for_all() -> None:
    risky = replace(NOBODY, risk=0.05)
    alone = _many(risky, (Group(1),) * 4000)
    families = _many(risky, (Group(4, 2),) * 4000)
    assert sum(one.way is Way.RISK for one in alone) / 4000 == pytest.approx(0.05, abs=0.012)
    assert sum(one.way is Way.RISK for one in families) / 4000 == pytest.approx(
        1 - 0.95**4, abs=0.02
    )


def test_of_several_reasons_the_costliest_holds() -> None:
    everything = Shares(1, 1, 1, 1, 1, 1, 1)
    assert {one.way for one in _many(everything, (Group(1),) * 9)} == {Way.RISK}
    harmless = replace(everything, risk=0, control=0)
    assert {one.way for one in _many(harmless, (Group(1),) * 9)} == {Way.GOODS}
    assert {one.way for one in _many(NOBODY, (Group(1),) * 9)} == {Way.CLEARED}


def test_a_change_of_one_share_leaves_the_others_lots_as_they_were() -> None:
    few, many = (
        _many(replace(USUAL.shares, goods=share), (Group(2),) * 300) for share in (0.0, 0.3)
    )
    for before, after in zip(few, many, strict=True):
        assert after.way in (before.way, Way.GOODS)
        assert (after.kiosk, after.lane, after.comes) == (before.kiosk, before.lane, before.comes)


def test_a_childs_face_is_not_compared() -> None:
    """Two grown-ups take the camera's time twice; with two children they are two as well."""
    machines = replace(USUAL.machines, face=Measured((100.0,)), chip=Measured((1.0,)),
                       code=Measured((0.0,)), decision=Measured((0.0,)))  # fmt: skip
    assumed = replace(USUAL, machines=machines)
    [two] = parties([_landing(2, groups=(Group(2),))], assumed, 1)
    [four] = parties([_landing(4, groups=(Group(4, 2),))], assumed, 1)
    assert two.kiosk_machine == 202.0
    assert four.kiosk_machine == 204.0
