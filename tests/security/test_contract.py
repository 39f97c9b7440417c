"""Made-up calls by every kind of caller: no 5xx, and every answer is one that the description tells of."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.log import SYSTEM
from app.declarations.models import Declaration
from app.declarations.service import declaration_secret
from app.identity.permissions import Permission, Role, granted
from app.identity.scopes import Scope
from app.identity.sender_tokens import make_token
from app.identity.senders import sender_by_name
from app.kernel.http import Kernel
from app.main import api_document
from tests.security.contract import Contract, calls, send
from tests.web.conftest import Hall

KNOWN = {
    "flight_id": "flight", "passenger_id": "passenger", "referral_id": "referral", "hall_id": "hall",
    "device_id": "device", "presentation_id": "presentation", "hit_id": "hit", "message_id": "message",
    "sender_id": "sender", "identifier": "declaration",
}  # fmt: skip
"""Parameters of addresses, and the tables with something for them."""

REFUSED = ("POST /api/v1/token", "POST /api/v1/devices/enrol")
"""No made-up assertion or code is good."""

Callers = Mapping[str, Mapping[str, str]]


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract(api_document())


@pytest.fixture
def callers(hall: Hall, kernel: Kernel) -> Callers:
    """A credential of each kind of caller: every role, kiosk, lane, a sender with every scope, nobody."""
    airport = hall.airport
    found: dict[str, dict[str, str]] = {}
    for role in Role:
        token = airport.cookie_for(str(role), f"Officer {role}", role)
        found[role] = {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}
    for device in ("kiosk", "lane"):
        found[device] = {"Authorization": f"Bearer {airport.tokens[device]}"}
    with kernel.database.transaction() as session:
        sender = sender_by_name(session, "airline")
        assert sender is not None
        _, text = make_token(session, SYSTEM, sender.id, list(Scope), kernel.clock())
        declared = session.scalars(sa.select(Declaration.id).order_by(Declaration.id)).first()
    assert declared is not None
    secret = declaration_secret(kernel.vault, declared)
    return found | {
        "sender": {"Authorization": f"Bearer {text}"},
        "traveller": {"Authorization": f"Bearer {secret}"},
        "nobody": {},
    }


@pytest.fixture
def known(hall: Hall, kernel: Kernel) -> Mapping[str, Any]:
    """Ids of things that are there."""
    hall.refer("astrid")
    with kernel.database.read() as session:
        found = {
            name: session.execute(sa.text(f"select id from {table} order by id limit 1")).scalar()
            for name, table in KNOWN.items()
        }
    return {name: str(one) for name, one in found.items() if one}


def asked(contract: Contract, name: str, place: int, callers: Callers) -> list[str]:
    """Who asks in the quick run: in turn, one of those who may by the description, and one of those who may not."""
    method, path = name.split()
    security = contract.document["paths"][path][method.lower()]["security"]
    may = {"nobody"} if not security else set()
    for kind, scopes in (pair for one in security for pair in one.items()):
        may |= {"device": {"kiosk", "lane"}}.get(kind, {kind})
        if kind == "officer":
            may |= {one for one in Role if not scopes or granted([one], Permission(scopes[0]))}
    entitled = [one for one in callers if one in may]
    others = [one for one in callers if one not in may]
    return [group[place % len(group)] for group in (entitled, others) if group]


def faults(
    contract: Contract,
    client: TestClient,
    callers: Callers,
    known: Mapping[str, Any],
    count: int,
    *,
    by_all: bool = False,
) -> Iterator[str]:
    """Of ``count`` calls of each operation; whoever may not is asked once. The service went as far as it could in most."""
    ordered = sorted(contract.operations, key=lambda one: (one.endswith("/disable"), one))
    for place, name in enumerate(ordered):  # a device that is shut out first would ask nothing more
        made = calls(contract, name, count, known)
        let_in = False
        for who in callers if by_all else asked(contract, name, place, callers):
            for call in made:
                answer = send(client, call, callers[who])
                yield from (f"{name} as {who}: {one}" for one in contract.faults(name, answer))
                if answer.status_code in (401, 403):
                    break
                let_in = True
        if by_all and not let_in and name not in REFUSED:
            yield f"{name}: nobody may"


def test_no_made_up_call_is_answered_otherwise_than_described(
    contract: Contract, client: TestClient, callers: Callers, known: Mapping[str, Any]
) -> None:
    found = sorted(set(faults(contract, client, callers, known, 1)))
    assert not found, json.dumps(found, indent=1)


@pytest.mark.slow
def test_many_made_up_calls_by_everybody(
    contract: Contract, client: TestClient, callers: Callers, known: Mapping[str, Any]
) -> None:
    found = sorted(set(faults(contract, client, callers, known, 6, by_all=True)))
    assert not found, json.dumps(found, indent=1)
