"""HEAD, as probes of a load balancer ask: like GET, without the body."""

import http.client

import pytest
from starlette.testclient import TestClient

from app.kernel.telemetry import REQUESTS
from tests.e2e.conftest import Server, server

__all__ = ["server"]

PATHS = [
    "/", "/declare", "/declare/", "/declare/en", "/console", "/console/sign-in", "/console/nowhere",
    "/health/live", "/health/ready", "/nowhere",
]  # fmt: skip
VARYING = {"date", "content-length", "ratelimit"}  # a page names the moment and its own request


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_head_answers_like_get_without_a_body(client: TestClient, accept: str) -> None:
    for path in PATHS:
        got, head = (
            client.request(method, path, headers={"Accept": accept}, follow_redirects=False)
            for method in ("GET", "HEAD")
        )
        assert head.status_code == got.status_code, path
        assert head.content == b"", path
        assert _fixed(head.headers) == _fixed(got.headers), path
        assert ("content-length" in head.headers) == ("content-length" in got.headers), path


def _fixed(headers: object) -> dict[str, str]:
    found = {k: v for k, v in dict(headers).items() if k not in VARYING}
    return {k: v.split("=")[0] if k == "set-cookie" else v for k, v in found.items()}


def test_the_machine_api_keeps_to_its_methods(client: TestClient) -> None:
    for path in ("/api/v1/events", "/api/v1/flights"):
        assert client.head(path).status_code == 405, path


def test_it_counts_under_its_route(client: TestClient) -> None:
    client.get("/api/v1/questionnaires")
    assert REQUESTS.labels("/api/v1/questionnaires", 200)._value.get() > 0
    counted = REQUESTS.labels("/health/live", 200)
    before = counted._value.get()
    client.head("/health/live")
    assert counted._value.get() == before + 1


def test_over_the_wire_the_connection_stays_good(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for path in ("/health/ready", "/declare/en", "/console/sign-in"):
        connection.request("HEAD", path)
        head = connection.getresponse()
        assert (head.status, head.read()) == (200, b"")
        assert int(head.headers["content-length"]) > 0
        connection.request("GET", path)
        assert len(connection.getresponse().read()) > 0
    connection.close()
