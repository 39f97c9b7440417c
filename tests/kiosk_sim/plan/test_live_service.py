"""The live mode against the whole service: server, worker, database."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app import demo
from app.cli import main
from app.config import Settings
from app.kernel import postgres
from app.programs import Programs, free_port

CERTAIN = {
    "shares": {"risk": 0.1, "control": 0, "goods": 0.15, "identity": 0.1, "without_code": 0.2}
}


@contextmanager
def service() -> Iterator[Path]:
    """The private file of a service that runs until the end of the block."""
    with demo.temporary_home() as home:
        port, config = free_port(), home / "demo" / "simulation.json"
        server = f"http://127.0.0.1:{port}"
        programs = Programs(
            {"EGATE_STATE": str(home), "EGATE_PORT": str(port), "EGATE_LOG_LEVEL": "WARNING",
             "EGATE_PUBLIC_URL": server, **demo.PLAIN}
        )  # fmt: skip
        seeding = ["seed", "--folder", str(config.parent), "--server", server]
        try:
            for words in (["migrate"], seeding):
                subprocess.run(
                    [sys.executable, "-m", "app", *words], env=programs.environment, check=True
                )
            programs.start("serve", ["serve"])
            programs.start("work", ["work"])
            programs.wait_ready(server + "/health/ready")
            yield config
        finally:
            programs.stop()
            postgres.stop(home, version=Settings(state=home).postgres_version)


@pytest.mark.slow
def test_the_same_people_walk_through_the_real_hall(tmp_path: Path) -> None:
    """Everybody is screened, registered, let through or looked after; waiting is what was simulated."""
    (tmp_path / "wave.csv").write_text("flight,lands,people\nXX1,06:30,60\n")
    (tmp_path / "certain.json").write_text(json.dumps(CERTAIN))
    out = tmp_path / "out"
    with service() as config:
        words = ["hall", "--flights", str(tmp_path / "wave.csv"), "--kiosks", "2", "--lanes", "1",
                 "--officers", "2", "--assumptions", str(tmp_path / "certain.json"), "--speed", "200",
                 "--live", json.loads(config.read_text())["server"], "--config", str(config),
                 "--out", str(out)]  # fmt: skip
        assert main(words) == 0
    report = json.loads((out / "report.json").read_text())
    live, simulated = report["live"], report["simulated"]
    assert not report["faults"]
    assert live["people"] == simulated["people"] == 60
    assert report["same_way"] >= 0.85 * live["parties"]  # the service draws a lot of its own
    assert live["officers"]["parties_by_work"]["goods"] > 0
    assert live["officers"]["parties_by_work"]["inspection"] > 0
    waits = [one["places"]["kiosk"]["wait_seconds"]["mean"] for one in (live, simulated)]
    assert waits[0] == pytest.approx(waits[1], rel=0.25)
