"""``egate device`` and ``egate enrol`` as an operator and a device call them."""

import base64
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.cli import main
from kiosk_sim import keyring
from kiosk_sim.client import Credentials
from tests.conftest import SECRET


@pytest.fixture(autouse=True)
def hall(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())
    assert main(["hall", "Hall A"]) == 0


LANE = ["--kind", "lane", "--hall", "Hall A"]


def test_a_code_is_printed_and_a_device_enrols_itself_by_it(
    client: TestClient, clock: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    capsys.readouterr()
    assert main(["device", "code", "lane-3", *LANE, "--assisted"]) == 0
    code = capsys.readouterr().out.strip()
    clock.now = keyring_now()
    post = client.post
    monkeypatch.setattr(
        keyring.httpx2,
        "post",
        lambda url, json, timeout: post(url.removeprefix("http://x"), json=json),
    )
    out = tmp_path / "lane-3.json"
    words = ["enrol", "lane-3", "--server", "http://x", "--out", str(out), "--code", code]
    assert main(words) == 0
    found = Credentials.load(out)
    assert (found.name, found.kind, found.hall, found.assisted) == (
        "lane-3",
        "lane",
        "Hall A",
        True,
    )
    assert main([*words[:-3], str(tmp_path / "again.json"), "--code", code]) == 1


def keyring_now() -> Any:
    """The command goes by the system's clock, and so has the program of the test to."""
    from app.kernel.clock import system_clock

    return system_clock()


def test_a_device_on_this_machine_is_enrolled_at_once(tmp_path: Path) -> None:
    out = tmp_path / "lane-4.json"
    assert main(["device", "lane-4", *LANE, "--out", str(out)]) == 0
    assert Credentials.load(out).name == "lane-4"


@pytest.mark.parametrize("words", [["lane-5"], ["code", "lane-5", "--out", "x"], ["a", "b", "c"]])
def test_neither_nor(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["device", *words, *LANE]) != 0
    assert "device code NAME" in capsys.readouterr().err
