"""Problem documents, limits and what every answer carries."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict

from app.kernel.http import Kernel, RequestContext, install_problem_handlers
from tests.support import problem_code

LIMIT = 1000


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: int = 0


@pytest.fixture
def client(kernel: Kernel) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.kernel = kernel
    app.add_middleware(RequestContext, max_body=LIMIT)
    install_problem_handlers(app)

    @app.post("/count")
    def count(body: Body) -> int:
        return body.count

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("streamed", [False, True])
def test_a_body_above_the_limit_is_a_problem(client: TestClient, *, streamed: bool) -> None:
    fits, huge = b'{"count": 3}' + b" " * 900, b'{"count": 3}' + b" " * 1000
    sent = [iter([body[:500], body[500:]]) if streamed else body for body in (fits, huge)]
    headers = {"Content-Type": "application/json"}
    assert client.post("/count", content=sent[0], headers=headers).json() == 3
    answer = client.post("/count", content=sent[1], headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem_code(answer.text) == "too-large"


def test_wrong_input_is_located_but_not_repeated(client: TestClient) -> None:
    answer = client.post("/count", json={"count": "LINDQVIST", "Astrid": 1, "not a name": 2})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [
        "/body/count",
        "/body/*",
        "/body/*",
    ]
    assert "LINDQVIST" not in answer.text
    assert "Astrid" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", "/count", 405)]
)
def test_every_answer_carries_the_security_headers(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.json()["instance"].startswith("urn:egate:request:")
