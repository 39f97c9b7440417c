"""A flight that has arrived, with travellers who were assessed, shown, inspected. All people are invented."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from app.analysis.snapshots import Store, store_of
from app.audit.log import Actor, ActorKind
from app.gate.case import HallMode, HallSteps
from app.gate.models import Hall, Presentation
from app.identity import officers
from app.kernel.http import Kernel
from app.kernel.ids import uuid7
from app.referrals.kinds import FindingKind, ReferralKind, ReferralState
from app.referrals.models import Finding, Inspection, Referral
from app.screening.assess import assess_due
from tests.screening.world import NOW, BookingText, add_booking, add_flight, add_passenger

LATER = NOW + timedelta(days=2)
"""When the flight of :data:`NOW` has arrived and its referrals have had time to close."""


@dataclass
class World:
    """Makes arrivals; ``people`` by surname."""

    kernel: Kernel
    store: Store
    analyst: Actor
    people: dict[str, UUID] = field(default_factory=dict)
    made: int = 0

    def flight(self, *surnames: str, number: int = 1, days_ago: float = 0) -> UUID:
        """A flight with these travellers, each with a booking paid in cash but those called CARD…"""
        with self.kernel.database.transaction() as session:
            flight = add_flight(session, number, arrives_in=8 - 24 * days_ago,
                                day=(NOW - timedelta(days=days_ago)).date())  # fmt: skip
            for surname in surnames:
                self.made += 1
                passenger = add_passenger(session, flight, surname, locator=f"LOC{self.made:03}")
                kind = "CC" if surname.startswith("CARD") else "CA"
                text = BookingText(locator=f"LOC{self.made:03}", payments=[{"kind": kind}])
                bags = {"count": 1, "weight": 21, "unit": "K"}
                add_booking(session, flight, [passenger], text, bags)
                self.people[surname] = passenger.id
        while assess_due(self.kernel.database, self.kernel.vault, NOW):
            pass
        return flight.id

    def shown(self, surname: str, probability: float | None = 1.0) -> None:
        """The traveller was at a gate."""
        with self.kernel.database.transaction() as session:
            hall = session.scalar(sa.select(Hall.id).limit(1)) or self._hall(session)
            session.add(
                Presentation(
                    site="NRT", hall_id=hall, device_id=uuid4(), passenger_id=self.people[surname],
                    document_key="K", issuer="UTO", readings={}, answer="cleared", path=[], reasons=[],
                    inspection_probability=probability, decided_at=NOW,
                )
            )  # fmt: skip

    def _hall(self, session) -> UUID:
        hall = Hall(
            id=uuid7(), site="NRT", name="A", steps=HallSteps.TWO, mode=HallMode.NORMAL, policy={}
        )
        session.add(hall)
        session.flush()
        return hall.id

    def inspected(
        self, surname: str, found: FindingKind | None, *, closed: bool = True,
        reason: str = "risk-unreviewed",
    ) -> None:  # fmt: skip
        """A referral with an inspection that found something, nothing, or (None) was never begun."""
        with self.kernel.database.transaction() as session:
            referral = Referral(
                site="NRT", hall_id=uuid4(), passenger_id=self.people[surname], kind=ReferralKind.RISK,
                reasons=[reason], state=ReferralState.CLOSED if closed else ReferralState.RAISED,
            )  # fmt: skip
            session.add(referral)
            session.flush()
            if found is not None:
                inspection = Inspection(referral_id=referral.id, officer_id=self.analyst.id,
                                        started_at=NOW, finished_at=NOW)  # fmt: skip
                session.add(inspection)
                session.flush()
                session.add(Finding(inspection_id=inspection.id, kind=found))


@pytest.fixture
def world(kernel: Kernel, starting_rules: None) -> World:
    with kernel.database.transaction() as session:
        made = officers.create_officer(session, "ana", "Ana", ["targeter"], "NRT", NOW)
    store = store_of(kernel)
    assert store is not None
    return World(kernel, store, Actor(ActorKind.OFFICER, made.id))


@pytest.fixture
def at(clock) -> Callable[[datetime], None]:
    def put(moment: datetime) -> None:
        clock.now = moment

    return put
