"""Flights and passengers over HTTP."""

from collections.abc import Callable
from uuid import uuid4

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.models import AuditEntry
from app.identity.permissions import Role
from app.kernel.http import Kernel
from app.messages.apply import apply_next
from tests.messages.airline import BORN, api, booking, person, push, traveller
from tests.support import problem_code

Officer = Callable[..., dict[str, str]]


@pytest.fixture
def flown(client: TestClient, kernel: Kernel, sender_headers: dict[str, str]) -> TestClient:
    """Two people on a flight: one of list and booking, one of the booking only."""
    booked = booking(traveller(number="L1234567", born=BORN), traveller("TIDEWELL", "TOVE"))
    for raw in (api(person(AVF="AB12CD")), push(booked)):
        assert (
            client.post("/api/v1/messages", content=raw, headers=sender_headers).status_code == 202
        )
    while apply_next(kernel.database, kernel.vault, kernel.clock(), kernel.site):
        pass
    return client


def test_flights_with_their_counts(flown: TestClient, officer: Officer) -> None:
    answer = flown.get("/api/v1/flights", headers=officer(Role.GATE_OFFICER))
    assert answer.status_code == 200
    [flight] = answer.json()["flights"]
    assert (flight["flight"], flight["origin"], flight["destination"]) == ("ZZ1", "SYD", "NRT")
    assert (flight["status"], flight["manifest"]) == ("scheduled", "closed")
    assert flight["arrives_at"] == "2026-03-10T08:05:00Z"
    counts = flight["counts"]
    assert (counts["passengers"], counts["with_api"]) == (2, 1)
    assert (counts["with_booking"], counts["with_both"]) == (2, 1)
    one = flown.get(f"/api/v1/flights/{flight['id']}", headers=officer(Role.TARGETER))
    assert one.json() == flight


def test_a_period(flown: TestClient, officer: Officer) -> None:
    headers = officer(Role.GATE_OFFICER)
    period = {"from": "2026-03-11T00:00:00Z", "to": "2026-03-12T00:00:00Z"}
    answer = flown.get("/api/v1/flights", params=period, headers=headers)
    assert answer.json() == {"flights": []}
    wrong = flown.get("/api/v1/flights", params={"from": "yesterday"}, headers=headers)
    assert (wrong.status_code, problem_code(wrong.text)) == (422, "invalid")
    assert "yesterday" not in wrong.text


def test_a_passenger_with_sources_side_by_side(
    flown: TestClient, kernel: Kernel, officer: Officer
) -> None:
    with kernel.database.read() as session:
        passenger_id = session.scalar(
            sa.text("select id from passenger where surname = 'QUILLFEATHER'")
        )
    answer = flown.get(f"/api/v1/passengers/{passenger_id}", headers=officer(Role.GATE_OFFICER))
    assert answer.status_code == 200
    body = answer.json()
    assert body["fields"]["surname"] == {"value": "QUILLFEATHER", "source": "api"}
    assert body["fields"]["birth_date"] == {"value": "1984-05-06", "source": "api"}
    assert body["fields"]["residence"] == {"value": None, "source": None}
    assert body["api_data"]["surname"] == "QUILLFEATHER"
    [booked] = body["bookings"]
    assert (booked["locator"], booked["traveller"]["index"]) == ("AB12CD", 0)
    [document] = body["documents"]
    assert (document["number"], document["source"]) == ("L1234567", "api")
    assert [each["surname"] for each in body["party"]] == ["TIDEWELL"]
    assert [each["state"] for each in body["links"]] == ["joined"]
    with kernel.database.read() as session:
        wanted = sa.select(AuditEntry).where(AuditEntry.action == "passenger.viewed")
        assert [row.subject_id for row in session.scalars(wanted)] == [passenger_id]


def test_who_may_not_look(flown: TestClient, officer: Officer) -> None:
    assert flown.get("/api/v1/flights").status_code == 401
    for path in ("flights", f"flights/{uuid4()}", f"passengers/{uuid4()}"):
        refused = flown.get(f"/api/v1/{path}", headers=officer(Role.AUDITOR))
        assert refused.status_code == 403
    approver = officer(Role.RULE_APPROVER)
    assert flown.get(f"/api/v1/passengers/{uuid4()}", headers=approver).status_code == 403


def test_what_is_not_there(flown: TestClient, officer: Officer) -> None:
    headers = officer(Role.SENIOR)
    for path in (f"flights/{uuid4()}", f"passengers/{uuid4()}"):
        assert flown.get(f"/api/v1/{path}", headers=headers).status_code == 404


def test_a_link_is_undone_once(flown: TestClient, kernel: Kernel, officer: Officer) -> None:
    with kernel.database.read() as session:
        link_id = session.scalar(sa.text("select id from identity_link limit 1"))
    path = f"/api/v1/identity-links/{link_id}/undo"
    body = {"reason": "another face"}
    assert flown.post(path, json=body, headers=officer(Role.GATE_OFFICER)).status_code == 403
    alone = flown.post(path, json=body, headers=officer(Role.SENIOR))
    assert (alone.status_code, problem_code(alone.text)) == (409, "link-alone")
