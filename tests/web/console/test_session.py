"""Signing in and out, and who may see what."""

import pytest

from app.identity.permissions import Role
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
    assert "cookies" in answer.headers["clear-site-data"]
    assert somebody.get("/console").headers["location"] == "/console/sign-in"


@pytest.mark.parametrize(
    ("role", "start", "flights"),
    [
        (Role.GATE_OFFICER, "Referrals", 200),
        (Role.SENIOR, "Referrals", 200),
        (Role.TARGETER, "Referrals", 200),
        (Role.RULE_APPROVER, "No queue for your role", 200),
        (Role.LEGAL_APPROVER, "No queue for your role", 403),
        (Role.ADMINISTRATOR, "No queue for your role", 403),
        (Role.AUDITOR, "No queue for your role", 403),
    ],
)
def test_what_each_role_starts_with(look, role, start, flights):
    somebody = look(role)
    assert start in somebody.page("/console")
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
    answer = somebody.post(f"/console/referrals/{referral}/release", {"version": "2"}, **headers)
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
