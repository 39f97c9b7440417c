"""Assessments: hits with their reasons, levels, reviews, fellow travellers, control selection."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor, ActorKind
from app.identity import officers
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.errors import InvalidError
from app.screening import assess, watchlists
from app.screening.assess import assess_due, assess_passengers
from app.screening.controls import set_control_rate
from app.screening.facts import lot_of
from app.screening.models import (
    Assessment,
    EntryKind,
    Handling,
    Hit,
    HitSource,
    Level,
    ReviewState,
)
from app.screening.reviews import ReasonMissingError, review_hit
from app.screening.watchlists import EntryDraft
from app.travel.models import Passenger
from app.travel.touch import touch
from risk_rules.names import BirthDate, Document, Name
from tests.support.lists import put_entries

from .world import (
    CASH_LATE_ONE_WAY,
    NOW,
    BookingText,
    add_booking,
    add_declaration,
    add_flight,
    add_party,
    add_passenger,
    add_traveller,
)

pytestmark = pytest.mark.usefixtures("starting_rules")


@pytest.fixture
def reviewer(database: Database) -> Actor:
    with database.transaction() as session:
        made = officers.create_officer(session, "senior", "Senior", ["senior"], "NRT", NOW)
    return Actor(ActorKind.OFFICER, made.id)


def current(session: Session, passenger: Passenger) -> Assessment:
    return session.scalars(
        sa.select(Assessment).where(Assessment.passenger_id == passenger.id, Assessment.is_current)
    ).one()


def hits(session: Session, passenger: Passenger) -> dict[str, Hit]:
    assessment = current(session, passenger)
    rows = session.scalars(sa.select(Hit).where(Hit.assessment_id == assessment.id))
    return {hit.subject: hit for hit in rows}


def list_person(
    database: Database,
    handling: Handling = Handling.STOP,
    key: str = "wanted",
    surname: str = "TESTER",
) -> None:
    entry = EntryDraft(
        key="P-1", kind=EntryKind.PERSON, reason="test case", names=(Name(surname, "ANNA"),),
        birth_dates=(BirthDate(1980, 5, 31),),
    )  # fmt: skip
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, key, key, "serious_crime", handling, NOW)
        put_entries(session, SYSTEM, key, [entry], NOW)


def settle(database: Database, vault: Vault) -> int:
    """Assess until nobody is due."""
    done = 0
    while some := assess_due(database, vault, NOW):
        done += some
        assert done < 500, "assessments never settle"
    return done


def test_a_rule_hit_shows_rule_version_and_values(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        passenger = add_passenger(session, flight)
        add_booking(session, flight, [passenger])
    assert assess_due(database, vault, NOW) == 1
    with database.read() as session:
        found = current(session, passenger)
        [hit] = hits(session, passenger).values()
    assert (hit.source, hit.subject, hit.subject_version) == (
        HitSource.RULE, "booking.cash-late-one-way", 1,
    )  # fmt: skip
    values = {k: v for part in hit.explanation["parts"] for k, v in part["values"].items()}
    assert values == {
        "booking.payment": "cash", "booking.days_before": 2, "itinerary.one_way": True,
    }  # fmt: skip
    assert (found.score, found.level, found.action) == (30, Level.ATTENTION, Handling.DISCREET)
    assert (found.confirmed, found.own_high) == (False, False)


def test_unknown_facts_are_counted(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        passenger = add_passenger(session, flight)
        add_booking(session, flight, [passenger], replace(CASH_LATE_ONE_WAY, created=""))
    settle(database, vault)
    with database.read() as session:
        found = current(session, passenger)
    missing = {row["rule"]: row["missing"] for row in found.unknown}
    assert missing["booking.cash-late-one-way"] == ["booking.days_before"]
    assert missing["documents.lost-or-stolen"] == ["document.lost_or_stolen"]
    assert found.level is Level.NONE


def test_the_whole_record_is_stored_as_a_snapshot(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        passenger = add_passenger(session, add_flight(session), number="TR1234567")
    settle(database, vault)
    with database.read() as session:
        facts = current(session, passenger).facts
    assert facts["flight.date"] == "2026-03-10"
    assert facts["document.days_to_expiry"] == 1393
    assert facts["booking.payment"] is None
    assert facts["traveller.age"] == 45


def test_nothing_is_due_after_assessing_and_a_change_makes_due(
    database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        passenger = add_passenger(session, add_flight(session))
    assert assess_due(database, vault, NOW) == 1
    assert assess_due(database, vault, NOW) == 0
    with database.transaction() as session:
        touch(session, [passenger.id])
    assert assess_due(database, vault, NOW) == 1
    with database.read() as session:
        rows = session.scalars(sa.select(Assessment).order_by(Assessment.facts_version)).all()
    assert [(a.facts_version, a.is_current) for a in rows] == [(1, False), (2, True)]


def test_a_dismissed_hit_counts_for_nothing_and_stays_dismissed(
    database: Database, vault: Vault, reviewer: Actor
) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        passenger = add_passenger(session, flight)
        add_booking(session, flight, [passenger])
    settle(database, vault)
    with database.transaction() as session:
        [hit] = hits(session, passenger).values()
        review_hit(session, vault, reviewer, hit.id, ReviewState.DISMISSED, "known business", NOW)
        found = current(session, passenger)
        assert (found.score, found.level, found.action) == (0, Level.NONE, None)
        assert found.facts_version == 2
        touch(session, [passenger.id])
    settle(database, vault)
    with database.read() as session:
        assert current(session, passenger).level is Level.NONE
        assert list(hits(session, passenger)) == ["booking.cash-late-one-way"]


def test_a_dismissed_hit_returns_when_a_value_changes(
    database: Database, vault: Vault, reviewer: Actor
) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        passenger = add_passenger(session, flight)
        booking = add_booking(session, flight, [passenger])
    settle(database, vault)
    with database.transaction() as session:
        [hit] = hits(session, passenger).values()
        review_hit(session, vault, reviewer, hit.id, ReviewState.DISMISSED, "once looked at", NOW)
    with database.transaction() as session:
        later = replace(CASH_LATE_ONE_WAY, created="2026-03-09T10:00:00")
        session.get_one(type(booking), booking.id).record = later.record()
        touch(session, [passenger.id])
    settle(database, vault)
    with database.read() as session:
        assert current(session, passenger).level is Level.ATTENTION


def test_a_confirmed_hit_is_marked_and_can_be_taken_back(
    database: Database, vault: Vault, reviewer: Actor
) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        passenger = add_passenger(session, flight)
        add_booking(session, flight, [passenger])
    settle(database, vault)
    with database.transaction() as session:
        [hit] = hits(session, passenger).values()
        review_hit(session, vault, reviewer, hit.id, ReviewState.CONFIRMED, "", NOW)
        assert current(session, passenger).confirmed
        review_hit(session, vault, reviewer, hit.id, ReviewState.UNREVIEWED, "", NOW)
        assert not current(session, passenger).confirmed


def test_a_dismissal_needs_a_reason(database: Database, vault: Vault, reviewer: Actor) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        passenger = add_passenger(session, flight)
        add_booking(session, flight, [passenger])
    settle(database, vault)
    with database.transaction() as session:
        [hit] = hits(session, passenger).values()
        with pytest.raises(ReasonMissingError):
            review_hit(session, vault, reviewer, hit.id, ReviewState.DISMISSED, "  ", NOW)
        assert hit.handling is Handling.DISCREET
        review_hit(session, vault, reviewer, hit.id, ReviewState.DISMISSED, "x", NOW)


def test_a_hit_that_stops_is_dismissed_in_a_few_words(
    database: Database, vault: Vault, reviewer: Actor
) -> None:
    list_person(database)
    with database.transaction() as session:
        passenger = add_passenger(session, add_flight(session))
    settle(database, vault)
    with database.transaction() as session:
        [hit] = hits(session, passenger).values()
        for little in ("x", "not her", "........................"):
            with pytest.raises(ReasonMissingError):
                review_hit(session, vault, reviewer, hit.id, ReviewState.DISMISSED, little, NOW)
        review_hit(session, vault, reviewer, hit.id, ReviewState.CONFIRMED, "", NOW)
        review_hit(
            session, vault, reviewer, hit.id, ReviewState.DISMISSED, "別人 出生地が違う", NOW
        )


def test_a_new_entry_screens_again_those_still_to_arrive(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        coming = add_passenger(session, add_flight(session, 1))
        unknown_time = add_passenger(session, add_flight(session, 2, arrives_in=None))
        in_hall = add_passenger(session, add_flight(session, 3, arrives_in=-2))
        gone = add_passenger(session, add_flight(session, 4, arrives_in=-20))
    assert settle(database, vault) == 4
    list_person(database)
    assert settle(database, vault) == 3
    with database.read() as session:
        for passenger in (coming, unknown_time, in_hall):
            assert list(hits(session, passenger)) == ["wanted/P-1"]
            assert current(session, passenger).level is Level.HIGH
        assert hits(session, gone) == {}


@pytest.mark.parametrize(
    ("handling", "level"),
    [
        (Handling.STOP, Level.HIGH),
        (Handling.DISCREET, Level.HIGH),
        (Handling.OBSERVE, Level.ATTENTION),
        (Handling.INFORM, Level.ATTENTION),
    ],
)
def test_a_list_floors_the_level_by_its_handling(
    database: Database, vault: Vault, handling: Handling, level: Level
) -> None:
    list_person(database, handling)
    with database.transaction() as session:
        passenger = add_passenger(session, add_flight(session))
    settle(database, vault)
    with database.read() as session:
        found = current(session, passenger)
    assert (found.level, found.action, found.score) == (level, handling, 0)


def test_a_dismissed_entry_stays_dismissed_when_the_list_grows(
    database: Database, vault: Vault, reviewer: Actor
) -> None:
    list_person(database)
    with database.transaction() as session:
        passenger = add_passenger(session, add_flight(session))
    settle(database, vault)
    with database.transaction() as session:
        [hit] = hits(session, passenger).values()
        review_hit(
            session, vault, reviewer, hit.id, ReviewState.DISMISSED, "not her, another birth", NOW
        )
        other = EntryDraft(
            key="D-1", kind=EntryKind.DOCUMENT, reason="", documents=(Document("ZZ9876543"),)
        )
        put_entries(session, SYSTEM, "wanted", [other], NOW)
    assert settle(database, vault) == 1
    with database.read() as session:
        assert current(session, passenger).level is Level.NONE


def test_a_namesake_of_another_birth_date_is_information_only(
    database: Database, vault: Vault
) -> None:
    list_person(database)
    with database.transaction() as session:
        birth = NOW.date() - timedelta(days=20 * 365)
        passenger = add_passenger(session, add_flight(session), birth=birth)
    settle(database, vault)
    with database.read() as session:
        found = current(session, passenger)
        [hit] = hits(session, passenger).values()
    assert hit.explanation["alert"] is False
    assert (found.level, found.action) == (Level.NONE, None)


def test_a_listed_document_hits_by_itself(database: Database, vault: Vault) -> None:
    entry = EntryDraft(
        key="D-1", kind=EntryKind.DOCUMENT, reason="stolen", documents=(Document("TRO234567"),)
    )
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, "docs", "Docs", "drugs", Handling.STOP, NOW)
        put_entries(session, SYSTEM, "docs", [entry], NOW)
        passenger = add_passenger(session, add_flight(session), number="TR0234567")
    settle(database, vault)
    with database.read() as session:
        assert hits(session, passenger).keys() == {"documents.lost-or-stolen", "docs/D-1"}


def test_fellow_travellers_of_a_high_passenger_are_looked_at_and_let_go_together(
    database: Database, vault: Vault, reviewer: Actor
) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        party = add_party(session, flight)
        wanted = add_passenger(session, flight, party=party)
        fellow = add_passenger(session, flight, "FRIEND", "BO", party=party)
        stranger = add_passenger(session, flight, "OTHER", "CY")
    settle(database, vault)
    list_person(database)
    settle(database, vault)
    with database.transaction() as session:
        assert list(hits(session, fellow)) == ["co-travellers.with-high-risk"]
        assert current(session, fellow).level is Level.ATTENTION
        assert current(session, stranger).level is Level.NONE
        assert list(hits(session, wanted)) == ["wanted/P-1"], "no echo from the fellow"
        [hit] = hits(session, wanted).values()
        review_hit(
            session, vault, reviewer, hit.id, ReviewState.DISMISSED, "not her, another birth", NOW
        )
    settle(database, vault)
    with database.read() as session:
        assert hits(session, fellow) == {}


def test_fellows_on_the_same_locator_without_a_party_count_too(
    database: Database, vault: Vault
) -> None:
    list_person(database)
    with database.transaction() as session:
        flight = add_flight(session)
        add_passenger(session, flight, locator="SAME01")
        fellow = add_passenger(session, flight, "FRIEND", "BO", locator="SAME01")
        elsewhere = add_passenger(session, add_flight(session, 2), "FRIEND", "CY", locator="SAME01")
    settle(database, vault)
    with database.read() as session:
        assert current(session, fellow).facts["co.count"] == 1
        assert current(session, fellow).level is Level.ATTENTION
        assert current(session, elsewhere).facts["co.count"] == 0


def test_control_selection_is_stable_and_never_changes_the_level(
    database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        set_control_rate(session, SYSTEM, 1.0, NOW)
        passenger = add_passenger(session, add_flight(session))
    assess_due(database, vault, NOW)
    with database.transaction() as session:
        set_control_rate(session, SYSTEM, 0.01, NOW)
        first = current(session, passenger)
        assert first.control
        assert (first.level, first.action) == (Level.NONE, None)
        person = session.get_one(Passenger, passenger.id)
        person.traveller_id = add_traveller(session).id
        touch(session, [passenger.id])
    settle(database, vault)
    with database.read() as session:
        second = current(session, passenger)
    assert second.facts["random.u"] == first.facts["random.u"]
    assert second.control is (lot_of(second.facts, vault) < 0.01)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(database: Database, rate: float) -> None:
    with database.transaction() as session, pytest.raises(InvalidError):
        set_control_rate(session, SYSTEM, rate, NOW)


def test_the_draw_depends_on_traveller_and_flight_not_on_the_record(
    database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        traveller = add_traveller(session)
        one = add_passenger(session, flight, traveller=traveller)
        two = add_passenger(session, flight, traveller=traveller)
        other = add_passenger(session, add_flight(session, 2), traveller=traveller)
    settle(database, vault)
    with database.read() as session:
        draws = [current(session, p).facts["random.u"] for p in (one, two, other)]
    assert draws[0] == draws[1] != draws[2]


def test_a_passenger_changed_meanwhile_stays_due(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        passenger = add_passenger(session, flight)
        other = add_passenger(session, flight, "OTHER", "BO")
    with database.transaction() as holder:
        touch(holder, [passenger.id])
        assert assess_due(database, vault, NOW) == 1, "the other is not kept waiting"
    with database.read() as session:
        assert current(session, other).facts_version == 1
    assert assess_due(database, vault, NOW) == 1
    with database.read() as session:
        assert current(session, passenger).facts_version == 2


@pytest.mark.parametrize("together", [True, False])
def test_what_changes_while_judging_is_not_stored(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch, *, together: bool
) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        party = add_party(session, flight) if together else None
        passenger = add_passenger(session, flight, party=party)
        other = add_passenger(session, flight, "OTHER", "BO", party=party)
    really = assess.judge_together

    def meanwhile(*args: Any) -> Any:
        with database.transaction() as elsewhere:
            touch(elsewhere, [passenger.id])
        return really(*args)

    monkeypatch.setattr(assess, "judge_together", meanwhile)
    assert assess_due(database, vault, NOW) == (0 if together else 1)
    monkeypatch.undo()
    assert assess_due(database, vault, NOW) == (2 if together else 1)
    with database.read() as session:
        assert current(session, passenger).facts_version == 2
        assert current(session, other).facts_version == 1


def test_two_assessors_do_not_meet_on_a_flight(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        passenger = add_passenger(session, add_flight(session))
    with database.transaction() as session:
        assert assess_passengers(session, vault, [passenger.id], NOW) == 1
        assert assess_due(database, vault, NOW) == 0
    assert assess_due(database, vault, NOW) == 0


def test_a_declaration_is_among_the_facts(database: Database, vault: Vault) -> None:
    bags = {"count": 1, "weight_g": 72000}
    text = BookingText(legs=[
        ("SIN", "NRT", "2026-03-10T01:00:00", "2026-03-10T20:00:00", True),
        ("NRT", "SIN", "2026-03-20T01:00:00", "2026-03-20T20:00:00", False),
    ])  # fmt: skip
    with database.transaction() as session:
        flight = add_flight(session)
        passenger = add_passenger(session, flight)
        add_booking(session, flight, [passenger], text, bags)
        add_declaration(session, passenger)
    settle(database, vault)
    with database.read() as session:
        facts = current(session, passenger).facts
        assert list(hits(session, passenger)) == ["declaration.nothing-but-heavy"]
    assert facts["declaration.flight_matches"] is True
    assert facts["declaration.embarkation_matches"] is True
    assert facts["declaration.gold"] is False
    assert facts["declaration.entrusted"] is None
    assert facts["itinerary.stay_nights"] == 10


def test_earlier_trips_are_counted(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        traveller = add_traveller(session)
        for days in (10, 200, 364, 366):
            then = NOW.date() - timedelta(days=days)
            past = add_flight(session, 1, day=then, arrives_in=-24 * days)
            add_passenger(session, past, traveller=traveller)
        passenger = add_passenger(session, add_flight(session), traveller=traveller)
    settle(database, vault)
    with database.read() as session:
        facts = current(session, passenger).facts
    assert facts["history.trips_12m"] == 3
    assert (facts["history.finds_5y"], facts["history.referrals_12m"]) == (0, 0)


def test_a_large_group_is_no_party(database: Database, vault: Vault) -> None:
    list_person(database)
    with database.transaction() as session:
        flight = add_flight(session)
        everybody = [
            add_passenger(session, flight, "TESTER" if n == 0 else f"NAME{n}", locator="GROUP1")
            for n in range(12)
        ]
    settle(database, vault)
    with database.read() as session:
        assert current(session, everybody[0]).level is Level.HIGH
        other = current(session, everybody[1])
    assert other.level is Level.NONE
    assert (other.facts["co.count"], other.facts["co_travellers"]) == (11, None)


@pytest.mark.parametrize("people", [3, 40])
def test_statements_do_not_grow_with_the_passengers(
    database: Database, vault: Vault, people: int
) -> None:
    list_person(database, surname="NOBODY")
    with database.transaction() as session:
        flight = add_flight(session)
        party = add_party(session, flight)
        traveller = add_traveller(session)
        for n in range(people):
            passenger = add_passenger(
                session, flight, f"NAME{n}", "ANNA", number=f"TR12{n:05}", party=party,
                traveller=traveller,
            )  # fmt: skip
            add_booking(session, flight, [passenger], replace(CASH_LATE_ONE_WAY, locator=f"L{n}"))
    assess_due(database, vault, NOW, limit=1)  # fills the caches
    statements: list[str] = []

    def count(conn: object, cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", count)
    assert assess_due(database, vault, NOW, limit=people) == people - 1
    assert len(statements) <= 30, "\n".join(statements)
