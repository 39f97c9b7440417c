"""Problem documents, limits and what every answer carries."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field

from app.kernel.http import (
    Kernel,
    RequestContext,
    expect_storable_address,
    install_problem_handlers,
)
from app.kernel.schemas import In
from app.web.forms import FormDep
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


class Kept(In):
    title: str = ""
    pattern: Annotated[str, Field(pattern=r"^.+$", max_length=5)] = "x"
    several: tuple[str, ...] = ()
    mapped: dict[str, Any] | None = None
    inner: "Kept | None" = None


@pytest.fixture
def keeping(kernel: Kernel) -> Iterator[TestClient]:
    app = FastAPI(dependencies=[Depends(expect_storable_address)])
    app.state.kernel = kernel
    install_problem_handlers(app)

    @app.post("/kept")
    def keep(body: Kept) -> None:
        del body

    @app.post("/form")
    def form(form: FormDep) -> None:
        del form

    @app.get("/kept/{key:path}")
    def read(key: str, after: str = "") -> None:
        del key, after

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("unkept", ["\0", "\ud800", "a\udfffb"], ids=["nul", "high", "low"])
@pytest.mark.parametrize(
    ("shape", "pointer"),
    [
        ('{"title": %s}', "/body/title"),
        ('{"pattern": %s}', "/body/pattern"),
        ('{"several": ["a", %s]}', "/body/several"),
        ('{"mapped": {"a": [%s]}}', "/body/mapped"),
        ('{"mapped": {%s: 1}}', "/body/mapped"),
        ('{"inner": {"title": %s}}', "/body/inner/title"),
    ],
)
def test_no_body_brings_a_text_that_the_database_cannot_hold(
    keeping: TestClient, shape: str, pointer: str, unkept: str
) -> None:
    answer = keeping.post(
        "/kept",
        content=shape % json.dumps(unkept),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


def test_what_can_be_kept_is_taken(keeping: TestClient) -> None:
    body = {"title": "Ünï \U0001f6c2\n", "mapped": {"a": [1, None, {"b": "c"}]}, "inner": {}}
    assert keeping.post("/kept", json=body).status_code == 200
    assert keeping.get("/kept/K%C3%96LN?after=%E2%82%AC").status_code == 200
    assert keeping.post("/form", data={"note": "Ünï\r\n"}).status_code == 200


def test_no_address_and_no_form_brings_a_nul(keeping: TestClient) -> None:
    assert keeping.get("/kept/a%00b").status_code == 404
    assert keeping.get("/kept/a?after=%00").status_code == 422
    assert keeping.get("/kept/a?other%00=1").status_code == 422
    assert keeping.post("/form", data={"note": "a\0"}).status_code == 422
    assert keeping.post("/form", data={"no\0te": "a"}).status_code == 422
