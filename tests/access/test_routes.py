"""Every route of the program against every role, nobody, a device and a sender: one table says who may (routes.txt).

A rule is ``public``, ``officer`` (whoever is signed in), ``device``, ``sender``, ``carrier`` (a sender's browser), ``secret``
(whoever holds a declaration's), a permission, or several with ``|``: one of them is enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.audit.log import SYSTEM
from app.gate import halls
from app.gate.models import HallSteps
from app.identity import senders
from app.identity.models import DeviceKind
from app.identity.permissions import Permission, Role, granted
from app.kernel.http import Kernel
from app.screening.lifecycle import install_ruleset
from tests.support import NOW

pytestmark = pytest.mark.usefixtures("rules")
TABLE = Path(__file__).with_name("routes.txt")
NAMED = {"language": "en", "which": "live", "verb": "undo", "act": "disable", "step": "submit", "n": "1", "key": "x",
         "list_key": "x", "name": "x", "part": "1", "person": "0"}  # fmt: skip
ENDLESS = {("GET", "/api/v1/events"), ("GET", "/api/v1/device-events")}
"""Streams: whoever may, hears until he hangs up; tests/e2e hears them."""
READ_FIRST = {"device": (422,), "secret": (422,)}
"""Where the content is read before the token is looked up (docs/security.md): an empty one is refused for that."""
OWN_STATE = ("/console/sign-out", "/console/sign-in", "/carrier/sign-in", "/console/my-sign-in")
"""What is about signing in itself: it ends the session that asks, wants a fresh one, or refuses a code that is none."""


@dataclass(frozen=True)
class Route:
    """A line of the table."""

    method: str
    path: str
    rule: str

    @property
    def address(self) -> str:
        parts = [
            NAMED.get(part[1:-1], str(uuid4())) if part.startswith("{") else part
            for part in self.path.split("/")
        ]
        return "/".join(parts)

    def allows(self, who: str) -> bool:
        """``who``: a role, or nobody, device, sender."""
        rules = set(self.rule.split("|"))
        if "public" in rules or who in rules:
            return True
        if who not in set(Role):
            return False
        return "officer" in rules or any(
            granted([who], Permission(one)) for one in rules & set(Permission)
        )


@pytest.fixture
def rules(kernel: Kernel) -> None:
    """Without a rule set the pages of rules answer that there is none yet."""
    with kernel.database.transaction() as session:
        install_ruleset(session, SYSTEM, NOW)


def table() -> Sequence[Route]:
    return [Route(*line.split()) for line in TABLE.read_text().splitlines() if line.strip()]


def routes_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path that the program answers, of pages as of the API."""

    def walk(routes: Sequence[object], prefix: str) -> Iterator[tuple[str, str]]:
        for route in routes:
            if hasattr(route, "original_router"):
                inner = prefix + route.include_context.prefix
                yield from walk(route.original_router.routes, inner)
            elif hasattr(route, "dependant"):
                for method in set(route.methods) - {"HEAD"}:
                    yield method, prefix + route.path

    return walk(app.routes, "")


def test_the_table_has_every_route_and_no_other(client: TestClient) -> None:
    assert {(one.method, one.path) for one in table()} == set(routes_of(client.app))
    assert len(table()) > 300


def test_every_rule_is_known() -> None:
    words = {"public", "officer", "device", "sender", "carrier", "secret", *Permission}
    assert {rule for one in table() for rule in one.rule.split("|")} <= words


def content_of(route: Route) -> dict[str, Any]:
    """What a page of ours would post, with nothing filled in; the API gets nothing at all."""
    if route.method == "GET" or route.path.startswith("/api/"):
        return {}
    if route.path.endswith("/attachments"):
        return {"files": {"file": b""}}
    return {
        "data": {"act": "suspend", "version": "1"}
        if route.path.endswith("/steps")
        else {"typed": ""}
    }


def ask(client: TestClient, route: Route, headers: dict[str, str]) -> int:
    client.cookies.clear()
    answer = client.request(
        route.method, route.address, headers=headers, follow_redirects=False, **content_of(route)
    )
    # ASVS 5.0, 14.3.2: nothing that somebody has to prove himself for is kept by browsers
    if route.rule != "public":
        assert "no-store" in answer.headers["cache-control"], route
    if answer.status_code == 303 and answer.headers["location"].split("?")[0].endswith("/sign-in"):
        return 401
    return answer.status_code


def faults(client: TestClient, who: str, headers: dict[str, str]) -> list[str]:
    """Where somebody was let in or kept out against the table, or the program failed."""
    found = []
    for route in table():
        key, allowed = (route.method, route.path), route.allows(who)
        if allowed and (key in ENDLESS or route.path.startswith(OWN_STATE)):
            continue
        code = ask(client, route, headers)
        kept_out = (401, 403, 404, *READ_FIRST.get(route.rule, ()))
        right = code not in (401, 403) if allowed else code in kept_out
        if not right or code >= 500:
            found.append(f"{route.method} {route.path} ({route.rule}): {code}")
    return found


@pytest.mark.parametrize("role", Role)
def test_each_role_is_let_in_where_the_table_says_and_nowhere_else(
    client: TestClient, officer, role: Role
) -> None:
    assert faults(client, role, officer(role)) == []


def test_nobody_and_machines_are_let_in_where_the_table_says(
    client: TestClient, kernel: Kernel, enrolled
) -> None:
    assert faults(client, "nobody", {}) == []
    with kernel.database.transaction() as session:
        _, token = senders.create_sender(session, "x", ["XX"], "NRT", NOW, sets_flights=True)
    assert faults(client, "sender", {"Authorization": f"Bearer {token}"}) == []
    with kernel.database.transaction() as session:
        hall = halls.create_hall(session, "NRT", "Hall", HallSteps.ONE, NOW).id
    kiosk, lane = (set(faults(client, "device", enrolled(kind, hall))) for kind in DeviceKind)
    assert kiosk & lane == set()  # some are for one kind alone
    assert [one for one in kiosk | lane if not one.endswith((": 401", ": 403"))] == []
