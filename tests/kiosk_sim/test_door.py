"""The lane's agent over its simulated sensors: what people do is what it sees, and it never shuts on anybody."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_sim.door import IN_SERVICE, Door, Note, Order
from kiosk_sim.journal import Journal
from kiosk_sim.lane import Door as Drive
from kiosk_sim.lane import State
from kiosk_sim.lane_routes import Happening, happen
from kiosk_sim.walkway import LEAF, LINE_IN, Intent, Walker

TICK = 0.05


async def nobody_looks() -> None:
    return


def in_service(**more: Any) -> Door:
    door = Door(nobody_looks, **more)
    assert door.state is State.STOPPED
    door.obey(Order("reset"))
    return door


def let(door: Door, seconds: float, until: State | None = None) -> Door:
    """Time passes, at most until a state is reached."""
    for _ in range(round(seconds / TICK)):
        door.tick(TICK)
        if door.state is until:
            return door
    assert until is None, f"{door.state} instead of {until}"
    return door


def before_it(**more: Any) -> Door:
    """Somebody stands before the leaf."""
    door = in_service(**more)
    door.walkway.come()
    return let(door, 1, State.IDENTIFYING)


def inside(**more: Any) -> Door:
    """Somebody who was cleared stands in the reach of the leaf."""
    door = before_it(**more)
    assert door.cleared()
    let(door, 3, State.PASSING)
    while door.walkway.walkers[0].at < LEAF - 0.1:
        door.tick(TICK)
    return door


def notes(door: Door) -> list[str]:
    return [note["note"] for note in door.journal.unsent()]


def test_one_person_walks_through_and_the_lane_waits_for_the_next() -> None:
    door = before_it()
    assert door.may_open
    assert door.cleared()
    let(door, 2, State.PASSING)
    let(door, 3, State.CLOSING)
    let(door, 2, State.WAITING)
    let(door, 2)
    assert (door.walkway.walkers, door.walkway.leaf, door.walkway.hits) == ([], 0.0, 0)
    assert notes(door) == ["officer-reset"]


def test_without_a_word_of_the_service_the_leaf_stays_shut_and_the_time_runs_out() -> None:
    door = before_it()
    assert let(door, 7).state is State.REFERRED
    assert door.walkway.leaf == 0
    assert not door.cleared(), "too late: an officer's now"
    assert notes(door)[-1] == Note.UNUSED


def test_while_somebody_is_served_the_time_of_the_session_counts() -> None:
    door = before_it()
    door.serving = True
    assert let(door, 20).state is State.IDENTIFYING


def test_who_goes_back_leaves_the_lane_to_the_next() -> None:
    door = before_it()
    door.end_turn()
    assert let(door, 2).state is State.WAITING


def test_two_before_the_leaf_are_an_officers() -> None:
    door = before_it()
    door.walkway.come()
    assert let(door, 0.1).state is State.REFERRED
    assert notes(door)[-1] == Note.SECOND


def test_a_second_person_while_it_opens_shuts_it_again() -> None:
    door = before_it()
    door.cleared()
    let(door, 0.3)
    door.walkway.come()
    let(door, 0.1, State.CLOSING)
    assert notes(door)[-1] == Note.SECOND


def test_tailgating_is_an_alarm_that_an_officer_ends_and_nobody_else_is_let_in() -> None:
    door = inside()
    door.walkway.come()
    let(door, 4, State.ALARM)
    assert notes(door)[-1] == Note.TAILGATING
    let(door, 5)
    door.obey(Order("reset"))
    let(door, 3, State.WAITING)
    assert door.walkway.hits == 0


def test_an_assisted_lane_expects_so_many_and_only_one_more_is_tailgating() -> None:
    for more, state in ((0, State.WAITING), (1, State.ALARM)):
        door = in_service(assisted=True)
        door.obey(Order("expect", 3))
        for _ in range(3):
            door.walkway.come()
        let(door, 0.1, State.IDENTIFYING)
        assert door.people == 3
        door.cleared()
        let(door, 2, State.PASSING)
        if more:
            let(door, 0.5)
            assert door.walkway.readings().entered == 3 * len(notes(door)[1:])
            door.walkway.come()
        let(door, 10, state)
        assert door.walkway.hits == 0
    assert notes(door)[-1] == Note.TAILGATING


def test_what_was_expected_holds_for_one_passage() -> None:
    door = in_service(assisted=True)
    door.obey(Order("expect", 2))
    door.walkway.come()
    door.walkway.come()
    let(door, 1, State.IDENTIFYING)
    door.cleared()
    let(door, 10, State.WAITING)
    assert door.people == 1


def test_an_ordinary_lane_expects_one_whatever_it_is_told() -> None:
    door = in_service()
    assert not door.obey(Order("expect", 3))
    assert (door.people, notes(door)[-1]) == (1, Note.IGNORED)
    door = let(before_it(), 7)
    door.obey(Order("pass", 4))
    assert (door.state, door.people) == (State.OPENING, 1)


def test_an_officer_lets_a_wheelchair_and_its_carer_through() -> None:
    door = let(before_it(assisted=True), 7)
    door.walkway.come()
    assert door.obey(Order("pass", 2, "order-1"))
    let(door, 10, State.WAITING)
    assert ("officer-passed", "order-1", 2) in [
        (note["note"], note["order"], note["people"]) for note in door.journal.unsent()
    ]


def test_an_order_that_the_table_does_not_know_is_noted() -> None:
    door = in_service()
    assert not door.obey(Order("pass", 1, "order-1"))
    last = door.journal.unsent()[-1]
    assert (last["note"], last["order"], door.walkway.leaf) == (Note.IGNORED, "order-1", 0)


def test_no_order_opens_a_lane_that_staff_have_closed_and_fire_does() -> None:
    door = let(before_it(assisted=True), 7)
    door.closed = True
    assert not door.obey(Order("pass", 1, "order-1"))
    assert not door.obey(Order("expect", 2))
    assert (door.state, door.walkway.leaf, notes(door)[-1]) == (State.REFERRED, 0, Note.IGNORED)
    door.evacuated = True
    assert let(door, 1).walkway.leaf == 1
    door.evacuated = False
    assert door.obey(Order("reset")), "what shuts the leaf is obeyed"


def test_a_word_that_this_program_does_not_know_is_noted_too() -> None:
    door = in_service()
    assert not door.obey(Order("dance", 1, "order-2"))
    assert notes(door)[-1] == Note.IGNORED


def test_somebody_who_comes_in_by_the_exit_is_an_alarm() -> None:
    door = inside()
    door.walkway.come(Intent.REVERSE)
    let(door, 3, State.ALARM)
    assert notes(door)[-1] == Note.REVERSE


def test_a_forced_leaf_is_an_alarm_also_while_the_lane_is_stopped() -> None:
    for door in (in_service(), Door(nobody_looks)):
        happen(door.walkway, Happening.PUSH)
        assert let(door, 0.1).state is State.ALARM
        assert notes(door)[-1] == Note.FORCED
        assert door.walkway.leaf < 0.5, "it is held"


def test_whoever_stands_in_the_doorway_is_never_shut_upon() -> None:
    door = inside()
    happen(door.walkway, Happening.STANDS)
    let(door, 9, State.BLOCKED)
    let(door, 11, State.ALARM)
    assert notes(door)[-2:] == [Note.OBSTACLE, Note.BLOCKED]
    happen(door.walkway, Happening.LEAVES)
    let(door, 2)
    door.obey(Order("reset"))
    assert let(door, 2, State.WAITING).walkway.hits == 0


def test_the_service_is_lost_while_somebody_stands_in_the_doorway() -> None:
    """The gap of the sketch: it forgot, and went back into service."""
    door = inside()
    door.lose_service()
    assert door.lane.stop_due
    assert door.is_open
    let(door, 4, State.STOPPED)
    let(door, 5)
    assert (door.walkway.walkers, door.walkway.hits) == ([], 0)
    assert not door.obey(Order("reset")), "the service is one of the self-tests"
    door.connected = True
    assert door.state is State.STOPPED
    assert door.obey(Order("reset"))


def test_a_motor_that_does_not_move_stops_the_lane_until_it_is_mended() -> None:
    door = before_it()
    door.walkway.faults.add("motor")
    let(door, 0.1, State.STOPPED)
    assert not door.obey(Order("reset"))
    assert not door.self_tests()["motor"]
    happen(door.walkway, Happening.REPAIRED)
    assert door.obey(Order("reset"))


def test_without_power_the_leaf_is_free_and_with_it_an_officer_starts_the_lane_again() -> None:
    door = in_service()
    happen(door.walkway, Happening.POWER_CUT)
    let(door, 1)
    assert (door.state, door.position, door.walkway.leaf) == (State.UNPOWERED, "free", 1)
    happen(door.walkway, Happening.POWER_BACK)
    let(door, 2)
    assert (door.state, door.walkway.leaf) == (State.STOPPED, 0)
    assert notes(door)[-2:] == [Note.POWER_LOST, Note.POWER_BACK]


def test_fire_opens_at_once_and_holds_open_until_it_is_over_and_an_officer_says_so() -> None:
    door = let(before_it(), 7)
    happen(door.walkway, Happening.FIRE)
    let(door, 1)
    assert (door.state, door.walkway.leaf) == (State.RELEASED, 1)
    assert not door.obey(Order("reset"))
    happen(door.walkway, Happening.FIRE_OVER)
    let(door, 1)
    assert door.state is State.RELEASED
    assert door.obey(Order("reset"))
    assert door.state is State.STOPPED


def test_an_evacuated_hall_is_as_good_as_fire() -> None:
    door = in_service()
    door.evacuated = True
    assert let(door, 1).state is State.RELEASED
    assert not door.obey(Order("reset"))
    door.evacuated = False
    assert door.obey(Order("reset"))


def test_who_stands_in_the_open_leaf_when_a_released_lane_is_reset() -> None:
    door = before_it()
    happen(door.walkway, Happening.FIRE)
    while door.walkway.walkers[0].at < LEAF - 0.1:
        door.tick(TICK)
    happen(door.walkway, Happening.STANDS)
    happen(door.walkway, Happening.FIRE_OVER)
    door.obey(Order("reset"))
    let(door, 1)
    assert (door.state, door.walkway.hits) == (State.BLOCKED, 0)
    happen(door.walkway, Happening.LEAVES)
    let(door, 5, State.ALARM)
    assert notes(door)[-1] == Note.FORCED, "fire is over: nobody was cleared to go on"
    door.obey(Order("reset"))
    assert let(door, 5, State.STOPPED).walkway.hits == 0


def test_an_alarm_holds_the_leaf_and_tells_of_everybody_who_walks_through_uncleared() -> None:
    door = inside()
    door.walkway.come()
    let(door, 4, State.ALARM)
    before = len(notes(door))
    let(door, 8)
    assert (door.state, door.walkway.leaf) == (State.ALARM, 1), (
        "nobody is shut in, or out of the exit"
    )
    assert notes(door)[before:] == [Note.FORCED], "the one who was cleared is not told of"
    for _ in range(2):
        door.walkway.come()
        let(door, 8)
    assert notes(door)[before:] == [Note.FORCED] * 3


def test_whoever_pushed_through_a_shut_lane_is_told_of_once() -> None:
    door = in_service()
    door.walkway.walkers.append(Walker(LEAF + 0.3))
    let(door, 4, State.ALARM)
    let(door, 4)
    assert notes(door).count(Note.FORCED) == 1


@pytest.mark.parametrize("pause", [0, 0.1, 0.3])
@pytest.mark.parametrize("at", [0.9, 1.3, 1.5, 1.58, 1.64])
def test_a_lane_brought_back_after_fire_shuts_on_nobody_and_tells_who_still_went_through(
    pause: float, at: float
) -> None:
    door = in_service()
    happen(door.walkway, Happening.FIRE)
    let(door, 1)
    happen(door.walkway, Happening.FIRE_OVER)
    let(door, TICK)
    door.walkway.walkers.append(Walker(at))
    door.obey(Order("reset"))
    let(door, pause)
    door.obey(Order("reset"))
    let(door, 3)
    assert door.walkway.hits == 0
    if door.walkway.readings().passed:
        assert door.state is State.ALARM
        assert {Note.FORCED, Note.TAILGATING} & {*notes(door)}
    else:
        assert at < 1.5


def test_a_clearance_is_not_handed_on_by_who_turns_round_in_the_doorway() -> None:
    door = before_it()
    door.cleared()
    first = door.walkway.walkers[0]
    let(door, 3, State.PASSING)
    while first.at < LINE_IN + 0.05:
        door.tick(TICK)
    first.intent = Intent.BACK
    let(door, 0.5, State.CLOSING)
    assert notes(door)[-1] == Note.UNUSED
    door.walkway.walkers.append(Walker(LINE_IN - 0.01))
    let(door, 0.2, State.ALARM)
    assert notes(door)[-1] == Note.TAILGATING
    let(door, 5)
    assert door.walkway.hits == 0


def test_nobody_overtakes_whoever_was_cleared() -> None:
    door = before_it()
    door.cleared()
    door.walkway.walkers[0].intent = Intent.STAY
    let(door, 3, State.PASSING)
    door.walkway.come()
    let(door, 0.1, State.CLOSING)
    assert notes(door)[-1] == Note.SECOND
    let(door, 5)
    assert door.walkway.readings().passed == 0


def test_who_comes_up_behind_somebody_in_the_doorway_is_only_the_next() -> None:
    door = inside()
    door.walkway.come(Intent.STAY).at = 0.5
    let(door, 5, State.IDENTIFYING)
    assert notes(door) == ["officer-reset"]


# --- the journal ----------------------------------------------------------------------------------


def test_notes_are_on_the_disk_before_the_leaf_moves_and_outlive_the_agent(tmp_path: Path) -> None:
    path = tmp_path / "lane.journal"
    door = let(before_it(journal=Journal(path)), 7)
    assert door.obey(Order("pass", 1, "order-1"))
    assert door.walkway.leaf == 0
    assert [json.loads(line)["note"] for line in path.read_text().splitlines()] == notes(door)
    again = Journal(path)
    assert [note["order"] for note in again.unsent()] == [None, "order-1"]
    again.sent({again.unsent()[0]["key"]})
    assert [note["order"] for note in Journal(path).unsent()] == ["order-1"]


def test_a_line_that_a_crash_cut_off_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "lane.journal"
    Journal(path).add({"key": "a", "note": "fire"})
    with path.open("a") as handle:
        handle.write('{"key": "b", "no')
    assert [note["key"] for note in Journal(path).unsent()] == ["a"]


def test_a_disk_that_is_full_keeps_no_door_from_opening(tmp_path: Path) -> None:
    door = in_service(journal=Journal(tmp_path))
    happen(door.walkway, Happening.FIRE)
    assert let(door, 1).walkway.leaf == 1
    assert notes(door)[-1] == Note.FIRE


# --- always ---------------------------------------------------------------------------------------

ACTS = st.one_of(
    st.sampled_from(Happening),
    st.sampled_from(["pass", "refuse", "reset", "expect"]),
    st.sampled_from(["cleared", "referred", "lost", "away"]),
    st.floats(0.05, 4),
)


@given(st.lists(ACTS, max_size=60), st.booleans())
def test_whatever_happens_nobody_is_hit_and_no_door_opens_by_itself(
    acts: list[Any], assisted: bool
) -> None:
    door = in_service(assisted=assisted)
    granted, word = False, False
    for act in acts:
        if isinstance(act, float):
            for _ in range(round(act / TICK)):
                before = door.lane
                door.tick(TICK)
                assert door.walkway.hits == 0
                starts = door.lane.door is Drive.OPEN and before.door is not Drive.OPEN
                assert not starts or door.walkway.fire, "sensors and clocks open nothing"
        elif isinstance(act, Happening):
            happen(door.walkway, act)
        else:
            before = door.lane
            word = act == "cleared" and door.may_open
            granted = act == "pass" and door.state is State.REFERRED and not door.walkway.faults
            do(door, act)
            if door.state is State.OPENING and before.state is not State.OPENING:
                assert word or granted
        assert (door.state in IN_SERVICE) == door.in_service


def do(door: Door, act: str) -> None:
    if act in ("pass", "refuse", "reset", "expect"):
        door.obey(Order(act, 2))
    else:
        {"cleared": door.cleared, "referred": door.referred, "lost": door.lose_service,
         "away": door.end_turn}[act]()  # fmt: skip
