"""The lane over all states, events and inputs: its invariants, exhaustively."""

from itertools import product

import pytest

from kiosk_sim.lane import DOOR, LAMP, NEXT, SECONDS, Door, Event, State, step

ALL = [
    (state, event, fire, healthy, step(state, event, fire=fire, healthy=healthy))
    for state, event, fire, healthy in product(State, Event, (False, True), (False, True))
]


def reachable(start: State) -> set[State]:
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        for event in Event:
            there = step(here, event)
            if there not in seen:
                seen.add(there)
                todo.append(there)
    return seen


def test_every_state_is_reached_from_a_cold_start() -> None:
    assert reachable(State.STOPPED) == set(State)


def test_the_door_starts_to_open_only_on_the_servers_or_an_officers_word_or_fire() -> None:
    for before, event, _, _, after in ALL:
        if DOOR[after] is Door.OPEN and DOOR[before] is not Door.OPEN:
            assert event in (Event.CLEARED, Event.OFFICER_PASS, Event.FIRE)


def test_fire_releases_from_everywhere_and_ends_only_by_an_officer_with_fire_off() -> None:
    for before, event, fire, _, after in ALL:
        if event is Event.FIRE:
            assert after is State.RELEASED
        elif before is State.RELEASED and after is not State.RELEASED:
            assert event is Event.OFFICER_RESET
            assert not fire
            assert after is State.STOPPED


def test_nobody_is_shut_in_by_a_fault() -> None:
    for before, event, _, _, after in ALL:
        if event in (Event.FAULT, Event.OFFLINE) and before in (
            State.PASSING, State.BLOCKED, State.ALARM,
        ):  # fmt: skip
            assert after is before


def test_service_begins_only_healthy() -> None:
    for before, _, _, healthy, after in ALL:
        if after is State.WAITING and before in (State.STOPPED, State.CLOSING):
            assert healthy


def test_losing_the_server_stops_an_idle_lane() -> None:
    assert step(State.WAITING, Event.OFFLINE) is State.STOPPED
    assert step(State.IDENTIFYING, Event.OFFLINE) is State.STOPPED


@pytest.mark.parametrize("state", list(SECONDS))
def test_every_timed_state_handles_its_timeout(state: State) -> None:
    assert step(state, Event.TIMEOUT) is not state


@pytest.mark.parametrize("state", list(State))
def test_an_officer_can_bring_every_state_back_into_service(state: State) -> None:
    assert State.WAITING in reachable(state)


def test_door_and_lamp_are_defined_everywhere() -> None:
    assert set(DOOR) == set(LAMP) == set(State)


def test_pairs_outside_the_table_change_nothing() -> None:
    special = {Event.FIRE, Event.FORCED, Event.FAULT, Event.OFFLINE}
    for before, event, _, _, after in ALL:
        if (before, event) not in NEXT and event not in special:
            assert after is before
