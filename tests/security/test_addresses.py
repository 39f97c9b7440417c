"""Addresses and methods that nobody was given: files beside ours, other sites, other verbs."""

from itertools import product

import pytest
from starlette.testclient import TestClient

from app.identity.permissions import Role
from app.web.assets import fingerprint
from tests.security.contract import Callers

CLIMBS = (
    "..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/%2e%2e/etc/passwd", "..%5c..%5c..%5cetc%5cpasswd",
    "%252e%252e%252fetc%252fpasswd", "....//....//etc/passwd", "%2fetc%2fpasswd", "..%00/etc/passwd", "..;/etc/passwd",
    "%c0%ae%c0%ae%2fetc%2fpasswd", "file:%2f%2f%2fetc%2fpasswd", "C:%5cWindows%5cwin.ini", ".git%2fconfig", "%2e%2e%2fassets.py",
)  # fmt: skip
BELOW = (
    f"/static/{fingerprint()}/", "/static/", "/problems/", "/api/v1/questionnaires/", "/declare/en/", "/declare/",
    "/console/watchlists/", "/console/rules/", "/api/v1/watchlists/", "/api/v1/rules/", "/",
)  # fmt: skip


def test_no_address_leads_to_another_file(client: TestClient, callers: Callers) -> None:
    """ASVS 5.0, 5.3.2 and 13.4.1."""
    for below, climb in product(BELOW, CLIMBS):
        client.cookies.clear()
        answer = client.get(below + climb, headers=callers[Role.SENIOR], follow_redirects=False)
        assert answer.status_code in (303, 307, 400, 403, 404, 405, 422), (
            below + climb,
            answer.text,
        )
        assert "root:" not in answer.text
        assert "def address" not in answer.text


@pytest.mark.parametrize("folder", ["", "js/", "css/", "vendor/", "icons"])
def test_no_folder_is_listed(client: TestClient, folder: str) -> None:
    """ASVS 5.0, 13.4.3."""
    answer = client.get(f"/static/{fingerprint()}/{folder}", follow_redirects=False)
    assert answer.status_code == 404


ELSEWHERE = (
    "https://evil.example", "//evil.example", r"\\evil.example", "/\\evil.example", "javascript:alert(1)", "/console/..//evil.example",
    "/console@evil.example", "%2f%2fevil.example", "/console\r\nLocation: //evil.example", " //evil.example", "data:text/html,evil",
)  # fmt: skip


def test_nobody_is_sent_to_another_site(client: TestClient, callers: Callers) -> None:
    """ASVS 5.0, 3.7.2: by every parameter that names a page to go on to, by paths, and by where one came from."""
    officer = {**callers[Role.SENIOR], "Accept": "text/html"}
    for to in ELSEWHERE:
        answers = [
            client.get("/console/sign-in", params={"next": to}, headers=officer, follow_redirects=False),
            client.post("/console/language", data={"language": "en", "next": to}, headers=officer, follow_redirects=False),
            client.post("/console/density", data={"density": "compact", "next": to}, headers=officer, follow_redirects=False),
            client.get("/declare/", params={"next": to}, headers={"Referer": to.strip().replace("\r\n", "")}, follow_redirects=False),
            client.get("//evil.example/console/", headers={"Accept": "text/html"}, follow_redirects=False),
            client.get("/%2fevil.example/", headers={"Accept": "text/html"}, follow_redirects=False),
        ]  # fmt: skip
        for answer in answers:
            assert answer.status_code < 500
            place = answer.headers.get("location", "/")
            assert place.startswith("/"), place
            assert not place.startswith(("//", "/\\")), place
            assert "evil" not in place.partition("?")[0], place


METHODS = (
    "TRACE",
    "TRACK",
    "CONNECT",
    "OPTIONS",
    "PROPFIND",
    "SEARCH",
    "DEBUG",
    "PATCH",
    "HEAD",
)


def test_only_the_methods_of_an_address_are_answered(client: TestClient, callers: Callers) -> None:
    """ASVS 5.0, 13.4.4 and 4.1.4: nothing is echoed, nothing is done, no other site is told what it may ask (CORS)."""
    for path in (
        "/console",
        "/console/sign-out",
        "/api/v1/halls",
        "/api/v1/declarations",
        "/declare/en",
        "/health/live",
    ):
        for method in METHODS:
            client.cookies.clear()
            headers = {**callers[Role.SENIOR], "X-Echo": "echoed", "Origin": "https://evil.example"}
            answer = client.request(method, path, headers=headers, follow_redirects=False)
            allowed = (
                method == "HEAD" and not path.startswith("/api/") and path != "/console/sign-out"
            )
            assert answer.status_code in ((200, 303) if allowed else (400, 405)), (method, path)
            assert "echoed" not in answer.text
            assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert client.get("/api/v1/halls", headers=callers[Role.SENIOR]).status_code == 200


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_and_no_field_changes_the_method(
    client: TestClient, callers: Callers, header: str
) -> None:
    officer = callers[Role.SENIOR]
    answer = client.get(
        "/console/sign-out", headers={**officer, header: "POST"}, follow_redirects=False
    )
    assert answer.status_code == 405
    client.post("/console/density?_method=DELETE", data={"_method": "DELETE", "density": "compact"}, headers=officer, follow_redirects=False)  # fmt: skip
    assert client.get("/api/v1/halls", headers=officer).status_code == 200
