"""Signing in and out, and who may see what."""

import re

import pytest

from app.identity.permissions import Role
from tests.support import WHY_TYPED
from tests.web.conftest import Hall

HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


def sign_in(client, code, **form):
    client.cookies.clear()
    return client.post(
        "/console/sign-in", data={"code": code, **form}, headers=HTML, follow_redirects=False
    )


def test_a_code_opens_a_session_once(client, airport):
    code = airport.code_for("kai", "K. Aoyama")
    answer = sign_in(client, code)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    again = sign_in(client, code)
    assert again.status_code == 401
    assert "does not open a session" in again.text
    assert "<title>Error: Sign in" in again.text


def test_a_code_may_be_typed_in_small_letters_without_hyphens(client, airport):
    code = airport.code_for("kai", "K. Aoyama")
    assert sign_in(client, code.lower().replace("-", " ")).status_code == 303


def test_an_empty_code_is_asked_for(client, airport):
    answer = sign_in(client, "")
    assert answer.status_code == 422
    assert "Enter your one-time code" in answer.text


@pytest.mark.parametrize(
    "after", ["https://evil.example", "//evil.example", "/declare/", "\\console"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(client, airport, after):
    answer = sign_in(client, airport.code_for("kai", "K. Aoyama"), next=after)
    assert answer.headers["location"] == "/console"


def test_a_page_is_come_back_to(client, airport):
    asked = client.get("/console/flights", headers=HTML, follow_redirects=False)
    assert asked.headers["location"] == "/console/sign-in?next=%2Fconsole%2Fflights"
    answer = sign_in(client, airport.code_for("kai", "K. Aoyama"), next="/console/flights")
    assert answer.headers["location"] == "/console/flights"


def test_a_fragment_without_a_session_is_401(client, airport):
    answer = client.get("/console/fragments/queue", headers={**HTML, "HX-Request": "true"})
    assert answer.status_code == 401


def test_signing_out_ends_the_session_on_the_server(look):
    somebody = look()
    answer = somebody.post("/console/sign-out")
    assert answer.headers["location"] == "/console/sign-in"
    assert answer.headers["clear-site-data"] == '"cache"'
    assert any(
        one.startswith("egate=") and "Max-Age=0" in one
        for one in answer.headers.get_list("set-cookie")
    )
    assert somebody.get("/console").headers["location"] == "/console/sign-in"


@pytest.mark.parametrize(
    ("role", "start", "flights"),
    [
        (Role.GATE_OFFICER, "Referrals", 200),
        (Role.SENIOR, "Referrals", 200),
        (Role.TARGETER, "Referrals", 200),
        (Role.RULE_APPROVER, "Rules", 200),
        (Role.LEGAL_APPROVER, "Rules", 403),
        (Role.ADMINISTRATOR, "Officers", 403),
        (Role.AUDITOR, "Audit", 403),
        (Role.TECHNICIAN, "Devices", 403),
        (Role.LIST_CUSTODIAN, "Lists", 403),
        (Role.CARRIER_LIAISON, "Messages", 403),
        (Role.HELP_DESK, "Declarations", 403),
        (Role.REMOTE_SENIOR, "Second looks", 403),
    ],
)
def test_what_each_role_starts_with(look, role, start, flights):
    somebody = look(role)
    begins = somebody.get("/console")
    page = somebody.page(begins.headers.get("location", "/console"))
    assert (
        f' aria-current="page">{start}</a>' in page if begins.status_code == 303 else start in page
    )
    assert somebody.get("/console/flights").status_code == flights


def test_the_rule_approver_sees_no_people(look, hall: Hall):
    somebody = look(Role.RULE_APPROVER)
    assert "QUILLFEATHER" not in somebody.page("/console/flights")
    refused = somebody.get(f"/console/passengers/{hall.passenger('quiet')}")
    assert refused.status_code == 403
    assert "You may not do this" in refused.text


def test_who_may_not_review_sees_no_form_and_is_refused(look, hall: Hall):
    gate, senior = look(Role.GATE_OFFICER), look(Role.SENIOR)
    address = f"/console/passengers/{hall.passenger('astrid')}"
    assert "/review" not in gate.page(address)
    form = senior.page(address).partition('action="/console/hits/')[2]
    hit = form.partition("/")[0]
    refused = gate.post(f"/console/hits/{hit}/review", {"state": "confirmed", "seen": "unreviewed"})
    assert refused.status_code == 403


def test_who_may_only_look_gets_no_buttons(look, hall: Hall):
    referral = hall.refer("astrid")
    page = look(Role.TARGETER).page(f"/console/referrals/{referral}")
    assert "Your role may look, not decide" in page
    assert f"/console/referrals/{referral}/release" not in page


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_a_form_of_another_site_is_refused(look, hall: Hall, headers):
    somebody, referral = look(), hall.refer("astrid")
    answer = somebody.post(
        f"/console/referrals/{referral}/release", {"version": "2", **WHY_TYPED}, **headers
    )
    assert answer.status_code == 403
    assert "Waiting" in somebody.page(f"/console/referrals/{referral}")


def test_an_old_browser_is_judged_by_its_origin(client, look):
    somebody = look()
    headers = {"Cookie": f"egate={somebody.token}", "Accept": "text/html"}
    foreign = client.post(
        "/console/sign-out", headers={**headers, "Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    own = client.post(
        "/console/sign-out", headers={**headers, "Origin": "http://testserver"},
        follow_redirects=False,
    )  # fmt: skip
    assert own.status_code == 303


@pytest.mark.parametrize(("by_itself", "status"), [(True, 401), (False, 200)])
def test_a_page_that_refreshes_itself_keeps_no_session_alive(look, clock, by_itself, status):
    officer = look()
    clock.advance(minutes=20)
    headers = {"HX-Request": "true"} if by_itself else {}
    assert officer.get("/console/fragments/queue", **headers).status_code == 200
    clock.advance(minutes=20)
    headers = {"HX-Request": "true"}
    assert officer.get("/console/fragments/queue", **headers).status_code == status


def choose(somebody, tag, **headers):
    form = {"language": tag, "next": "/console/flights?page=2"}
    return somebody.post("/console/language", form, **headers)


def test_a_language_is_chosen_by_its_own_name_and_the_page_is_come_back_to(look):
    somebody = look(Role.SENIOR)
    page = somebody.page("/console/flights?page=2")
    assert '<html lang="en"' in page
    assert re.search(r'value="ja" lang="ja" aria-pressed="false">日本語<', page)
    assert '<input type="hidden" name="next" value="/console/flights?page=2">' in page
    answer = choose(somebody, "ja")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/flights?page=2")
    kept = answer.headers["set-cookie"].lower()
    assert kept.startswith("language=ja;")
    assert all(part in kept for part in ("max-age=31536000", "samesite=strict", "path=/console"))


def test_rows_stand_closer_wherever_the_officer_signs_in_until_he_says_otherwise(look):
    somebody = look(Role.SENIOR)
    page = somebody.page("/console/flights?page=2")
    assert '<body class="console">' in page
    assert re.search(r'value="comfortable" aria-pressed="true">Comfortable<', page)
    form = {"density": "compact", "next": "/console/flights?page=2"}
    answer = somebody.post("/console/density", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/flights?page=2")
    elsewhere = look(Role.SENIOR).page("/console")
    assert '<body class="console compact">' in elsewhere
    assert re.search(r'value="compact" aria-pressed="true">Compact<', elsewhere)
    assert '<body class="console">' in look(Role.GATE_OFFICER).page("/console")
    assert somebody.post("/console/density", {"density": "none"}).status_code == 422
    away = somebody.post("/console/density", {"density": "comfortable", "next": "//evil.example"})
    assert away.headers["location"] == "/console"
    assert '<body class="console">' in somebody.page("/console/flights")


def test_a_page_says_in_which_language_it_is(look):
    somebody = look()
    answer = somebody.get("/console/flights", Cookie=f"egate={somebody.token}; language=ja")
    assert '<html lang="ja"' in answer.text
    assert answer.headers["content-language"] == "ja"
    assert somebody.get("/console/flights").headers["content-language"] == "en"


def test_what_a_page_fetches_comes_in_the_language_of_the_page(look):
    somebody = look()
    asked = {"Cookie": f"egate={somebody.token}; language=ja", "HX-Request": "true"}
    answer = somebody.get("/console/fragments/flights", **asked, **{"Accept-Language": "en"})
    assert answer.headers["content-language"] == "en"
    assert somebody.get("/console/fragments/flights", **asked).headers["content-language"] == "ja"


def test_the_language_is_there_on_another_machine(client, airport, look):
    choose(look(login="kai"), "ja")
    answer = sign_in(client, airport.code_for("kai", "K. Aoyama"))
    assert "language=ja;" in answer.headers["set-cookie"]


def test_whoever_is_not_signed_in_chooses_for_this_browser(client, airport):
    page = client.get("/console/sign-in", headers=HTML)
    assert 'action="/console/language"' in page.text
    answer = client.post(
        "/console/language", data={"language": "ja", "next": "//evil.example"}, headers=HTML,
        follow_redirects=False,
    )  # fmt: skip
    assert answer.headers["location"] == "/console"
    assert "language=ja;" in answer.headers["set-cookie"]


def test_a_language_is_not_chosen_by_another_site_nor_one_that_is_not_there(look):
    somebody = look()
    assert choose(somebody, "ja", **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert choose(somebody, "tlh").status_code == 422
