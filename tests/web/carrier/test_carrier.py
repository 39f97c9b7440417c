"""A sender's own page: signed in with its token, its own figures, nothing of others and nothing on risk."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.identity.senders import create_sender
from app.messages.counting import count_due
from tests.messages.airline import api, person

HTML = {"Accept": "text/html"}
ORIGIN = {**HTML, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def token(database, clock) -> str:
    with database.transaction() as session:
        return create_sender(session, "ZZ host", ["ZZ"], "NRT", clock())[1]


def sign_in(client, token: str):
    return client.post(
        "/carrier/sign-in", data={"token": token}, headers=ORIGIN, follow_redirects=False
    )


def page(client, path: str = "/carrier/"):
    return client.get(path, headers=HTML, follow_redirects=False)


def send(client, token: str, raw: bytes) -> None:
    answer = client.post(
        "/api/v1/messages", content=raw, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 202


def work(kernel) -> None:
    from app.messages.apply import apply_next

    while apply_next(kernel.database, kernel.vault, kernel.clock(), "NRT"):
        pass
    count_due(kernel.database, kernel.clock())


def test_a_stranger_is_sent_to_sign_in(client) -> None:
    for path in ("/carrier/", "/carrier/quality.csv"):
        answer = page(client, path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/carrier/sign-in")
    assert sign_in(client, "wrong").status_code == 401
    assert "set-cookie" not in sign_in(client, "wrong").headers


def test_the_token_opens_a_session_and_is_in_no_cookie_and_no_address(client, token) -> None:
    answer = sign_in(client, token)
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 303
    assert token not in answer.headers["location"] + cookie
    for word in ("HttpOnly", "SameSite=strict", "Max-Age=1800", "Path=/"):
        assert word in cookie
    shown = page(client)
    assert shown.status_code == 200
    assert token not in shown.text
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]


def test_its_own_messages_faults_and_figures(client, token, kernel, sender_headers) -> None:
    send(client, token, api(person(), person("", "")))
    other = api(person("SOMEBODYELSE"), flight="QQ009")
    client.post("/api/v1/messages", content=other, headers=sender_headers)
    work(kernel)
    sign_in(client, token)
    shown = page(client).text
    for said in ("ZZ host", "name_missing", "NAD", "Passenger lists: 2 people", "Read</span>"):
        assert said in shown
    for hidden in ("SOMEBODYELSE", "QQ9", "QUILLFEATHER", "L1234567", "risk", "watch", "score"):
        assert hidden not in shown
    table = page(client, "/carrier/quality.csv").text
    assert "ZZ host" in table
    assert "test sender" not in table


def test_its_certification_is_shown(client, token, kernel) -> None:
    raw = api(person())
    unb = raw[: raw.index(b"'")]
    test = raw.replace(unb, unb + b"+++++1" if unb.count(b"+") == 5 else unb + b"++++1", 1)
    sign_in(client, token)
    assert "No test message has come." in page(client).text
    send(client, token, test)
    work(kernel)
    assert "Certification by test messages" in page(client).text


def test_half_an_hour_and_it_is_over(client, token, clock) -> None:
    sign_in(client, token)
    clock.now += timedelta(minutes=31)
    assert page(client).status_code == 303


def test_signing_out_ends_it_on_the_server_too(client, token) -> None:
    cookie = sign_in(client, token).cookies["egate-carrier"]
    out = client.post("/carrier/sign-out", headers=ORIGIN, follow_redirects=False)
    assert out.status_code == 303
    client.cookies.set("egate-carrier", cookie)
    assert page(client).status_code == 303


def test_a_disabled_sender_is_out_at_once(client, token, database) -> None:
    sign_in(client, token)
    with database.transaction() as session:
        session.execute(sa.text("update sender set disabled_at = now()"))
    assert page(client).status_code == 303


def test_another_sites_form_signs_nobody_in_or_out(client, token) -> None:
    foreign = {**HTML, "Sec-Fetch-Site": "cross-site"}
    answer = client.post("/carrier/sign-in", data={"token": token}, headers=foreign)
    assert answer.status_code == 403
    sign_in(client, token)
    assert client.post("/carrier/sign-out", headers=foreign).status_code == 403
    assert page(client).status_code == 200


def test_an_officers_cookie_opens_no_carriers_page_and_the_other_way_round(
    client, token, officer
) -> None:
    assert (
        client.get("/carrier/", headers=officer() | HTML, follow_redirects=False).status_code == 303
    )
    sign_in(client, token)
    assert page(client, "/console").headers["location"].startswith("/console/sign-in")


def test_unknown_addresses_are_pages(client) -> None:
    answer = page(client, "/carrier/nothing")
    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]
