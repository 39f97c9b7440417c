"""A questionnaire is data: the second one, of another country's style, in page, API, code, kiosk and console."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.declarations import keys
from app.declarations.models import DeclarationVersion
from app.declarations.registry import questionnaires
from app.formats.credential import Goods, open_credential
from app.formats.questionnaire import QuestionnaireError, answers_from_mask
from app.gate.models import HallSteps
from app.identity.permissions import Role
from app.kernel.db import Database
from app.kernel.http import Kernel
from app.main import create_app
from tests.declarations.forms import NOW, SOLO, sealed, submission
from tests.gate.world import ASTRID, World
from tests.web.traveller.walk import JOURNEY, PASSPORT, STAY, Traveller

UTOPIA = "ut-channels-2025"
QUESTIONS = ("over_allowance", "means_of_payment", "restricted", "commercial")
SPIRITS = {"category": "spirits", "quantity": 3, "value": 6_000, "currency": "EUR"}


@pytest.fixture
def kernel(kernel: Kernel) -> Kernel:
    """A site that chose the second form, and takes codes that are not sealed."""
    return replace(kernel, questionnaire=UTOPIA, plain_declarations=True)


@pytest.fixture
def client(kernel: Kernel) -> Iterator[TestClient]:
    with TestClient(create_app(kernel), raise_server_exceptions=False) as client:
        yield client


def sent(*yes: str, **changes: Any) -> dict[str, Any]:
    body = submission(**changes)
    return body | {
        "questionnaire": UTOPIA,
        "answers": {one: one in yes for one in QUESTIONS},
        "journey": body["journey"] | {"purpose": "visit"},
    }


def stored(database: Database) -> DeclarationVersion:
    with database.read() as session:
        return session.scalars(sa.select(DeclarationVersion)).one()


def test_the_site_says_which_form_it_asks(client: TestClient) -> None:
    assert client.get("/api/v1/questionnaires").json()["current"] == UTOPIA


def test_the_page_asks_its_questions_and_stores_its_text(
    client: TestClient, database: Database
) -> None:
    me = Traveller(client, "ko")
    me.press("passport", PASSPORT)
    me.press("journey", JOURNEY | {"purpose": "visit"})
    me.press("stay", STAY)
    text = me.press("companions", {})
    for question in questionnaires()[UTOPIA].questions:
        assert question.text["ko"] in text
        assert "100만 엔" not in text
        text = me.press(f"question-{question.id}", {f"answer-{question.id}": "no"})
    me.certify()
    assert "/code/" in me.at
    version = stored(database)
    assert version.questionnaire == f"{UTOPIA}/1"
    assert version.certified_text == questionnaires()[UTOPIA].certify["ko"]


def test_the_api_takes_it_and_its_lanes_follow(client: TestClient, database: Database) -> None:
    made = client.post("/api/v1/declarations", json=sent("over_allowance", goods=[SPIRITS]))
    assert (made.status_code, made.json()["lane"]) == (201, 1), made.text
    assert stored(database).content["goods"][0]["category"] == "spirits"
    other = sent("means_of_payment")
    other["traveller"]["document"]["number"] = "AB1"
    assert client.post("/api/v1/declarations", json=other).json()["lane"] == 2
    mixed = sent()
    mixed["answers"]["gold"] = False
    refused = client.post("/api/v1/declarations", json=mixed)
    assert {(e["pointer"], e["code"]) for e in refused.json()["errors"]} == {
        ("/answers", "unknown")
    }


def test_a_code_of_it_is_read_by_its_own_number(client: TestClient, database: Database) -> None:
    """Bit 1 is cash here and restricted articles in the first form; category 2 spirits and cigarettes."""
    declared = replace(
        SOLO, questionnaire=2, answers=0b0010, goods=(Goods(2, None, 3, 6_000, "EUR"),)
    )
    answer = client.post(
        "/api/v1/declarations/qr", content=sealed(declared), headers={"Content-Type": "text/plain"}
    )
    assert (answer.status_code, answer.json()["lane"]) == (200, 2), answer.text
    content = stored(database).content
    assert [name for name, yes in content["answers"].items() if yes] == ["means_of_payment"]
    assert content["goods"][0]["category"] == "spirits"
    text = answer.json()["credential"]["text"]
    with database.read() as session:
        trust = keys.trust(session, NOW)
    opened = open_credential(text, now=int(NOW.timestamp()), trust=trust)
    assert opened.receipt is not None
    assert opened.receipt.arrival == date(2026, 3, 10)


@pytest.mark.parametrize(
    "wrong",
    [
        {"questionnaire": 2, "answers": 0b1_0000},  # the first form's fifth question
        {"questionnaire": 2, "answers": 0, "goods": (Goods(9, None, 1, 0, "EUR"),)},
        {"questionnaire": 1, "answers": 0b1_0000_0000},
    ],
)
def test_what_one_form_says_is_never_read_with_the_other(
    client: TestClient, wrong: dict[str, Any]
) -> None:
    answer = client.post(
        "/api/v1/declarations/qr", content=sealed(replace(SOLO, **wrong)),
        headers={"Content-Type": "text/plain"},
    )  # fmt: skip
    assert "claims_invalid" in answer.text


def test_a_number_that_no_form_has_is_said(client: TestClient) -> None:
    answer = client.post(
        "/api/v1/declarations/qr", content=sealed(replace(SOLO, questionnaire=3)),
        headers={"Content-Type": "text/plain"},
    )  # fmt: skip
    assert "questionnaire_unknown" in answer.text


def test_masks_of_one_form_do_not_fit_the_other() -> None:
    with pytest.raises(QuestionnaireError):
        answers_from_mask(questionnaires()[UTOPIA], 0b1000_0000)


def test_the_counter_asks_and_shows_it(client: TestClient, officer: Any) -> None:
    headers = officer(Role.HELP_DESK) | {"Accept": "text/html"}
    form = client.get("/console/declarations/new", headers=headers).text
    assert "Do you carry 10,000 euros or more in cash" in form
    assert "1,000,000 yen" not in form
    made = client.post("/api/v1/declarations", json=sent("over_allowance", goods=[SPIRITS])).json()
    page = client.get(f"/console/declarations/{made['id']}", headers=headers).text
    assert "Do you carry more than the duty-free allowance?" in page
    assert "Spirits" in page
    assert "EUR 10.00 to EUR 18.00" in page
    assert f"{UTOPIA}/1" in page


def test_the_first_form_is_still_taken_and_read(client: TestClient) -> None:
    """Travellers who filled in another country's form, or an older app, are not lost."""
    assert client.post("/api/v1/declarations", json=submission()).status_code == 201


def test_the_kiosk_asks_it(client: TestClient, database: Database, enrolled: Any) -> None:
    world = World(client, database, enrolled, HallSteps.TWO)
    form = client.get("/api/v1/kiosk/form?language=zh-Hant", headers=world.kiosk).json()
    assert (form["questionnaire"], [one["id"] for one in form["questions"]]) == (
        UTOPIA,
        list(QUESTIONS),
    )
    body = {
        "mrz": ASTRID.mrz, "questionnaire": UTOPIA, "language": "zh-Hant", "flight": "XX 983",
        "purpose": "visit", "answers": dict.fromkeys(QUESTIONS, False), "certified": True,
    }  # fmt: skip
    made = client.post("/api/v1/kiosk/declarations", json=body, headers=world.kiosk)
    assert (made.status_code, made.json()["lane"]) == (201, 0), made.text
    assert stored(database).certified_text == questionnaires()[UTOPIA].certify["zh-Hant"]
