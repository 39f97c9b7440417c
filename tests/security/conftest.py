"""The airport of the pages' tests, for whoever attacks it, and a credential of everybody."""

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from app.audit.log import SYSTEM
from app.declarations.models import Declaration
from app.declarations.service import declaration_secret
from app.identity.permissions import Role
from app.identity.scopes import Scope
from app.identity.sender_tokens import make_token
from app.identity.senders import sender_by_name
from app.kernel.http import Kernel
from app.main import api_document
from tests.security.contract import Callers, Contract
from tests.web.conftest import Hall, airport, hall, look

__all__ = ["airport", "hall", "look"]

KNOWN = {
    "flight_id": "flight", "passenger_id": "passenger", "referral_id": "referral", "hall_id": "hall",
    "device_id": "device", "presentation_id": "presentation", "hit_id": "hit", "message_id": "message",
    "sender_id": "sender", "identifier": "declaration",
}  # fmt: skip
"""Parameters of addresses, and the tables with something for them."""


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
