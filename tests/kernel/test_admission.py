"""Whom a call counts for, and what a caller hears of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from app.identity.models import DeviceKind
from app.kernel.admission import Admission, RateLimited, let_in, network_of
from app.kernel.errors import UnauthenticatedError
from app.kernel.http import Kernel, RequestContext, install_problem_handlers
from app.kernel.limits import Limiter, Rate
from tests.support import problem_code


class Program:
    """A program with one route that lets in whoever has a known token."""

    def __init__(self, kernel: Kernel, **rates: int) -> None:
        self.good = {"one": "A", "two": "A", "other": "B"}
        self.now = 0.0
        kernel.admission = Admission(
            {kind: Rate(calls) for kind, calls in rates.items()}, Limiter(lambda: self.now)
        )
        app = FastAPI()
        app.state.kernel = kernel
        app.add_middleware(RateLimited)
        app.add_middleware(RequestContext, max_body=1000)
        install_problem_handlers(app)

        @app.post("/call")
        async def call(request: Request) -> None:
            await request.body()
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if token not in self.good:
                raise UnauthenticatedError
            let_in(request, token, "device", self.good[token])

        @app.get("/health/live")
        def live() -> None:
            pass

        self.app = app

    def call(self, token: str = "", address: str = "192.0.2.1") -> Any:
        client = TestClient(self.app, client=(address, 1), raise_server_exceptions=False)
        return client.post("/call", headers={"Authorization": f"Bearer {token}"} if token else {})

    def statuses(self, times: int, token: str = "", address: str = "192.0.2.1") -> list[int]:
        return [self.call(token, address).status_code for _ in range(times)]


def test_strangers_share_the_limit_of_their_address(kernel: Kernel) -> None:
    program = Program(kernel, address=3, device=10)
    assert program.statuses(2, "wrong") + program.statuses(2) == [401, 401, 401, 429]
    assert program.statuses(1, address="192.0.2.2") == [401]
    program.now = 20.0
    assert program.statuses(2) == [401, 429]


def test_whoever_was_let_in_is_not_held_up_by_strangers_at_the_address(kernel: Kernel) -> None:
    program = Program(kernel, address=3, device=10)
    assert program.statuses(1, "one") == [200]
    assert program.statuses(3) == [401, 401, 429]
    assert program.statuses(3, "one") == [200] * 3


def test_all_credentials_of_a_caller_have_one_limit_wherever_it_calls_from(kernel: Kernel) -> None:
    program = Program(kernel, address=10, device=3)
    assert program.statuses(1, "one") + program.statuses(1, "two") == [200, 200]  # learned
    assert program.statuses(2, "one", "192.0.2.7") == [200, 200]
    assert program.statuses(2, "two", "192.0.2.8") == [200, 429]
    assert program.statuses(2, "other") == [200, 200]


def test_a_token_that_ended_counts_for_whoever_still_holds_it(kernel: Kernel) -> None:
    program = Program(kernel, address=10, device=3)
    program.call("one")
    program.call("two")
    del program.good["one"]
    assert program.statuses(5, "one") == [401] * 5
    assert program.statuses(2, "two") == [200, 200]


def test_what_a_caller_hears(kernel: Kernel) -> None:
    program = Program(kernel, address=1, device=2)
    first = program.call("one")
    assert first.headers["ratelimit-policy"] == '"address";q=1;w=60'
    assert first.headers["ratelimit"] == '"address";r=0;t=60'
    assert program.call("one").headers["ratelimit"] == '"device";r=1;t=30'
    refused = program.call()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert problem_code(refused.text) == "too-many-requests"
    assert refused.headers["content-type"] == "application/problem+json"
    assert "192.0.2" not in refused.text + str(refused.headers)


def test_a_refused_body_is_not_read(kernel: Kernel) -> None:
    program = Program(kernel, address=1)
    client = TestClient(program.app, raise_server_exceptions=False)
    assert client.post("/call", content=b"x" * 2000).status_code == 413
    assert client.post("/call", content=b"x" * 2000).status_code == 429


def test_health_is_asked_without_limit_and_nought_is_none(kernel: Kernel) -> None:
    program = Program(kernel, address=1)
    client = TestClient(program.app)
    assert {client.get("/health/live").status_code for _ in range(5)} == {200}
    assert Program(kernel, address=0).statuses(5) == [401] * 5


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("testclient", "testclient"),
    ],
)
def test_the_network_of_an_address(host: str, network: str) -> None:
    assert network_of({"client": (host, 1)}) == network


def test_the_program_counts_for_officers_devices_and_senders(
    client: TestClient,
    kernel: Kernel,
    officer: Callable[..., dict[str, str]],
    enrolled: Callable[[DeviceKind, UUID], dict[str, str]],
    sender_headers: dict[str, str],
) -> None:
    kernel.admission.rates |= {kind: Rate(50) for kind in ("officer", "device", "sender")}
    callers = {
        "officer": ("/api/v1/halls", officer()),
        "device": ("/api/v1/kiosk/form", enrolled(DeviceKind.KIOSK, uuid4())),
        "sender": ("/api/v1/answers", sender_headers),
    }
    for kind, (path, headers) in callers.items():
        seen = [client.get(path, headers=headers) for _ in range(2)]
        assert [one.status_code for one in seen] == [200, 200]
        policies = [one.headers["ratelimit-policy"] for one in seen]
        assert policies == ['"address";q=3000;w=60', f'"{kind}";q=50;w=60']


def test_people_see_a_page(client: TestClient, kernel: Kernel) -> None:
    kernel.admission.rates["address"] = Rate(1)
    page = {"Accept": "text/html"}
    client.get("/console/sign-in", headers=page)
    refused = client.get("/console/sign-in", headers=page)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert "Please wait a moment" in refused.text
