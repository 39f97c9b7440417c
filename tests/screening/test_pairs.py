"""Pairs known not to match: suppressed, never hidden; void when entry or traveller is another."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor, ActorKind
from app.audit.models import AuditEntry
from app.identity import officers
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.keyring import KeyKind
from app.screening import pairs, proposals, watchlists
from app.screening.assess import assess_due
from app.screening.entries import EntryDraft
from app.screening.lifecycle import SameOfficerError
from app.screening.list_models import KnownNotMatch
from app.screening.models import Assessment, EntryKind, Handling, Hit, ReviewState, Severity
from app.screening.pairs import PairConflictError, PairInvalidError
from app.screening.reviews import review_hit
from app.travel.models import Passenger, ShownPassport
from app.travel.touch import touch
from risk_rules.names import BirthDate, Name
from tests.conftest import SECRET
from tests.support.lists import put_entries, remove_entries

from .world import NOW, add_flight, add_passenger, set_list

UNTIL = date(2026, 9, 1)


@pytest.fixture
def world(database: Database, starting_rules: None, vault: Vault) -> Database:
    """Anna Tester is on a flight and on a list."""
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, "wanted", "W", "drugs", Handling.STOP, NOW)
        put_entries(session, SYSTEM, "wanted", [entry(), entry("other")], NOW)
        add_passenger(session, add_flight(session), number="TR1234567")
    settle(database, vault)
    return database


@pytest.fixture
def people(database: Database) -> tuple[Actor, Actor]:
    with database.transaction() as session:
        ids = [
            officers.create_officer(session, name, name, ["senior"], "NRT", NOW).id
            for name in ("anna", "bert")
        ]
    return Actor(ActorKind.OFFICER, ids[0]), Actor(ActorKind.OFFICER, ids[1])


def entry(key: str = "P-1", reason: str = "r") -> EntryDraft:
    return EntryDraft(
        key, EntryKind.PERSON, reason, (Name("TESTER", "ANNA"),), (BirthDate(1980, 5, 31),)
    )


def settle(database: Database, vault: Vault) -> None:
    while assess_due(database, vault, NOW):
        pass


def hit(session: Session, subject: str = "wanted/P-1") -> Hit:
    """The hit of the newest passenger."""
    found = session.scalars(
        sa.select(Hit)
        .join(Assessment, Assessment.id == Hit.assessment_id)
        .join(Passenger, Passenger.id == Hit.passenger_id)
        .where(Assessment.is_current, Hit.subject == subject)
        .order_by(Passenger.id.desc())
    ).first()
    assert found is not None
    return found


def clear(database: Database, vault: Vault, actor: Actor, subject: str = "wanted/P-1") -> UUID:
    with database.transaction() as session:
        found = hit(session, subject)
        return pairs.clear_pair(session, vault, actor, found.id, "another person", UNTIL, NOW).id


def suppressed(database: Database, subject: str = "wanted/P-1") -> str | None:
    """The pair that suppresses the hit."""
    with database.read() as session:
        found = hit(session, subject)
    told = found.explanation.get("suppressed_by")
    assert (told is None) == (found.explanation["alert"] is True)
    assert (told is None) == (found.handling is Handling.STOP)
    return told["pair"] if told else None


def actions(database: Database, pair_id: UUID) -> list[str]:
    with database.read() as session:
        query = sa.select(AuditEntry.action).where(AuditEntry.subject_id == pair_id)
        return [
            one.removeprefix("known-not-match.")
            for one in session.scalars(query.order_by(AuditEntry.id))
        ]


def test_one_entry_is_suppressed_and_the_others_still_hit(
    world: Database, vault: Vault, people: tuple[Actor, Actor]
) -> None:
    pair = clear(world, vault, people[0])
    settle(world, vault)
    assert suppressed(world) == str(pair)
    assert suppressed(world, "wanted/other") is None
    assert actions(world, pair) == ["cleared", "used"]


def test_the_next_trip_of_the_same_passport_is_suppressed_and_another_passport_is_not(
    world: Database, vault: Vault, people: tuple[Actor, Actor]
) -> None:
    pair = clear(world, vault, people[0])
    with world.transaction() as session:
        add_passenger(session, add_flight(session, 2), number="TR1234567")
    settle(world, vault)
    assert suppressed(world) == str(pair)
    with world.transaction() as session:
        add_passenger(session, add_flight(session, 3), number="TR7654321")
    settle(world, vault)
    assert suppressed(world) is None


def test_another_birth_date_is_not_suppressed_and_the_pair_stays(
    world: Database, vault: Vault, people: tuple[Actor, Actor]
) -> None:
    pair = clear(world, vault, people[0])
    with world.transaction() as session:
        later = date(1980, 5, 30)
        add_passenger(session, add_flight(session, 2), number="TR1234567", birth=later)
    settle(world, vault)
    assert suppressed(world) is None
    assert "voided" not in actions(world, pair)


def test_a_passport_that_shows_another_birth_date_voids_it(
    world: Database, vault: Vault, people: tuple[Actor, Actor]
) -> None:
    pair = clear(world, vault, people[0])
    settle(world, vault)
    with world.transaction() as session:
        passenger = session.scalars(sa.select(Passenger)).one()
        session.add(
            ShownPassport(
                passenger_id=passenger.id, digest=b"d", surname="TESTER", given_names="ANNA",
                birth_date=date(1981, 5, 31), sex="F", nationality="UTO", number="TR1234567",
                issuer="UTO", expires_on=None,
            )
        )  # fmt: skip
        session.flush()
        touch(session, [passenger.id])
    settle(world, vault)
    assert suppressed(world) is None
    assert actions(world, pair)[-1] == "voided"


@pytest.mark.parametrize("change", ["replaced", "removed"])
def test_a_changed_entry_voids_it(
    world: Database, vault: Vault, people: tuple[Actor, Actor], change: str
) -> None:
    pair = clear(world, vault, people[0])
    settle(world, vault)
    with world.transaction() as session:
        if change == "replaced":
            put_entries(session, SYSTEM, "wanted", [entry(reason="graver")], NOW)
        else:
            remove_entries(session, SYSTEM, "wanted", ["P-1"], NOW)
            put_entries(session, SYSTEM, "wanted", [entry()], NOW)
    settle(world, vault)
    assert suppressed(world) is None
    assert actions(world, pair)[-1] == "voided"


def test_on_a_severe_list_it_acts_once_somebody_else_has_signed(
    world: Database, vault: Vault, people: tuple[Actor, Actor]
) -> None:
    anna, bert = people
    with world.transaction() as session:
        severe = watchlists.Settings("W", "drugs", Handling.STOP, severity=Severity.SEVERE)
        set_list(session, "wanted", severe, NOW)
    settle(world, vault)
    pair = clear(world, vault, anna)
    settle(world, vault)
    assert suppressed(world) is None
    with world.transaction() as session:
        with pytest.raises(SameOfficerError):
            pairs.approve_pair(session, anna, pair, NOW)
        pairs.approve_pair(session, bert, pair, NOW)
        with pytest.raises(PairConflictError):
            pairs.approve_pair(session, bert, pair, NOW)
    settle(world, vault)
    assert suppressed(world) == str(pair)


def test_it_ends_by_its_day_and_by_being_taken_back(
    world: Database, vault: Vault, people: tuple[Actor, Actor]
) -> None:
    pair = clear(world, vault, people[0])
    with world.transaction() as session:
        late = add_flight(session, 2, day=UNTIL + timedelta(days=1), arrives_in=4400)
        add_passenger(session, late, number="TR1234567")
    settle(world, vault)
    assert suppressed(world) is None
    with world.transaction() as session:
        pairs.withdraw_pair(session, people[1], pair, NOW)
        with pytest.raises(PairConflictError):
            pairs.withdraw_pair(session, people[1], pair, NOW)
    settle(world, vault)
    with world.read() as session:
        handlings = session.scalars(
            sa.select(Hit.handling)
            .join(Assessment, Assessment.id == Hit.assessment_id)
            .where(Assessment.is_current, Hit.subject == "wanted/P-1")
        ).all()
    assert set(handlings) == {Handling.STOP}


def test_what_cannot_be_cleared(world: Database, vault: Vault, people: tuple[Actor, Actor]) -> None:
    anna = people[0]
    with world.transaction() as session:
        found = hit(session)
        for reason, until in (("", UNTIL), ("r", NOW.date() - timedelta(days=1)), ("r", date(2027, 3, 11))):  # fmt: skip
            with pytest.raises(PairInvalidError):
                pairs.clear_pair(session, vault, anna, found.id, reason, until, NOW)
        unborn = add_passenger(session, add_flight(session, 2), birth=None, number="TR9999991")
    settle(world, vault)
    with world.transaction() as session:
        mine = sa.select(Hit).where(Hit.passenger_id == unborn.id)
        with pytest.raises(PairInvalidError):
            nobody = session.scalars(mine).first()
            assert nobody is not None
            pairs.clear_pair(session, vault, anna, nobody.id, "r", UNTIL, NOW)
        review_hit(session, vault, anna, found.id, ReviewState.CONFIRMED, "", NOW)
        with pytest.raises(PairConflictError):
            pairs.clear_pair(session, vault, anna, found.id, "r", UNTIL, NOW)
        session.rollback()
        put_entries(session, SYSTEM, "wanted", [entry(reason="new")], NOW)
        with pytest.raises(PairConflictError):
            pairs.clear_pair(session, vault, anna, found.id, "r", UNTIL, NOW)
        assert session.scalar(sa.select(sa.func.count()).select_from(KnownNotMatch)) == 0


def test_a_pair_is_cleared_once(world: Database, vault: Vault, people: tuple[Actor, Actor]) -> None:
    pair = clear(world, vault, people[0])
    for actor in people:
        with pytest.raises(PairConflictError):
            clear(world, vault, actor)
    with world.transaction() as session:
        pairs.withdraw_pair(session, people[1], pair, NOW)
    settle(world, vault)
    assert suppressed(world) is None
    clear(world, vault, people[0])


def test_on_a_list_that_becomes_severe_a_pair_waits_for_its_second_signature(
    world: Database, vault: Vault, people: tuple[Actor, Actor]
) -> None:
    anna, bert = people
    pair = clear(world, vault, anna)
    settle(world, vault)
    assert suppressed(world) == str(pair)
    with world.transaction() as session:
        row, _ = watchlists.describe_list(session, "wanted")
        severe = replace(watchlists.settings_of(row), severity=Severity.SEVERE)
        waits = proposals.submit_settings(session, anna, "wanted", severe, row.version, NOW)
        assert waits is not None
        proposals.approve(session, bert, waits.id, waits.digest, "", NOW)
    settle(world, vault)
    assert suppressed(world) is None
    with world.transaction() as session:
        pairs.approve_pair(session, bert, pair, NOW)
    settle(world, vault)
    assert suppressed(world) == str(pair)
    assert actions(world, pair)[:3] == ["cleared", "used", "asked"]


def test_a_pair_outlives_the_change_of_the_key_of_pseudonyms(
    world: Database, vault: Vault, people: tuple[Actor, Actor]
) -> None:
    pair = clear(world, vault, people[0])
    both = Vault(SECRET, vault.ring.with_key(KeyKind.PEOPLE, b"n" * 32, NOW).using(KeyKind.PEOPLE))
    with world.transaction() as session:
        add_passenger(session, add_flight(session, 2), number="TR1234567")
    settle(world, both)
    assert suppressed(world) == str(pair)
    with pytest.raises(PairConflictError):
        clear(world, both, people[0])  # it is cleared already
    with world.transaction() as session:
        later = date(1980, 5, 30)
        add_passenger(session, add_flight(session, 3), number="TR1234567", birth=later)
    settle(world, both)
    assert suppressed(world) is None
    assert "voided" not in actions(world, pair)
