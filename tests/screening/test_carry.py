"""A change of lists is screened in reverse: whom it cannot concern keeps the assessment, and both ways agree."""

from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor, ActorKind
from app.identity import officers
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.screening import rules, urgent, watchlists
from app.screening.assess import assess_due
from app.screening.entries import EntryDraft
from app.screening.list_models import LookoutKind, UrgentLookout
from app.screening.models import Assessment, EntryKind, Handling, Hit, Ruleset
from app.screening.urgent import LookoutDraft
from app.travel.models import Passenger
from app.travel.touch import touch
from risk_rules.names import BirthDate, Name
from tests.support.lists import put_entries, remove_entries

from .world import DAY, NOW, add_booking, add_flight, add_passenger, set_list

SURNAMES = ("ALFA", "BRAVO", "CHARLIE", "DELTA")
LISTS = ("one", "two")


@pytest.fixture
def world(database: Database, starting_rules: None) -> Database:
    """Four passengers with seats on a flight, two empty lists."""
    with database.transaction() as session:
        for key in LISTS:
            watchlists.create_list(session, SYSTEM, key, key, "drugs", Handling.STOP, NOW)
        flight = add_flight(session)
        people = [
            add_passenger(session, flight, surname, number=f"TR000123{n}", seat=f"1{n}A")
            for n, surname in enumerate(SURNAMES)
        ]
        add_booking(session, flight, people[:2])
    return database


@pytest.fixture
def anna(database: Database) -> Actor:
    with database.transaction() as session:
        made = officers.create_officer(session, "anna", "Anna", ["targeter"], "NRT", NOW)
    return Actor(ActorKind.OFFICER, made.id)


def settle(database: Database, vault: Vault, now: Any = NOW) -> None:
    while assess_due(database, vault, now):
        pass


def entry(surname: str, birth: date = date(1980, 5, 31), key: str = "") -> EntryDraft:
    return EntryDraft(
        key or surname, EntryKind.PERSON, "r", (Name(surname, "ANNA"),), (BirthDate.of(birth),)
    )


def seat_lookout(seat: str, handling: Handling = Handling.STOP, hours: float = 24) -> LookoutDraft:
    return LookoutDraft(
        LookoutKind.SEAT, "Seat", "drugs", handling, "told by the carrier", hours, flight="ZZ1",
        day=DAY, seat=seat,
    )  # fmt: skip


def results(session: Session) -> dict[str, Any]:
    """What the current assessments say, but for when and under which rule set."""
    rows = session.execute(
        sa.select(Passenger.surname, Assessment)
        .join(Assessment, Assessment.passenger_id == Passenger.id)
        .where(Assessment.is_current)
    ).all()
    found = {}
    for surname, one in rows:
        hits = session.scalars(sa.select(Hit).where(Hit.assessment_id == one.id)).all()
        told = sorted((h.subject, h.subject_version, h.handling, h.title, bytes(h.values_digest)) for h in hits)  # fmt: skip
        found[surname] = (one.level, one.score, one.action, one.confirmed, one.own_high, told)
    return found


def computed(session: Session) -> dict[str, UUID]:
    """The assessment that stands, by passenger."""
    rows = session.execute(
        sa.select(Passenger.surname, Assessment.id)
        .join(Assessment, Assessment.passenger_id == Passenger.id)
        .where(Assessment.is_current)
    )
    return {surname: identifier for surname, identifier in rows}  # noqa: C416


def test_only_whom_a_new_entry_meets_is_assessed_anew(world: Database, vault: Vault) -> None:
    settle(world, vault)
    with world.transaction() as session:
        before = computed(session)
        put_entries(session, SYSTEM, "one", [entry("DELTA")], NOW)
    settle(world, vault)
    with world.read() as session:
        after = computed(session)
        newest = rules.current_ruleset(session).id
        held = session.scalars(sa.select(Assessment).where(Assessment.is_current)).all()
    assert {name for name in SURNAMES if after[name] != before[name]} == {"DELTA"}
    assert {one.ruleset_id for one in held} == {newest}
    assert sum(one.carried_from is not None for one in held) == 3


def test_whom_a_removed_entry_met_is_assessed_anew(world: Database, vault: Vault) -> None:
    with world.transaction() as session:
        put_entries(session, SYSTEM, "one", [entry("CHARLIE")], NOW)
    settle(world, vault)
    with world.transaction() as session:
        before = computed(session)
        remove_entries(session, SYSTEM, "one", ["CHARLIE"], NOW)
    settle(world, vault)
    with world.read() as session:
        after, found = computed(session), results(session)
    assert {name for name in SURNAMES if after[name] != before[name]} == {"CHARLIE"}
    assert found["CHARLIE"][0] == "none"


def test_another_rule_concerns_everybody(world: Database, vault: Vault) -> None:
    settle(world, vault)
    with world.transaction() as session:
        before = computed(session)
        newest = rules.current_ruleset(session)
        session.add(
            Ruleset(
                digest=b"other", rule_versions=newest.rule_versions[1:],
                watchlists=newest.watchlists, **_rest(newest),
            )
        )  # fmt: skip
    settle(world, vault)
    with world.read() as session:
        after = computed(session)
    assert all(after[name] != before[name] for name in SURNAMES)


def _rest(ruleset: Ruleset) -> dict[str, Any]:
    """The columns of a rule set that other parts of it know of."""
    told = {"id", "created_at", "n", "digest", "rule_versions", "watchlists"}
    columns = sa.inspect(Ruleset).column_attrs
    return {one.key: getattr(ruleset, one.key) for one in columns if one.key not in told}


def test_facts_that_change_meanwhile_are_assessed_in_full(world: Database, vault: Vault) -> None:
    settle(world, vault)
    with world.transaction() as session:
        before = computed(session)
        put_entries(session, SYSTEM, "one", [entry("NOBODY")], NOW)
        who = session.scalars(sa.select(Passenger.id).where(Passenger.surname == "ALFA")).one()
        touch(session, [who])
    settle(world, vault)
    with world.read() as session:
        after = computed(session)
    assert {name for name in SURNAMES if after[name] != before[name]} == {"ALFA"}


_entries = st.builds(
    entry, st.sampled_from([*SURNAMES, "ALVA", "NOBODY"]),
    st.sampled_from([date(1980, 5, 31), date(1981, 5, 31), date(1960, 1, 1)]),
    st.sampled_from(["a", "b"]),
)  # fmt: skip


def _touch(session: Session, actor: Actor, name: str) -> None:
    del actor
    touch(session, session.scalars(sa.select(Passenger.id).where(Passenger.surname == name)).all())


def _set(session: Session, actor: Actor, key: str, handling: Handling) -> None:
    del actor
    set_list(session, key, watchlists.Settings("T", "drugs", handling), NOW)


def _end(session: Session, actor: Actor) -> None:
    live = sa.select(UrgentLookout.id).where(UrgentLookout.ended_at.is_(None))
    for one in session.scalars(live).all():
        urgent.end_lookout(session, actor, one, "NRT", NOW)


def _put(session: Session, actor: Actor, key: str, draft: EntryDraft) -> None:
    put_entries(session, actor, key, [draft], NOW)


def _remove(session: Session, actor: Actor, key: str, entry_key: str) -> None:
    remove_entries(session, actor, key, [entry_key], NOW)


def _raise(session: Session, actor: Actor, seat: str) -> None:
    with suppress(urgent.LookedBeforeError):  # a second time nobody looks out without a review
        urgent.raise_lookout(session, actor, "NRT", seat_lookout(seat), NOW)


_lists = st.sampled_from(LISTS)
_acts: st.SearchStrategy[Any] = st.one_of(
    st.tuples(st.just(_put), _lists, _entries),
    st.tuples(st.just(_remove), _lists, st.sampled_from(["a", "b"])),
    st.tuples(st.just(_set), _lists, st.sampled_from(list(Handling))),
    st.tuples(st.just(_raise), st.sampled_from(["10A", "13A", "40C"])),
    st.tuples(st.just(_end)),
    st.tuples(st.just(_touch), st.sampled_from(SURNAMES)),
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_acts, st.booleans()), min_size=2, max_size=6))
def test_in_whatever_order_things_happen_the_result_is_that_of_assessing_everybody(
    world: Database, vault: Vault, anna: Actor, acts: list[tuple[tuple[Any, ...], bool]]
) -> None:
    for (act, *how), settles in acts:
        with world.transaction() as session:
            act(session, anna, *how)
        if settles:
            settle(world, vault)
    settle(world, vault)
    with world.transaction() as session:
        reached = results(session)
        touch(session, session.scalars(sa.select(Passenger.id)).all())
    settle(world, vault)
    with world.read() as session:
        assert reached == results(session)


def test_a_seat_is_looked_out_for_at_once_and_for_a_day_at_most(
    world: Database, vault: Vault, anna: Actor
) -> None:
    settle(world, vault)
    with world.transaction() as session:
        made = urgent.raise_lookout(session, anna, "NRT", seat_lookout("012a"), NOW)
    settle(world, vault)
    with world.read() as session:
        [hit] = results(session)["CHARLIE"][-1]
    assert hit[:4] == (f"urgent/{made.id}", 1, Handling.STOP, "Seat")
    later = NOW + timedelta(hours=24)
    with world.transaction() as session:
        assert urgent.expire_lookouts(session, later - timedelta(seconds=1)) == 0
        assert urgent.expire_lookouts(session, later) == 1
    settle(world, vault, NOW)
    with world.read() as session:
        assert results(session)["CHARLIE"][0] == "none"
