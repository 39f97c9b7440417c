"""What screening found of somebody stands once retention has masked who it was."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.audit.log import Actor
from app.keeping.engine import Work, mask
from app.keeping.rules import RULES
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.retention.profile import load
from app.screening.models import Assessment, Hit, Level, ReviewState
from app.screening.reviews import review_hit
from app.travel.models import Passenger
from app.travel.touch import touch

from .test_assess import current, hits, reviewer, settle
from .world import NOW, add_booking, add_flight, add_passenger

__all__ = ["reviewer"]
pytestmark = pytest.mark.usefixtures("starting_rules")
LATER = NOW + timedelta(days=190)


@pytest.fixture
def masked(database: Database, vault: Vault) -> Passenger:
    """Somebody who had a hit on the day of the flight."""
    with database.transaction() as session:
        flight = add_flight(session)
        passenger = add_passenger(session, flight)
        add_booking(session, flight, [passenger])
    settle(database, vault)
    with database.transaction() as session:
        for rule in RULES:
            mask(session, rule, Work(load("eu-pnr"), LATER, vault))
        found = session.get_one(Passenger, passenger.id)
        assert found.is_masked
        return found


def test_an_assessment_stands_when_something_changes(
    database: Database, vault: Vault, masked: Passenger
) -> None:
    with database.transaction() as session:
        touch(session, [masked.id])
    settle(database, vault)
    with database.read() as session:
        one = session.get_one(Passenger, masked.id)
        assert one.assessed_version == one.facts_version == 2
        [only] = session.scalars(sa.select(Assessment))
        assert (only.is_current, only.facts_version, only.level) == (True, 2, Level.ATTENTION)
        assert list(hits(session, masked)) == ["booking.cash-late-one-way"]


@pytest.mark.parametrize("state", [ReviewState.CONFIRMED, ReviewState.DISMISSED])
def test_what_an_officer_says_of_a_hit_afterwards_is_kept_with_it(
    database: Database, vault: Vault, masked: Passenger, reviewer: Actor, state: ReviewState
) -> None:
    with database.transaction() as session:
        [hit] = hits(session, masked).values()
        review_hit(session, vault, reviewer, hit.id, state, "known business", LATER)
    with database.read() as session:
        assert session.get_one(Hit, hit.id).state is state
        found = current(session, masked)
        assert found.confirmed is (state is ReviewState.CONFIRMED)
        assert found.level is Level.ATTENTION  # as it was on the day


def test_whoever_was_never_assessed_is(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        one = add_passenger(session, add_flight(session), "", "", birth=None, api_data=None)
        session.execute(sa.update(Passenger).values(name_key=""))
    settle(database, vault)
    with database.read() as session:
        assert current(session, one).level is Level.NONE
