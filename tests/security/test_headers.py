"""What every kind of answer carries: pages, problems, files, redirects, streams, whatever the status."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.identity.permissions import Role
from app.kernel.http import Kernel
from app.main import create_app
from app.web.assets import fingerprint
from app.web.pages import POLICY
from tests.web.conftest import Hall, Looker

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
SHUT = "default-src 'none'; frame-ancestors 'none'"
HTML = {"Accept": "text/html"}

ANSWERS = {
    "page": ("GET", "/console/sign-in", HTML, 200),
    "traveller's page": ("GET", "/declare/en", HTML, 200),
    "redirect": ("GET", "/", {}, 303),
    "to sign in": ("GET", "/console", HTML, 303),
    "problem": ("GET", "/api/v1/flights", {}, 401),
    "no such page": ("GET", "/console/nothing", HTML, 404),
    "no such address": ("GET", "/nothing", {}, 404),
    "no such file": ("GET", f"/static/{fingerprint()}/nothing.js", {}, 404),
    "other method": ("PATCH", "/api/v1/token", {}, 405),
    "bad body": ("POST", "/api/v1/token", {"Content-Type": "application/json"}, 422),
    "file": ("GET", f"/static/{fingerprint()}/tokens.css", {}, 200),
    "public keys": ("GET", "/api/v1/keys", {}, 200),
    "health": ("GET", "/health/live", {}, 200),
    "description": ("GET", "/api/v1/openapi.json", {}, 200),
}
CACHED = {"file": "immutable", "public keys": "max-age=300"}
"""What may be kept: nothing of anybody's."""


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_answer_carries_them(client: TestClient, kind: str) -> None:
    method, path, headers, status = ANSWERS[kind]
    answer = client.request(method, path, headers=headers, follow_redirects=False)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert "content-security-policy" in answer.headers
    kept = answer.headers["cache-control"]
    assert (CACHED[kind] in kept) if kind in CACHED else kept == "no-store"
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers


def test_where_browsers_come_by_https_every_answer_says_so(kernel: Kernel) -> None:
    """ASVS 5.0, 3.4.1: a year or more, for the names below, too; over plain http nothing (RFC 6797, 7.2)."""
    for secure in (True, False):
        kernel.secure_cookies = secure
        client = TestClient(create_app(kernel))  # not started: these need no database
        for path, status in (("/health/live", 200), ("/nothing", 404), ("/console", 303)):
            answer = client.get(path, headers=HTML, follow_redirects=False)
            said = answer.headers.get("strict-transport-security", "")
            assert answer.status_code == status
            assert bool(said) is secure
            if secure:
                assert int(said.partition("=")[2].partition(";")[0]) >= 365 * 24 * 3600
                assert "includeSubDomains" in said


def test_pages_have_the_pages_policy_and_machines_a_shut_one(client: TestClient) -> None:
    assert client.get("/console/sign-in", headers=HTML).headers["content-security-policy"] == POLICY
    assert client.get("/api/v1/keys").headers["content-security-policy"] == SHUT
    rules = dict(part.strip().partition(" ")[::2] for part in POLICY.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert "require-trusted-types-for" in rules


def test_an_error_that_nobody_foresaw_carries_them(
    client: TestClient, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("LINDQVIST")

    monkeypatch.setattr(kernel, "clock", fail)
    answer = client.get("/api/v1/keys")
    assert answer.status_code == 500
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert answer.headers["content-security-policy"] == SHUT
    assert "LINDQVIST" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80@gate.example", "", "gate.example, evil.example"])  # fmt: skip
def test_no_address_is_made_of_the_host_header(client: TestClient, host: str) -> None:
    for path in ("/", "/console", "/declare/", "/console/", "/carrier"):
        answer = client.get(path, headers={"Host": host, **HTML}, follow_redirects=False)
        assert "evil" not in answer.text
        assert "evil" not in answer.headers.get("location", "")


def test_a_session_is_a_new_token_and_the_cookie_is_the_servers(
    client: TestClient, hall: Hall
) -> None:
    """Fixation: a token that somebody put into the browser before is not what is signed in."""
    code = hall.airport.code_for("kai", "K. Aoyama")
    planted = {"Cookie": "egate=planted", "Sec-Fetch-Site": "same-origin"}
    client.cookies.clear()
    answer = client.post(
        "/console/sign-in", data={"code": code}, headers=planted, follow_redirects=False
    )
    given = answer.headers["set-cookie"]
    assert "planted" not in given
    assert "HttpOnly" in given
    assert "samesite=" in given.lower()
    client.cookies.clear()
    assert client.get("/api/v1/halls", headers=planted).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"}, {"X-Original-URL": "/health/live"},
        {"X-HTTP-Method-Override": "DELETE"}, {"X-Forwarded-Host": "evil.example"},
    ],
)  # fmt: skip
def test_headers_that_only_proxies_would_set_change_nothing(
    look: Any, headers: dict[str, str]
) -> None:
    officer: Looker = look(Role.SENIOR)
    assert officer.get("/api/v1/halls", **headers).text == officer.get("/api/v1/halls").text


def test_the_routers_own_redirect_keeps_path_and_query(client: TestClient) -> None:
    answer = client.get("/console/?level=high", headers=HTML, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/console?level=high")
