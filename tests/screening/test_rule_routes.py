"""The life of a rule and its rest for one traveller over HTTP: who may, in which order, what is told."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.log import Actor, ActorKind
from app.identity.permissions import Role
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.screening import editing, lifecycle, terms, views
from app.screening.assess import assess_due
from app.screening.backtest_models import Backtest, BacktestState, digest_of
from app.screening.rule_schemas import UrgentIn
from app.travel.models import Flight
from risk_rules.score import EVERYWHERE, Purpose

from .world import CASH_LATE_ONE_WAY, NOW, add_booking, add_flight, add_passenger, add_traveller

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
        session.connection().exec_driver_sql(  # the service refuses to give both
            "insert into officer_grant (id, created_at, officer_id, role, place_kind, place, signed_at)"
            " select gen_random_uuid(), now(), id, 'rule-approver', 'site', '', now() from officer"
            " where login like 'targeter-%%'"
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

    wrong = refused(text="booking.paymnt = 'cash'")
    assert "rule-invalid" in wrong
    assert "did you mean 'booking.payment'?" in wrong
    assert "/key" in refused(key="Test")
    assert "/points" in refused(points=101)
    assert "/airports" in refused(airports=["Narita"])
    refused(valid_from="2026-02-02", valid_to="2026-02-01")
    body = {"text": " booking.paymnt = 'cash'", "purpose": "serious_crime"}
    told = client.post("/api/v1/rules/check", json=body, headers=author).json()
    assert (told["fits"], told["span"]) == (False, [1, 15])  # of the text as it was sent
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


def test_a_rule_handed_in_takes_the_newest_trial_of_its_very_text_along(
    client: TestClient, author: Headers, database: Database
) -> None:
    made(client, author)
    with database.transaction() as session:
        trials = [
            Backtest(
                title="t", text=text, digest=digest_of(text), before_text=None, first_month="2026-01",
                last_month="2026-02", airports=[], carriers=[], routes=[], asked_by=None,
                state=BacktestState.DONE, all_rows=1, purpose=purpose,
            )
            for text, purpose in (
                (DRAFT["text"], DRAFT["purpose"]), (DRAFT["text"], DRAFT["purpose"]),
                (DRAFT["text"], "health"), ("bag.count > 1", DRAFT["purpose"]),
            )
        ]  # fmt: skip
        for one in trials:
            session.add(one)
            session.flush()
        newest = str(trials[1].id)
    step(client, author, "submit")
    [version] = client.get("/api/v1/rules/test.cash", headers=author).json()
    assert version["events"][0]["backtest_id"] == newest


def test_what_is_doubtful_is_told_and_refuses_nothing(client: TestClient, author: Headers) -> None:
    text = " bag.count < 0 or flight.origin_country in ('JP', 'ZZ') or document.issuer = 'JP'"
    body = {"text": text, "purpose": "serious_crime", "legal_basis": "a law"}
    told = client.post("/api/v1/rules/check", json=body, headers=author).json()
    assert told["fits"] is True
    assert [(one["code"], one["value"], one["pointer"]) for one in told["warnings"]] == [
        ("never_true", "bag.count < 0", "/text"), ("unknown_code", "'ZZ'", "/text"),
        ("unknown_code", "'JP'", "/text"),
    ]  # fmt: skip
    assert [text[slice(*one["span"])] for one in told["warnings"]] == [
        one["value"] for one in told["warnings"]
    ]
    where = {"airports": ["NRT", "QQQ"], "carriers": ["JL", "Q9"], "routes": ["SIN-QQQ"]}
    kept = made(client, author, **where, text="bag.count >= 0 and document.issuer = 'JPN'",
                legal_basis="a law")  # fmt: skip
    doubted = [(one["code"], one["pointer"], one["value"]) for one in kept["warnings"]]
    assert doubted == [
        ("unknown_airport", "/airports", "QQQ"), ("unknown_airport", "/routes", "SIN-QQQ"),
        ("unknown_carrier", "/carriers", "Q9"),
    ]  # fmt: skip
    [version] = client.get(f"/api/v1/rules/{DRAFT['key']}", headers=author).json()
    assert version["warnings"] == kept["warnings"]
    path = f"/api/v1/rules/{DRAFT['key']}/versions/1/submit"
    handed_in = client.post(path, json={}, headers=author)
    assert (handed_in.status_code, handed_in.json()["warnings"]) == (200, kept["warnings"])


def test_a_carrier_of_a_flight_here_is_known(
    client: TestClient, author: Headers, database: Database
) -> None:
    with database.transaction() as session:
        add_flight(session)
        [carrier] = session.scalars(sa.select(Flight.carrier))
    kept = made(client, author, carriers=[carrier, "Q9"])
    assert [one["value"] for one in kept["warnings"]] == ["Q9"]


def test_what_waits_for_a_signature_is_listed_beside_a_newer_draft(
    client: TestClient, author: Headers, approver: Headers
) -> None:
    made(client, author)
    step(client, author, "submit")
    made(client, author, points=50)
    listed = client.get("/api/v1/rules", headers=approver).json()["rules"]
    own = [(one["version"], one["state"]) for one in listed if one["key"] == "test.cash"]
    assert own == [(1, "submitted"), (2, "draft")]


def test_keys_that_are_addresses_and_drafts_of_others_are_refused(
    client: TestClient, author: Headers, officer: Officer
) -> None:
    for key in ("catalogue", "check", "new", "urgent"):
        answer = client.post("/api/v1/rules", json={**DRAFT, "key": key}, headers=author)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "reserved")
    made(client, author)
    assert step(client, officer(Role.TARGETER), "submit") == (409, "not-author")


THAI = {
    "key": "test.thai", "points": 60, "floor": "high", "note": "now",
    "text": "traveller.nationality = 'THA' and flight.destination = 'NRT'",
}  # fmt: skip


@pytest.fixture
def wave(database: Database, vault: Vault, starting_rules: None) -> None:
    """31 Thais, 60 others, one in ten of whom paid cash; all have been assessed."""
    del starting_rules  # before anybody is assessed
    with database.transaction() as session:
        flight = add_flight(session)
        for n in range(91):
            state = "THA" if n < 31 else "JPN"
            one = add_passenger(
                session, flight, f"PERSON{n}", nationality=state, number=f"XX{n:07d}"
            )
            if n % 10 == 0:
                add_booking(
                    session, flight, [one], replace(CASH_LATE_ONE_WAY, locator=f"AB{n:04d}")
                )
    while assess_due(database, vault, NOW):
        pass


@pytest.mark.usefixtures("wave")
@pytest.mark.parametrize(
    "ground",
    [
        "flight.destination = 'NRT'", "flight.destination_country = 'JP'", "flight.duration_minutes > 0",
        "traveller.on_api", "not traveller.is_crew", "document.is_passport",
        "document.days_to_expiry > 0", "flight.carrier != 'XX'", "all(bags: weight_g > 0)",
        "list.alerts = 0", "booking.payment = 'cash'",
    ],
)  # fmt: skip
def test_one_signature_never_stops_everybody_of_a_nationality(
    client: TestClient, author: Headers, ground: str
) -> None:
    body = {**DRAFT, **THAI, "text": f"traveller.nationality = 'THA' and {ground}"}
    answer = client.post("/api/v1/rules/urgent", json=body, headers=author)
    assert answer.status_code in (403, 422)
    assert client.get("/api/v1/rules/test.thai", headers=author).status_code == 404


@pytest.mark.usefixtures("wave")
def test_a_rule_that_stops_nearly_everybody_of_a_nationality_needs_a_law_and_its_approver(
    client: TestClient, author: Headers, database: Database
) -> None:
    body = {
        **DRAFT,
        "key": "test.thai",
        "text": "traveller.nationality = 'THA' and traveller.on_api",
    }
    refused = client.post("/api/v1/rules", json=body, headers=author)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "no_ground")
    assert "`traveller.on_api` is no ground" in refused.json()["detail"]
    assert "of the 31 assessed last" in refused.json()["detail"]
    asked = {"text": body["text"], "purpose": body["purpose"]}
    told = client.post("/api/v1/rules/check", json=asked, headers=author).json()
    assert (told["fits"], told["code"]) == (False, "no_ground")
    drafted = client.post("/api/v1/rules", json={**body, "legal_basis": "Act 1"}, headers=author)
    assert (drafted.status_code, drafted.json()["protected"]) == (201, True)
    of_cash = {
        **body,
        "key": "test.few",
        "text": "traveller.nationality = 'THA' and booking.payment = 'cash'",
    }
    fine = client.post("/api/v1/rules", json=of_cash, headers=author)
    assert (fine.status_code, fine.json()["protected"]) == (201, False)
    urgent = {**of_cash, "key": "test.now", "note": "now"}
    assert client.post("/api/v1/rules/urgent", json=urgent, headers=author).status_code == 403
    whole = {**body, "key": "test.all", "note": "now", "legal_basis": "Act 1"}
    with database.transaction() as session:
        legal, now = Actor(ActorKind.OFFICER, uuid4()), UrgentIn(**urgent).draft()
        terms.act_urgently(session, legal, now, "now", NOW, legal=True)
        with pytest.raises(lifecycle.LegalApproverError):
            terms.act_urgently(session, legal, UrgentIn(**whole).draft(), "now", NOW, legal=True)


def test_a_rule_written_otherwise_is_the_same_and_few_may_wait_for_their_review(
    client: TestClient, author: Headers
) -> None:
    def urgent(key: str, text: str) -> tuple[int, str]:
        body = {**DRAFT, "key": key, "text": text, "note": "now"}
        answer = client.post("/api/v1/rules/urgent", json=body, headers=author)
        return answer.status_code, answer.json().get("type", "").split(":")[-1]

    assert urgent("test.a", "bag.count > 50")[0] == 201
    for text in ("(bag.count > 50)", "bag.count > 50.0", "50 < bag.count", "not bag.count <= 50"):
        assert urgent("test.b", text) == (409, "acted-before")
    assert urgent("test.b", "bag.count > 51")[0] == 201
    assert urgent("test.c", "bag.count > 52")[0] == 201
    assert urgent("test.d", "bag.count > 53") == (409, "too-many-urgent")


@pytest.mark.usefixtures("wave")
def test_a_preview_tells_nothing_of_those_who_are_being_examined_in_full(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flagged or not is what the blind sample must not tell: a rule that fits one seat would."""
    text = "seat.row is missing and list.alerts >= 0"

    def preview() -> editing.Preview:
        with database.read() as session:
            return editing.preview(session, "NRT", text, Purpose.SERIOUS_CRIME, EVERYWHERE, NOW)

    before = preview()
    assert (before.people, before.hits, before.left_out) == (91, 91, 0)
    examined = before.samples[0].passenger_id
    monkeypatch.setattr(views, "_withheld", lambda passenger: passenger == examined)
    after = preview()
    assert (after.people, after.hits, after.left_out) == (90, 90, 1)
    assert examined not in {one.passenger_id for one in after.samples}
