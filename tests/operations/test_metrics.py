"""Figures: what each process tells, that dashboard and alarms ask for nothing else, and nobody is in them."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import yaml
from prometheus_client import CollectorRegistry

from app.identity.officers import create_officer
from app.identity.permissions import Role
from app.kernel import telemetry
from app.kernel.errors import SetupError, UnavailableError
from app.kernel.http import Kernel
from app.operations.metrics import figures, serve_metrics
from app.programs import free_port
from app.travel.touch import touch
from app.work.worker import Worker
from tests.declarations.forms import add_flight, add_passenger
from tests.support import NOW

DOCS = Path(__file__).parents[2] / "docs"
DASHBOARD = json.loads((DOCS / "deploy/grafana/egate.json").read_text())
RULES = yaml.safe_load((DOCS / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
EXPRESSIONS = [
    *(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]),
    *(rule["expr"] for rule in RULES),
]
SUFFIXES = {
    "counter": ("_total",), "gauge": ("",), "summary": ("_sum", "_count"),
    "histogram": ("_bucket", "_sum", "_count"), "info": ("_info",),
}  # fmt: skip
OF_PROMETHEUS = {"up"}
LABELS = {"instance", "job", "le", "queue", "program"}


def told(registry: CollectorRegistry) -> dict[str, float]:
    """Values by sample, labels included."""
    return {
        sample.name + "".join(f",{k}={v}" for k, v in sorted(sample.labels.items())): sample.value
        for family in registry.collect()
        for sample in family.samples
    }


def test_dashboard_and_alarms_ask_for_what_is_told_and_nothing_else(
    kernel: Kernel, tmp_path: Path
) -> None:
    kernel.backups = tmp_path
    families = list(figures(kernel, shared=True).collect())
    names = {
        one.name + suffix for one in families for suffix in SUFFIXES.get(one.type, ("",))
    } | OF_PROMETHEUS
    labels = LABELS | {
        label for one in vars(telemetry).values() for label in getattr(one, "_labelnames", ())
    }
    for expression in EXPRESSIONS:
        asked = re.findall(r"\b(?:egate|process|python)_[a-z_]+\b|\bup\b", expression)
        assert asked, expression
        assert set(asked) <= names, expression
        used = re.findall(r"[{,]\s*([a-z_]+)\s*[=!]", expression)
        for grouped in re.findall(r"by \(([^)]*)\)", expression):
            used += [one.strip() for one in grouped.split(",")]
        assert set(used) <= labels, expression
        assert expression.count("(") == expression.count(")")
    own = {name for name in names if name.startswith("egate_")}
    assert not own - {name for e in EXPRESSIONS for name in re.findall(r"egate_[a-z_]+", e)} - {
        "egate_request_seconds_sum", "egate_request_seconds_count", "egate_job_seconds_count",
    }  # fmt: skip


def test_every_alarm_is_in_the_handbook() -> None:
    handbook = (DOCS / "operations.md").read_text()
    assert [rule["alert"] for rule in RULES if f"`{rule['alert']}`" not in handbook] == []
    assert all(rule["annotations"]["summary"] and rule["labels"]["severity"] for rule in RULES)


def test_what_waits_and_who_is_there_is_told(kernel: Kernel) -> None:
    with kernel.database.transaction() as session:
        touch(session, [add_passenger(session, add_flight(session))])
        create_officer(session, "gate", "LINDQVIST", [Role.GATE_OFFICER], "NRT", NOW)
    found = told(figures(kernel, shared=True))
    assert found["egate_database_up"] == 1
    assert found["egate_queue_waiting,queue=passengers"] == 1
    assert found["egate_queue_oldest_seconds,queue=messages"] == 0
    assert found["egate_trail_sealed_timestamp_seconds"] == 0
    assert found["egate_feed_connected"] == 0
    assert "egate_database_up" not in told(figures(kernel, shared=False))


def test_a_database_that_is_away_is_told_by_a_figure(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise UnavailableError

    monkeypatch.setattr("app.operations.metrics.read_state", away)
    found = told(figures(kernel, shared=True))
    assert found["egate_database_up"] == 0
    assert not [name for name in found if name.startswith("egate_queue")]


def test_a_scrape_asks_the_database_at_most_every_ten_seconds(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = figures(kernel, shared=True)
    told(registry)
    monkeypatch.setattr("app.operations.metrics.read_state", lambda *_: pytest.fail("asked again"))
    assert told(registry)["egate_database_up"] == 1


def test_a_worker_tells_of_its_jobs(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> int:
        raise ValueError

    monkeypatch.setattr("app.work.chores.expire_holds", fails)
    monkeypatch.setattr("app.work.worker.PAUSE_SECONDS", 0.0)
    registry = figures(kernel, shared=False)
    before = told(registry)
    Worker(kernel)._turn()
    after = told(registry)
    failed, done = "egate_job_failures_total,task=end_holds", "egate_job_seconds_count,task=seal"
    assert after[failed] == before.get(failed, 0) + 1
    assert after[done] == before.get(done, 0) + 1
    assert after["egate_worker_turn_timestamp_seconds"] > 0


def test_figures_are_answered_on_an_address_of_their_own(kernel: Kernel) -> None:
    listen = f"127.0.0.1:{free_port()}"
    stop = serve_metrics(listen, kernel, shared=True)
    try:
        with urlopen(f"http://{listen}/metrics", timeout=10) as answer:
            assert b"egate_database_up 1.0" in answer.read()
        with pytest.raises(SetupError, match="EGATE_METRICS_LISTEN"):
            serve_metrics(listen, kernel, shared=True)
    finally:
        stop()
    with pytest.raises((HTTPError, OSError)):
        urlopen(f"http://{listen}/metrics", timeout=1)


def test_nowhere_is_an_address(kernel: Kernel) -> None:
    stopped: Any = serve_metrics("", kernel, shared=True)
    assert stopped() is None
