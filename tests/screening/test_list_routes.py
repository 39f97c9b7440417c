"""Lists, lookouts and cleared pairs over HTTP: who may, what is answered, what needs two."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.log import SYSTEM
from app.audit.models import AuditEntry
from app.identity.permissions import Role
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.screening import lookouts, rules, watchlists
from app.screening.assess import assess_due
from app.screening.entries import EntryDraft
from app.screening.models import EntryKind, Handling, Hit
from app.screening.tester import person_of
from risk_rules.names import BirthDate, Name, Person
from tests.support.lists import put_entries

from .world import NOW, add_flight, add_passenger

Officer = Callable[..., dict[str, str]]
API = "/api/v1"


@pytest.fixture
def world(database: Database, starting_rules: None, vault: Vault) -> Database:
    """A list with Anna Tester, who is on a flight."""
    anna = EntryDraft(
        "P-1", EntryKind.PERSON, "r", (Name("TESTER", "ANNA"),), (BirthDate(1980, 5, 31),)
    )
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, "wanted", "W", "drugs", Handling.STOP, NOW)
        put_entries(session, SYSTEM, "wanted", [anna], NOW)
        add_passenger(session, add_flight(session), number="TR1234567")
    while assess_due(database, vault, NOW):
        pass
    return database


def rows(*names: str) -> str:
    return "key,reason,names\n" + "".join(f"K-{n},r,{n}/BO\n" for n in names)


LETTERS = [f"EXAMPLE{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(30)]


def test_a_list_is_made_set_and_seen(client: TestClient, world: Database, officer: Officer) -> None:
    who = officer(Role.LIST_CUSTODIAN)
    body = {
        "key": "stolen", "title": "Stolen papers", "purpose": "serious_crime", "handling": "stop",
        "severity": "severe", "source": "the registry", "thresholds": {"near": None, "exact": 0.7},
    }  # fmt: skip
    made = client.post(f"{API}/watchlists", json=body, headers=who)
    assert (made.status_code, made.json()["version"], made.json()["entries"]) == (201, 1, 0)
    assert client.post(f"{API}/watchlists", json=body, headers=who).status_code == 409
    wrong = client.post(
        f"{API}/watchlists", json=body | {"key": "x", "thresholds": {"no": 1}}, headers=who
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/thresholds")
    del body["key"]
    new = body | {"seen": 1, "reason_restricted": True}
    path = f"{API}/watchlists/stolen"
    asked = client.put(path, json=new, headers=who)
    assert (asked.status_code, asked.json()["version"]) == (202, 1)
    assert asked.json()["reason_restricted"] is False
    assert client.put(path, json=new, headers=who).json() == asked.json()
    one = f"{API}/watchlist-proposals/{asked.json()['proposal']}"
    page = client.get(one, headers=officer(Role.SENIOR)).json()
    assert page["settings"] == [{"field": "reason_restricted", "before": False, "after": True}]
    signed = {"digest": page["proposal"]["digest"]}
    assert client.post(f"{one}/approve", json=signed, headers=who).status_code == 409
    done = client.post(f"{one}/approve", json=signed, headers=officer(Role.SENIOR))
    assert (done.status_code, done.json()["status"]) == (200, "applied")
    same = client.put(path, json=new | {"seen": 2}, headers=who)
    assert (same.status_code, same.json()["version"], same.json()["proposal"]) == (200, 2, None)
    assert same.json()["thresholds"] == {"near": None, "exact": 0.7}
    assert same.json()["reason_restricted"] is True
    assert client.put(path, json=new | {"title": "T"}, headers=who).status_code == 409


def test_a_dry_run_tells_the_differences_and_changes_nothing(
    client: TestClient, world: Database, officer: Officer
) -> None:
    path = f"{API}/watchlists/wanted/imports?whole=true&dry_run=true"
    raw = rows(*LETTERS[:2]) + "bad,r,\n"
    told = client.post(path, content=raw, headers=officer(Role.LIST_CUSTODIAN)).json()
    proposal = told["proposal"]
    assert (told["dry_run"], told["acted"], proposal["because"]) == (True, False, ["shrinks"])
    assert [proposal[n] for n in ("added", "changed", "removed", "faulty")] == [2, 0, 1, 1]
    assert proposal["faults"] == [{"line": 4, "code": "/names missing", "partial": False}]
    assert [(d["act"], d["key"]) for d in told["differences"]][-1] == ("remove", "P-1")
    [shown] = client.get(f"{API}/watchlists", headers=officer(Role.LIST_CUSTODIAN)).json()
    assert (shown["version"], shown["entries"]) == (2, 1)
    assert (
        client.get(f"{API}/watchlist-proposals", headers=officer(Role.LIST_CUSTODIAN)).json() == []
    )


def test_bulk_is_approved_by_another_with_the_digest_that_was_shown(
    client: TestClient, world: Database, officer: Officer
) -> None:
    who, other = officer(Role.LIST_CUSTODIAN), officer(Role.TARGETER)
    path = f"{API}/watchlists/wanted/imports?format=csv"
    done = client.post(path, content=rows(*LETTERS), headers=who).json()
    assert (done["acted"], done["proposal"]["because"]) == (False, ["bulk"])
    one = f"{API}/watchlist-proposals/{done['proposal']['id']}"
    page = client.get(one, headers=other).json()
    assert (len(page["differences"]), page["after"]) == (30, None)
    body = {"digest": page["proposal"]["digest"]}
    assert client.post(f"{one}/approve", json=body, headers=who).status_code == 409
    assert (
        client.post(f"{one}/approve", json={"digest": "0" * 64}, headers=other).status_code == 409
    )
    assert client.post(f"{one}/approve", json=body, headers=other).json()["status"] == "applied"
    assert client.post(f"{one}/reject", headers=other).status_code == 409
    [shown] = client.get(f"{API}/watchlists", headers=who).json()
    assert (shown["version"], shown["entries"]) == (3, 31)


def test_what_a_list_said_at_a_version_is_told_and_recorded(
    client: TestClient, world: Database, officer: Officer
) -> None:
    who, path = officer(Role.LIST_CUSTODIAN), f"{API}/watchlists/wanted/entries"
    body = {"put": [], "remove": ["P-1"]}
    assert client.post(path, json=body, headers=who).json()["entries"] == 0
    assert client.get(path, headers=who).json() == []
    [one] = client.get(f"{path}?version=2", headers=who).json()
    assert (one["key"], one["names"], one["removed_version"]) == ("P-1", ["TESTER, ANNA"], 3)
    assert client.get(f"{path}?version=1", headers=who).json() == []
    with world.read() as session:
        viewed = sa.select(sa.func.count()).where(AuditEntry.action == "watchlist.viewed")
        assert session.scalar(viewed) == 3


def test_a_version_that_never_was_is_not_found(
    client: TestClient, world: Database, officer: Officer
) -> None:
    path = f"{API}/watchlists/wanted/entries"
    for version in (3, 99, 10**30):
        answer = client.get(f"{path}?version={version}", headers=officer(Role.LIST_CUSTODIAN))
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:egate:problem:not-found")


def test_what_a_list_does_not_have_cannot_be_taken_off(
    client: TestClient, world: Database, officer: Officer
) -> None:
    who, path = officer(Role.LIST_CUSTODIAN), f"{API}/watchlists/wanted/entries"
    added = {"key": "K-1", "kind": "person", "reason": "r", "names": [{"surname": "EXAMPLE"}]}
    body = {"put": [added], "remove": ["P-1", "P-2", "p-1"]}
    answer = client.post(path, json=body, headers=who)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/remove/1", "code": "not_on_list"},
        {"pointer": "/remove/2", "code": "not_on_list"},
    ]
    assert [one["key"] for one in client.get(path, headers=who).json()] == ["P-1"]


def test_a_key_stands_once_in_a_body(client: TestClient, world: Database, officer: Officer) -> None:
    who, path = officer(Role.LIST_CUSTODIAN), f"{API}/watchlists/wanted/entries"
    entry = {"key": "K-1", "kind": "person", "reason": "r", "names": [{"surname": "EXAMPLE"}]}
    other = entry | {"names": [{"surname": "SAMPLE"}]}
    body = {"put": [entry, other], "remove": ["P-1", "P-1"]}
    answer = client.post(path, json=body, headers=who)
    assert (answer.status_code, answer.json()["errors"]) == (422, [
        {"pointer": "/put/1/key", "code": "key_again"},
        {"pointer": "/remove/1", "code": "key_again"},
    ])  # fmt: skip
    both = client.post(path, json={"put": [entry | {"key": "P-1"}], "remove": ["P-1"]}, headers=who)
    assert both.json()["errors"] == [{"pointer": "/remove/0", "code": "key_again"}]
    assert [one["key"] for one in client.get(path, headers=who).json()] == ["P-1"]


def test_many_typed_entries_wait_too_and_a_repeat_says_the_same(
    client: TestClient, world: Database, officer: Officer
) -> None:
    who = officer(Role.LIST_CUSTODIAN) | {"Idempotency-Key": "k"}
    entries = [
        {"key": f"K-{n}", "kind": "person", "reason": "r", "names": [{"surname": name}]}
        for n, name in enumerate(LETTERS)
    ]
    path = f"{API}/watchlists/wanted/entries"
    first = client.post(path, json={"put": entries}, headers=who)
    assert first.status_code == 202
    assert first.json()["proposal"]
    assert client.post(path, json={"put": entries}, headers=who).json() == first.json()
    assert first.json()["entries"] == 1


def test_a_file_that_is_none_is_refused_without_its_content(
    client: TestClient, world: Database, officer: Officer
) -> None:
    for form, raw in (("csv", "secret;x"), ("ofac-sdn-xml", "<sdnList><secret>"), ("ftm-jsonl", "x" * (1 << 21))):  # fmt: skip
        path = f"{API}/watchlists/wanted/imports?format={form}"
        answer = client.post(path, content=raw, headers=officer(Role.LIST_CUSTODIAN))
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:egate:problem:list-file")
        assert "secret" not in answer.text


def test_the_tester_is_recorded_without_the_name(
    client: TestClient, world: Database, officer: Officer
) -> None:
    body: dict[str, Any] = {
        "names": [{"surname": "TESTR", "given": "ANNA"}],
        "birth_date": "1980-05-31",
    }
    path = f"{API}/watchlists-match"
    [found] = client.post(path, json=body, headers=officer(Role.LIST_CUSTODIAN)).json()
    assert (found["list_key"], found["entry"], found["alert"]) == ("wanted", "P-1", True)
    assert found["matches"][0]["threshold"] == 0.66
    with world.read() as session:
        [detail] = session.scalars(
            sa.select(AuditEntry.detail).where(AuditEntry.action == "watchlist.tried")
        ).all()
    assert detail.keys() == {"hits", "alerts", "commitments"}
    assert (detail["hits"], detail["alerts"]) == (1, 1)
    assert "TESTR" not in str(detail)
    for wrong in ({"birth_date": "31.5.1980"}, {"sex": "?"}):
        bad = client.post(path, json=body | wrong, headers=officer(Role.LIST_CUSTODIAN))
        assert bad.status_code == 422


def test_the_tester_weighs_the_sex_as_screening_does(
    client: TestClient, world: Database, officer: Officer
) -> None:
    who, birth = officer(Role.LIST_CUSTODIAN), "1980-05-31"
    entry: dict[str, Any] = {
        "key": "P-1", "kind": "person", "reason": "r", "sex": "M", "birth_dates": [birth],
        "names": [{"surname": "TESTER", "given": "ANNA"}],
    }  # fmt: skip
    client.post(f"{API}/watchlists/wanted/entries", json={"put": [entry]}, headers=who)
    with world.read() as session:
        every = lookouts.lookouts(session, rules.current_ruleset(session))
    for sex in ("", "F", "M", "X"):
        body = {"names": entry["names"], "birth_date": birth, "sex": sex}
        [tried] = client.post(f"{API}/watchlists-match", json=body, headers=who).json()
        person = Person((Name("TESTER", "ANNA"),), BirthDate.parse(birth), sex=sex)
        assert person_of("TESTER", "ANNA", birth, sex.lower(), "", "", "") == person
        [screened] = lookouts.screen(every, [person], NOW.date())
        assert tried["matches"] == screened.explanation()["matches"], sex
        assert tried["matches"][0]["threshold"] == pytest.approx(0.74 if sex == "F" else 0.66)


def test_a_lookout_and_a_pair_go_their_way(
    client: TestClient, world: Database, officer: Officer, vault: Vault
) -> None:
    who, other = officer(Role.SENIOR), officer(Role.TARGETER)
    body = {
        "kind": "document", "title": "Stolen", "purpose": "serious_crime", "handling": "stop",
        "reason": "today", "number": "TR1234567", "hours": 2,
    }  # fmt: skip
    keyed = who | {"Idempotency-Key": "once"}
    made = client.post(f"{API}/lookouts", json=body, headers=keyed)
    assert made.status_code == 201
    assert client.post(f"{API}/lookouts", json=body, headers=keyed).json() == made.json()
    one = f"{API}/lookouts/{made.json()['id']}"
    while assess_due(world, vault, NOW):
        pass
    with world.read() as session:
        hits = {h.subject: h.id for h in session.scalars(sa.select(Hit)).all()}
    assert f"urgent/{made.json()['id']}" in hits
    assert (
        client.post(f"{one}/review", json={"verdict": "justified"}, headers=who).status_code == 409
    )
    assert (
        client.post(f"{one}/review", json={"verdict": "justified"}, headers=other).status_code
        == 200
    )
    assert client.post(f"{one}/end", headers=other).json()["ended_at"]
    assert len(client.get(f"{API}/lookouts", headers=who).json()) == 1
    clear = f"{API}/hits/{hits['wanted/P-1']}/clear"
    said = {"reason": "not she", "until": "2026-06-01"}
    pair = client.post(clear, json=said, headers=who)
    assert (pair.status_code, pair.json()["needs_second"]) == (201, False)
    assert client.post(clear, json=said | {"until": "2028-01-01"}, headers=who).status_code == 422
    mine = f"{API}/known-not-matches/{pair.json()['id']}"
    assert client.post(f"{mine}/approve", headers=other).status_code == 409
    assert client.post(f"{mine}/withdraw", headers=other).json()["voided_because"] == "withdrawn"
    assert len(client.get(f"{API}/known-not-matches", headers=who).json()) == 1


def test_rights(client: TestClient, world: Database, officer: Officer) -> None:
    gate, approver = officer(Role.GATE_OFFICER), officer(Role.RULE_APPROVER)
    for headers in (gate, approver):
        for verb, path in (
            ("get", "watchlists"), ("post", "watchlists"), ("post", "watchlists/wanted/imports"),
            ("get", "watchlist-proposals"), ("post", "watchlists-match"), ("get", "lookouts"),
            ("post", "lookouts"), ("get", "known-not-matches"),
        ):  # fmt: skip
            body = {} if verb == "get" else {"json": {}}
            assert (
                getattr(client, verb)(f"{API}/{path}", headers=headers, **body).status_code == 403
            )
