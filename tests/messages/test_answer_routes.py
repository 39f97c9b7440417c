"""Carriers fetch answers in one round, officers order who boards, carriers acknowledge it."""

import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.models import AuditEntry
from app.formats import cusres, edifact
from app.formats.cusres import CustomsResponse
from app.identity.models import AnswerMode, Sender
from app.identity.permissions import Role
from app.identity.senders import create_sender
from app.kernel.clock import SettableClock
from app.kernel.http import Kernel
from app.messages import answer_routes
from app.messages.apply import apply_next
from app.travel.models import Flight, FlightStatus, Passenger
from tests.messages.airline import api, later, person
from tests.support import NOW, problem_code

URL = "/api/v1/messages"
MAREN = person(AVF="AB12CD", ABO="R1")
HALF = person("HALFWAY", "ANN", number="", born=None, AVF="EF34GH", ABO="R4")
Officer = Callable[..., dict[str, str]]


def work(kernel: Kernel) -> None:
    while apply_next(kernel.database, kernel.vault, kernel.clock(), kernel.site):
        pass


def sender_id(kernel: Kernel) -> UUID:
    with kernel.database.read() as session:
        return session.scalars(sa.select(Sender.id)).one()


@pytest.fixture
def interactive(
    client: TestClient, kernel: Kernel, sender_headers: dict[str, str], officer: Officer
) -> dict[str, str]:
    """Headers of a sender that is answered passenger by passenger, under a boarding authority."""
    path = f"/api/v1/senders/{sender_id(kernel)}"
    admin = officer(Role.ADMINISTRATOR)
    assert client.patch(path, json={"answers": "interactive"}, headers=admin).status_code == 200
    named = client.put(f"{path}/boarding-authority", json={"named": True}, headers=admin)
    assert named.json()["boarding_authority"] is True
    return sender_headers


def post(client: TestClient, headers: dict[str, str], raw: bytes) -> str:
    return str(client.post(URL, content=raw, headers=headers).json()["id"])


def read(text: bytes) -> CustomsResponse:
    (found,) = edifact.interchanges(text)
    return cusres.read(found.messages[0])


def codes(text: bytes) -> list[str]:
    return [one.code for one in read(text).statements]


# --- answers --------------------------------------------------------------------------------------


def test_an_answer_is_pending_then_there(
    client: TestClient, kernel: Kernel, interactive: dict[str, str]
) -> None:
    path = f"{URL}/{post(client, interactive, api(MAREN))}/answer"
    pending = client.get(path, headers=interactive)
    assert (pending.status_code, pending.content) == (202, b"")
    work(kernel)
    answer = client.get(path, headers=interactive)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/edifact")
    assert codes(answer.content) == ["0Z"]
    assert client.get(path, headers=interactive).content == answer.content


def test_a_waiting_request_gets_the_answer_as_soon_as_it_is_made(
    client: TestClient, kernel: Kernel, interactive: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_routes, "SLOW_POLL", 30.0)  # it is the hint that wakes
    path = f"{URL}/{post(client, interactive, api(MAREN))}/answer?wait=30"
    worker = threading.Timer(0.3, work, [kernel])
    started = time.monotonic()
    worker.start()
    answer = client.get(path, headers=interactive)
    worker.join()
    assert codes(answer.content) == ["0Z"]
    assert time.monotonic() - started < 20


def test_waiting_holds_no_connection_and_ends(
    client: TestClient, kernel: Kernel, interactive: dict[str, str]
) -> None:
    path = f"{URL}/{post(client, interactive, api(MAREN))}/answer?wait=1"
    held: list[int] = []
    pool: Any = kernel.database.engine.pool
    probe = threading.Timer(0.6, lambda: held.append(pool.checkedout()))
    probe.start()
    assert client.get(path, headers=interactive).status_code == 202
    probe.join()
    assert held == [0]


def test_a_waiting_duplicate_gets_the_first_ones_answer(
    client: TestClient, kernel: Kernel, interactive: dict[str, str]
) -> None:
    first = post(client, interactive, api(MAREN))
    again = post(client, interactive, api(MAREN))
    assert first != again
    work(kernel)
    texts = [client.get(f"{URL}/{one}/answer?wait=5", headers=interactive).content
             for one in (first, again)]  # fmt: skip
    assert texts[0] == texts[1]
    assert codes(texts[0]) == ["0Z"]


def test_nothing_to_answer(
    client: TestClient, kernel: Kernel, sender_headers: dict[str, str]
) -> None:
    path = f"{URL}/{post(client, sender_headers, api(MAREN))}/answer"
    work(kernel)
    assert client.get(path, headers=sender_headers).status_code == 204


def test_what_is_accepted(client: TestClient, kernel: Kernel, interactive: dict[str, str]) -> None:
    path = f"{URL}/{post(client, interactive, api(MAREN))}/answer"
    work(kernel)
    [one] = client.get(path, headers={**interactive, "Accept": "application/json"}).json()
    assert (one["kind"], one["number"], one["test"]) == ("cusres-962", 1, False)
    assert codes(one["text"].encode()) == ["0Z"]
    wrong = client.get(path, headers={**interactive, "Accept": "image/png"})
    assert (wrong.status_code, problem_code(wrong.text)) == (406, "not-acceptable")


def test_a_sender_sees_only_its_own_answers(
    client: TestClient, kernel: Kernel, interactive: dict[str, str]
) -> None:
    path = f"{URL}/{post(client, interactive, api(MAREN))}/answer"
    work(kernel)
    with kernel.database.transaction() as session:
        _, token = create_sender(session, "other", ["ZZ"], "NRT", NOW)
    other = {"Authorization": f"Bearer {token}"}
    assert client.get(path, headers=other).status_code == 404
    assert client.get("/api/v1/answers", headers=other).json() == {"answers": [], "last": 0}
    assert client.get(path).status_code == 401
    assert client.get(f"{URL}/{uuid4()}/answer", headers=interactive).status_code == 404


def test_the_outbox_goes_on_after_a_number(
    client: TestClient, kernel: Kernel, interactive: dict[str, str]
) -> None:
    for number in range(3):
        post(client, interactive, api(MAREN, control=f"C{number}", prepared=later(hours=number)))
    work(kernel)
    page = client.get("/api/v1/answers?after=1", headers=interactive).json()
    assert ([one["number"] for one in page["answers"]], page["last"]) == ([2, 3], 3)
    assert all(one["delivered_at"] is None for one in page["answers"])
    body = {"through": 2}
    done = client.post("/api/v1/answers/delivered", json=body, headers=interactive)
    assert done.json() == {"settled": 2}
    again = client.post("/api/v1/answers/delivered", json=body, headers=interactive)
    assert again.json() == {"settled": 0}
    empty = client.get("/api/v1/answers?after=3&wait=0.2", headers=interactive).json()
    assert empty == {"answers": [], "last": 3}


# --- settings of senders --------------------------------------------------------------------------


@pytest.mark.parametrize("role", set(Role) - {Role.ADMINISTRATOR, Role.LEGAL_APPROVER})
def test_who_may_not_name_the_boarding_authority(
    client: TestClient, kernel: Kernel, sender_headers: dict[str, str], officer: Officer, role: Role
) -> None:
    path = f"/api/v1/senders/{sender_id(kernel)}/boarding-authority"
    assert client.put(path, json={"named": True}, headers=officer(role)).status_code == 403
    assert client.put(path, json={"named": True}, headers=sender_headers).status_code == 401


def test_settings_are_audited(
    client: TestClient, kernel: Kernel, sender_headers: dict[str, str], officer: Officer
) -> None:
    path = f"/api/v1/senders/{sender_id(kernel)}"
    legal = officer(Role.LEGAL_APPROVER)
    client.put(f"{path}/boarding-authority", json={"named": True}, headers=legal)
    change = {"answers": "acknowledge", "interchange_id": "ZZAPIS", "required": ["seat", "surname"]}
    changed = client.patch(path, json=change, headers=officer(Role.ADMINISTRATOR)).json()
    assert {key: changed[key] for key in change} == change
    assert changed["boarding_authority"] is True
    assert client.patch(path, json=change, headers=legal).status_code == 403
    bad = client.patch(path, json={"interchange_id": "\n"}, headers=officer(Role.ADMINISTRATOR))
    assert bad.status_code == 422
    [shown] = client.get("/api/v1/senders", headers=officer(Role.SENIOR)).json()["senders"]
    assert shown == changed
    with kernel.database.read() as session:
        rows = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.at)).all()
    found = {row.action: row for row in rows}
    assert found["sender.boarding-authority"].detail == {"named": True}
    assert found["sender.boarding-authority"].actor_kind == "officer"
    assert found["sender.change"].detail == change


# --- boarding -------------------------------------------------------------------------------------


def passenger_id(kernel: Kernel) -> UUID:
    with kernel.database.read() as session:
        return session.scalars(sa.select(Passenger.id)).one()


def order(
    client: TestClient, kernel: Kernel, headers: dict[str, str], boarding: str, **more: Any
) -> Any:
    path = f"/api/v1/passengers/{passenger_id(kernel)}/boarding"
    body = {"boarding": boarding, "reason": "court order 77/2026", **more}
    return client.post(path, json=body, headers=headers)


def outbox(client: TestClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    return list(client.get("/api/v1/answers", headers=headers).json()["answers"])


def test_an_officers_order_goes_to_the_carrier_and_stands(
    client: TestClient, kernel: Kernel, interactive: dict[str, str], officer: Officer
) -> None:
    post(client, interactive, api(MAREN))
    work(kernel)
    made = order(client, kernel, officer(Role.SENIOR), "do-not-board")
    assert made.status_code == 201
    assert (made.json()["boarding"], made.json()["overdue"]) == ("do-not-board", False)
    unasked = outbox(client, interactive)[-1]
    assert (unasked["kind"], unasked["message_id"]) == ("cusres-132", None)
    found = read(unasked["text"].encode())
    assert found.kind == "132"
    [one] = found.people
    assert (one.locator, one.unique_reference, one.code) == ("AB12CD", "R1", "1Z")
    assert one.texts == ()
    (leg,) = found.legs
    assert (str(leg.flight), leg.departure_airport, leg.arrival_airport) == ("ZZ1", "SYD", "NRT")
    assert (
        f"{leg.departure:%H%M} {leg.arrival:%H%M}" == "0930 1705"
    )  # local, as the carrier knows them
    assert "COURT" not in unasked["text"].upper()
    later_list = api(MAREN, control="C2", prepared=later(hours=1), function="CP")
    path = f"{URL}/{post(client, interactive, later_list)}/answer"
    work(kernel)
    assert codes(client.get(path, headers=interactive).content) == ["1Z"]
    assert order(client, kernel, officer(Role.SENIOR), "board").status_code == 201
    path = f"{URL}/{post(client, interactive, api(MAREN, control='C3', prepared=later(hours=2)))}/answer"
    work(kernel)
    assert codes(client.get(path, headers=interactive).content) == ["0Z"]


def lists_again(
    client: TestClient, kernel: Kernel, headers: dict[str, str], **more: Any
) -> list[str]:
    """The codes that the carrier gets to a newer list of the incomplete person."""
    again = api(HALF, prepared=later(hours=1), function="CP", **more)
    path = f"{URL}/{post(client, headers, again)}/answer"
    work(kernel)
    return codes(client.get(path, headers=headers).content)


def test_an_order_ends_with_the_boarding_authority_that_it_was_given_under(
    client: TestClient, kernel: Kernel, interactive: dict[str, str], officer: Officer
) -> None:
    post(client, interactive, api(HALF))
    work(kernel)
    assert order(client, kernel, officer(Role.SENIOR), "board").status_code == 201
    assert lists_again(client, kernel, interactive, control="C2") == ["0Z"]
    path = f"/api/v1/senders/{sender_id(kernel)}/boarding-authority"
    client.put(path, json={"named": False}, headers=officer(Role.LEGAL_APPROVER))
    assert lists_again(client, kernel, interactive, control="C3") == ["0", "4Z"]


@pytest.mark.parametrize(("named", "heard"), [(False, ["0", "4Z"]), (True, ["4Z"])])
@pytest.mark.parametrize("boarding", ["board", "do-not-board"])
def test_an_order_is_told_to_nobody_but_the_sender_that_it_went_to(
    client: TestClient, kernel: Kernel, interactive: dict[str, str], officer: Officer, boarding: str,
    named: bool, heard: list[str],
) -> None:  # fmt: skip
    post(client, interactive, api(HALF))
    work(kernel)
    assert order(client, kernel, officer(Role.SENIOR), boarding).status_code == 201
    with kernel.database.transaction() as session:
        other, token = create_sender(session, "other", ["ZZ"], "NRT", NOW)
        other.answers, other.boarding_authority = AnswerMode.INTERACTIVE, named
    theirs = {"Authorization": f"Bearer {token}"}
    assert lists_again(client, kernel, theirs, control="C2") == heard


def acknowledgement(text: str, **changes: str) -> bytes:
    """The carrier's echo of a 132."""
    found = read(text.encode())
    header = found.header
    echo = text.replace("BGM+132", "BGM+312").replace(
        f"+{header.sender}+{header.recipient}+", f"+{header.recipient}+{header.sender}+"
    )
    for old, new in changes.items():
        echo = echo.replace(old, new)
    return echo.encode()


def test_the_carriers_312_is_matched_and_its_lack_is_seen(
    client: TestClient, kernel: Kernel, clock: SettableClock, interactive: dict[str, str], officer: Officer
) -> None:  # fmt: skip
    post(client, interactive, api(MAREN))
    work(kernel)
    senior = officer(Role.SENIOR)
    order(client, kernel, senior, "do-not-board")
    late = "/api/v1/boarding/unacknowledged"
    assert client.get(late, headers=senior).json()["orders"] == []
    clock.advance(minutes=6)
    [missed] = client.get(late, headers=senior).json()["orders"]
    assert (missed["overdue"], missed["acknowledged_at"]) == (True, None)
    text = outbox(client, interactive)[-1]["text"]
    stray = post(
        client,
        interactive,
        acknowledgement(text, **{read(text.encode()).transaction_reference: "X1"}),
    )
    echo = acknowledgement(text)
    settled = post(client, interactive, echo)
    work(kernel)
    codes_of = [
        [
            fault["code"]
            for fault in client.get(f"{URL}/{one}", headers=interactive).json()["faults"]
        ]
        for one in (stray, settled)
    ]
    assert codes_of == [["acknowledgement_unknown"], []]
    assert client.get(late, headers=senior).json()["orders"] == []
    path = f"/api/v1/passengers/{passenger_id(kernel)}/boarding"
    [shown] = client.get(path, headers=senior).json()["orders"]
    first = shown["acknowledged_at"]
    assert (shown["overdue"], first is None) == (False, False)
    clock.advance(minutes=1)
    post(client, interactive, echo.replace(b"UNH+1+", b"UNH+2+").replace(b"+1'UNZ", b"+2'UNZ"))
    work(kernel)
    assert client.get(path, headers=senior).json()["orders"][0]["acknowledged_at"] == first


def test_a_312_of_another_sender_settles_nothing(
    client: TestClient, kernel: Kernel, interactive: dict[str, str], officer: Officer
) -> None:
    post(client, interactive, api(MAREN))
    work(kernel)
    order(client, kernel, officer(Role.SENIOR), "do-not-board")
    text = outbox(client, interactive)[-1]["text"]
    with kernel.database.transaction() as session:
        _, token = create_sender(session, "other", ["ZZ"], "NRT", NOW)
    post(client, {"Authorization": f"Bearer {token}"}, acknowledgement(text))
    work(kernel)
    path = f"/api/v1/passengers/{passenger_id(kernel)}/boarding"
    assert (
        client.get(path, headers=officer(Role.SENIOR)).json()["orders"][0]["acknowledged_at"]
        is None
    )


def test_the_same_order_under_a_key_is_given_once(
    client: TestClient, kernel: Kernel, interactive: dict[str, str], officer: Officer
) -> None:
    post(client, interactive, api(MAREN))
    work(kernel)
    headers = {**officer(Role.SENIOR), "Idempotency-Key": "k1"}
    first, again = (order(client, kernel, headers, "do-not-board").json() for _ in range(2))
    assert first == again
    assert [one["kind"] for one in outbox(client, interactive)] == ["cusres-962", "cusres-132"]


@pytest.mark.parametrize("role", set(Role) - {Role.SENIOR})
def test_who_may_not_order(
    client: TestClient, kernel: Kernel, interactive: dict[str, str], officer: Officer, role: Role
) -> None:
    post(client, interactive, api(MAREN))
    work(kernel)
    assert order(client, kernel, officer(role), "do-not-board").status_code == 403


def test_without_authority_a_reason_or_a_flight_to_board_nothing_is_ordered(
    client: TestClient, kernel: Kernel, interactive: dict[str, str], officer: Officer
) -> None:
    post(client, interactive, api(MAREN))
    work(kernel)
    senior = officer(Role.SENIOR)
    assert order(client, kernel, senior, "do-not-board", reason="   ").status_code == 422
    assert order(client, kernel, senior, "advisory").status_code == 422
    with kernel.database.transaction() as session:
        session.execute(sa.update(Flight).values(status=FlightStatus.DEPARTED))
    gone = order(client, kernel, senior, "do-not-board")
    assert (gone.status_code, problem_code(gone.text)) == (409, "flight-gone")
    path = f"/api/v1/senders/{sender_id(kernel)}/boarding-authority"
    client.put(path, json={"named": False}, headers=officer(Role.LEGAL_APPROVER))
    refused = order(client, kernel, senior, "do-not-board")
    assert (refused.status_code, problem_code(refused.text)) == (409, "no-boarding-authority")
    assert [one["kind"] for one in outbox(client, interactive)] == ["cusres-962"]
    assert client.post(
        f"/api/v1/passengers/{uuid4()}/boarding",
        json={"boarding": "board", "reason": "none"}, headers=senior,
    ).status_code == 404  # fmt: skip


def test_an_order_is_audited_without_its_reason(
    client: TestClient, kernel: Kernel, interactive: dict[str, str], officer: Officer
) -> None:
    post(client, interactive, api(MAREN))
    work(kernel)
    order(client, kernel, officer(Role.SENIOR), "do-not-board")
    with kernel.database.read() as session:
        wanted = sa.select(AuditEntry).where(AuditEntry.action == "boarding.order")
        row = session.scalars(wanted).one()
    assert (row.subject_id, row.detail["boarding"]) == (passenger_id(kernel), "do-not-board")
    assert "court" not in str(row.detail)
