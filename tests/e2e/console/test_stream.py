"""The stream of hints over a real socket: TestClient cannot read a stream that never ends."""

import json
from contextlib import contextmanager

import httpx2
import pytest

from app.identity.permissions import Role
from tests.support.airport import Airport, Guest, http_client


def read(lines, wanted: str) -> dict[str, str]:
    """The fields of the next event of this name."""
    event: dict[str, str] = {}
    for line in lines:
        if not line:
            if event.get("event") == wanted:
                return event
            event = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value
    raise AssertionError(f"the stream ended without {wanted}")


@contextmanager
def listening(server, token: str, **headers: str):
    with (
        http_client(server.address) as http,
        http.stream(
            "GET", "/api/v1/events", headers={"Cookie": f"egate={token}", **headers}
        ) as answer,
    ):
        yield answer


def test_hello_then_a_beat_with_a_cursor(server, airport: Airport):
    with listening(server, airport.cookie_for("a", "A")) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.iter_lines()
        hello = read(lines, "hello")
        beat = read(lines, "beat")
        assert ":" in hello["id"]
        assert ":" in beat["id"]


def test_a_hint_says_what_changed_and_nothing_else(
    server, airport: Airport, people: dict[str, Guest]
):
    with listening(server, airport.cookie_for("a", "A")) as answer:
        lines = answer.iter_lines()
        read(lines, "hello")
        airport.present("kiosk", people["nils"])
        while (hint := json.loads(read(lines, "hint")["data"]))["kind"] != "referral.changed":
            pass
        assert set(hint) == {"kind", "id", "version"}


def test_what_was_missed_is_told_after_a_break(server, airport: Airport, people: dict[str, Guest]):
    token = airport.cookie_for("a", "A")
    with listening(server, token) as answer:
        cursor = read(answer.iter_lines(), "hello")["id"]
    airport.present("kiosk", people["nils"])
    with listening(server, token, **{"Last-Event-ID": cursor}) as answer:
        lines = answer.iter_lines()
        while json.loads(read(lines, "hint")["data"])["kind"] != "referral.changed":
            pass


def test_a_foreign_cursor_starts_afresh(server, airport: Airport):
    with listening(server, airport.cookie_for("a", "A"), **{"Last-Event-ID": "x:1:1:"}) as answer:
        read(answer.iter_lines(), "reset")


def test_the_stream_ends_with_the_session(server, airport: Airport, monkeypatch):
    monkeypatch.setattr("app.kernel.stream.CHECK_SECONDS", 0.1)
    token = airport.cookie_for("a", "A")
    with listening(server, token) as answer:
        lines = answer.iter_lines()
        read(lines, "hello")
        with http_client(server.address) as http:
            headers = {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}
            http.post("/console/sign-out", headers=headers)
        with pytest.raises(AssertionError, match="ended"):
            read(lines, "never")


@pytest.mark.parametrize(("role", "status"), [(Role.AUDITOR, 403), (Role.ADMINISTRATOR, 403)])
def test_who_has_no_queue_hears_nothing(server, airport: Airport, role, status):
    with listening(server, airport.cookie_for("a", "A", role)) as answer:
        assert answer.status_code == status


def test_without_a_session_there_is_no_stream(server, airport: Airport):
    answer = httpx2.get(server.address + "/api/v1/events")
    assert answer.status_code == 401
