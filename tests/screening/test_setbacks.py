"""One passenger on whom screening fails: the others are assessed, that one is tried again, ever later."""

from collections.abc import Callable
from uuid import UUID

import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import OperationalError

from app.audit.log import SYSTEM
from app.kernel.crypto import Vault
from app.kernel.db import Database, savepoint
from app.kernel.errors import UnavailableError
from app.kernel.events import emit
from app.kernel.ids import uuid7
from app.screening import lifecycle, together
from app.screening.assess import assess_due
from app.screening.facts import Subject
from app.screening.models import Assessment, RuleState, RuleVersion
from app.screening.pairs import Cleared
from app.screening.setbacks import FIRST_PAUSE, LONGEST_PAUSE, Setbacks
from app.screening.together import Alone, Force
from app.travel.models import Passenger
from app.travel.touch import touch

from .world import NOW, add_flight, add_passenger

RULES, OTHER_RULES = uuid7(), uuid7()


class Seconds:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def setbacks(seconds: Seconds) -> Setbacks:
    return Setbacks(seconds)


@pytest.fixture
def turn(
    database: Database, starting_rules: None, vault: Vault, setbacks: Setbacks
) -> Callable[[], int]:
    return lambda: assess_due(database, vault, NOW, limit=5, setbacks=setbacks)


def turns(turn: Callable[[], int]) -> int:
    """Turns until nobody is due."""
    done = 0
    while turn():
        done += 1
        assert done < 20, "screening never settles"
    return done


def people(database: Database, flights: int, each: int) -> list[UUID]:
    with database.transaction() as session:
        made = [add_flight(session, n + 1, arrives_in=n + 1) for n in range(flights)]
        return [
            add_passenger(session, flight, f"NAME{n}").id for flight in made for n in range(each)
        ]


def assessed(database: Database) -> set[UUID]:
    with database.read() as session:
        return set(
            session.scalars(sa.select(Passenger.id).where(
                Passenger.facts_version == Passenger.assessed_version
            ))
        )  # fmt: skip


def break_on(
    monkeypatch: pytest.MonkeyPatch, bad: set[UUID], error: Exception | None = None
) -> list[UUID]:
    """Judging these fails; the answer is filled with whom it was tried on."""
    really, tried = together._judge_alone, []

    def judge(subject: Subject, force: Force, cleared: Cleared) -> Alone:
        if subject.id in bad:
            tried.append(subject.id)
            raise error or ValueError(f"cannot judge {subject.known.passenger.surname}")
        return really(subject, force, cleared)

    monkeypatch.setattr(together, "_judge_alone", judge)
    return tried


def test_one_bad_passenger_keeps_nobody_waiting(
    database: Database, turn: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = people(database, flights=2, each=8)
    bad = everybody[2]
    tried = break_on(monkeypatch, {bad})
    assert turns(turn) == 4, "two turns a flight, as without"
    assert assessed(database) == set(everybody) - {bad}
    assert len(tried) == 2, "once with the others, once alone"
    assert turn() == 0
    assert len(tried) == 2


def test_many_bad_passengers_at_the_head_do_not_fill_the_batches(
    database: Database, turn: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = people(database, flights=2, each=8)
    bad = set(everybody[:6])
    break_on(monkeypatch, bad)
    turns(turn)
    assert assessed(database) == set(everybody) - bad


def test_the_bad_one_is_tried_again_when_facts_change(
    database: Database, turn: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    [bad, *others] = people(database, flights=1, each=3)
    tried = break_on(monkeypatch, {bad})
    turns(turn)
    before = len(tried)
    with database.transaction() as session:
        touch(session, [bad, others[0]])
    turns(turn)
    assert len(tried) == before + 2
    assert assessed(database) == set(others)
    monkeypatch.undo()
    assert turn() == 0, "the pause holds for the new facts too"
    with database.transaction() as session:
        touch(session, [bad])
    assert turn() == 1
    assert assessed(database) == {bad, *others}


def test_the_bad_one_is_tried_again_after_the_pause(
    database: Database,
    turn: Callable[[], int],
    seconds: Seconds,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [bad] = people(database, flights=1, each=1)
    tried = break_on(monkeypatch, {bad})
    turns(turn)
    for pause in (FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE):
        before = len(tried)
        seconds.now += pause - 0.1
        assert turn() == 0
        assert len(tried) == before
        seconds.now += 0.1
        assert turn() == 1
        assert len(tried) > before
    monkeypatch.undo()
    seconds.now += LONGEST_PAUSE
    assert turn() == 1
    assert assessed(database) == {bad}


def test_a_new_rule_set_is_tried_at_once_and_the_old_assessment_does_not_stand_for_it(
    database: Database, turn: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    [bad, other] = people(database, flights=1, each=2)
    turns(turn)
    tried = break_on(monkeypatch, {bad})
    for n in (1, 2):
        with database.transaction() as session:
            is_active = RuleVersion.state == RuleState.ACTIVE
            active = sa.select(RuleVersion.id).where(is_active).order_by(RuleVersion.id)
            version = session.scalars(active.limit(1)).one()
            newest = lifecycle.suspend(session, SYSTEM, version, "for this test", NOW).id
        turns(turn)
        assert len(tried) == 2 * n
        with database.read() as session:
            current = sa.select(Assessment.passenger_id).where(
                Assessment.is_current, Assessment.ruleset_id == newest
            )
            assert session.scalars(current).all() == [other]


def test_a_failing_database_is_nobodys_fault(
    database: Database,
    turn: Callable[[], int],
    setbacks: Setbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everybody = people(database, flights=1, each=2)
    tried = break_on(monkeypatch, {everybody[1]}, OperationalError("select", {}, Exception("gone")))
    with pytest.raises(UnavailableError):
        turn()
    assert len(tried) == 1
    monkeypatch.undo()
    assert turn() == 2


def test_who_failed_is_logged_by_id_and_type_alone(
    database: Database, turn: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    [bad] = people(database, flights=1, each=1)
    break_on(monkeypatch, {bad})
    with structlog.testing.capture_logs() as logs:
        turn()
    own = [one for one in logs if one["event"].startswith("screening.")]
    assert own == [
        {"event": "screening.batch_failed", "error": "ValueError", "log_level": "warning"},
        {"event": "screening.passenger_failed", "passenger": str(bad), "error": "ValueError",
         "log_level": "error"},
    ]  # fmt: skip


def test_what_a_savepoint_undoes_sends_no_hint(database: Database) -> None:
    kept, undone, sent = uuid7(), uuid7(), []
    database.publish = sent.extend
    with database.transaction() as session:
        emit(session, "passenger.assessed", kept)
        with pytest.raises(ValueError, match="undone"), savepoint(session):
            emit(session, "passenger.assessed", undone)
            raise ValueError("undone")
    assert [hint.subject for hint in sent] == [kept]


def test_the_pause_doubles_up_to_the_longest(seconds: Seconds, setbacks: Setbacks) -> None:
    somebody, pauses = uuid7(), []
    for _ in range(9):
        setbacks.note(somebody, 1, RULES)
        since = seconds.now
        while setbacks.resting(RULES):
            seconds.now += 2.5
        pauses.append(seconds.now - since)
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_other_facts_and_other_rules_begin_anew(seconds: Seconds, setbacks: Setbacks) -> None:
    somebody = uuid7()
    for version, ruleset in ((1, RULES), (1, RULES), (2, RULES), (2, OTHER_RULES)):
        setbacks.note(somebody, version, ruleset)
        assert setbacks.resting(ruleset) == {somebody: version}
    assert setbacks.resting(RULES) == {}
    seconds.now += FIRST_PAUSE
    assert setbacks.resting(OTHER_RULES) == {}


def test_an_old_setback_is_forgotten(seconds: Seconds, setbacks: Setbacks) -> None:
    setbacks.note(uuid7(), 1, RULES)
    seconds.now += FIRST_PAUSE + LONGEST_PAUSE
    setbacks.resting(RULES)
    assert not setbacks._known
