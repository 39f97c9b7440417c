"""Signing in by passkey, proving once more, and the page *My sign-in*."""

import html
import re

import sqlalchemy as sa

from app.identity.permissions import Role
from app.kernel.http import Kernel
from tests.support.airport import Airport
from tests.support.authenticator import Authenticator
from tests.web.conftest import Looker

ORIGIN = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
MINE = "/console/my-sign-in"
ASK = "/console/sign-in/passkey/question"


def cookies_of(answer) -> dict[str, str]:
    """The cookies that an answer sets."""
    pairs = (one.partition(";")[0].partition("=") for one in answer.headers.get_list("set-cookie"))
    return {name: value for name, _, value in pairs}


def add_passkey(officer: Looker, phone: Authenticator, name: str = "phone"):
    asked = officer.post(f"{MINE}/passkeys/question")
    assert asked.status_code == 200
    cookie = f"egate={officer.token}; egate-passkey={cookies_of(asked)['egate-passkey']}"
    form = {"credential": phone.create(asked.text), "name": name}
    return officer.post(f"{MINE}/passkeys", form, Cookie=cookie)


def by_passkey(client, phone: Authenticator, before: str = "", **form: str):
    client.cookies.clear()
    asked = client.post(ASK, headers=ORIGIN)
    bound = cookies_of(asked)["egate-passkey"]
    client.cookies.clear()
    cookie = f"egate-passkey={bound}" + (f"; egate={before}" if before else "")
    return client.post(
        "/console/sign-in/passkey", data={"credential": phone.get(asked.text), **form},
        headers=ORIGIN | {"Cookie": cookie}, follow_redirects=False,
    )  # fmt: skip


def trail(kernel: Kernel, action: str) -> list:
    query = (
        "select subject_id, detail ->> 'way' from audit_entry where action = :action order by at"
    )
    with kernel.database.read() as session:
        return [tuple(row) for row in session.execute(sa.text(query), {"action": action})]


def test_a_passkey_is_added_after_the_first_sign_in_by_code_and_opens_sessions(
    client, look, kernel
):
    officer, phone = look(login="kei"), Authenticator()
    assert add_passkey(officer, phone).headers["location"] == MINE
    page = officer.page(MINE)
    assert 'value="phone"' in page
    answer = by_passkey(client, phone, next="/console/flights")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/flights")
    token = cookies_of(answer)["egate"]
    assert token != officer.token
    listed = Looker(client, token).page(MINE)
    assert listed.count("<tr data-session") == 2
    assert "Passkey</td>" in listed
    assert trail(kernel, "session.open")[-1][1] == "passkey"


def test_an_answer_counts_once_and_a_refusal_is_noted_without_who_asked(client, look, kernel):
    phone = Authenticator()
    add_passkey(look(login="kei"), phone)
    client.cookies.clear()
    asked = client.post(ASK, headers=ORIGIN)
    headers = ORIGIN | {"Cookie": f"egate-passkey={cookies_of(asked)['egate-passkey']}"}
    answer = phone.get(asked.text)
    status = []
    for _ in range(2):
        client.cookies.clear()
        sent = client.post(
            "/console/sign-in/passkey", data={"credential": answer}, headers=headers,
            follow_redirects=False,
        )  # fmt: skip
        status.append(sent.status_code)
    assert status == [303, 401]
    assert "This passkey does not open a session" in sent.text
    [(subject, way)] = trail(kernel, "session.refuse")
    assert (way, subject is not None) == ("passkey", True)


def test_signing_in_makes_a_new_token_and_ends_what_was_there(client, airport: Airport, look):
    """No session that somebody else put into the browser becomes the officer's (fixation)."""
    planted = look(login="mallory")
    client.cookies.clear()
    answer = client.post(
        "/console/sign-in", data={"code": airport.code_for("kei", "K. Aoyama")},
        headers=planted.headers, follow_redirects=False,
    )  # fmt: skip
    token = cookies_of(answer)["egate"]
    assert token != planted.token
    assert planted.get("/console").headers["location"] == "/console/sign-in"
    assert "K. Aoyama" in Looker(client, token).page("/console")


def test_who_decides_who_can_sign_in_proves_it_once_more(client, look, clock, kernel):
    officer, phone = look(login="kei"), Authenticator()
    add_passkey(officer, phone)
    clock.advance(minutes=6)
    page = officer.page(MINE)
    assert "Sign in once more to add or remove passkeys" in page
    key = re.search(r'data-passkey-id="([^"]+)"', page).group(1)
    refused = officer.post(f"{MINE}/passkeys/{key}/remove")
    again = "/console/sign-in?again=1&next=%2Fconsole%2Fmy-sign-in"
    assert (refused.status_code, refused.headers["location"]) == (303, again)
    assert "Show once more that you are Officer senior" in officer.page(again)
    assert officer.get("/console/sign-in").headers["location"] == "/console"
    answer = by_passkey(client, phone, officer.token, next=MINE)
    renewed = Looker(client, cookies_of(answer)["egate"])
    assert (
        officer.get("/console").headers["location"] == "/console/sign-in"
    )  # the old token is dead
    assert renewed.post(f"{MINE}/passkeys/{key}/remove").headers["location"] == MINE
    assert "You have none yet" in renewed.page(MINE)
    assert trail(kernel, "session.prove")[0][1] == "passkey"
    assert by_passkey(client, phone).status_code == 401


def test_what_is_wrong_with_a_passkey_is_said_at_its_name(look, client):
    officer = look(login="kei")
    answer = add_passkey(officer, Authenticator(), " ")
    assert answer.status_code == 422
    assert "Give the passkey a name" in answer.text
    answer = add_passkey(officer, Authenticator(origin="https://evil.example"))
    assert answer.status_code == 422
    assert "This passkey was not taken" in html.unescape(answer.text)
    assert "You have none yet" in officer.page(MINE)


def test_sessions_are_ended_from_the_list(look, client):
    here, there, third = (look(login="kei") for _ in range(3))
    page = here.page(MINE)
    assert page.count("<tr data-session") == 3
    others = set(re.findall(r"my-sign-in/sessions/([0-9a-f-]+)/end", page))
    assert len(others) == 2
    assert here.post(f"{MINE}/sessions/{others.pop()}/end").status_code == 303
    alive = [one for one in (there, third) if one.get("/console").status_code == 200]
    assert len(alive) == 1
    here.post(f"{MINE}/sessions/others/end")
    assert alive[0].get("/console").status_code == 303
    assert here.get("/console").status_code == 200
    stranger = look(login="mio")
    mine = re.search(r'<tr data-session="([^"]+)"', here.page(MINE)).group(1)
    assert stranger.post(f"{MINE}/sessions/{mine}/end").status_code == 404


def test_other_sites_ask_for_nothing(client, look):
    foreign = {"Accept": "text/html", "Sec-Fetch-Site": "cross-site"}
    for path in (ASK, "/console/sign-in/passkey"):
        assert client.post(path, data={"credential": "{}"}, headers=foreign).status_code == 403
    officer = look(Role.AUDITOR)
    answer = officer.post(f"{MINE}/passkeys/question", **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_there_is_nobody_who_has_not_been_made(database):
    """No default accounts: an empty installation has no officer and no code."""
    for table in ("officer", "sign_in_code", "passkey", "officer_password", "officer_link"):
        with database.read() as session:
            assert session.scalar(sa.text(f"select count(*) from {table}")) == 0
