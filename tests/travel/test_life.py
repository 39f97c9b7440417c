"""The life of a flight: what messages make of it, and what the airport says."""

from collections.abc import Callable
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.models import AuditEntry
from app.identity import senders
from app.identity.permissions import GRANTS, Permission, Role
from app.kernel.http import Kernel
from app.messages.apply import apply_next
from app.screening.views import expected
from app.travel.life import COMES_HERE, status_after
from app.travel.models import Flight, FlightStatus
from tests.messages.airline import api, later, person
from tests.support import NOW, problem_code

Officer = Callable[..., dict[str, str]]


# --- what messages make of it ---------------------------------------------------------------------


@pytest.mark.parametrize("now", ["landed", "diverted", "returned"])
def test_what_the_airport_said_stands_against_any_message(now: str) -> None:
    for newest, cancels, left in product((True, False), repeat=3):
        found = status_after(FlightStatus(now), newest=newest, cancels=cancels, left=left)
        assert found == now


@pytest.mark.parametrize(
    ("now", "newest", "cancels", "left", "after"),
    [
        ("scheduled", True, True, False, "cancelled"),
        ("scheduled", False, True, False, "scheduled"),
        ("cancelled", True, False, False, "scheduled"),
        ("cancelled", False, False, True, "cancelled"),
        ("cancelled", True, False, True, "departed"),
        ("scheduled", False, False, True, "departed"),
        ("departed", True, False, False, "departed"),
        ("departed", True, True, True, "cancelled"),
    ],
)
def test_statuses_out_of_messages(
    now: str, newest: bool, cancels: bool, left: bool, after: str
) -> None:
    status = FlightStatus(now)
    assert status_after(status, newest=newest, cancels=cancels, left=left) == after


# --- what the airport says ------------------------------------------------------------------------


def deliver(client: TestClient, kernel: Kernel, headers: dict[str, str], *raws: bytes) -> None:
    for raw in raws:
        assert client.post("/api/v1/messages", content=raw, headers=headers).status_code == 202
    while apply_next(kernel.database, kernel.vault, kernel.clock(), kernel.site):
        pass


@pytest.fixture
def flight(client: TestClient, kernel: Kernel, sender_headers: dict[str, str]) -> UUID:
    """A flight that left with one on board and one left behind."""
    others = person("TIDEWELL", "TOVE", number="L7654321", ABO="R2")
    on_board = person(ABO="R1")
    deliver(
        client, kernel, sender_headers, api(on_board, others),
        api(on_board, document="266", function="CLOB", prepared=later(hours=5), control="C2"),
    )  # fmt: skip
    with kernel.database.read() as session:
        return session.scalars(sa.select(Flight.id)).one()


def patch(client: TestClient, flight: UUID, headers: dict[str, str], **body: Any) -> Any:
    return client.patch(f"/api/v1/flights/{flight}", json=body, headers=headers)


def changes(kernel: Kernel) -> list[dict[str, Any]]:
    with kernel.database.read() as session:
        wanted = sa.select(AuditEntry.detail).where(AuditEntry.action == "flight.change")
        return list(session.scalars(wanted.order_by(AuditEntry.id)))


def test_landing_makes_those_on_board_arrive(
    client: TestClient, kernel: Kernel, officer: Officer, flight: UUID
) -> None:
    headers = officer(Role.SENIOR)
    before = client.get(f"/api/v1/flights/{flight}", headers=headers).json()
    assert (before["status"], before["manifest"]) == ("departed", "closed")
    assert [before["counts"][key] for key in ("booked", "boarded", "not_boarded", "arrived")] == [
        0, 1, 1, 0,
    ]  # fmt: skip
    landed = patch(client, flight, headers, status="landed").json()
    assert (landed["status"], landed["counts"]["arrived"]) == ("landed", 1)
    assert landed["version"] == before["version"] + 1
    again = patch(client, flight, headers, status="landed").json()
    assert again == landed
    assert changes(kernel) == [{"changed": ["status"], "status": "landed"}]


def test_a_diversion_needs_an_airport_and_only_a_diversion_has_one(
    client: TestClient, officer: Officer, flight: UUID
) -> None:
    headers = officer(Role.SENIOR)
    for body in ({"status": "diverted"}, {"status": "landed", "diverted_to": "KIX"},
                 {"status": "diverted", "diverted_to": "QQQ"}, {"diverted_to": "KIX"}):  # fmt: skip
        answer = patch(client, flight, headers, **body)
        assert (answer.status_code, problem_code(answer.text)) == (422, "invalid"), body
    diverted = patch(client, flight, headers, status="diverted", diverted_to="KIX").json()
    assert (diverted["status"], diverted["diverted_to"]) == ("diverted", "KIX")
    landed = patch(client, flight, headers, status="landed").json()
    assert landed["diverted_to"] is None


@pytest.mark.parametrize(
    ("body", "comes"),
    [
        ({"status": "landed"}, True),
        ({"status": "diverted", "diverted_to": "KIX"}, False),
        ({"status": "diverted", "diverted_to": "NRT"}, True),
        ({"status": "returned"}, False),
        ({"status": "cancelled"}, False),
    ],
)
def test_only_people_of_flights_that_come_here_are_expected(
    client: TestClient, kernel: Kernel, officer: Officer, flight: UUID,
    body: dict[str, str], comes: bool,
) -> None:  # fmt: skip
    patch(client, flight, officer(Role.SENIOR), **body)
    with kernel.database.read() as session:
        found = list(session.scalars(sa.select(Flight.id).where(COMES_HERE)))
        assert expected(session, "NRT", NOW) == []  # nobody is of a level to be expected
    assert found == ([flight] if comes else [])


def test_a_renumbered_flight_is_found_by_both_numbers(
    client: TestClient, kernel: Kernel, officer: Officer, flight: UUID,
    sender_headers: dict[str, str],
) -> None:  # fmt: skip
    answer = patch(client, flight, officer(Role.SENIOR), number="ZZ901").json()
    assert (answer["flight"], answer["former"], answer["aliases"]) == ("ZZ901", ["ZZ1"], [])
    late = person("MARSHBANK", "IDA", number="L5550001")
    deliver(client, kernel, sender_headers, api(late, control="C7", prepared=later(hours=6)))
    seen = client.get(f"/api/v1/flights/{flight}", headers=officer(Role.SENIOR)).json()
    assert seen["counts"]["passengers"] == 3
    back = patch(client, flight, officer(Role.SENIOR), number="ZZ1").json()
    assert (back["flight"], back["former"]) == ("ZZ1", ["ZZ901"])


def test_who_may_say_where_flights_are(client: TestClient, officer: Officer, flight: UUID) -> None:
    for role in Role:
        allowed = Permission.SET_FLIGHT in GRANTS[role]
        answer = patch(client, flight, officer(role), status="landed")
        assert answer.status_code == (200 if allowed else 403), role
    assert patch(client, flight, {}, status="landed").status_code == 401


def test_an_airports_own_system_may_and_a_carrier_may_not(
    client: TestClient, kernel: Kernel, flight: UUID, sender_headers: dict[str, str]
) -> None:
    assert patch(client, flight, sender_headers, status="landed").status_code == 403
    with kernel.database.transaction() as session:
        _, token = senders.create_sender(session, "airport", [], "NRT", NOW, sets_flights=True)
        _, elsewhere = senders.create_sender(session, "other", [], "KIX", NOW, sets_flights=True)
    answer = patch(client, flight, {"Authorization": f"Bearer {token}"}, status="landed")
    assert answer.json()["status"] == "landed"
    other = patch(client, flight, {"Authorization": f"Bearer {elsewhere}"}, status="returned")
    assert other.status_code == 404


def test_flights_that_do_not_exist_and_fields_that_are_none(
    client: TestClient, officer: Officer, flight: UUID
) -> None:
    headers = officer(Role.SENIOR)
    assert patch(client, uuid4(), headers, status="landed").status_code == 404
    answer = patch(client, flight, headers, status="lost")
    assert (answer.status_code, "lost" in answer.text) == (422, False)
    assert patch(client, flight, headers, manifest="closed").status_code == 422


def test_a_list_after_landing_does_not_unland_the_flight(
    client: TestClient, kernel: Kernel, officer: Officer, flight: UUID,
    sender_headers: dict[str, str],
) -> None:  # fmt: skip
    patch(client, flight, officer(Role.SENIOR), status="landed")
    late = api(document="266", function="XF", prepared=later(hours=9), control="C9")
    deliver(client, kernel, sender_headers, late)
    seen = client.get(f"/api/v1/flights/{flight}", headers=officer(Role.SENIOR)).json()
    assert seen["status"] == "landed"
