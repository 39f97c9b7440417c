"""Screening over HTTP: who may, what is shown, what is written down."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.log import SYSTEM
from app.audit.models import AuditEntry
from app.identity.permissions import Role
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.screening import watchlists
from app.screening.assess import assess_due
from app.screening.models import Handling, Hit, HitSource

from .world import NOW, add_booking, add_flight, add_passenger

Officer = Callable[..., dict[str, str]]


@pytest.fixture
def flight_id(database: Database, starting_rules: None, vault: Vault) -> UUID:
    """A flight with one flagged and one plain passenger, assessed."""
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, "wanted", "W", "drugs", Handling.STOP, NOW)
        flight = add_flight(session)
        passenger = add_passenger(session, flight, number="TR1234567")
        add_passenger(session, flight, "PLAIN", "BO", number="TR7654321")
        add_booking(session, flight, [passenger])
    assert assess_due(database, vault, NOW) == 2
    return flight.id


def the_hit(client: TestClient, flight_id: UUID, headers: dict[str, str]) -> dict[str, object]:
    answer = client.get(f"/api/v1/flights/{flight_id}/risk", headers=headers)
    assert answer.status_code == 200, answer.text
    [passenger] = answer.json()["passengers"]
    [hit] = passenger["hits"]
    return dict(hit)


def test_the_list_of_a_flight_names_rule_version_and_values(
    client: TestClient, flight_id: UUID, officer: Officer, database: Database
) -> None:
    answer = client.get(f"/api/v1/flights/{flight_id}/risk", headers=officer(Role.TARGETER))
    body = answer.json()
    assert body["flight"] == "ZZ1"
    assert body["counts"] == {"none": 1, "low": 0, "attention": 1, "high": 0}
    assert body["unassessed"] == 0
    [passenger] = body["passengers"]
    assert (passenger["level"], passenger["score"], passenger["current"]) == ("attention", 30, True)
    [hit] = passenger["hits"]
    assert (hit["subject"], hit["version"], hit["state"]) == (
        "booking.cash-late-one-way", 1, "unreviewed",
    )  # fmt: skip
    assert {"text": "booking.payment = 'cash'", "values": {"booking.payment": "cash"}} in hit[
        "conditions"
    ]
    with database.read() as session:
        actions = session.scalars(sa.select(AuditEntry.action)).all()
    assert "flight.risk-viewed" in actions


def test_expected_is_ordered_by_arrival(
    client: TestClient, flight_id: UUID, officer: Officer, database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        for number, hours in ((2, 1.0), (3, -30.0), (4, None)):
            flight = add_flight(session, number, arrives_in=hours)
            add_booking(session, flight, [add_passenger(session, flight)])
    while assess_due(database, vault, NOW):
        pass
    rows = client.get("/api/v1/expected", headers=officer(Role.GATE_OFFICER)).json()
    assert [row["flight"] for row in rows] == ["ZZ2", "ZZ1", "ZZ4"]
    assert rows[0]["passenger"]["hits"][0]["title"]


def test_a_review_is_kept_and_shown_and_a_repeat_changes_nothing(
    client: TestClient, flight_id: UUID, officer: Officer, database: Database
) -> None:
    headers = officer(Role.SENIOR)
    hit = the_hit(client, flight_id, headers)
    path, body = (
        f"/api/v1/hits/{hit['id']}/review",
        {"state": "dismissed", "reason": "known to customs"},
    )
    keyed = {**headers, "Idempotency-Key": "once"}
    first = client.post(path, json=body, headers=keyed)
    assert (first.status_code, first.json()["state"]) == (200, "dismissed")
    assert first.json()["level"] == "none"
    assert client.post(path, json=body, headers=keyed).json() == first.json()
    with database.read() as session:
        audited = sa.select(sa.func.count()).where(AuditEntry.action == "hit.reviewed")
        assert session.scalar(audited) == 1
    risk = client.get(f"/api/v1/flights/{flight_id}/risk", headers=headers).json()
    assert risk["counts"]["none"] == 2
    assert risk["passengers"] == []


def test_reviews_are_refused_where_they_must_be(
    client: TestClient, flight_id: UUID, officer: Officer
) -> None:
    senior = officer(Role.SENIOR)
    hit = the_hit(client, flight_id, senior)
    path = f"/api/v1/hits/{hit['id']}/review"
    body = {"state": "confirmed"}
    assert client.post(path, json=body, headers=officer(Role.GATE_OFFICER)).status_code == 403
    assert client.post(path, json=body).status_code == 401
    nowhere = client.post(f"/api/v1/hits/{uuid4()}/review", json=body, headers=senior)
    assert nowhere.status_code == 404
    assert client.post(path, json={"state": "dismissed"}, headers=senior).status_code == 422
    assert client.post(path, json={"state": "gone"}, headers=senior).status_code == 422
    assert client.post(path, json={**body, "more": 1}, headers=senior).status_code == 422


def test_an_approver_of_rules_does_not_see_people(
    client: TestClient, flight_id: UUID, officer: Officer
) -> None:
    headers = officer(Role.RULE_APPROVER)
    assert client.get(f"/api/v1/flights/{flight_id}/risk", headers=headers).status_code == 403
    assert client.get("/api/v1/expected", headers=headers).status_code == 403
    body = client.get("/api/v1/rules", headers=headers).json()
    assert body["broken"] == []
    assert len([rule for rule in body["rules"] if rule["active"]]) >= 12


def test_an_entry_comes_in_and_screens_again(
    client: TestClient, flight_id: UUID, officer: Officer, database: Database, vault: Vault
) -> None:
    headers, custodian = officer(Role.TARGETER), officer(Role.LIST_CUSTODIAN)
    entry = {
        "key": "P-1", "kind": "person", "reason": "test",
        "names": [{"surname": "PLAIN", "given": "BO"}], "birth_dates": ["1980-05-31"],
    }  # fmt: skip
    keyed = {**custodian, "Idempotency-Key": "entry"}
    path = "/api/v1/watchlists/wanted/entries"
    for _ in range(2):
        answer = client.post(path, json={"put": [entry]}, headers=keyed)
        assert (answer.status_code, answer.json()["entries"]) == (200, 1)
        assert answer.json()["version"] == 2
    assert assess_due(database, vault, NOW) == 2
    risk = client.get(f"/api/v1/flights/{flight_id}/risk", headers=headers).json()
    assert [p["level"] for p in risk["passengers"]] == ["high", "attention"]
    assert risk["passengers"][0]["hits"][0]["explanation"]["reason"] == "test"
    with database.read() as session:
        kept = session.scalars(
            sa.text("select explanation::text from hit where source = 'watchlist'")
        )
        assert not any("reason" in one for one in kept)
    bare = {"alert": True, "masked": True}
    with database.transaction() as session:
        of_list = sa.update(Hit).where(Hit.source == HitSource.WATCHLIST)
        session.execute(of_list.values(explanation=bare))
    risk = client.get(f"/api/v1/flights/{flight_id}/risk", headers=headers).json()
    assert "reason" not in risk["passengers"][0]["hits"][0]["explanation"]
    [shown] = client.get("/api/v1/watchlists", headers=custodian).json()
    assert (shown["key"], shown["entries"]) == ("wanted", 1)


def test_a_bad_entry_is_named_by_place_and_not_repeated(
    client: TestClient, flight_id: UUID, officer: Officer
) -> None:
    del flight_id
    headers = officer(Role.LIST_CUSTODIAN)
    entries = [
        {"key": "A", "kind": "document", "reason": "x", "documents": [{"number": "77777"}]},
        {"key": "B", "kind": "person", "reason": "x", "names": [{"surname": "SECRETNAME"}],
         "birth_dates": ["31.12.1980"]},
    ]  # fmt: skip
    for entry, pointer in zip(entries, ("/put/0/documents/0", "/put/0/birth_dates"), strict=True):
        answer = client.post(
            "/api/v1/watchlists/wanted/entries", json={"put": [entry]}, headers=headers
        )
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
        assert "SECRETNAME" not in answer.text
        assert "77777" not in answer.text
    unknown = client.post("/api/v1/watchlists/nowhere/entries", json={}, headers=headers)
    assert unknown.status_code == 404


def test_an_unknown_flight_is_a_404(client: TestClient, officer: Officer) -> None:
    answer = client.get(f"/api/v1/flights/{uuid4()}/risk", headers=officer(Role.TARGETER))
    assert answer.status_code == 404
