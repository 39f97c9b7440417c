"""Pages of travellers' requests and of keys: without scripts, bound to roles, neutral, on record."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from app.audit.models import AuditEntry
from app.identity.permissions import Role
from app.kernel.db import Database
from app.rights.models import RightsRequest
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
            "number": paper.number, "issuer": paper.issuer, "wish": "What do you hold?", "language": "en",
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


def test_a_letter_is_in_the_language_of_whoever_asked_and_the_page_in_the_officers(
    hall: Hall, look: Look
) -> None:
    senior = look(Role.SENIOR)
    form = form_for(hall, "nils", "access")
    refused = senior.post(PATH, form | {"language": "sv"})
    assert refused.status_code == 422
    assert 'id="language-error"' in refused.text
    path = registered(senior, form | {"language": "ko"})
    assert decide(senior, path, outcome="granted") == 303
    letter = senior.page(f"{path}/letter")
    assert 'lang="ko" dir="ltr"' in letter
    assert "기록을 동봉합니다" in letter
    assert "Print the letter" in letter


def test_what_was_typed_wrong_is_said_at_its_field_and_stays(hall: Hall, look: Look) -> None:
    senior = look(Role.SENIOR)
    typed = form_for(hall, "nils", "access") | {"birth_date": "", "wish": ""}
    refused = senior.post(PATH, typed)
    assert refused.status_code == 422
    assert 'id="birth_date-error"' in refused.text
    assert typed["surname"] in refused.text


def test_what_is_wrong_is_told_in_the_order_of_the_form(hall: Hall, look: Look) -> None:
    senior = look(Role.SENIOR)
    typed = form_for(hall, "nils", "access") | {
        "birth_date": "",
        "wish": "",
        "kind": "",
        "surname": "",
    }
    page = senior.post(PATH, typed).text
    assert re.findall(r'<li><a href="#(\w+)">', page) == ["kind", "surname", "birth_date", "wish"]
    ahead = senior.post(PATH, form_for(hall, "nils", "access") | {"birth_date": "2999-01-01"}).text
    assert "The date of birth lies ahead" in ahead
    ancient = senior.post(PATH, form_for(hall, "nils", "access") | {"received_on": "0001-01-01"})
    assert ancient.status_code == 422
    assert "more than three years back" in ancient.text


def test_a_request_of_an_impossible_day_that_is_stored_opens(hall: Hall, look: Look) -> None:
    senior = look(Role.SENIOR)
    path = registered(senior, form_for(hall, "nils", "access"))
    with hall.airport.kernel.database.transaction() as session:
        session.get_one(RightsRequest, path.rsplit("/", 1)[1]).received_on = date(1, 1, 1)
    assert senior.get(path).status_code == 200


def test_nothing_is_decided_that_was_not_chosen(hall: Hall, look: Look) -> None:
    senior = look(Role.SENIOR)
    path = registered(senior, form_for(hall, "nils", "access"))
    assert decide(senior, path) == 422
    assert decide(senior, path, outcome="yes") == 422
    assert (
        senior.post(f"{path}/decide", {"version": "9" * 5000, "outcome": "granted"}).status_code
        == 409
    )
    assert senior.get(f"{path}/letter").status_code == 409  # still open
    redress = registered(senior, form_for(hall, "nils", "redress"))
    assert decide(senior, redress, outcome="granted", hit="that one") == 422


def test_a_form_sent_twice_is_one_request(hall: Hall, look: Look, database: Database) -> None:
    senior = look(Role.SENIOR)
    form = form_for(hall, "nils", "access") | {"key": field(senior.page(PATH), "key")}
    assert registered(senior, form) == registered(senior, form)
    changed = senior.post(PATH, form | {"wish": "Something else"})
    assert changed.status_code == 409
    assert "Something else" in changed.text
    assert field(changed.text, "key") != form["key"]
    assert told(database).count("registered") == 1


def test_what_a_passport_cannot_read_is_said_at_its_field(hall: Hall, look: Look) -> None:
    senior = look(Role.SENIOR)
    form = form_for(hall, "nils", "rectification")
    path = registered(senior, form)
    wrong = {
        "version": "1", "outcome": "granted", "surname": "BERG", "birth_date": form["birth_date"],
        "sex": "Q", "nationality": "QQQ", "number": "no/number", "issuer": "", "expires_on": "soon",
    }  # fmt: skip
    assert 'id="expires_on-error"' in senior.post(f"{path}/decide", wrong).text
    page = senior.post(f"{path}/decide", wrong | {"expires_on": ""})
    assert page.status_code == 422
    for name in ("sex", "nationality", "number", "issuer"):
        assert f'id="{name}-error"' in page.text


def test_an_erasure_says_before_it_is_decided_how_much_can_go(hall: Hall, look: Look) -> None:
    senior = look(Role.SENIOR)
    path = registered(senior, form_for(hall, "nils", "erasure") | {"birth_date": "1950-02-03"})
    assert "Close: nothing is held" in senior.page(path)
    assert decide(senior, path, outcome="granted") == 303
    assert "Nothing was held" in senior.page(path)
    assert "Nothing was held" in senior.page(PATH)
    assert "What the law lets us erase is erased." in senior.page(f"{path}/letter")
    path = registered(senior, form_for(hall, "nils", "erasure"))
    assert "Only part can be erased: a ground and a second officer are needed" in senior.page(path)
    assert "Propose erasure of a part" in senior.page(path)
    given = {"outcome": "granted", "ground": "kept-by-law", "reason": "the list is kept"}
    assert decide(senior, path, **given) == 303
    assert "Erasure of a part needs two officers" in senior.page(path)
    hall.refer("astrid")
    case = senior.page(registered(senior, form_for(hall, "astrid", "erasure")))
    assert "Nothing of it can be erased yet" in case
    assert 'value="granted"' not in case


def test_an_answer_is_put_off_with_words_and_without_them_the_field_says_so(
    hall: Hall, look: Look
) -> None:
    senior = look(Role.SENIOR)
    path = registered(senior, form_for(hall, "nils", "access"))
    page = senior.post(f"{path}/extend", {"version": "1", "why": ""})
    assert page.status_code == 422
    assert 'id="why-error"' in page.text
    assert 'id="reason-error"' not in page.text
    assert decide(senior, path, "extend", why="many records") == 303
    assert "put off: many records" in senior.page(path)


def test_a_letter_has_the_day_of_the_airport_and_says_of_which_it_is(
    hall: Hall, look: Look
) -> None:
    senior = look(Role.SENIOR)
    path = registered(senior, form_for(hall, "nils", "access"))
    assert decide(senior, path, outcome="granted") == 303
    with hall.airport.kernel.database.transaction() as session:
        asked = session.get_one(RightsRequest, path.rsplit("/", 1)[1])
        asked.closed_at = datetime(2026, 3, 10, 20, 0, tzinfo=UTC)  # the 11th in Japan
        assert asked.site == "NRT"
    letter = senior.page(f"{path}/letter")
    assert "11 March 2026" in letter
    assert "Narita" in letter


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
