"""The life of a rule and its rest for one traveller over HTTP: who may, in which order, what is told."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from app.identity.permissions import Role
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.screening.assess import assess_due

from .world import NOW, add_booking, add_flight, add_passenger, add_traveller

Headers = dict[str, str]
Officer = Callable[..., Headers]

DRAFT: dict[str, Any] = {
    "key": "test.cash", "title": "Cash", "text": "booking.payment = 'cash'", "points": 40,
    "purpose": "serious_crime", "handling": "stop", "justification": "A test.", "owner": "test",
    "review_by": "2027-01-01", "airports": ["NRT"],
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("starting_rules")


@pytest.fixture
def author(officer: Officer) -> Headers:
    return officer(Role.TARGETER)


@pytest.fixture
def approver(officer: Officer) -> Headers:
    return officer(Role.RULE_APPROVER)


def made(client: TestClient, headers: Headers, **other: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/rules", json={**DRAFT, **other}, headers=headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def step(
    client: TestClient, headers: Headers, name: str, n: int = 1, **body: Any
) -> tuple[int, str]:
    """Status, and the state or the problem's code."""
    path = f"/api/v1/rules/test.cash/versions/{n}/{name}"
    answer = client.post(path, json=body, headers=headers)
    told = answer.json()
    state = told["rule"]["state"] if answer.status_code == 200 else told["type"].split(":")[-1]
    return answer.status_code, state


def test_a_rule_goes_from_draft_to_force_by_two_officers(
    client: TestClient, author: Headers, approver: Headers
) -> None:
    draft = made(client, author)
    assert (draft["state"], draft["version"], draft["airports"]) == ("draft", 1, ["NRT"])
    assert step(client, approver, "approve") == (409, "rule-state")
    assert step(client, author, "submit") == (200, "submitted")
    assert step(client, author, "approve") == (403, "forbidden")
    assert step(client, approver, "approve", backtest=str(uuid4())) == (409, "backtest-differs")
    assert step(client, approver, "approve", note="seen") == (200, "approved")
    assert step(client, approver, "shadow") == (200, "shadow")
    assert step(client, approver, "activate") == (200, "active")
    assert step(client, approver, "continue", until="2027-06-01") == (422, "note-missing")
    assert step(client, approver, "continue", until="2027-06-01", note="works") == (200, "active")
    assert step(client, author, "suspend", note="too many") == (200, "suspended")
    assert step(client, author, "retire") == (200, "retired")
    [version] = client.get("/api/v1/rules/test.cash", headers=author).json()
    assert version["rule"]["review_by"] == "2027-06-01"
    assert [event["kind"] for event in reversed(version["events"])] == [
        "drafted", "submitted", "approved", "shadowed", "activated", "continued", "suspended", "retired",
    ]  # fmt: skip
    assert [e["note"] for e in version["events"] if e["kind"] == "approved"] == ["seen"]


def test_who_may_approve_cannot_approve_the_own_rule(
    client: TestClient, officer: Officer, database: Database
) -> None:
    """Somebody who holds both roles is still one person."""
    both = officer(Role.TARGETER)
    with database.transaction() as session:
        session.connection().exec_driver_sql(
            "update officer set roles = '{targeter,rule-approver}' where login like 'targeter-%%'"
        )
    made(client, both)
    assert step(client, both, "submit") == (200, "submitted")
    assert step(client, both, "approve") == (409, "four-eyes")


def test_a_draft_with_a_key_is_kept_once(client: TestClient, author: Headers) -> None:
    keyed = {**author, "Idempotency-Key": "draft"}
    assert made(client, keyed)["id"] == made(client, keyed)["id"]
    assert (
        client.post("/api/v1/rules", json={**DRAFT, "points": 1}, headers=keyed).status_code == 422
    )


def test_what_is_wrong_with_a_draft_is_told_by_place(client: TestClient, author: Headers) -> None:
    def refused(**other: Any) -> str:
        answer = client.post("/api/v1/rules", json={**DRAFT, **other}, headers=author)
        assert answer.status_code == 422, answer.text
        return answer.text

    assert "rule-invalid" in refused(text="booking.paymnt = 'cash'")
    assert "/key" in refused(key="Test")
    assert "/points" in refused(points=101)
    assert "/airports" in refused(airports=["Narita"])
    refused(valid_from="2026-02-02", valid_to="2026-02-01")
    body = {"text": " booking.paymnt = 'cash'", "purpose": "serious_crime"}
    told = client.post("/api/v1/rules/check", json=body, headers=author).json()
    assert (told["fits"], told["span"]) == (False, [0, 14])
    assert "booking.payment" in told["message"]
    body["text"] = "booking.payment = 'cash'"
    told = client.post("/api/v1/rules/check", json=body, headers=author).json()
    assert (told["fits"], told["span"]) == (True, None)
    assert told["aloud"]
    assert told["sources"]
    del body["purpose"]
    assert client.post("/api/v1/rules/check", json=body, headers=author).status_code == 422


def test_an_urgent_rule_acts_at_once_and_is_reviewed_by_somebody_else(
    client: TestClient, author: Headers, approver: Headers
) -> None:
    path = "/api/v1/rules/urgent"
    assert client.post(path, json=DRAFT, headers=author).status_code == 422, "it must say why"
    answer = client.post(path, json={**DRAFT, "note": "seen today"}, headers=author)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["active"], bool(answer.json()["ends_at"])) == (True, True)
    [version] = client.get("/api/v1/rules/test.cash", headers=approver).json()
    assert version["awaits_review"]
    assert step(client, approver, "approve", note="right") == (200, "active")
    [version] = client.get("/api/v1/rules/test.cash", headers=approver).json()
    assert not version["awaits_review"]
    assert version["rule"]["ends_at"] is None


def test_officers_at_the_gate_read_no_rules_and_unknown_rules_are_not_there(
    client: TestClient, author: Headers, officer: Officer
) -> None:
    gate = officer(Role.GATE_OFFICER)
    made(client, author)
    for path in ("/api/v1/rules", "/api/v1/rules/test.cash", "/api/v1/rules/catalogue"):
        assert client.get(path, headers=gate).status_code == 403
    assert step(client, gate, "suspend") == (403, "forbidden")
    assert step(client, author, "submit", n=2) == (404, "not-found")
    assert client.get("/api/v1/rules/test.other", headers=author).status_code == 404


def test_a_rule_rests_for_one_traveller_and_counts_again(
    client: TestClient, author: Headers, officer: Officer, database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        passenger = add_passenger(session, flight, traveller=add_traveller(session))
        add_booking(session, flight, [passenger])
    assert assess_due(database, vault, NOW) == 1
    risk = client.get(f"/api/v1/flights/{flight.id}/risk", headers=author).json()
    [screened] = risk["passengers"]
    assert screened["level"] == "attention"
    hit = screened["hits"][0]["id"]
    body = {"until": NOW.date().isoformat(), "reason": "pays in cash always"}
    path = f"/api/v1/hits/{hit}/snooze"
    assert client.post(path, json=body, headers=officer(Role.GATE_OFFICER)).status_code == 403
    assert (
        client.post(path, json={**body, "until": "2036-01-01"}, headers=author).status_code == 422
    )
    keyed = {**author, "Idempotency-Key": "rest"}
    rests = client.post(path, json=body, headers=keyed)
    assert rests.status_code == 200, rests.text
    assert (rests.json()["level"], rests.json()["score"]) == ("none", 0)
    assert [one["snoozed"] for one in rests.json()["hits"]] == [True]
    assert client.post(path, json=body, headers=keyed).json() == rests.json()
    counts = client.post(f"/api/v1/hits/{rests.json()['hits'][0]['id']}/wake", headers=author)
    assert (counts.status_code, counts.json()["level"]) == (200, "attention"), counts.text
    assert client.post(f"/api/v1/hits/{uuid4()}/wake", headers=author).status_code == 404


@pytest.mark.parametrize("unkept", ["\0", "\ud800"], ids=["nul", "surrogate"])
def test_a_text_that_no_database_can_hold_is_refused_in_every_field(
    client: TestClient, author: Headers, approver: Headers, officer: Officer, unkept: str
) -> None:
    made(client, author)
    bodies: list[tuple[str, Headers, dict[str, Any]]] = [
        *(("rules", author, {**DRAFT, name: f"a{unkept}"})
          for name in ("key", "title", "text", "justification", "owner", "legal_basis")),
        ("rules/urgent", author, {**DRAFT, "note": f"a{unkept}"}),
        ("rules/check", author, {"text": f"booking.agency = '{unkept}'", "purpose": "drugs"}),
        ("rules/test.cash/versions/1/reject", approver, {"note": unkept}),
        ("backtests", author, {"title": unkept, "text": DRAFT["text"], "first_month": "2026-01",
                               "last_month": "2026-02"}),
        (f"hits/{uuid4()}/snooze", officer(Role.SENIOR), {"until": "2027-01-01", "reason": unkept}),
        (f"hits/{uuid4()}/review", officer(Role.SENIOR), {"state": "confirmed", "reason": unkept}),
    ]  # fmt: skip
    for path, headers, body in bodies:
        answer = client.post(
            f"/api/v1/{path}", content=json.dumps(body),
            headers={**headers, "Content-Type": "application/json"},
        )  # fmt: skip
        assert answer.status_code == 422, (path, answer.text)


def test_no_rule_has_a_nul_in_its_name(client: TestClient, author: Headers) -> None:
    assert client.get("/api/v1/rules/%00", headers=author).status_code == 404
    assert client.get("/api/v1/rules/catalogue?q=%00", headers=author).status_code == 422
    step = "/api/v1/rules/%00/versions/1/submit"
    assert client.post(step, json={}, headers=author).status_code == 404
