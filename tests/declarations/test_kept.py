"""How long a declaration is kept: so many days after the day of arrival, or as long as a case needs it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.declarations.models import Companion, Declaration, DeclarationVersion
from app.declarations.service import erase_over
from app.gate.case import HallSteps
from app.gate.halls import create_hall
from app.gate.models import Presentation
from app.kernel.clock import SettableClock
from app.kernel.db import Database
from app.kernel.http import Kernel
from app.kernel.ids import uuid7
from app.referrals.models import Referral, ReferralKind, ReferralState
from app.work.chores import erase_declarations
from tests.declarations.forms import FAMILY, NOW, add_flight, add_passenger
from tests.declarations.test_phones import bring, text_of
from tests.declarations.test_routes import own, post, where

KEPT = timedelta(days=183)
NOT_NEEDED = sa.false()


def rows(database: Database) -> list[Any]:
    with database.read() as session:
        return list(session.scalars(sa.select(Declaration).order_by(Declaration.id)))


def shown(session: Session, declaration: UUID) -> UUID:
    """That it was shown at a kiosk."""
    hall = create_hall(session, "NRT", "north", HallSteps.TWO, NOW)
    presentation = Presentation(
        site="NRT", hall_id=hall.id, device_id=uuid7(), declaration_id=declaration, document_key="",
        issuer="", readings={}, answer="refer", path=["refer"], reasons=[], decided_at=NOW,
    )  # fmt: skip
    session.add(presentation)
    session.flush()
    return presentation.id


def erase(database: Database, now: datetime, needed: sa.ColumnElement[bool] = NOT_NEEDED) -> int:
    with database.transaction() as session:
        return erase_over(session, now, KEPT, needed)


def test_what_is_personal_is_gone_after_its_time_and_not_before(
    client: TestClient, database: Database
) -> None:
    made = bring(client, text_of(client, FAMILY)).json()
    [declaration] = rows(database)
    end = datetime.combine(declaration.arrival_on, datetime.min.time(), UTC) + KEPT
    assert erase(database, end) == 0
    assert erase(database, end + timedelta(days=1)) == 1
    [gone] = rows(database)
    assert (gone.document_key, gone.issuer, gone.birth_date, gone.status) == (
        "",
        "",
        None,
        "withdrawn",
    )
    with database.read() as session:
        for table in (DeclarationVersion, Companion):
            assert session.scalars(sa.select(table)).all() == []
    assert client.get(where(made), headers=own(made)).status_code == 404
    assert erase(database, end + timedelta(days=2)) == 0


def test_what_a_case_needs_stays_with_it(client: TestClient, database: Database) -> None:
    post(client), post(client)
    one, _ = rows(database)
    later = NOW + timedelta(days=400)
    assert erase(database, later, Declaration.id == one.id) == 1
    assert [row.document_key != "" for row in rows(database)] == [True, False]


def test_the_worker_does_it(
    kernel: Kernel, client: TestClient, database: Database, clock: SettableClock
) -> None:
    post(client)
    clock.now += timedelta(days=400)
    while erase_declarations(kernel):
        pass
    assert [row.document_key for row in rows(database)] == [""]


@pytest.mark.parametrize("whose", ["traveller", "companion", "presentation"])
def test_the_worker_leaves_what_a_referral_needs(
    kernel: Kernel, client: TestClient, database: Database, clock: SettableClock, whose: str
) -> None:
    bring(client, text_of(client, FAMILY))
    [declaration] = rows(database)
    with database.transaction() as session:
        person, presentation = add_passenger(session, add_flight(session)), None
        if whose == "traveller":
            told = sa.update(Declaration).values(passenger_id=person)
            session.execute(told)
        elif whose == "companion":
            session.execute(sa.update(Companion).values(passenger_id=person))
        else:
            person, presentation = None, shown(session, declaration.id)
        session.add(
            Referral(
                site="NRT",
                hall_id=uuid7(),
                passenger_id=person,
                presentation_id=presentation,
                kind=ReferralKind.GOODS,
                reasons=[],
                state=ReferralState.CLOSED,
                is_hold=False,
            )
        )
    clock.now += timedelta(days=400)
    assert not erase_declarations(kernel)
    assert [row.document_key != "" for row in rows(database)] == [True]


def test_the_moment_that_the_phone_names_is_kept_beside_that_of_receipt(
    client: TestClient, database: Database
) -> None:
    bring(client, text_of(client))
    with database.read() as session:
        [version] = session.scalars(sa.select(DeclarationVersion))
    assert (version.certified_at, version.signed_at) == (NOW, NOW - timedelta(seconds=60))
