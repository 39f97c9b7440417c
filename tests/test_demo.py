"""The whole way through real processes: what ``egate demo --headless`` plays, and what docs say of it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kiosk_sim.scenarios import SCENARIOS
from kiosk_sim.stage import Scenario

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "docs" / "scenarios.md").read_text()
ROWS = {match[1]: match[0] for match in re.finditer(r"^\| `([a-z-]+)` \|.*$", DOCS, re.MULTILINE)}


@pytest.fixture(scope="module")
def played() -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "app", "demo", "--headless", "--json"],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_scenario_comes_out_as_listed(played: list[dict[str, Any]]) -> None:
    assert [one["scenario"] for one in played] == [scenario.slug for scenario in SCENARIOS]
    for one, scenario in zip(played, SCENARIOS, strict=True):
        assert (one["decision"], one["path"], one["door"]) == (
            scenario.decision, list(scenario.path), scenario.door,
        )  # fmt: skip
        assert set(scenario.reasons) <= set(one["reasons"])
        assert one["ok"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.slug)
def test_docs_say_what_must_come_out(scenario: Scenario) -> None:
    row = ROWS[scenario.slug]
    assert scenario.title in row
    assert " → ".join(scenario.path) in row
    assert row.count(f"door {scenario.door}") == 1
    assert all(f"`{reason}`" in row for reason in scenario.reasons)


def test_docs_list_no_scenario_that_is_not_played() -> None:
    assert set(ROWS) == {scenario.slug for scenario in SCENARIOS}
