"""Declarations and passengers find each other, whichever comes first."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import TRAVELLER
from app.declarations import service
from app.declarations.accept import Policy, accept_credential
from app.declarations.facts import DeclaredGoods, declaration_of, declarations_of
from app.declarations.matching import (
    _is_unchanged,
    match_again,
    match_declaration,
    match_waiting,
)
from app.declarations.models import Companion, CredentialUse, Declaration, DeclarationStatus
from app.declarations.schemas import Submission
from app.formats.credential import Declaration as Declared
from app.formats.credential import Journey
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.ids import uuid7
from app.travel.models import FlightAlias, Passenger, TravelStatus
from tests.declarations.forms import (
    ARRIVES,
    ELSA,
    FAMILY,
    NILS,
    NOW,
    SOLO,
    TODAY,
    WATCH,
    add_flight,
    add_passenger,
    amended,
    sealed,
    submission,
)


def scan(session: Session, vault: Vault, value: Declared = SOLO, **more: Any) -> Declaration:
    return accept_credential(
        session, TRAVELLER, sealed(value, **more), site="NRT", vault=vault, now=NOW,
        policy=Policy(plain=True),
    ).declaration  # fmt: skip


def submit(session: Session, vault: Vault, **changes: Any) -> Declaration:
    sent = Submission.model_validate(submission(**changes), strict=False)
    return service.submit_declaration(
        session, TRAVELLER, sent, site="NRT", vault=vault, cti=uuid7().bytes, now=NOW
    )


def facts_version(session: Session, passenger: UUID) -> int:
    return session.execute(
        sa.select(Passenger.facts_version).where(Passenger.id == passenger)
    ).scalar_one()


def heard(session: Session) -> list[tuple[str, UUID]]:
    rows = session.execute(sa.text("select kind, subject from event order by id"))
    return [(row.kind, row.subject) for row in rows]


def test_a_passenger_on_the_list_is_found_and_screened_again(
    database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        astrid = add_passenger(session, add_flight(session))
        declaration = scan(session, vault)
        assert declaration.passenger_id == astrid
        assert facts_version(session, astrid) == 2
        assert heard(session) == [
            ("declaration.changed", declaration.id),
            ("declaration.changed", declaration.id),
            ("passenger.changed", astrid),
        ]


def test_showing_a_code_again_leaves_the_facts_alone(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        astrid = add_passenger(session, add_flight(session))
        for _ in range(3):
            scan(session, vault)
        assert facts_version(session, astrid) == 2


def test_a_declaration_that_came_first_waits(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        declaration = scan(session, vault)
        assert declaration.passenger_id is None
        flight = add_flight(session)
        assert match_waiting(session, flight.id, NOW) == 0
        astrid = add_passenger(session, flight)
        assert match_waiting(session, flight.id, NOW) == 1
        assert declaration.passenger_id == astrid
        assert facts_version(session, astrid) == 2
        assert match_waiting(session, flight.id, NOW) == 0
        assert facts_version(session, astrid) == 2


def test_the_family_is_matched_with_whom_it_names(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        astrid = add_passenger(session, flight)
        nils = add_passenger(session, flight, "LINDQVIST", "NILS", date(1989, 2, 14), "SX4471210")
        declaration = scan(session, vault, FAMILY)
        elsa = add_passenger(session, flight, "BERGMAN", "ELSA", date(2015, 9, 30), None)
        before = facts_version(session, astrid)
        assert match_waiting(session, flight.id, NOW) == 1
        companions = session.scalars(sa.select(Companion).order_by(Companion.number)).all()
        assert [one.passenger_id for one in companions] == [nils, elsa]
        assert facts_version(session, elsa) == 2
        assert facts_version(session, astrid) == before
        found = declarations_of(session, [astrid, nils, elsa])
        assert {found[one].person for one in (astrid, nils, elsa)} == {0, 1, 2}
        assert {one.declaration_id for one in found.values()} == {declaration.id}


def test_a_wrong_flight_is_forgiven_with_the_document(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        astrid = add_passenger(session, add_flight(session, number=1))
        assert scan(session, vault).passenger_id == astrid


def test_a_wrong_flight_is_not_forgiven_with_the_name_alone(
    database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        flight = add_flight(session, number=1)
        add_passenger(session, flight, document=None)
        assert scan(session, vault).passenger_id is None
        assert match_waiting(session, flight.id, NOW) == 0


def test_names_and_birth_date_on_the_declared_flight(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        add_passenger(session, flight, given="BIRGIT", document=None)
        astrid = add_passenger(session, flight, document="NEW000001")
        assert scan(session, vault).passenger_id == astrid


def test_a_bare_booking_without_birth_date(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        booked = add_passenger(session, add_flight(session), birth=None, document=None)
        assert scan(session, vault).passenger_id == booked


def test_a_code_share_number_is_the_declared_flight(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        flight = add_flight(session, number=7001, carrier="ZZ")
        session.add(
            FlightAlias(
                flight_id=flight.id, carrier="XX", number=983, suffix="",
                flight_date=flight.flight_date, origin="CPH",
            )
        )  # fmt: skip
        session.flush()
        first = scan(session, vault)
        astrid = add_passenger(session, flight, document=None)
        assert match_waiting(session, flight.id, NOW) == 1
        assert first.passenger_id == astrid
        assert scan(session, vault, cti=b"2" * 16).passenger_id == astrid


@pytest.mark.parametrize(
    ("days", "found"), [(-3, False), (-1, True), (0, True), (1, True), (3, False)]
)
def test_flights_of_the_days_around_the_arrival(
    database: Database, vault: Vault, days: int, found: bool
) -> None:
    with database.transaction() as session:
        flight = add_flight(session, arrives_at=ARRIVES + timedelta(days=days))
        astrid = add_passenger(session, flight)
        declaration = scan(session, vault)
        assert (declaration.passenger_id == astrid) is found
        waiting = scan(session, vault, cti=b"w" * 16)
        waiting.passenger_id = None
        session.flush()
        assert bool(match_waiting(session, flight.id, NOW)) is found


def test_a_flight_without_times_is_taken_by_its_date(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        flight = add_flight(session, arrives_at=None)
        declaration = scan(session, vault)
        astrid = add_passenger(session, flight)
        assert match_waiting(session, flight.id, NOW) == 1
        assert declaration.passenger_id == astrid
        assert scan(session, vault, cti=b"2" * 16).passenger_id == astrid


def test_who_did_not_travel_is_not_matched(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        for status in (TravelStatus.WITHDRAWN, TravelStatus.NOT_BOARDED):
            add_passenger(session, flight, status=status)
        assert scan(session, vault).passenger_id is None
        rebooked = add_passenger(session, add_flight(session, number=985))
        assert scan(session, vault, cti=b"2" * 16).passenger_id == rebooked


def test_two_equally_good_passengers_are_left_to_an_officer(
    database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        add_passenger(session, flight)
        add_passenger(session, flight)
        assert scan(session, vault).passenger_id is None


def test_nobody_is_two_people_of_one_form(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        astrid = add_passenger(session, add_flight(session))
        twice = replace(FAMILY, companions=(replace(FAMILY.companions[0], given="ASTRID MAJ",
                        document_number="SX4471209", birth_date=19910608),))  # fmt: skip
        declaration = scan(session, vault, twice)
        assert declaration.passenger_id == astrid
        assert session.scalars(sa.select(Companion.passenger_id)).all() == [None]


def test_an_amendment_moves_to_the_person_it_names(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        astrid = add_passenger(session, flight)
        nils = add_passenger(session, flight, "LINDQVIST", "NILS", date(1989, 2, 14), "SX4471210")
        declaration = scan(session, vault)
        other = replace(
            SOLO.identity, given="NILS", document_number="SX4471210", birth_date=19890214
        )
        scan(session, vault, amended(identity=other))
        assert declaration.passenger_id == nils
        assert facts_version(session, astrid) == 3
        assert facts_version(session, nils) == 2
        assert declaration_of(session, astrid) is None


def test_a_withdrawal_is_a_fact_too(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        astrid = add_passenger(session, add_flight(session))
        declaration = submit(session, vault)
        service.withdraw_declaration(session, TRAVELLER, declaration.id, now=NOW)
        assert facts_version(session, astrid) == 3
        facts = declaration_of(session, astrid)
        assert facts is not None
        assert (facts.submitted, facts.status) == (False, DeclarationStatus.WITHDRAWN)
        service.withdraw_declaration(session, TRAVELLER, declaration.id, now=NOW)
        assert facts_version(session, astrid) == 3


def test_withdrawn_and_ended_declarations_wait_for_nobody(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        declaration = submit(session, vault)
        ended = scan(session, vault)
        service.withdraw_declaration(session, TRAVELLER, declaration.id, now=NOW)
        flight = add_flight(session)
        add_passenger(session, flight)
        assert match_waiting(session, flight.id, NOW + timedelta(days=4)) == 0
        assert not match_declaration(session, ended, NOW + timedelta(days=4))
        assert match_waiting(session, flight.id, NOW) == 1
        assert (declaration.passenger_id, ended.passenger_id is None) == (None, False)


def test_what_was_erased_meanwhile_has_nothing_to_look_for(
    database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        declaration = submit(session, vault)
        service.erase_declaration(session, TRAVELLER, declaration.id, now=NOW)
        assert not match_again(session, declaration.id, NOW)


def test_a_batch_is_limited_and_the_next_call_goes_on(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        for number in range(5):
            who = replace(SOLO.identity, document_number=f"QX00{number}7812")
            scan(session, vault, replace(SOLO, identity=who), cti=bytes([number]) * 16)
        for number in range(5):
            add_passenger(session, flight, document=f"QX00{number}7812")
        counts = [match_waiting(session, flight.id, NOW, limit=2) for _ in range(4)]
        assert counts == [2, 2, 1, 0]
        matched = session.scalars(sa.select(Declaration.passenger_id)).all()
        assert len(set(matched) - {None}) == 5


def test_what_changes_while_it_is_looked_at_is_left_for_the_next_call(
    database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        identifier = submit(session, vault).id
    with database.transaction() as reading:
        declaration = reading.get_one(Declaration, identifier)
        assert _is_unchanged(reading, declaration)
    with database.transaction() as reading:
        declaration = reading.get_one(Declaration, identifier)
        with database.transaction() as session:
            service.withdraw_declaration(session, TRAVELLER, identifier, now=NOW)
        assert not _is_unchanged(reading, declaration)
        assert declaration.status is DeclarationStatus.WITHDRAWN


def test_a_gate_can_note_a_use_while_a_declaration_is_locked(
    database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        identifier = submit(session, vault).id
    with database.transaction() as holding, database.transaction() as gate:
        service.lock_declaration(holding, identifier)
        gate.execute(sa.text("set local lock_timeout = '250ms'"))
        gate.add(CredentialUse(declaration_id=identifier, person=0, passage_id=uuid7()))
        gate.flush()


def test_an_unknown_flight_has_nobody(database: Database) -> None:
    with database.transaction() as session:
        assert match_waiting(session, uuid7(), NOW) == 0


def test_a_passenger_record_taken_away_leaves_its_declaration_waiting(
    database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        astrid = add_passenger(session, flight)
        declaration = scan(session, vault)
        session.execute(sa.text("delete from document"))
        session.execute(sa.delete(Passenger).where(Passenger.id == astrid))
        session.refresh(declaration)
        assert declaration.passenger_id is None
        again = add_passenger(session, flight)
        assert match_waiting(session, flight.id, NOW) == 1
        assert declaration.passenger_id == again


# --- facts ----------------------------------------------------------------------------------------


def test_the_facts_of_a_declaration(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        astrid = add_passenger(session, add_flight(session))
        submit(session, vault, companions=[NILS, ELSA], yes=("over_allowance",), goods=[WATCH])
        facts = declaration_of(session, astrid)
    assert facts is not None
    assert (facts.submitted, facts.lane, facts.seq, facts.person) == (True, 1, 0, 0)
    assert facts.answers["over_allowance"]
    assert not facts.answers["gold"]
    assert facts.goods == (DeclaredGoods("other_goods", 1, 30_000_000, "JPY"),)
    assert (facts.companions, facts.party_size) == (2, 3)
    assert (facts.flight, facts.origin, facts.destination) == ("XX983", "CPH", "NRT")
    assert (facts.arrival_date, facts.created_at, facts.declared_at) == (TODAY, NOW, NOW)
    assert facts.purpose == "tourism"


def test_who_declared_nothing_has_no_facts(database: Database) -> None:
    with database.read() as session:
        assert declaration_of(session, uuid7()) is None
        assert declarations_of(session, []) == {}


def test_the_newest_active_declaration_counts(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        astrid = add_passenger(session, add_flight(session))
        first = scan(session, vault)
        second = submit(session, vault)
        facts = declaration_of(session, astrid)
        assert facts is not None
        assert facts.declaration_id == second.id
        service.withdraw_declaration(session, TRAVELLER, second.id, now=NOW)
        facts = declaration_of(session, astrid)
        assert facts is not None
        assert facts.declaration_id == first.id


def test_facts_of_many_are_one_statement(database: Database, vault: Vault) -> None:
    statements: list[str] = []
    with database.transaction() as session:
        flight = add_flight(session)
        people = []
        for number in range(4):
            people.append(add_passenger(session, flight, document=f"QX00{number}7812"))
            who = replace(SOLO.identity, document_number=f"QX00{number}7812")
            journey = Journey("XX983", "CPH", "NRT", TODAY, number)
            value = replace(SOLO, identity=who, journey=journey)
            scan(session, vault, value, cti=bytes([number]) * 16)

        def note(*args: Any) -> None:
            statements.append(args[2])

        sa.event.listen(database.engine, "before_cursor_execute", note)
        found = declarations_of(session, people)
        sa.event.remove(database.engine, "before_cursor_execute", note)
    assert len(statements) == 1
    assert [found[one].purpose for one in people] == ["other", "tourism", "business", "family"]
