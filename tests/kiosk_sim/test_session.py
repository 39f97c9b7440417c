"""The kiosk's session over all states and events."""

from itertools import product
from pathlib import Path

import pytest

from kiosk_sim import session as module
from kiosk_sim.session import ASKED_FIRST, SECONDS, TABLE, Event, State, step
from kiosk_sim.spoken import COUNTERS, NAMED, SPOKEN
from kiosk_sim.words import LANGUAGES, WORDS, say

PAIRS = list(product(State, Event))


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_reached_from_welcome_and_leads_back_to_it(state: State) -> None:
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

    assert state in reachable(State.WELCOME)
    assert State.WELCOME in reachable(state)


def test_only_the_servers_answer_leads_to_a_result() -> None:
    for state, event in PAIRS:
        if step(state, event) is State.RESULT and state is not State.RESULT:
            assert event is Event.ANSWERED
            assert state in (State.DECIDING, State.HOLD)


def test_a_form_on_the_screen_ends_in_asking_the_service_or_in_nothing() -> None:
    ends = {step(State.DECLARE, event) for event in Event} - {State.DECLARE, State.OUT_OF_SERVICE}
    assert ends == {State.DECIDING, State.WELCOME, State.STILL_THERE}


def test_losing_the_service_always_ends_in_out_of_service() -> None:
    assert {step(state, Event.SERVICE_LOST) for state in State} == {State.OUT_OF_SERVICE}


def test_nobody_walks_away_from_a_pending_decision() -> None:
    for state in (State.DECIDING, State.HOLD):
        assert step(state, Event.TIMEOUT) is state
        assert step(state, Event.RESET) is state


def test_out_of_service_ends_only_when_the_service_is_back() -> None:
    for event in Event:
        if event is not Event.SERVICE_BACK:
            assert step(State.OUT_OF_SERVICE, event) is State.OUT_OF_SERVICE


def test_every_timed_state_ends_and_whoever_is_in_the_middle_of_something_is_asked_first() -> None:
    for state in SECONDS:
        after = step(state, Event.TIMEOUT)
        assert after is (State.STILL_THERE if state in ASKED_FIRST else State.WELCOME)
        assert step(State.STILL_THERE, Event.TIMEOUT, state) is State.WELCOME


@pytest.mark.parametrize("back", sorted(ASKED_FIRST))
def test_whatever_somebody_does_answers_the_question_and_counts_where_it_was_asked(
    back: State,
) -> None:
    assert step(State.STILL_THERE, Event.TOUCHED, back) is back
    for event in Event:
        if event not in (Event.TIMEOUT, Event.RESET, Event.SERVICE_LOST):
            assert step(State.STILL_THERE, event, back) is step(back, event)


def test_pairs_outside_the_table_change_nothing() -> None:
    special = {Event.SERVICE_LOST, Event.RESET, Event.TIMEOUT}
    for state, event in PAIRS:
        if (state, event) not in TABLE and event not in special and state is not State.STILL_THERE:
            assert step(state, event) is state


def test_a_kiosk_calls_a_person_only_where_reading_has_failed() -> None:
    into = {pair for pair in PAIRS if step(*pair) is State.HELP and pair[0] is not State.HELP}
    assert into == {
        (state, Event.GIVEN_UP)
        for state in (
            State.PASSPORT,
            State.PASSPORT_TRY_AGAIN,
            State.READING,
            State.CODE_TRY_AGAIN,
        )
    }


def test_every_language_says_everything_and_never_a_reason() -> None:
    assert set(WORDS) == set(LANGUAGES)
    for words in WORDS.values():
        assert set(words) == set(WORDS["en"])
        assert all(words.values())
    english = " ".join(WORDS["en"].values()).lower()
    assert not {"risk", "denied", "suspicious", "refused"} & set(english.split())


def test_the_counter_is_named() -> None:
    assert say("en", "counter", "B") == "Please go to counter B"
    assert say("xx", "welcome") == WORDS["en"]["welcome"]


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("counter", [None, ""])
@pytest.mark.parametrize("key", ["counter", "refer"])
def test_a_counter_that_nobody_named_is_the_staffed_one(
    key: str, counter: str | None, language: str
) -> None:
    assert say(language, key, counter) == WORDS[language][f"{key}-unnamed"]
    assert not {"A", "{"} & set(say(language, key, counter))


def test_every_sentence_with_a_counter_has_one_without() -> None:
    for words in WORDS.values():
        with_counter = {key for key, text in words.items() if "{counter}" in text}
        assert with_counter == {"counter", "refer"}


def test_a_form_is_asked_about_before_it_is_cleared() -> None:
    assert step(State.DECLARE, Event.TIMEOUT) is State.STILL_THERE
    assert step(State.STILL_THERE, Event.TOUCHED) is State.DECLARE
    assert step(State.STILL_THERE, Event.TIMEOUT) is State.WELCOME
    assert step(State.STILL_THERE, Event.RESET) is State.WELCOME


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_sentence_that_can_be_heard_was_recorded_in_every_language(language: str) -> None:
    folder = Path(module.__file__).parent / "screen" / "voice" / language
    wanted = {*SPOKEN, *(f"{key}-{counter}" for key in NAMED for counter in COUNTERS)}
    assert {path.stem for path in folder.iterdir()} == wanted
    for path in folder.iterdir():
        content = path.read_bytes()
        assert content[:4] == b"OggS"
        assert b"OpusHead" in content[:64]
        assert 1_000 < len(content) < 40_000


def test_every_sentence_of_a_session_can_be_heard() -> None:
    answers = {
        "registered",
        "cleared",
        "counter-unnamed",
        "refer-unnamed",
        "show-other-code",
        "show-passport",
    }
    silent = {State.RESULT, State.DECLARE}  # an answer, and a form that a screen reader reads
    assert {str(state) for state in State if state not in silent} | answers <= set(SPOKEN)
