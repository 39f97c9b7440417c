"""Every cookie that the program sets where browsers come by https, gathered by walking through what sets them."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.identity import senders
from app.kernel.http import Kernel
from tests.web.conftest import Hall

OURS = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}


@pytest.fixture
def given(
    hall: Hall, client: TestClient, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """The `Set-Cookie` lines of sign-in, passkeys, language, a form after the session's end, a traveller, a carrier."""
    monkeypatch.setattr(kernel, "secure_cookies", True)
    told: list[str] = []

    def post(path: str, cookie: str = "", **form: str) -> Any:
        client.cookies.clear()
        headers = OURS | ({"Cookie": cookie} if cookie else {})
        answer = client.post(path, data=form, headers=headers, follow_redirects=False)
        told.extend(answer.headers.get_list("set-cookie"))
        return answer

    post("/console/sign-in", code=hall.airport.code_for("kai", "K. Aoyama"))
    session = told[0].partition(";")[0]
    post("/console/sign-in/passkey/question")
    post("/console/language", session, language="ja", next="/console")
    referral = hall.refer("astrid")
    post("/console/sign-out", session)
    kept = post(f"/console/referrals/{referral}/release", session, note="typed when it was over")
    assert kept.status_code in (303, 401)
    post("/declare/en/passport", surname="LINDQVIST", go="next")
    with kernel.database.transaction() as opened:
        _, token = senders.create_sender(opened, "seen", ["XX"], "NRT", kernel.clock())
    post("/carrier/sign-in", token=token)
    return told


def test_every_cookie_is_secure_hidden_from_scripts_and_of_this_site(given: list[str]) -> None:
    """ASVS 5.0, 3.3.1 to 3.3.4; 3.3.5: none is too long to be kept."""
    names = {one.partition("=")[0] for one in given}
    assert {
        "__Host-egate",
        "__Host-egate-known",
        "__Host-egate-passkey",
        "__Secure-language",
        "__Secure-draft-0",
    } <= names
    assert any(one.startswith("__Host-") and "carrier" in one for one in names), names
    for line in given:
        name, _, rest = line.partition("=")
        parts = {part.strip().lower() for part in rest.split(";")[1:]}
        assert {"secure", "httponly"} <= parts, line
        assert parts & {"samesite=strict", "samesite=lax"}, line
        assert not [part for part in parts if part.startswith("domain=")], line
        assert name.startswith(("__Host-", "__Secure-")), line
        if name.startswith("__Host-"):
            assert "path=/" in parts, line
        assert len(name) + len(rest.partition(";")[0]) <= 4096, name


def test_no_cookie_holds_anything_that_can_be_read(given: list[str]) -> None:
    for line in given:
        value = line.partition("=")[2].partition(";")[0]
        assert re.fullmatch(r'"?[\w.~=-]*"?', value), line
        assert "LINDQVIST" not in value


def test_the_language_is_found_in_it(client: TestClient) -> None:
    headers = OURS | {"Cookie": "__Secure-language=ja"}
    assert 'lang="ja"' in client.get("/console/sign-in", headers=headers).text
