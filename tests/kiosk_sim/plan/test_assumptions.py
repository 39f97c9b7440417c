"""What is assumed can be replaced by name, and only by name."""

import json
from pathlib import Path
from typing import Any

import pytest

from kiosk_sim.plan.assumptions import Assumptions, PlanError, measured_machines
from kiosk_sim.plan.spread import Handling, Measured


def _file(folder: Path, content: Any) -> Path:
    path = folder / "a.json"
    path.write_text(json.dumps(content))
    return path


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    content = {"shares": {"goods": 0.2}, "people": {"declare": {"median": 50, "p95": 90}, "look": 30},
               "stream": {"per_door": 12}, "sizes": {"1": 1}}  # fmt: skip
    found = Assumptions.load(_file(tmp_path, content))
    usual = Assumptions.load(None)
    assert found.shares.goods == 0.2
    assert found.people.declare == Handling(50, 90)
    assert found.people.look == Measured((30.0,))
    assert found.stream.per_door == 12
    assert found.sizes == {1: 1.0}
    assert found.shares.risk == usual.shares.risk
    assert found.people.pose == usual.people.pose


def test_what_a_report_says_can_be_given_back(tmp_path: Path) -> None:
    usual = Assumptions.load(None)
    assert Assumptions.load(_file(tmp_path, usual.plain())) == usual


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"share": {}}, "no such part"),
        ({"shares": {"luck": 1}}, "no such assumption: luck"),
        ({"shares": {"goods": 1.5}}, "goods is a share"),
        ({"shares": {"goods": True}}, "goods is a number"),
        ({"shares": 3}, "JSON object"),
        ({"people": {"look": "soon"}}, "look: seconds are"),
        ({"stream": {"bags": 0}}, "bags is more than 0"),
        ({"stream": {"bags": -4}}, "not negative"),
        ({"sizes": {"0": 1}}, "1 to 10 people"),
        ({"sizes": {"two": 1}}, "sizes"),
        ([], "no JSON object"),
    ],
)
def test_what_cannot_be_assumed_is_said(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        Assumptions.load(_file(tmp_path, content))


def test_measured_times_are_complete_or_refused(tmp_path: Path) -> None:
    usual = {
        "chip": 0.004,
        "face": 0.6,
        "code": 0.03,
        "decision": {"values": [0.01, 0.02]},
        "door": 0.4,
    }
    found = measured_machines(_file(tmp_path, {"seconds": usual}))
    assert found.decision == Measured((0.01, 0.02))
    del usual["door"]
    with pytest.raises(PlanError, match="measured times are"):
        measured_machines(_file(tmp_path, {"seconds": usual}))
    with pytest.raises(PlanError, match="measured times: "):
        measured_machines(_file(tmp_path, {"seconds": {**usual, "door": -1}}))


def test_the_release_brings_measured_times_along() -> None:
    """Within what the program promises of itself: 10 ms for a chip; seconds, not minutes, for the rest."""
    found = measured_machines()
    for spread, most in ((found.chip, 0.01), (found.face, 3), (found.code, 1), (found.decision, 1), (found.door, 2)):  # fmt: skip
        assert isinstance(spread, Measured)
        assert 0 < sum(spread.values) / len(spread.values) < most
