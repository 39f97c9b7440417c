"""The order of events, and when screening looks, never change what is said in the end."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor, ActorKind
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.screening import lifecycle, rules, watchlists
from app.screening.assess import assess_due
from app.screening.models import Assessment, EntryKind, Handling, Hit
from app.screening.watchlists import EntryDraft
from app.travel.models import Flight, Party, Passenger
from app.travel.touch import touch
from risk_rules.names import Document
from risk_rules.score import Purpose
from tests.conftest import EXPLORE
from tests.support.lists import put_entries

from .world import (
    NOW,
    BookingText,
    add_booking,
    add_declaration,
    add_flight,
    add_party,
    add_passenger,
)

AUTHOR, APPROVER = (Actor(ActorKind.OFFICER, uuid4()) for _ in range(2))
LINKED = rules.Draft(
    key="test.linked", title="Linked", text="link.phone_hits_90d >= 1", points=35,
    purpose=Purpose.SERIOUS_CRIME, handling=Handling.DISCREET, justification="t", owner="t",
    review_by=date(2027, 9, 1),
)  # fmt: skip
TOGETHER = replace(
    LINKED, key="test.together", text="any(co_travellers: high_risk = true)", points=20
)
_NUMBERS = itertools.count(1)


@pytest.fixture
def ready(database: Database, starting_rules: None) -> Database:
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, "docs", "Docs", "drugs", Handling.STOP, NOW)
        for draft in (LINKED, TOGETHER):
            version = lifecycle.propose_version(session, AUTHOR, draft, NOW)
            lifecycle.approve_version(session, APPROVER, version.id, "", NOW)
            lifecycle.activate_version(session, APPROVER, version.id, NOW)
    return database


class Trip:
    """Anna and Bo travel together, Carl on another flight has Anna's telephone number."""

    def __init__(self, session: Session) -> None:
        self.n = next(_NUMBERS)
        flight, other = add_flight(session, 2 * self.n), add_flight(session, 2 * self.n + 1)
        party = add_party(session, flight)
        self.ids: dict[str, UUID] = {}
        for name, where, group in (("anna", flight, party), ("bo", flight, party), ("carl", other, None)):  # fmt: skip
            self._add(session, name, where, group)

    def _add(self, session: Session, name: str, flight: Flight, party: Party | None) -> None:
        number = f"TR{self.n:05}{len(self.ids)}0"
        made = add_passenger(
            session, flight, "TESTER", name.upper(), number=number, party=party, residence=None
        )
        self.ids[name] = made.id

    def booked(self, session: Session, name: str, kind: str) -> None:
        person = session.get_one(Passenger, self.ids[name])
        text = BookingText(
            locator=f"{name[0].upper()}{self.n:05}", payments=[{"kind": kind}],
            contacts=[{"kind": "phone", "value": f"+81 3 {self.n:07}"}],
        )  # fmt: skip
        add_booking(session, session.get_one(Flight, person.flight_id), [person], text)
        touch(session, [person.id])

    def declares(self, session: Session, name: str, answers: dict[str, bool]) -> None:
        person = session.get_one(Passenger, self.ids[name])
        add_declaration(session, person, {"answers": answers})
        touch(session, [person.id])

    def is_looked_for(self, session: Session, name: str) -> None:
        number = f"TR{self.n:05}{list(self.ids).index(name)}0"
        entry = EntryDraft(
            key=f"D-{self.n}", kind=EntryKind.DOCUMENT, reason="t", documents=(Document(number, "UTO"),)
        )  # fmt: skip
        put_entries(session, SYSTEM, "docs", [entry], NOW)

    def lives_elsewhere(self, session: Session, name: str) -> None:
        session.get_one(Passenger, self.ids[name]).residence = "XXB"
        session.flush()
        touch(session, [self.ids[name]])


EVENTS: Sequence[Callable[[Session, Trip], None]] = (
    lambda session, trip: trip.booked(session, "anna", "CA"),
    lambda session, trip: trip.booked(session, "carl", "CC"),
    lambda session, trip: trip.declares(session, "anna", {"gold": True}),
    lambda session, trip: trip.is_looked_for(session, "bo"),
    lambda session, trip: trip.lives_elsewhere(session, "anna"),
    lambda session, trip: trip.declares(session, "bo", {"gold": False}),
)


def play(
    database: Database, vault: Vault, order: Sequence[int], looks: Sequence[bool]
) -> dict[str, Any]:
    """What is said in the end when events come in this order and screening looks in between (or not)."""
    with database.transaction() as session:
        trip = Trip(session)
    for event, looked in zip(order, looks, strict=True):
        with database.transaction() as session:
            EVENTS[event](session, trip)
        if looked:
            assess_due(database, vault, NOW, limit=2)
    for _ in range(200):
        if not assess_due(database, vault, NOW):
            break
    else:
        pytest.fail("assessments never settle")
    with database.read() as session:
        return {name: _told(session, one, trip.n) for name, one in trip.ids.items()}


def _told(session: Session, passenger: UUID, n: int) -> dict[str, Any]:
    query = sa.select(Assessment).where(Assessment.passenger_id == passenger, Assessment.is_current)
    found = session.scalars(query).one()
    hits = session.scalars(sa.select(Hit.subject).where(Hit.assessment_id == found.id))
    facts = {k: v for k, v in found.facts.items() if k not in ("random.u", "flight.number")}
    return {
        "score": found.score, "level": found.level, "action": found.action,
        "hits": sorted(hit.replace(str(n), "n") for hit in hits), "facts": facts,
        "unknown": found.unknown, "own_high": found.own_high,
    }  # fmt: skip


USUAL: dict[str, dict[str, Any]] = {}


@settings(
    max_examples=60 if EXPLORE else 5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    order=st.permutations(range(len(EVENTS))),
    looks=st.lists(st.booleans(), min_size=len(EVENTS), max_size=len(EVENTS)),
)
def test_the_order_of_events_never_changes_the_result(
    ready: Database, vault: Vault, order: list[int], looks: list[bool]
) -> None:
    if not USUAL:
        usual = play(ready, vault, range(len(EVENTS)), [False] * len(EVENTS))
        assert "test.linked" in usual["carl"]["hits"], "Anna has a hit by herself"
        assert "test.together" in usual["anna"]["hits"], "Bo is looked for"
        assert "docs/D-n" in usual["bo"]["hits"]
        USUAL.update(usual)
    assert play(ready, vault, order, looks) == USUAL
