"""A declaration on the kiosk's own screen: taken, found again by the passport, corrected, marked."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.declarations.models import Channel, DeclarationVersion
from app.formats.mrz import check_digit
from app.identity.permissions import Role
from kiosk_sim.declare_routes import Answers
from tests.declarations.forms import QUESTIONS, WATCH, submission
from tests.gate.world import ASTRID, NILS, OLGA, Person, World
from tests.kiosk_sim.fakes import form_in
from tests.support import problem_code

URL = "/api/v1/kiosk"


def answered(person: Person = ASTRID, *yes: str, **changes: Any) -> dict[str, Any]:
    return {
        "mrz": person.mrz, "questionnaire": "jp-c5360-2024", "language": "ko", "flight": "XX 983",
        "purpose": "tourism", "answers": {one: one in yes for one in QUESTIONS}, "certified": True,
    } | changes  # fmt: skip


def take(world: World, *yes: str, key: str | None = None, **changes: Any) -> Any:
    headers = {**world.kiosk, **({"Idempotency-Key": key} if key else {})}
    person = changes.pop("person", ASTRID)
    body = answered(person, *yes, **changes)
    return world.client.post(f"{URL}/declarations", json=body, headers=headers)


def open_birth(person: Person, raw: str) -> str:
    """The person's zone with a date of birth of which parts are unknown."""
    first, second = person.mrz.split("\n")
    second = second[:13] + raw + check_digit(raw) + second[20:]
    second = second[:43] + check_digit(second[:10] + second[13:20] + second[21:43])
    return f"{first}\n{second}"


def versions(world: World) -> list[DeclarationVersion]:
    with world.database.read() as session:
        query = session.query(DeclarationVersion).order_by(DeclarationVersion.seq)
        return list(query)


def test_the_form_is_in_the_language_and_names_the_flights_of_these_hours(two_step: World) -> None:
    found = two_step.client.get(f"{URL}/form?language=ar", headers=two_step.kiosk).json()
    assert found["questionnaire"] == "jp-c5360-2024"
    assert [one["id"] for one in found["questions"]] == list(QUESTIONS)
    assert all(one["text"] and one["details"] for one in found["questions"])
    assert "اليابان" in found["questions"][0]["text"]
    assert found["flights"] == [{"flight": "XX983", "origin": "CPH"}]


def test_who_declares_at_the_kiosk_is_found_by_the_passport_alone(two_step: World) -> None:
    passenger = two_step.add()
    made = take(two_step)
    assert made.status_code == 201, made.text
    assert made.json()["lane"] == 0
    assert "secret" not in {name for name, value in made.json().items() if value}
    two_step.assess(passenger)
    assert two_step.answer(two_step.kiosk, ASTRID.mrz)["answer"] == "registered"
    assert two_step.answer(two_step.lane, ASTRID.mrz)["answer"] == "cleared"


@pytest.mark.parametrize("raw", ["9106<<", "910600"])
def test_a_passport_that_leaves_the_day_of_birth_open_declares_and_passes(
    two_step: World, raw: str
) -> None:
    passenger, zone = two_step.add(birth_date=None), open_birth(ASTRID, raw)
    made = take(two_step, mrz=zone)
    assert made.status_code == 201, made.text
    [version] = versions(two_step)
    assert version.content["traveller"]["birth_date"] == "1991-06-00"
    two_step.assess(passenger)
    assert two_step.answer(two_step.kiosk, zone)["answer"] == "registered"
    assert two_step.answer(two_step.lane, zone)["answer"] == "cleared"


def test_so_does_one_that_was_declared_on_the_phone_with_its_code(two_step: World) -> None:
    passenger, zone = two_step.add(birth_date=None), open_birth(ASTRID, "9106<<")
    who = submission()["traveller"] | {"birth_date": "1991-06-00"}
    made = two_step.client.post("/api/v1/declarations", json=submission(traveller=who)).json()
    two_step.assess(passenger)
    code = made["credential"]["text"]
    assert two_step.answer(two_step.kiosk, zone, code)["answer"] == "registered"
    assert two_step.answer(two_step.lane, zone, code)["answer"] == "cleared"


def test_a_declaration_made_online_is_found_by_the_passport_alone(two_step: World) -> None:
    """A phone that is dead, lost or left at home."""
    two_step.ready()
    assert two_step.answer(two_step.kiosk, ASTRID.mrz)["answer"] == "registered"
    assert two_step.answer(two_step.lane, ASTRID.mrz)["answer"] == "cleared"


def test_without_any_declaration_the_passport_alone_leads_to_a_person(two_step: World) -> None:
    two_step.assess(two_step.add())
    assert two_step.answer(two_step.kiosk, ASTRID.mrz)["answer"] in {"counter", "refer"}


def test_it_is_marked_as_taken_at_this_kiosk_with_its_text_language_and_moment(
    two_step: World, clock: Any
) -> None:
    take(two_step)
    [version] = versions(two_step)
    device = two_step.rows("select id from device where kind = 'kiosk'")[0][0]
    assert (version.channel, version.taken_by) == (Channel.KIOSK, device)
    assert version.language == "ko"
    assert version.certified_text.startswith("신고한 내용이 사실이며")
    assert version.certified_at == clock()
    assert version.content["traveller"]["surname"] == "LINDQVIST"
    assert version.content["journey"]["from"] == "CPH"


def test_a_yes_leads_to_a_counter_and_asks_for_no_list_on_the_screen(two_step: World) -> None:
    assert take(two_step, "over_allowance").json()["lane"] == 1
    assert take(two_step, "unaccompanied", person=OLGA).json()["lane"] == 2


def test_answers_at_the_kiosk_correct_what_was_declared_before(two_step: World) -> None:
    """A voluntary disclosure: the same declaration, its next version."""
    two_step.add()
    online = two_step.declare()
    corrected = take(two_step, "over_allowance")
    assert corrected.status_code == 201, corrected.text
    assert (corrected.json()["id"], corrected.json()["seq"]) == (online["id"], 1)
    assert [one.channel for one in versions(two_step)] == [Channel.ONLINE, Channel.KIOSK]
    again = take(two_step, "over_allowance")
    assert again.json()["seq"] == 1


def test_sent_twice_it_is_one(two_step: World) -> None:
    first, second = take(two_step, key="a"), take(two_step, key="a")
    assert first.json() == second.json()
    assert len(versions(two_step)) == 1


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"mrz": "P<"}, "/mrz", "unreadable"),
        ({"mrz": ASTRID.mrz.replace("SX44", "SX45")}, "/mrz", "check_digit"),
        ({"flight": "ZZ 1"}, "/origin", "missing"),
        ({"answers": {}}, "/answers/prohibited", "missing"),
        ({"certified": False}, "/certified", "literal_error"),
        ({"questionnaire": "nowhere"}, "/questionnaire", "questionnaire_unknown"),
        ({"purpose": "trade"}, "/journey/purpose", "unknown"),
    ],
)
def test_what_is_wrong_names_its_place_and_nothing_that_was_read(
    two_step: World, change: dict[str, Any], pointer: str, code: str
) -> None:
    refused = take(two_step, **change)
    assert refused.status_code == 422, refused.text
    assert (pointer, code) in {(e["pointer"], e["code"]) for e in refused.json()["errors"]}
    assert "LINDQVIST" not in refused.text
    assert "4471209" not in refused.text


def test_another_flight_takes_the_airport_that_was_named(two_step: World) -> None:
    assert take(two_step, flight="ZZ 1", origin="SIN").status_code == 201
    assert versions(two_step)[0].content["journey"]["from"] == "SIN"


def test_only_a_kiosk_may(two_step: World, client: TestClient, officer: Any) -> None:
    lane = client.post(f"{URL}/declarations", json=answered(), headers=two_step.lane)
    assert lane.status_code == 403
    assert client.post(f"{URL}/declarations", json=answered()).status_code == 401
    person = client.get(f"{URL}/form", headers=officer(Role.SENIOR))
    assert problem_code(person.text) == "unauthenticated"


def test_after_it_was_used_another_begins(two_step: World) -> None:
    two_step.add()
    code = two_step.code(goods=[])
    passenger = two_step.id_of()
    two_step.assess(passenger)
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    cleared = two_step.answer(two_step.lane, ASTRID.mrz)
    assert two_step.pass_through(two_step.lane, cleared["id"]).status_code in {200, 201}
    later = take(two_step, "gold")
    assert (later.status_code, later.json()["seq"]) == (201, 0)


def test_goods_listed_online_stay_out_of_the_kiosks_answer(two_step: World) -> None:
    two_step.declare(yes=("over_allowance",), goods=[WATCH])
    assert "Wrist" not in take(two_step, "over_allowance").text


def test_the_kiosks_own_tests_are_told_what_the_service_says(two_step: World) -> None:
    """The screen is tested before a fake; its form is the service's, and what it sends is taken."""
    found = two_step.client.get(f"{URL}/form?language=ar", headers=two_step.kiosk).json()
    fake = form_in("ar")
    phones = {"words", "digits", "currencies"}  # from the phone's form, see below
    assert {name: fake[name] for name in fake.keys() - phones} | {
        "flights": found["flights"]
    } == found
    assert fake["flights"][0] == found["flights"][0]
    answers = Answers(
        questionnaire=found["questionnaire"], language="ar", flight=found["flights"][0]["flight"],
        purpose=found["purposes"][1]["id"], answers=dict.fromkeys(QUESTIONS, False), certified=True,
    )  # fmt: skip
    body = {"mrz": ASTRID.mrz, **answers.model_dump()}
    made = two_step.client.post(f"{URL}/declarations", json=body, headers=two_step.kiosk)
    assert made.status_code == 201, made.text


def test_a_family_with_goods_bags_and_nights_is_taken_whole(two_step: World) -> None:
    """As the phone sends it: who has a passport number is found by it."""
    two_step.assess(two_step.add(), two_step.add(NILS))
    family = [
        {"surname": NILS.surname, "given_names": NILS.given, "document_number": NILS.number,
         "birth_date": NILS.birth.isoformat()},
        {"surname": "LINDQVIST", "given_names": "BO", "birth_date": "2024-00-00"},
    ]  # fmt: skip
    made = take(two_step, "over_allowance", companions=family, goods=[WATCH], bags=3, stay_nights=7)
    assert (made.status_code, made.json()["lane"]) == (201, 1), made.text
    [version] = versions(two_step)
    said = version.content
    assert [one["document_number"] for one in said["companions"]] == [NILS.number, None]
    assert (len(said["goods"]), said["bags"], said["stay_nights"]) == (1, 3, 7)
    found = two_step.answer(two_step.kiosk, NILS.mrz)
    assert two_step.rows("select person from presentation where id = :id", id=found["id"]) == [(1,)]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"companions": [{"surname": "X", "given_names": "Y", "birth_date": "2024-13-01"}]}, "/companions/0/birth_date"),
        ({"companions": [{"surname": "X", "given_names": "Y", "birth_date": "2000-01-01"}] * 10}, "/companions"),
        ({"goods": [WATCH | {"category": "gems"}]}, "/goods/0/category"),
        ({"bags": 100}, "/bags"),
    ],
)  # fmt: skip
def test_a_familys_mistakes_are_named_by_their_place(
    two_step: World, change: dict[str, Any], pointer: str
) -> None:
    refused = take(two_step, "over_allowance", **change)
    assert refused.status_code == 422
    assert pointer in {one["pointer"] for one in refused.json()["errors"]}


def basket(*born: str, **changes: Any) -> dict[str, Any]:
    whisky = {"category": "alcohol", "quantity": 5, "value": 20000, "currency": "JPY"}
    asked = {"questionnaire": "jp-c5360-2024", "language": "en"}
    return {**asked, "born": list(born), "goods": [whisky], **changes}


def test_the_estimate_is_the_phones_and_goes_by_ages_alone(two_step: World) -> None:
    def asked(*born: str, **changes: Any) -> Any:
        body = basket(*born, **changes)
        return two_step.client.post(f"{URL}/estimate", json=body, headers=two_step.kiosk)

    alone = asked("1991-06-08").json()
    assert [one["allowance"] for one in alone["over"]] == ["alcohol"]
    assert (alone["lines"][0]["over"], alone["duty"]["most"]) == (2, 2 * 608)
    assert asked("1991-06-08", "1989-02-14").json()["over"] == []
    assert asked("1991-06-08", "2015-01-01").json()["lines"][0]["over"] == 2
    assert asked("1991-06-08", questionnaire="nowhere").status_code == 422
    wrong = asked("1991-06-08", goods=[basket()["goods"][0] | {"category": "gems"}])
    assert wrong.json()["errors"] == [{"pointer": "/goods/0/category", "code": "unknown"}]
    assert two_step.client.post(f"{URL}/estimate", json=basket("1991-06-08")).status_code == 401


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_kiosk_says_what_the_phone_says(two_step: World, language: str) -> None:
    found = two_step.client.get(f"/declare/{language}/kiosk.json").json()
    fake = form_in(language)
    assert found["words"] == {key: fake["words"][key] for key in found["words"]}
    assert {"goods_title", "unit_bottle", "error_birth_date", "money"} <= found["words"].keys()
    assert set(fake["currencies"]) <= set(found["currencies"])
    assert found["digits"]["JPY"] == 0
