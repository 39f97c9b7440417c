"""``egate retention`` as an operator calls it."""

import base64
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from app.cli import main
from app.identity.officers import create_officer
from app.identity.permissions import Role
from app.kernel.db import Database
from tests.conftest import SECRET
from tests.support import NOW


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())


def gone_officer(database: Database) -> None:
    with database.transaction() as session:
        made = create_officer(session, "mori", "Mori", [Role.SENIOR], "NRT", NOW)
        made.disabled_at = NOW.replace(year=2020)


def test_plan_run_and_status_agree(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    gone_officer(database)

    def says(*words: str) -> Any:
        assert main(["retention", *words]) == 0
        return json.loads(capsys.readouterr().out)

    assert says("plan")["tables"] == {"officer": {"go": 1, "held": 0}}
    assert says("run", "--dry-run") == says("plan")
    done = says("run")
    assert (done["counts"], done["failed"]) == ({"officer.emptied": 1}, [])
    assert says("plan")["tables"] == {}
    status = says("status")
    assert (status["profile"], status["runs"]) == ("eu-pnr", [done])


def test_a_program_that_has_met_no_table_yet_runs_it(database: Database) -> None:
    """In a process of its own: nothing is imported but by the command."""
    gone_officer(database)
    code = "import sys; from app.cli import main; sys.exit(main(['retention', 'run']))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"] == {"officer.emptied": 1}


def test_a_profile_that_cannot_be_used_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EGATE_RETENTION", "utopia")
    assert main(["retention", "status"]) == 2
    assert "retention profile utopia: FileNotFoundError" in capsys.readouterr().err
