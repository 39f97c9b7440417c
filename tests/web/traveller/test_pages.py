"""The form over HTTP, as a browser without JavaScript uses it."""

import re

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.declarations.facts import declaration_of
from app.declarations.models import Declaration, DeclarationVersion
from app.formats.credential.claims import MAX_COMPANIONS
from app.kernel.clock import SettableClock
from app.kernel.db import Database
from app.kernel.http import Kernel
from app.web.traveller.words import LANGUAGES, catalogue
from tests.declarations.forms import add_flight, add_passenger
from tests.web.traveller.walk import ELSA, JOURNEY, PASSPORT, STAY, WATCH, Traveller, answers


@pytest.fixture
def me(client: TestClient) -> Traveller:
    return Traveller(client)


def stored(database: Database) -> list[tuple[Declaration, DeclarationVersion]]:
    with database.read() as session:
        found = session.execute(
            sa.select(Declaration, DeclarationVersion)
            .join(DeclarationVersion, DeclarationVersion.declaration_id == Declaration.id)
            .order_by(DeclarationVersion.seq)
        )
        return [(row[0], row[1]) for row in found]


# --- the way through --------------------------------------------------------------------------------


def test_the_browsers_language_is_chosen(client: TestClient) -> None:
    for path in ("/declare", "/declare/"):
        answer = client.get(path, headers={"Accept-Language": "ko-KR"}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/declare/ko")
        assert answer.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_in_every_language(
    client: TestClient, database: Database, language: str
) -> None:
    me, words = Traveller(client, language), catalogue()[language]
    assert f'<html lang="{language}" dir="{words["direction"]}"' in me.look("")
    asked = [
        (name.replace("answer-", "question-"), {name: v}) for name, v in answers("gold").items()
    ]
    filled = {"passport": PASSPORT, "journey": JOURNEY, "stay": STAY, "companions": ELSA}
    for page, fields in [*filled.items(), *asked, ("goods", WATCH)]:
        me.press(page, {})
        if page != "companions":
            assert me.status == 422, page
            assert me.title.startswith(words["error_prefix"])
        shown = me.look(f"/{page}")
        assert shown.count("<h1>") == 1
        assert words["counts"] in shown or words[f"{page}_title"] in shown
        me.press(page, fields)
    assert me.page == "check"
    assert words["check_title"] in me.text
    me.press("check", {})
    assert list(me.errors.values()) == [words["error_certify"]]
    me.certify()
    assert words["code_title"] in me.text
    assert words["lane_1_hint"] in me.text
    [(declaration, version)] = stored(database)
    assert declaration.language == language
    assert version.certified_text


def test_what_is_stored_is_what_the_api_would_store(me: Traveller, database: Database) -> None:
    me.fill("over_allowance", companions=ELSA, goods=WATCH)
    assert "Sat 8 June" not in me.text
    assert "JPY 300,000" in me.text
    me.certify()
    [(declaration, version)] = stored(database)
    assert (declaration.lane, declaration.seq, declaration.flight) == (1, 0, "XX983")
    content = version.content
    assert content["traveller"] == {
        "surname": "LINDQVIST", "given_names": "ASTRID MAJ", "nationality": "SWE",
        "document": {"number": "SX4471209", "issuer": "SWE"}, "birth_date": "1991-06-08",
    }  # fmt: skip
    assert content["journey"] == {
        "flight": "XX983", "from": "CPH", "to": "NRT", "arrival_date": "2026-03-10",
        "purpose": "tourism",
    }  # fmt: skip
    assert content["companions"] == [
        {
            "surname": "BERGMAN", "given_names": "ELSA", "document_number": None,
            "birth_date": "2015-09-30",
        }
    ]  # fmt: skip
    assert content["goods"] == [
        {
            "category": "other_goods", "description": "Wrist watch", "quantity": 1,
            "value": 300_000, "currency": "JPY",
        }
    ]  # fmt: skip
    assert content["answers"] == {
        name.removeprefix("answer-"): said == "yes"
        for name, said in answers("over_allowance").items()
    }


def test_bags_and_nights_reach_the_facts(me: Traveller, database: Database) -> None:
    with database.transaction() as session:
        astrid = add_passenger(session, add_flight(session))
    page = me.fill(journey={"bags": "２"}, stay={"stay_nights": "9"})  # noqa: RUF001
    assert re.search(r"Bags that you checked in.{0,60}>2<", page, re.DOTALL)
    me.certify()
    with database.read() as session:
        found = declaration_of(session, astrid)
    assert found
    assert (found.bags, found.stay_nights) == (2, 9)


@pytest.mark.parametrize("wrong", ["-1", "100", "two", "1.5"])
def test_bags_are_counted_in_figures_or_left_out(me: Traveller, wrong: str) -> None:
    me.press("passport", PASSPORT)
    me.press("journey", JOURNEY | {"bags": wrong})
    assert list(me.errors) == ["bags"]
    me.press("journey", JOURNEY | {"bags": " "})
    assert me.page == "stay"


def test_goods_are_asked_for_only_after_a_yes(me: Traveller) -> None:
    me.fill()
    assert me.page == "check"
    me.look("/goods")
    assert me.page == "check"
    me.fill("gold")
    assert me.page == "goods"
    me.look("/check")
    assert me.page == "goods"


def test_a_page_cannot_be_jumped_over(me: Traveller) -> None:
    for step in ("journey", "stay", "companions", "question-gold", "goods", "check"):
        me.look(f"/{step}")
        assert me.page == "passport"
    me.press("check", {"certified": "yes"})
    assert me.at == "/declare/en"


def test_back_keeps_what_was_typed_and_demands_nothing(me: Traveller) -> None:
    me.press("passport", PASSPORT)
    me.press("journey", {"flight": "nonsense!"}, go="back")
    assert me.page == "passport"
    assert 'value="SX4471209"' in me.text
    assert 'value="nonsense!"' in me.look("/journey")
    me.press("passport", PASSPORT, go="back")
    assert me.at == "/declare/en"


def test_another_language_keeps_what_was_typed(me: Traveller) -> None:
    me.press("passport", PASSPORT)
    me.press("journey", {"flight": "XX 9"}, go="language:ar")
    assert me.at == "/declare/ar/journey"
    assert 'dir="rtl"' in me.text
    assert 'value="XX 9"' in me.text
    me.press("journey", {}, go="language:xx")
    assert me.status == 422


def test_the_summary_says_what_a_yes_leads_to_where_no_list_asks_for_it(me: Traveller) -> None:
    follows = "A separate declaration of means of payment follows at the counter."
    assert follows not in me.fill()
    assert follows in me.fill("means_of_payment")


def test_a_change_from_the_summary_comes_back_to_it(me: Traveller) -> None:
    me.fill()
    me.press("stay", STAY | {"address": "Hotel Example"})
    assert me.page == "check"
    assert "Hotel Example" in me.text
    me.press("question-entrusted", {"answer-entrusted": "yes"})
    assert me.page == "goods"


def test_people_are_added_and_removed(me: Traveller) -> None:
    me.press("passport", PASSPORT)
    me.press("journey", JOURNEY)
    me.press("stay", STAY)
    me.press("companions", {}, go="add")
    assert 'name="companion-0-surname" class="wide" value="LINDQVIST"' in me.text
    two = ELSA | {name.replace("-0-", "-1-"): v for name, v in ELSA.items()}
    me.press("companions", two | {"companion-1-given_names": "NILS"}, go="remove-0")
    assert 'value="NILS"' in me.text
    assert 'value="ELSA"' not in me.text
    assert "companion-1-" not in me.text
    me.press("companions", two, go="remove-" + "9" * 5000)  # no line has that number
    assert 'value="ELSA"' in me.text
    ten = {
        name.replace("-0-", f"-{row}-"): v
        for row in range(MAX_COMPANIONS + 1)
        for name, v in ELSA.items()
    }
    me.press("companions", ten, go="add")
    assert f"companion-{MAX_COMPANIONS - 1}-surname" in me.text
    assert f"companion-{MAX_COMPANIONS}-surname" not in me.text
    assert 'value="add"' not in me.text


# --- every error ------------------------------------------------------------------------------------

LONG = "A" * 150


@pytest.mark.parametrize(
    ("wrong", "field", "key"),
    [
        ({"surname": ""}, "surname", "surname"),
        ({"surname": LONG}, "surname", "surname"),
        ({"surname": "山田"}, "surname", "surname"),
        ({"surname": "LIND\u0007QVIST"}, "surname", "surname"),
        ({"given_names": "123"}, "given_names", "given_names"),
        ({"document_number": ""}, "document_number", "document_number"),
        ({"document_number": "SX#1"}, "document_number", "document_number"),
        ({"nationality": ""}, "nationality", "nationality"),
        ({"nationality": "QQQ"}, "nationality", "nationality"),
        ({"issuer": "12"}, "issuer", "issuer"),
        ({"birth_date-day": "31", "birth_date-month": "2"}, "birth_date", "birth_date"),
        ({"birth_date-year": "91"}, "birth_date", "birth_date"),
        ({"birth_date-year": ""}, "birth_date", "birth_date"),
        ({"birth_date-year": "1850"}, "birth_date", "birth_date"),
        ({"birth_date-month": "0", "birth_date-day": "5"}, "birth_date", "birth_date"),
        ({"birth_date-year": "2027"}, "birth_date", "birth_date_future"),
    ],
)
def test_what_is_wrong_with_a_passport(
    me: Traveller, wrong: dict[str, str], field: str, key: str
) -> None:
    me.press("passport", PASSPORT | wrong)
    assert me.status == 422
    said = catalogue()["en"][f"error_{key}"]
    assert me.errors == {field: said}
    assert f'id="{field}-error"><span class="visually-hidden">Error:</span> {said}' in me.text
    assert f'id="{field}"' in me.text
    assert me.title.startswith("Error: Your passport")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"flight": ""}, "flight"), ({"flight": "Lufthansa"}, "flight"), ({"flight": "983"}, "flight"),
        ({"from": "Copenhagen"}, "from"), ({"from": ""}, "from"), ({"to": "N"}, "to"),
        ({"arrival_date": ""}, "arrival_date"), ({"arrival_date": "2026-05-01"}, "arrival_date"),
        ({"arrival_date": "2026-03-08"}, "arrival_date"), ({"arrival_date": "x"}, "arrival_date"),
        ({"purpose": ""}, "purpose"), ({"purpose": "espionage"}, "purpose"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_journey(me: Traveller, wrong: dict[str, str], field: str) -> None:
    me.press("passport", PASSPORT)
    me.press("journey", JOURNEY | wrong)
    assert (me.status, me.errors) == (422, {field: catalogue()["en"][f"error_{field}"]})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"address": ""}, "address"), ({"address": LONG}, "address"), ({"phone": LONG}, "phone")],
)
def test_what_is_wrong_with_where_one_stays(
    me: Traveller, wrong: dict[str, str], field: str
) -> None:
    me.press("passport", PASSPORT)
    me.press("journey", JOURNEY)
    me.press("stay", STAY | wrong)
    assert (me.status, me.errors) == (422, {field: catalogue()["en"][f"error_{field}"]})


@pytest.mark.parametrize(
    ("wrong", "field", "key"),
    [
        ({"surname": ""}, "surname", "surname"),
        ({"given_names": "エルサ"}, "given_names", "given_names"),
        ({"document_number": "!"}, "document_number", "document_number"),
        ({"birth_date-year": "15"}, "birth_date", "birth_date"),
        ({"birth_date-year": "2030"}, "birth_date", "birth_date_future"),
    ],
)
def test_what_is_wrong_with_a_companion(
    me: Traveller, wrong: dict[str, str], field: str, key: str
) -> None:
    me.press("passport", PASSPORT)
    me.press("journey", JOURNEY)
    me.press("companions", ELSA | {f"companion-0-{name}": v for name, v in wrong.items()})
    assert me.errors == {f"companion-0-{field}": catalogue()["en"][f"error_{key}"]}


def test_every_question_wants_yes_or_no(me: Traveller) -> None:
    me.fill()
    for said in ("perhaps", ""):
        me.press("question-gold", {"answer-gold": said, "answer-commercial": "yes"})
        assert list(me.errors) == ["answer-gold"]
        assert "gold bullion" in me.errors["answer-gold"]
        assert "gold bullion" in me.title
    me.press("question-gold", {"answer-gold": "no"})
    assert me.page == "check"  # a page takes its own answer only


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"category": ""}, "category"), ({"category": "dragons"}, "category"),
        ({"description": ""}, "description"), ({"description": LONG}, "description"),
        ({"quantity": ""}, "quantity"), ({"quantity": "0"}, "quantity"), ({"quantity": "1.5"}, "quantity"),
        ({"value": ""}, "value"), ({"value": "a lot"}, "value"), ({"value": "0.5"}, "value"),
        ({"currency": ""}, "currency"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_goods(me: Traveller, wrong: dict[str, str], field: str) -> None:
    me.fill("over_allowance")
    me.press("goods", WATCH | {f"goods-0-{name}": v for name, v in wrong.items()})
    assert me.status == 422
    assert me.errors[f"goods-0-{field}"] == catalogue()["en"][f"error_{field}"]


def test_goods_that_a_yes_demands(me: Traveller) -> None:
    me.fill("unaccompanied")
    me.press("goods", {})
    words = catalogue()["en"]
    assert words["error_goods_required"] in me.errors.values()
    me.press("goods", WATCH)
    assert list(me.errors.values()) == [words["error_packages_required"]]
    [field] = me.errors
    assert f'id="{field}"' in me.text
    boxes = {
        "goods-1-category": "unaccompanied_packages", "goods-1-description": "",
        "goods-1-quantity": "2", "goods-1-value": "50000", "goods-1-currency": "JPY",
    }  # fmt: skip
    empty = {f"goods-2-{name}": "" for name in ("category", "description", "quantity", "value")}
    me.press("goods", WATCH | boxes | empty)
    assert me.page == "check"


def test_certifying_is_an_act_of_its_own(me: Traveller, database: Database) -> None:
    me.fill()
    me.press("check", {"certified": "no"})
    assert me.status == 422
    assert list(me.errors) == ["certified"]
    assert stored(database) == []


def test_a_day_that_passed_while_the_page_was_open(
    me: Traveller, clock: SettableClock, database: Database
) -> None:
    clock.advance(hours=6)
    me.fill(journey={"arrival_date": "2026-03-09"})
    assert me.page == "check"
    clock.advance(hours=7)  # past midnight at the airport: the day before yesterday
    me.certify()
    assert me.page == "journey"
    assert stored(database) == []


# --- what the browser keeps ----------------------------------------------------------------------------


def test_nothing_is_stored_before_it_is_certified(me: Traveller, database: Database) -> None:
    me.fill()
    assert stored(database) == []


def test_a_second_press_makes_no_second_declaration(
    me: Traveller, client: TestClient, database: Database
) -> None:
    me.fill()
    before = dict(client.cookies)
    me.certify()
    first = me.at
    client.cookies.clear()
    client.cookies.update(before)
    me.certify()
    assert me.at == first
    assert len(stored(database)) == 1


def test_what_was_typed_is_sealed_and_goes_after_twelve_hours(
    me: Traveller, client: TestClient, clock: SettableClock
) -> None:
    me.press("passport", PASSPORT)
    jar = "".join(cookie.value or "" for cookie in client.cookies.jar)
    assert jar
    assert "LINDQVIST" not in jar
    assert 'id="draft-title"' in me.look("")
    clock.advance(hours=12, seconds=1)
    assert 'id="draft-title"' not in me.look("")


def test_cookies_that_were_tampered_with_are_no_draft(me: Traveller, client: TestClient) -> None:
    me.press("passport", PASSPORT)
    client.cookies.set("draft-0", "AAAA" * 20, path="/declare", domain="testserver.local")
    assert "LINDQVIST" not in me.look("/passport")
    assert me.status == 200


def test_a_large_family_with_many_goods_fits_into_the_cookies(me: Traveller) -> None:
    family = {
        name.replace("-0-", f"-{row}-"): (
            chr(65 + row) + "VERYLONGNAME" * 3 if value.isalpha() else value
        )
        for row in range(9)
        for name, value in ELSA.items()
    }
    goods = {
        name.replace("-0-", f"-{row}-"): (
            "العطور والهدايا والسجاد " + str(row) if name.endswith("description") else value
        )
        for row in range(20)
        for name, value in WATCH.items()
    }
    me.fill("over_allowance", companions=family, goods=goods)
    assert me.page == "check"
    me.certify()
    assert "Goods to declare" in me.text
    assert "<dd>10</dd>" in me.text


def test_answers_can_be_deleted(me: Traveller, client: TestClient) -> None:
    me.press("passport", PASSPORT)
    me.look("")
    client.post("/declare/en/clear")
    assert not client.cookies
    assert 'value="LINDQVIST"' not in me.look("/passport")


def test_cookies_are_for_these_pages_only_and_out_of_reach_of_scripts(
    kernel: Kernel,
) -> None:
    from app.main import create_app

    kernel.secure_cookies = True
    with TestClient(create_app(kernel), base_url="https://testserver") as client:
        answer = client.post(
            "/declare/en/passport", data=PASSPORT | {"go": "next"}, follow_redirects=False
        )
    [draft, *_] = answer.headers.get_list("set-cookie")
    assert draft.startswith("__Secure-draft-0=")
    for flag in ("HttpOnly", "Path=/declare", "SameSite=lax", "Secure", "Max-Age=43200"):
        assert flag in draft


# --- safety ------------------------------------------------------------------------------------------


def test_what_was_typed_is_shown_as_text(me: Traveller) -> None:
    evil = '"><script>alert(1)</script>'
    me.press("passport", PASSPORT | {"surname": evil})
    assert "<script>alert" not in me.text
    assert "&lt;script&gt;alert" in me.text
    me.fill(stay={"address": evil})
    assert me.page == "check"
    assert "<script>alert" not in me.text


def test_nothing_personal_in_addresses_or_logs(
    me: Traveller, client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []
    client.event_hooks["response"].append(
        lambda answer: seen.append(f"{answer.url} {answer.headers.get('location', '')}")
    )
    me.press("passport", PASSPORT | {"surname": ""})
    me.fill("over_allowance", companions=ELSA, goods=WATCH)
    me.certify()
    secrets = [cookie.value or "?" for cookie in client.cookies.jar if cookie.value]
    logged = capsys.readouterr()
    text = " ".join([*seen, logged.out, logged.err]).upper()
    assert "/DECLARE/EN/CHECK" in text
    for secret in (
        "LINDQVIST",
        "ASTRID",
        "SX4471209",
        "1991",
        "HINOKI",
        "BERGMAN",
        "WATCH",
        "8131234",
        *secrets,
    ):
        assert secret.upper() not in text, secret


def test_pages_are_not_kept_and_have_the_strict_policy(me: Traveller, client: TestClient) -> None:
    me.fill()
    me.certify()
    for path in ("/declare/en", "/declare/en/passport", me.at, f"{me.at}/image"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        if not path.endswith("image"):
            assert "<style" not in answer.text
            assert " style=" not in answer.text
            assert "<script>" not in answer.text


def test_another_site_cannot_send_the_form(
    me: Traveller, client: TestClient, database: Database
) -> None:
    me.fill()
    answer = client.post(
        "/declare/en/check", data={"certified": "yes"},
        headers={"Sec-Fetch-Site": "cross-site", "Accept": "text/html"},
    )  # fmt: skip
    assert answer.status_code == 403
    assert stored(database) == []


def test_a_day_that_is_over_is_named(client: TestClient) -> None:
    me = Traveller(client)
    me.press("passport", PASSPORT)
    me.press("journey", JOURNEY)
    assert "can no longer be declared" not in me.look("/journey")
    me.press("journey", JOURNEY | {"arrival_date": "2026-03-03"}, "back")  # keeps what was typed
    assert "The day that you chose, 3 March 2026, can no longer be declared" in me.look("/journey")
    assert me.look("/check").count("can no longer be declared") == 1  # it leads back to that page


@pytest.mark.parametrize(
    ("path", "status"),
    [("/declare/xx", 404), ("/declare/en/nowhere", 404), ("/declare/en/code/no-id", 422)],
)
def test_addresses_that_do_not_exist(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_errors_speak_the_travellers_language(client: TestClient, kernel: Kernel) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "ko"}
    assert (
        catalogue()["ar"]["page_missing"] in client.get("/declare/ar/a/b/c", headers=headers).text
    )
    assert catalogue()["ko"]["page_missing"] in client.get("/declare/xx", headers=headers).text
    kernel.database.dispose()
    kernel.database.engine = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none")
    withdraw = "/declare/ja/code/01890000-0000-7000-8000-000000000000/withdraw"
    answer = client.post(withdraw, data={"erase": ""}, headers=headers)
    assert answer.status_code == 503
    assert catalogue()["ja"]["page_later_hint"] in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_body_that_is_no_form(client: TestClient) -> None:
    assert (
        client.post(
            "/declare/en/passport", content=b"{}", headers={"Content-Type": "application/json"}
        ).status_code
        == 415
    )
    big = "surname=" + "A" * 70_000
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/declare/en/passport", content=big, headers=headers).status_code == 413


@pytest.mark.parametrize("language", LANGUAGES)
def test_rights_are_explained_in_every_language(client: TestClient, language: str) -> None:
    words = catalogue()[language]
    help_page = client.get(f"/declare/{language}/help").text
    assert f'href="/declare/{language}/rights"' in help_page
    page = client.get(f"/declare/{language}/rights").text
    for key in ("rights_intro", "rights_how", "rights_answer", "rights_complain"):
        assert words[key] in page
    assert all(one in page for one in words.all("rights_what"))
