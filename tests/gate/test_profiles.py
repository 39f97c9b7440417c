"""In the EU profile no hit on a booking reaches the gate before an officer has confirmed it: end to end."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.log import SYSTEM, Actor, ActorKind
from app.identity import officers
from app.kernel.http import Kernel
from app.screening import lifecycle, rules
from app.screening.controls import set_jurisdiction
from app.screening.models import Assessment, Handling, Hit, ReviewState
from app.screening.reviews import review_hit
from risk_rules.jurisdiction import shipped
from risk_rules.score import Purpose
from tests.support.airport import CASH, Airport, guest, landed_ago

AUTHOR, APPROVER = (Actor(ActorKind.OFFICER, uuid4()) for _ in range(2))
DRAFT = rules.Draft(
    key="test.cash", title="Cash", text="booking.payment = 'cash'", points=70,
    purpose=Purpose.SERIOUS_CRIME, handling=Handling.STOP, justification="t", owner="t",
    review_by=date(2027, 9, 1),
)  # fmt: skip


def in_force(kernel: Kernel, profile: str, draft: rules.Draft) -> None:
    with kernel.database.transaction() as session:
        version = lifecycle.propose_version(session, AUTHOR, draft, kernel.clock())
        lifecycle.approve_version(session, APPROVER, version.id, "", kernel.clock())
        lifecycle.activate_version(session, APPROVER, version.id, kernel.clock())
        set_jurisdiction(session, SYSTEM, shipped(profile), kernel.clock())


@pytest.mark.parametrize(
    ("profile", "purpose", "answer"),
    [
        ("neutral", Purpose.SERIOUS_CRIME, "refer"),
        ("eu", Purpose.SERIOUS_CRIME, "cleared"),
        ("eu", Purpose.REVENUE, "cleared"),
    ],
)
def test_an_unreviewed_booking_hit_reaches_the_gate_only_where_the_profile_lets_it(
    client: TestClient, kernel: Kernel, profile: str, purpose: Purpose, answer: str
) -> None:
    airport = Airport(client, kernel)
    in_force(kernel, profile, replace(DRAFT, purpose=purpose))
    olga = guest("HERRERA", "OLGA", "14C", "ESP", **CASH)
    sector = airport.sector(101, landed_ago(20))
    airport.declare(olga, sector)
    airport.announce(sector, [olga])
    airport.settle()
    airport.present("kiosk", olga)
    assert airport.present("lane", olga)["answer"] == answer


def test_once_confirmed_it_acts_in_the_eu_too(client: TestClient, kernel: Kernel) -> None:
    airport = Airport(client, kernel)
    in_force(kernel, "eu", DRAFT)
    olga = guest("HERRERA", "OLGA", "14C", "ESP", **CASH)
    sector = airport.sector(101, landed_ago(20))
    airport.declare(olga, sector)
    airport.announce(sector, [olga])
    airport.settle()
    with kernel.database.transaction() as session:
        made = officers.create_officer(session, "s", "S", ["senior"], "NRT", kernel.clock())
        hit = session.scalars(
            sa.select(Hit.id).join(Assessment, Assessment.id == Hit.assessment_id)
            .where(Assessment.is_current, Hit.subject == DRAFT.key)
        ).one()  # fmt: skip
        who = Actor(ActorKind.OFFICER, made.id)
        review_hit(session, kernel.vault, who, hit, ReviewState.CONFIRMED, "seen", kernel.clock())
    airport.present("kiosk", olga)
    assert airport.present("lane", olga)["answer"] == "refer"
