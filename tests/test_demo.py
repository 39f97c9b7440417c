"""The whole way through real processes: what ``egate demo --headless`` plays, and what docs say of it."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import demo
from app.identity import devices
from app.identity.models import Device, DeviceKind
from app.kernel.db import Database
from app.kernel.ids import uuid7
from kiosk_sim.scenarios import SCENARIOS
from kiosk_sim.stage import Scenario

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "docs" / "scenarios.md").read_text()
ROWS = {match[1]: match[0] for match in re.finditer(r"^\| `([a-z-]+)` \|.*$", DOCS, re.MULTILINE)}


@dataclass(frozen=True)
class Day:
    """What was played, who was in the database at its end, and what all programs logged meanwhile, the database too."""

    played: list[dict[str, Any]]
    names: list[str]
    numbers: list[str]
    log: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What the programs logged as JSON."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    there = tmp_path_factory.mktemp("demo") / "who.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.named_demo", str(there)], cwd=ROOT, check=False,
        env=os.environ | {"EGATE_LOG_LEVEL": "DEBUG", "EGATE_LOG_FORMAT": "json"},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    who = json.loads(there.read_text())
    played = [json.loads(line) for line in done.stdout.splitlines()]
    return Day(played, who["names"], who["numbers"], done.stderr + who["log"])


@pytest.fixture(scope="module")
def played(day: Day) -> list[dict[str, Any]]:
    return day.played


def test_no_log_of_any_program_names_anybody(day: Day) -> None:
    words = {word for name in day.names for word in re.findall(r"\w{4,}", name.upper())}
    assert len(words) > 20
    assert len(day.numbers) > 10
    said = day.log.upper()
    assert [word for word in sorted(words) if re.search(rf"\b{word}\b", said)] == []
    assert [number for number in day.numbers if number.upper() in said] == []


def test_a_request_is_followed_from_the_server_to_the_worker(day: Day) -> None:
    """By the message's id in any case, and by the request's own where the worker heard of the message before it found it."""
    asked = {
        line["request"] for line in day.lines
        if line["event"] == "request" and line["route"] == "/api/v1/messages" and line["status"] == 202
    }  # fmt: skip
    came = {
        one["message"]: one["request"] for one in day.lines if one["event"] == "message.received"
    }
    read = {
        one["message"]: one.get("request") for one in day.lines if one["event"] == "message.read"
    }
    assert asked
    assert set(came.values()) == asked
    assert came.keys() == read.keys()
    followed = {message: request for message, request in read.items() if request}
    assert followed
    assert followed.items() <= came.items()


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


def test_devices_of_the_next_run_have_the_short_names(database: Database) -> None:
    now, hall = datetime(2026, 3, 10, 3, 0, tzinfo=UTC), uuid7()
    with database.transaction() as session:
        for run in range(3):
            demo._shut_out_earlier(session, [hall], now)
            devices.enrol(session, DeviceKind.LANE, "lane-1", hall, bytes([run] * 32), now)
            now = now.replace(minute=now.minute + 1)
        standing = sa.select(Device.name).where(Device.disabled_at.is_(None))
        assert session.scalars(standing).all() == ["lane-1"]
        assert session.scalar(sa.select(sa.func.count()).select_from(Device)) == 3
