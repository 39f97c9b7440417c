"""No route that changes something takes a request of another site, whatever the route: found by walking all of them."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from app.identity.permissions import Role
from tests.support import problem_code
from tests.web.conftest import Hall

SOME_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
)
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
BY_TOKEN = ("/api/v1/token", "/api/v1/devices/enrol")
"""No cookie is looked at: nothing of a browser's owner is used."""


def unsafe(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and address of every route that changes something for whoever comes with an officer's cookie."""
    for route in iter_route_contexts(app.routes):
        path = route.path or ""
        for method in sorted((route.methods or set()) & UNSAFE):
            if path.startswith(("/console", "/api/v1")):
                yield method, path


def with_ids(path: str) -> str:
    parts = path.split("/")
    return "/".join(SOME_ID if part.startswith("{") else part for part in parts)


def test_no_unsafe_route_takes_an_officers_cookie_from_another_site(
    client: TestClient, hall: Hall
) -> None:
    """Refused before anything is looked up or read: whatever is there, no such request is a 2xx or a redirect onwards."""
    token = hall.airport.cookie_for("mallory", "Officer", Role.SENIOR)
    app = client.app
    assert isinstance(app, FastAPI)
    walked = 0
    for method, path in unsafe(app):
        foreign = FOREIGN[walked % len(FOREIGN)]
        walked += 1
        client.cookies.clear()
        answer = client.request(
            method, with_ids(path), headers={"Cookie": f"egate={token}", **foreign},
            follow_redirects=False,
        )  # fmt: skip
        assert answer.status_code in (401, 403, 404, 413, 415, 422), (method, path)
        if answer.status_code == 403:
            assert problem_code(answer.text) in ("cross-site", "forbidden"), (method, path)
    assert walked > 150


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/console/sign-out"), ("POST", "/console/sign-in"), ("POST", "/console/language"),
        ("POST", "/carrier/sign-in"), ("PUT", "/api/v1/duty"), ("DELETE", "/api/v1/duty"),
    ],
)  # fmt: skip
def test_those_without_a_body_to_read_say_why(
    client: TestClient, hall: Hall, method: str, path: str, foreign: dict[str, str]
) -> None:
    token = hall.airport.cookie_for("mallory", "Officer", Role.SENIOR)
    body = {"data": {"a": "b"}} if method == "POST" else {"json": {"hall_id": SOME_ID}}
    answer = client.request(method, path, headers={"Cookie": f"egate={token}", **foreign}, **body)
    assert (answer.status_code, problem_code(answer.text)) == (403, "cross-site")


def test_a_cookie_opens_nothing_of_devices_and_senders(client: TestClient, hall: Hall) -> None:
    token = hall.airport.cookie_for("mallory", "Officer", Role.SENIOR)
    headers = {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}
    for method, path in (("POST", "/api/v1/presentations"), ("POST", "/api/v1/messages")):
        assert client.request(method, path, headers=headers, content=b"{}").status_code == 401
