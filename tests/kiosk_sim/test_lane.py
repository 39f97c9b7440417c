"""The lane over all states, events and inputs: the invariants of the standard, exhaustively."""

from itertools import product

import pytest

from kiosk_sim.lane import (
    DOOR,
    LAMP,
    NEXT,
    SECONDS,
    UNFINISHED,
    Door,
    Event,
    Lane,
    State,
    seconds,
    step,
)

DUE = [Lane(state, stop_due=True) for state in UNFINISHED]
LANES = [*(Lane(state) for state in State), *DUE]
ALL = [
    (lane, event, fire, healthy, step(lane, event, fire=fire, healthy=healthy))
    for lane, event, fire, healthy in product(LANES, Event, (False, True), (False, True))
]
SPECIAL = {Event.FIRE, Event.FORCED, Event.FAULT, Event.OFFLINE, Event.POWER_LOST}


def reachable(start: Lane) -> set[Lane]:
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        for event, healthy in product(Event, (False, True)):
            there = step(here, event, healthy=healthy)
            if there not in seen:
                seen.add(there)
                todo.append(there)
    return seen


def test_a_cold_start_is_stopped_and_reaches_every_state_that_is_tried_here() -> None:
    assert Lane() == Lane(State.STOPPED)
    assert reachable(Lane()) == set(LANES)


def test_no_step_leads_out_of_the_states_that_are_tried_here() -> None:
    assert {after for *_, after in ALL} <= set(LANES)


def test_the_door_starts_to_open_only_on_the_servers_or_an_officers_word_or_fire() -> None:
    opened = set()
    for before, event, fire, healthy, after in ALL:
        if after.door is Door.OPEN and before.door is not Door.OPEN:
            assert fire or event in (Event.CLEARED, Event.OFFICER_PASS, Event.FIRE)
            assert fire or event is Event.FIRE or healthy
            opened.add(event)
    assert {Event.CLEARED, Event.OFFICER_PASS, Event.FIRE} <= opened


def test_nothing_but_the_loss_of_power_lets_the_leaf_go() -> None:
    for before, event, fire, _, after in ALL:
        if after.door is Door.FREE and before.door is not Door.FREE:
            assert event is Event.POWER_LOST
            assert not fire


def test_fire_releases_from_everywhere_and_while_it_lasts_nothing_else_happens() -> None:
    for _, event, fire, _, after in ALL:
        if fire or event is Event.FIRE:
            assert after == Lane(State.RELEASED)


def test_released_ends_only_by_an_officer_with_fire_off_and_stopped() -> None:
    for before, event, fire, _, after in ALL:
        if before.state is State.RELEASED and after.state is not State.RELEASED:
            assert event is Event.OFFICER_RESET
            assert not fire
            assert after == Lane(State.STOPPED)


def test_whoever_stands_in_the_doorway_is_finished_with_and_the_stop_is_remembered() -> None:
    for before, event, fire, _, after in ALL:
        if event in (Event.FAULT, Event.OFFLINE) and before.state in UNFINISHED and not fire:
            assert after == Lane(before.state, stop_due=True)


def test_what_is_remembered_is_never_forgotten_before_the_lane_has_stopped() -> None:
    for before, _, _, _, after in ALL:
        if before.stop_due and not after.stop_due:
            assert after.state in (State.STOPPED, State.RELEASED, State.UNPOWERED)
        if after.stop_due:
            assert after.state in UNFINISHED


@pytest.mark.parametrize("trouble", [Event.FAULT, Event.OFFLINE])
def test_the_gap_of_the_sketch_a_fault_in_the_doorway_stops_once_shut(trouble: Event) -> None:
    lane = Lane(State.PASSING)
    for event in (trouble, Event.PASSED, Event.OBSTACLE, Event.CLEAR, Event.SHUT):
        lane = step(lane, event)
    assert lane == Lane(State.STOPPED)


def test_an_obstacle_stops_the_leaf_wherever_it_may_be_shutting() -> None:
    for lane in LANES:  # no state may take it for granted that the leaf is shut
        if lane.door is Door.SHUT:
            assert step(lane, Event.OBSTACLE).door is Door.HOLD
    for before, event, fire, _, after in ALL:
        shuts = after.door is Door.SHUT and before.door is not Door.SHUT
        if event is Event.OBSTACLE and not fire:
            assert not shuts


def test_a_held_leaf_shuts_again_only_when_clear_or_by_an_officer() -> None:
    for before, event, fire, _, after in ALL:
        if before.door is Door.HOLD and after.door is Door.SHUT and not fire:
            assert event in (Event.CLEAR, Event.OFFICER_RESET)


def test_service_and_opening_begin_only_healthy_and_with_nothing_owed() -> None:
    for before, _, _, healthy, after in ALL:
        if after.state is State.WAITING and before.state is State.CLOSING:
            assert healthy
            assert not before.stop_due
        if after.state is State.OPENING and before.state is not State.OPENING:
            assert healthy


def test_a_stopped_lane_stays_out_of_service_until_an_officer_says_so() -> None:
    for before, event, fire, healthy, after in ALL:
        if before.state is State.STOPPED and not fire and event is not Event.FIRE:
            assert after.state is not State.WAITING, "the leaf has to be seen shut first"
            is_back = after.state in UNFINISHED and not after.stop_due
            assert is_back == (event is Event.OFFICER_RESET and healthy)
    forced = step(Lane(State.STOPPED), Event.FORCED)
    assert step(step(forced, Event.OFFICER_RESET), Event.SHUT) == Lane(State.STOPPED)


@pytest.mark.parametrize("trouble", [Event.FAULT, Event.OFFLINE])
def test_losing_the_server_or_a_fault_stops_a_lane_that_nobody_stands_in(trouble: Event) -> None:
    for state in (State.WAITING, State.IDENTIFYING, State.REFERRED, State.STOPPED):
        assert step(Lane(state), trouble) == Lane(State.STOPPED)
    assert step(Lane(State.OPENING), trouble) == Lane(State.CLOSING, stop_due=True)


def test_power_that_comes_back_leaves_the_lane_stopped() -> None:
    for before in LANES:
        without = step(before, Event.POWER_LOST)
        if before.state is State.RELEASED:
            assert without == before
            continue
        assert (without.state, without.door) == (State.UNPOWERED, Door.FREE)
        assert step(without, Event.POWER_BACK) == Lane(State.STOPPED)


@pytest.mark.parametrize("state", list(SECONDS))
def test_every_timed_state_handles_its_timeout(state: State) -> None:
    assert step(Lane(state), Event.TIMEOUT).state is not state


def test_time_in_the_doorway_is_given_for_each_person_expected() -> None:
    assert seconds(State.PASSING, 3) == 3 * SECONDS[State.PASSING]
    assert seconds(State.CLOSING, 3) == SECONDS[State.CLOSING]
    assert seconds(State.ALARM) is None


@pytest.mark.parametrize("lane", LANES)
def test_every_state_can_be_brought_back_into_service(lane: Lane) -> None:
    assert Lane(State.WAITING) in reachable(lane)


def test_door_and_lamp_are_defined_everywhere() -> None:
    assert set(DOOR) == set(LAMP) == set(State)


def test_pairs_outside_the_table_change_nothing() -> None:
    for before, event, fire, _, after in ALL:
        if (before.state, event) not in NEXT and event not in SPECIAL and not fire:
            assert after == before
