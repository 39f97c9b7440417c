"""The simulator's own HTTP face: its page, its tray, what it refuses."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kiosk_sim.agent import Options, create_agent, main
from kiosk_sim.program import Tray
from kiosk_sim.screen_routes import MAX_PICTURE
from kiosk_sim.words import LANGUAGES, WORDS
from tests.kiosk_sim.fakes import FakeService, credentials, lost, passport


@pytest.fixture
def kiosk() -> FakeService:
    return FakeService()


@pytest.fixture
def tray(tmp_path: Path) -> Path:
    path = tmp_path / "tray.json"
    path.write_text(json.dumps([{"label": "June Penrose", "mrz": passport().mrz, "code": None}]))
    return path


@pytest.fixture
def agent(kiosk: FakeService, tray: Path) -> Iterator[TestClient]:
    services = [kiosk, FakeService(credentials("lane", name="lane-1"))]
    program = create_agent(services, Tray(tray), ["testserver"])  # type: ignore[arg-type]
    with TestClient(program, follow_redirects=False) as client:
        yield client


def test_the_page_has_a_strict_policy(agent: TestClient) -> None:
    assert agent.get("/").headers["location"] == "/kiosk-1/"
    answer = agent.get("/kiosk-1/")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    for asset in ("screen.css", "screen.js", "icon.svg"):
        assert f"/screen/{asset}" in answer.text
        assert agent.get(f"/screen/{asset}").status_code == 200


def test_the_setup_names_no_document(agent: TestClient) -> None:
    found = agent.get("/kiosk-1/setup").json()
    assert found["tray"] == [{"label": "June Penrose", "phone": False, "face": False}]
    assert {
        code: words.items() >= WORDS[code].items() for code, words in found["words"].items()
    } == (dict.fromkeys(LANGUAGES, True))
    assert list(found["languages"]) == list(LANGUAGES)
    assert found["devices"] == ["kiosk-1", "lane-1"]
    assert found["has_door"] is False
    assert agent.get("/lane-1/setup").json()["has_door"] is True


def test_health_names_readers_and_devices(agent: TestClient) -> None:
    found = agent.get("/health").json()
    assert found["alive"] is True
    assert found["barcode_readers"]


def test_a_traveller_without_a_phone(agent: TestClient, kiosk: FakeService) -> None:
    assert agent.post("/kiosk-1/passport/0").status_code == 204
    assert agent.post("/kiosk-1/phone/0").status_code == 404
    assert agent.post("/kiosk-1/no-code").status_code == 204
    view = agent.get("/kiosk-1/view").json()
    while view["state"] == "deciding":
        view = agent.get(f"/kiosk-1/view?after={view['version']}").json()
    assert view["said"] == "registered"
    assert kiosk.presented[0]["mrz"] == passport().mrz
    agent.post("/kiosk-1/reset")
    assert agent.get("/kiosk-1/view").json()["state"] == "welcome"


@pytest.mark.parametrize(
    "path",
    [
        "/nobody/",
        "/nobody/view",
        "/kiosk-1/passport/9",
        "/kiosk-1/passport/-1",
        "/kiosk-1/phone/9",
        "/kiosk-1/language/xx",
    ],
)
def test_what_does_not_exist(agent: TestClient, path: str) -> None:
    method = "GET" if path.endswith(("/", "view")) else "POST"
    assert agent.request(method, path).status_code == 404


def test_a_picture_that_is_too_large(agent: TestClient) -> None:
    assert agent.post("/kiosk-1/picture", content=bytes(MAX_PICTURE + 1)).status_code == 413


def test_only_its_own_name_is_answered(agent: TestClient) -> None:
    assert agent.get("/health", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 204),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}, 204),
        ({"Sec-Fetch-Site": "none"}, 204),
        ({"Origin": "http://testserver"}, 204),
        ({"Origin": "http://testserver:8010"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://testserver:8000"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
    ],
)
def test_pages_of_other_origins_press_no_buttons(
    agent: TestClient, headers: dict[str, str], status: int
) -> None:
    for path in ("/lane-1/lane/sensors/person", "/kiosk-1/reset"):
        assert agent.post(path, headers=headers).status_code == status
    key = agent.post("/lane-1/lane/key", json={"order": "reset"}, headers=headers)
    assert (key.status_code == 403) == (status == 403)
    assert agent.get("/kiosk-1/view", headers=headers).status_code == 200


@pytest.mark.parametrize("content", ["", "{", "null", None])
def test_a_tray_that_is_being_written_is_empty(tray: Path, content: str | None) -> None:
    if content is None:
        tray.unlink()
    else:
        tray.write_text(content)
    assert Tray(tray).items() == []
    assert Tray(None).items() == []


def test_it_starts_without_the_service_and_closes_its_connections(tray: Path) -> None:
    service = FakeService()
    service.trouble = lost()
    with TestClient(create_agent([service], Tray(tray), ["testserver"])) as client:  # type: ignore[list-item]
        view = client.get("/kiosk-1/view").json()
        assert (view["state"], view["fault"]) == ("out-of-service", "no-service")
    assert service.closed


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"key": "AAAA"}'])
def test_a_file_of_no_credentials_is_named(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kiosk-1.json"
    if content is not None:
        path.write_text(content)
    assert main(Options("http://127.0.0.1:9", [path])) == 2
    assert "kiosk-1.json: no file of a device's credentials" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_file_of_no_authorities_is_named(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    credentials = tmp_path / "kiosk-1.json"
    key = base64.urlsafe_b64encode(bytes(32)).decode()
    told = {
        "device": "1",
        "kind": "kiosk",
        "name": "k",
        "hall": "A",
        "steps": "two-step",
        "key": key,
    }
    credentials.write_text(json.dumps(told))
    path = tmp_path / "authorities.pem"
    if content is not None:
        path.write_bytes(content)
    options = Options("http://127.0.0.1:9", [credentials], authorities=path)
    assert main(options) == 2
    assert str(path) in capsys.readouterr().err


def test_a_document_that_is_walked_in_is_read_or_refused(agent: TestClient) -> None:
    body = {"passport": passport().mrz, "chip": {"SOD": "!"}}
    assert agent.post("/kiosk-1/walk", json=body).status_code == 422
