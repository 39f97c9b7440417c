"""Carriers send messages over HTTP and ask for the verdict."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.identity.permissions import Role
from app.identity.senders import create_sender
from app.kernel.http import Kernel
from app.messages.apply import apply_next
from app.messages.models import Message
from app.messages.receive import MAX_BODY
from tests.messages.airline import api, person
from tests.support import NOW, problem_code

URL = "/api/v1/messages"


def work(kernel: Kernel) -> None:
    while apply_next(kernel.database, kernel.vault, kernel.clock(), kernel.site):
        pass


def stored(kernel: Kernel) -> int:
    with kernel.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Message)) or 0


def test_from_message_to_verdict(
    client: TestClient, kernel: Kernel, sender_headers: dict[str, str]
) -> None:
    raw = api(person()).replace(b"DTM+329:840506", b"DTM+329:999999")
    answer = client.post(URL, content=raw, headers=sender_headers)
    assert answer.status_code == 202
    received = answer.json()
    assert received["status"] == "received"
    path = f"{URL}/{received['id']}"
    assert client.get(path, headers=sender_headers).json()["messages"] == []
    work(kernel)
    verdict = client.get(path, headers=sender_headers).json()
    assert (verdict["status"], verdict["size"]) == ("applied", len(raw))
    [message] = verdict["messages"]
    assert (message["type"], message["flight"], message["people"]) == ("PAXLST", "ZZ1", 1)
    [fault] = verdict["faults"]
    assert (fault["code"], fault["tag"], fault["severity"]) == ("date", "DTM", "warning")
    assert (fault["reference"], fault["element"], fault["component"]) == ("1", 1, 2)
    assert fault["passenger_id"] is None  # our ids of people are no business of the sender
    assert "QUILLFEATHER" not in str(verdict)


def test_an_officer_sees_whom_a_fault_belongs_to(
    client: TestClient,
    kernel: Kernel,
    sender_headers: dict[str, str],
    officer: Callable[..., dict[str, str]],
) -> None:
    raw = api(person()).replace(b"DTM+329:840506", b"DTM+329:999999")
    path = f"{URL}/{client.post(URL, content=raw, headers=sender_headers).json()['id']}"
    work(kernel)
    verdict = client.get(path, headers=officer(Role.SENIOR)).json()
    assert verdict["faults"][0]["passenger_id"] is not None
    assert verdict["messages"][0]["flight_id"] is not None
    assert client.get(path, headers=officer(Role.GATE_OFFICER)).status_code == 403


def test_a_sender_sees_only_its_own(
    client: TestClient, kernel: Kernel, sender_headers: dict[str, str]
) -> None:
    received = client.post(URL, content=api(person()), headers=sender_headers).json()
    with kernel.database.transaction() as session:
        _, token = create_sender(session, "other", ["ZZ"], "NRT", NOW)
    other = {"Authorization": f"Bearer {token}"}
    assert client.get(f"{URL}/{received['id']}", headers=other).status_code == 404
    assert client.get(f"{URL}/{uuid4()}", headers=sender_headers).status_code == 404
    assert client.get(f"{URL}/{received['id']}").status_code == 401


def test_a_repeated_call_shows_the_first_result(
    client: TestClient, kernel: Kernel, sender_headers: dict[str, str]
) -> None:
    headers = {**sender_headers, "Idempotency-Key": "k1"}
    first = client.post(URL, content=api(person()), headers=headers).json()
    work(kernel)
    again = client.post(URL, content=api(person()), headers=headers).json()
    assert (again["id"], again["status"]) == (first["id"], "applied")
    assert stored(kernel) == 1
    other = client.post(URL, content=api(person("TIDEWELL")), headers=headers)
    assert (other.status_code, problem_code(other.text)) == (422, "idempotency-key-reused")


@pytest.mark.parametrize(("step", "kept"), [("before_commit", 0), ("after_commit", 1)])
def test_a_call_repeated_after_the_server_was_killed_has_one_effect(
    client: TestClient, kernel: Kernel, sender_headers: dict[str, str], step: str, kept: int
) -> None:
    url = kernel.database.engine.url.render_as_string(hide_password=False)
    token = sender_headers["Authorization"].removeprefix("Bearer ")
    words = [sys.executable, "-m", "tests.messages.killed_server", url, token, step]
    done = subprocess.run(words, cwd=Path(__file__).parents[2], timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    assert stored(kernel) == kept
    headers = {**sender_headers, "Idempotency-Key": "k1"}
    for _ in range(2):
        answer = client.post(URL, content=api(person()), headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (202, "received")
        assert answer.json()["duplicate_of"] is None
    assert stored(kernel) == 1


def test_the_same_bytes_without_key_are_a_duplicate(
    client: TestClient, sender_headers: dict[str, str]
) -> None:
    first = client.post(URL, content=api(person()), headers=sender_headers).json()
    again = client.post(URL, content=api(person()), headers=sender_headers).json()
    assert (again["status"], again["duplicate_of"]) == ("duplicate", first["id"])


@pytest.mark.parametrize("raw", [b"", b"  \r\n"])
def test_nothing(client: TestClient, sender_headers: dict[str, str], raw: bytes) -> None:
    answer = client.post(URL, content=raw, headers=sender_headers)
    assert (answer.status_code, problem_code(answer.text)) == (422, "message-empty")


def chunks(size: int) -> Iterator[bytes]:
    """A body whose length is not announced."""
    for _ in range(size // 2**20 + 1):
        yield b"x" * 2**20


def test_too_much_is_refused_announced_or_not(
    client: TestClient, kernel: Kernel, sender_headers: dict[str, str]
) -> None:
    for content in (b"x" * (MAX_BODY + 1), chunks(MAX_BODY)):
        answer = client.post(URL, content=content, headers=sender_headers)
        assert (answer.status_code, problem_code(answer.text)) == (413, "message-too-large")
    assert stored(kernel) == 0


def test_strangers_are_turned_away(client: TestClient, kernel: Kernel) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
        answer = client.post(URL, content=api(person()), headers=headers)
        assert (answer.status_code, problem_code(answer.text)) == (401, "unauthenticated")
    assert stored(kernel) == 0


def test_junk_is_taken_in_and_rejected_by_the_verdict(
    client: TestClient, kernel: Kernel, sender_headers: dict[str, str]
) -> None:
    answer = client.post(URL, content=bytes(range(256)), headers=sender_headers)
    assert answer.status_code == 202
    work(kernel)
    verdict = client.get(f"{URL}/{answer.json()['id']}", headers=sender_headers).json()
    assert verdict["status"] == "rejected"
    assert [fault["code"] for fault in verdict["faults"]] == ["no_message"]
