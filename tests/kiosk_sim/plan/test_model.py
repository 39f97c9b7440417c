"""Queues of the simulated hall: against the closed form of theory, and what must hold in every hall."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk_sim.plan.model import Day, Place, Staffing, Steps, Work, simulate
from kiosk_sim.plan.people import Party, Way
from tests.kiosk_sim.plan.halls import WAYS, at, erlang_c, memoryless, most_at_once, party

seconds = st.integers(0, 40).map(float)


@st.composite
def crowds(draw: st.DrawFn) -> list[Party]:
    made = []
    for number in range(draw(st.integers(1, 14))):
        comes = draw(seconds)
        made.append(
            party(
                number, comes, people=draw(st.integers(1, 4)), bags=comes + draw(seconds),
                way=draw(st.sampled_from(WAYS)), kiosk=draw(seconds), kiosk_machine=draw(seconds),
                lane=draw(seconds), officer=draw(seconds), glance=draw(seconds),
                hold=draw(seconds), released=draw(st.booleans()),
            )
        )  # fmt: skip
    return made


halls = st.builds(
    Staffing, st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.sampled_from(Steps)
)


# --- against theory -------------------------------------------------------------------------------


def test_waiting_is_that_of_erlang_at_kiosks_and_behind_them_at_lanes() -> None:
    """What leaves M/M/c is a Poisson stream again (Burke 1956), so the lanes are M/M/c, too."""
    rate, kiosk, lane = 0.08, 40.0, 28.0  # 3.2 of 4 kiosks, 2.24 of 3 lanes at work
    day = simulate(memoryless(15_000, rate, kiosk, lane, 5), Staffing(4, 3, 1))
    for place, servers, mean in ((Place.KIOSK, 4, kiosk), (Place.LANE, 3, lane)):
        waits = [visit.waited for visit in at(day, place)]
        waiting = erlang_c(servers, rate * mean)
        assert sum(wait > 0 for wait in waits) / len(waits) == pytest.approx(waiting, rel=0.05)
        expected = waiting / (servers / mean - rate)
        assert sum(waits) / len(waits) == pytest.approx(expected, rel=0.1)


# --- always ---------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(crowds(), halls)
def test_whoever_came_leaves_once_and_after_the_bags(people: list[Party], hall: Staffing) -> None:
    day = simulate(people, hall)
    assert set(day.left) == {one.key for one in people}
    for one in people:
        assert day.left[one.key] >= max(one.comes, one.bags)
        own = sorted((v for v in day.visits if v.party is one), key=lambda visit: visit.began)
        assert len({visit.place for visit in own}) == len(own) or hall.steps is Steps.ONE
        assert all(v.came <= v.began <= v.ended for v in own)
        assert own[-1].ended == day.left[one.key] or hall.steps is Steps.ONE


@settings(max_examples=60)
@given(crowds(), halls)
def test_nobody_serves_two_at_once(people: list[Party], hall: Staffing) -> None:
    day = simulate(people, hall)
    assert most_at_once(at(day, Place.KIOSK)) <= hall.kiosks
    assert most_at_once(at(day, Place.LANE)) <= hall.lanes
    assert most_at_once(at(day, Place.OFFICER)) <= hall.officers


@settings(max_examples=60)
@given(crowds(), halls)
def test_kiosks_and_lanes_serve_in_order_and_never_idle_before_a_queue(
    people: list[Party], hall: Staffing
) -> None:
    day = simulate(people, hall)
    for place, servers in ((Place.KIOSK, hall.kiosks), (Place.LANE, hall.lanes)):
        visits = sorted(at(day, place), key=lambda visit: (visit.came, visit.began))
        begun = [visit.began for visit in visits]
        assert begun == sorted(begun)
        for visit in visits:
            if visit.waited:
                busy = sum(v.began < visit.began <= v.ended for v in visits if v is not visit)
                assert busy >= servers or any(v.ended == visit.began for v in visits)


@settings(max_examples=60)
@given(crowds(), st.integers(1, 4))
def test_one_kiosk_more_makes_nobody_wait_longer_for_a_kiosk(
    people: list[Party], kiosks: int
) -> None:
    """Kiefer and Wolfowitz 1955: first come, first served, with the same times."""
    few, many = (_waits(simulate(people, Staffing(count, 2, 2))) for count in (kiosks, kiosks + 1))
    assert few.keys() == many.keys()
    assert all(many[key] <= few[key] for key in few)


def _waits(day: Day) -> dict[str, float]:
    return {visit.party.key: visit.waited for visit in at(day, Place.KIOSK)}


@settings(max_examples=60)
@given(crowds(), halls)
def test_the_same_people_make_the_same_day(people: list[Party], hall: Staffing) -> None:
    assert simulate(people, hall) == simulate(people, hall)


# --- the ways -------------------------------------------------------------------------------------


def _places(day: Day) -> list[str]:
    return [str(visit.work or visit.place) for visit in day.visits]


@pytest.mark.parametrize(
    ("way", "two", "one"),
    [
        (Way.CLEARED, ["kiosk", "lane"], ["kiosk"]),
        (Way.STAFFED, ["counter"], ["counter"]),
        (Way.GOODS, ["kiosk", "goods"], ["kiosk", "goods"]),
        (Way.IDENTITY, ["kiosk", "look", "lane"], ["kiosk", "look"]),
        (Way.RISK, ["kiosk", "lane", "inspection"], ["glance", "kiosk", "inspection"]),
        (Way.CONTROL, ["kiosk", "lane", "inspection"], ["glance", "kiosk", "inspection"]),
    ],
)
def test_each_way_leads_past_its_places(way: Way, two: list[str], one: list[str]) -> None:
    people = [party(0, 5.0, way=way, kiosk=30.0, lane=5.0, officer=60.0, glance=9.0, hold=20.0)]
    assert _places(simulate(people, Staffing(1, 1, 1))) == two
    assert _places(simulate(people, Staffing(1, 0, 1, Steps.ONE))) == one


def test_somebody_held_at_a_gate_goes_through_it_once_the_officer_lets_go() -> None:
    held = party(
        0, 0.0, way=Way.RISK, kiosk=30.0, glance=9.0, hold=20.0, passage=3.0, released=True
    )
    day = simulate([held], Staffing(1, 0, 1, Steps.ONE))
    assert day.left == {"XX1/0": 42.0}


def test_a_gate_does_not_wait_for_an_officer_longer_than_it_may() -> None:
    goods = party(0, 0.0, way=Way.GOODS, officer=500.0)
    held = party(1, 1.0, way=Way.RISK, kiosk=30.0, hold=20.0, officer=60.0, released=True)
    day = simulate([goods, held], Staffing(2, 0, 1, Steps.ONE))
    assert day.unserved == 1
    assert [v.ended for v in at(day, Place.KIOSK) if v.party is held] == [51.0]
    assert [v.work for v in at(day, Place.OFFICER)] == [Work.GOODS, Work.INSPECTION]
    assert day.left["XX1/1"] == 560.0


def test_a_look_of_seconds_comes_before_the_opening_of_bags() -> None:
    first = party(0, 0.0, way=Way.GOODS, officer=100.0)
    bags = party(1, 1.0, way=Way.GOODS, officer=100.0)
    look = party(2, 2.0, way=Way.IDENTITY, officer=10.0)
    day = simulate([first, bags, look], Staffing(3, 1, 1))
    assert [v.party for v in at(day, Place.OFFICER)] == [first, look, bags]


def test_the_kiosk_is_used_while_the_bags_are_awaited() -> None:
    waits = party(0, 0.0, bags=600.0, kiosk=40.0, lane=6.0)
    day = simulate([waits], Staffing(1, 1, 1))
    assert [v.ended for v in day.visits] == [40.0, 606.0]
    one_step = simulate([replace(waits, passage=3.0)], Staffing(1, 0, 1, Steps.ONE))
    assert [v.ended for v in one_step.visits] == [643.0]
