"""The agent's calls: over a real socket to a scripted server, and against the service itself."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient

from app.identity import devices
from app.identity.models import DeviceKind
from app.kernel.clock import SettableClock
from app.kernel.db import Database
from app.kernel.ids import uuid7
from kiosk_sim import client as module
from kiosk_sim.client import Credentials, Refused, Service, ServiceUnavailable
from tests.kiosk_sim.fakes import CREDENTIALS

GRANTED = (200, {"access_token": "T", "expires_in": 600})
READY = (200, {"ready": True})
SHOWN = (200, {"id": "p1", "answer": "registered"})


class Script(HTTPServer):
    """Answers by path from lists, the last answer again and again; 0 hangs up. ``seen``: what came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[tuple[int, Any]]] = {
            "/health/ready": [READY], "/api/v1/token": [GRANTED],
        }  # fmt: skip
        self.seen: list[tuple[str, dict[str, str], Any]] = []

    def calls(self, path: str) -> list[tuple[dict[str, str], Any]]:
        return [(headers, body) for where, headers, body in self.seen if where == path]


class Handler(BaseHTTPRequestHandler):
    server: Script

    def do_GET(self) -> None:
        self.respond(None)

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        self.respond(json.loads(self.rfile.read(length) or b"null"))

    def respond(self, body: Any) -> None:
        path = self.path.partition("?")[0]
        self.server.seen.append((path, {k.lower(): v for k, v in self.headers.items()}, body))
        answers = self.server.answers[path]
        status, content = answers.pop(0) if len(answers) > 1 else answers[0]
        if not status:
            self.connection.close()
            return
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def script() -> Iterator[Script]:
    server = Script()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def service(script: Script, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
    service = Service(f"http://127.0.0.1:{script.server_port}", CREDENTIALS)
    yield service
    service.close()


PRESENTATIONS = "/api/v1/presentations"


def present(service: Service) -> dict[str, Any]:
    return service.present(credential="EGR1:X", mrz=None, readings={"chip": "not-read"})


def test_a_presentation_bears_token_and_key(service: Service, script: Script) -> None:
    script.answers[PRESENTATIONS] = [SHOWN]
    assert present(service)["answer"] == "registered"
    present(service)
    first, second = script.calls(PRESENTATIONS)
    assert first[0]["authorization"] == "Bearer T"
    assert first[1] == {"credential": "EGR1:X", "mrz": None, "readings": {"chip": "not-read"}}
    assert first[0]["idempotency-key"] != second[0]["idempotency-key"]
    assert len(script.calls("/api/v1/token")) == 1, "a token is used until it ends"


@pytest.mark.parametrize("trouble", [(0, None), (503, {}), (200, b"no json")])
def test_a_fault_of_the_line_is_tried_again_as_the_same_call(
    service: Service, script: Script, trouble: tuple[int, Any]
) -> None:
    script.answers[PRESENTATIONS] = [trouble, SHOWN]
    assert present(service)["id"] == "p1"
    keys = [headers["idempotency-key"] for headers, _ in script.calls(PRESENTATIONS)]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_lasting_fault_is_unavailable(service: Service, script: Script) -> None:
    script.answers[PRESENTATIONS] = [(500, {})]
    with pytest.raises(ServiceUnavailable):
        present(service)
    assert len(script.calls(PRESENTATIONS)) == 2


def test_a_token_that_ended_early_is_renewed_once(service: Service, script: Script) -> None:
    script.answers[PRESENTATIONS] = [(401, {"type": "urn:egate:problem:unauthenticated"}), SHOWN]
    assert present(service)["id"] == "p1"
    assert len(script.calls("/api/v1/token")) == 2
    script.answers[PRESENTATIONS] = [(401, {"type": "urn:egate:problem:unauthenticated"})]
    with pytest.raises(Refused) as refused:
        present(service)
    assert (refused.value.status, refused.value.code) == (401, "unauthenticated")


def test_a_refusal_is_not_tried_again(service: Service, script: Script) -> None:
    script.answers[PRESENTATIONS] = [(409, {"type": "urn:egate:problem:steps-missing"})]
    with pytest.raises(Refused) as refused:
        present(service)
    assert refused.value.code == "steps-missing"
    assert len(script.calls(PRESENTATIONS)) == 1


def test_a_decision_is_waited_for_and_a_passage_asked(service: Service, script: Script) -> None:
    script.answers[f"{PRESENTATIONS}/p1"] = [SHOWN]
    script.answers["/api/v1/passages"] = [(200, {})]
    assert service.await_decision("p1", 3)["id"] == "p1"
    assert "idempotency-key" not in script.calls(f"{PRESENTATIONS}/p1")[0][0]
    service.pass_through("p1", ["p2"])
    assert script.calls("/api/v1/passages")[0][1] == {"presentation": "p1", "others": ["p2"]}


def test_a_probe_asks_for_health_and_for_the_key(service: Service, script: Script) -> None:
    service.probe()
    script.answers["/health/ready"] = [(503, {})]
    with pytest.raises(ServiceUnavailable):
        service.probe()
    script.answers["/health/ready"] = [READY]
    script.answers["/api/v1/token"] = [(401, {"type": "urn:egate:problem:assertion-invalid"})]
    service._renew_at = 0.0
    with pytest.raises(Refused):
        service.probe()


def test_nobody_there() -> None:
    service = Service("http://127.0.0.1:9", CREDENTIALS)
    with pytest.raises(ServiceUnavailable):
        service.probe()
    with pytest.raises(ServiceUnavailable):
        service._access_token()
    service.close()


@pytest.mark.parametrize("right", [True, False])
def test_the_service_takes_the_key_it_knows_and_no_other(
    client: TestClient, database: Database, clock: SettableClock, right: bool
) -> None:
    ours, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    with database.transaction() as session:
        device = devices.enrol(
            session, DeviceKind.KIOSK, "kiosk-7", uuid7(),
            ours.public_key().public_bytes_raw(), clock(),
        ).id  # fmt: skip
    key = (ours if right else other).private_bytes_raw()
    known = Credentials(str(device), "kiosk", "kiosk-7", "Hall A", "two-step", key)
    service = Service("http://127.0.0.1:9", known)
    clock.now = clock.now.fromtimestamp(module.time.time(), clock.now.tzinfo)
    body = {"grant_type": module.GRANT, "assertion": service._assertion()}
    service.close()
    answer = client.post("/api/v1/token", json=body)
    assert answer.status_code == (200 if right else 401)
    assert ("access_token" in answer.json()) is right


def written(path: Path, **changes: Any) -> Path:
    content = {
        "device": "0190", "kind": "kiosk", "name": "kiosk-1", "hall": "Hall A", "steps": "two-step",
        "key": base64.urlsafe_b64encode(bytes(32)).decode(),
    } | changes  # fmt: skip
    path.write_text(json.dumps({k: v for k, v in content.items() if v is not None}))
    return path


def test_credentials_are_read_from_their_file(tmp_path: Path) -> None:
    assert Credentials.load(written(tmp_path / "key.json")) == CREDENTIALS


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"key": "AAAA"}, ValueError), ({"key": None}, KeyError), ({"key": "not base64!"}, ValueError),
        ({"steps": None}, TypeError), ({"colour": "blue"}, TypeError),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused(
    tmp_path: Path, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        Credentials.load(written(tmp_path / "key.json", **changes))
    with pytest.raises(OSError, match="absent"):
        Credentials.load(tmp_path / "absent.json")
