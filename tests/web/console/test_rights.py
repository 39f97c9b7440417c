"""Pages of travellers' requests and of keys: without scripts, bound to roles, neutral, on record."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app.audit.models import AuditEntry
from app.identity.permissions import Role
from app.kernel.db import Database
from app.travel.models import Document, Passenger
from tests.web.conftest import Hall, Looker, field

PATH = "/console/rights"
Look = Callable[..., Looker]


def form_for(hall: Hall, name: str, kind: str) -> dict[str, str]:
    """The request of somebody in the hall."""
    with hall.airport.kernel.database.read() as session:
        who = session.get_one(Passenger, hall.passenger(name))
        paper = session.scalars(
            sa.select(Document).where(Document.passenger_id == who.id, Document.type == "P")
        ).first()
        assert paper is not None
        assert who.birth_date is not None
        return {
            "kind": kind, "channel": "counter", "identity_check": "passport-seen",
            "received_on": hall.airport.kernel.clock().date().isoformat(), "surname": who.surname,
            "given_names": who.given_names, "birth_date": who.birth_date.isoformat(),
            "number": paper.number, "issuer": paper.issuer, "wish": "What do you hold?",
        }  # fmt: skip


def registered(browser: Looker, form: dict[str, str]) -> str:
    """The address of a new request."""
    sent = browser.post(PATH, form)
    assert sent.status_code == 303, sent.text
    return str(sent.headers["location"])


def decide(browser: Looker, path: str, act: str = "decide", **form: str) -> int:
    given = {"version": field(browser.page(path), "version"), **form}
    return int(browser.post(f"{path}/{act}", given).status_code)


def told(database: Database) -> list[str]:
    with database.read() as session:
        query = sa.select(AuditEntry.action).where(AuditEntry.action.startswith("rights."))
        return [
            one.removeprefix("rights.") for one in session.scalars(query.order_by(AuditEntry.id))
        ]


@pytest.mark.parametrize("name", ["astrid", "nils"])
def test_a_record_is_asked_for_granted_and_printed_without_a_word_of_hits(
    hall: Hall, look: Look, database: Database, name: str
) -> None:
    """Astrid is on the watch list, Nils is not."""
    legal = look(Role.LEGAL_APPROVER)
    path = registered(legal, form_for(hall, name, "access"))
    assert legal.get(f"{path}/record").status_code == 409  # not decided yet
    assert decide(legal, path, outcome="granted") == 303
    printed, letter = legal.page(f"{path}/record"), legal.page(f"{path}/letter")
    surname = form_for(hall, name, "access")["surname"]
    file = legal.get(f"{path}/record.json")
    assert file.headers["content-disposition"] == 'attachment; filename="record.json"'
    assert file.json()["trips"][0]["held"]["surname"] == surname
    assert surname in printed
    said = (printed + letter + file.text).replace("Every record has this sentence", "")
    for word in ("watchlist", "Customs lookouts", "confirmed", "assessment_id", "score", "level"):
        assert word not in said
    assert "decided" in told(database)
    assert told(database).count("record-exported") == 2
    assert "letter-printed" in told(database)


def test_a_refusal_is_signed_by_another_officer_and_its_letter_has_the_ground_alone(
    hall: Hall, look: Look
) -> None:
    first, second = look(Role.LEGAL_APPROVER), look(Role.SENIOR)
    path = registered(first, form_for(hall, "nils", "access"))
    assert decide(first, path, outcome="refused") == 422
    refusal = {"outcome": "refused", "ground": "repeated", "reason": "asked a week ago"}
    assert decide(first, path, **refusal) == 303
    assert first.get(f"{path}/letter").status_code == 409
    assert first.post(f"{path}/sign", {"version": "2"}).status_code == 403
    assert decide(second, path, "sign") == 303
    letter = second.page(f"{path}/letter")
    assert "answered before" in letter
    assert "a week ago" not in letter
    assert second.get(f"{path}/record").status_code == 403


def test_only_who_may_clear_pairs_sees_what_a_redress_can_clear(hall: Hall, look: Look) -> None:
    path = registered(look(Role.GATE_OFFICER), form_for(hall, "astrid", "redress"))
    assert path == PATH
    senior, legal = look(Role.SENIOR), look(Role.LEGAL_APPROVER)
    found = re.search(rf'href="({PATH}/[0-9a-f-]+)"', senior.page(PATH))
    assert found
    mine = senior.page(found[1])
    assert "Customs lookouts" in mine
    assert "Customs lookouts" not in legal.page(found[1])
    hit = re.search(r'name="hit" value="([0-9a-f-]{36})"', mine)
    assert hit
    until = hall.airport.kernel.clock().date().isoformat()
    given = {"outcome": "granted", "reason": "another person", "hit": hit[1], "until": until}
    assert decide(legal, found[1], **given) == 403
    assert decide(senior, found[1], **given) == 303
    letter = senior.page(f"{found[1]}/letter")
    assert "Your complaint was examined" in letter
    assert "Customs lookouts" not in letter


def test_a_right_value_stands_in_the_dossier_beside_the_others(hall: Hall, look: Look) -> None:
    senior = look(Role.SENIOR)
    form = form_for(hall, "nils", "rectification")
    path = registered(senior, form)
    right = {name: form[name] for name in ("surname", "birth_date", "number", "issuer")} | {
        "given_names": "NILS OLOF",
        "sex": "M",
        "nationality": form["issuer"],
    }
    assert decide(senior, path, outcome="granted", **(right | {"number": ""})) == 422
    assert decide(senior, path, outcome="granted", **right) == 303
    dossier = senior.page(f"/console/passengers/{hall.passenger('nils')}")
    assert "Put right at the traveller" in dossier
    assert "NILS OLOF" in dossier


def test_what_was_typed_wrong_is_said_at_its_field_and_stays(hall: Hall, look: Look) -> None:
    senior = look(Role.SENIOR)
    typed = form_for(hall, "nils", "access") | {"birth_date": "", "wish": ""}
    refused = senior.post(PATH, typed)
    assert refused.status_code == 422
    assert 'id="birth_date-error"' in refused.text
    assert typed["surname"] in refused.text


def test_who_registers_sees_no_names_and_who_does_neither_nothing(hall: Hall, look: Look) -> None:
    form = form_for(hall, "nils", "access")
    gate = look(Role.GATE_OFFICER)
    registered(gate, form)
    assert form["surname"] not in gate.page(PATH)
    path = re.search(rf'href="({PATH}/[0-9a-f-]+)"', look(Role.SENIOR).page(PATH))
    assert path
    assert gate.get(path[1]).status_code == 403
    for role in (Role.TARGETER, Role.ADMINISTRATOR, Role.AUDITOR, Role.REMOTE_SENIOR):
        assert look(role).get(PATH).status_code == 403


def test_administrators_see_keys_and_no_secret(hall: Hall, look: Look) -> None:
    page = look(Role.ADMINISTRATOR).page("/console/keys")
    assert "AES-256-GCM" in page
    for key in hall.airport.kernel.vault.ring.keys:
        assert key.id.hex() in page
        assert key.secret.hex() not in page
    assert look(Role.SENIOR).get("/console/keys").status_code == 403
