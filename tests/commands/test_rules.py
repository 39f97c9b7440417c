"""``egate jurisdiction`` and ``egate rules recompute`` as an operator calls them."""

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest

from app.audit.log import SYSTEM
from app.cli import main
from app.kernel.clock import system_clock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.screening import lifecycle
from app.screening.assess import assess_due
from app.screening.models import Assessment
from app.screening.profiles import current_profile
from risk_rules.jurisdiction import shipped
from tests.conftest import SECRET
from tests.screening.world import add_booking, add_flight, add_passenger


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())


def test_the_jurisdiction_is_one_that_comes_along_or_a_file(
    database: Database, tmp_path: Path
) -> None:
    assert main(["jurisdiction", "eu"]) == 0
    with database.read() as session:
        assert current_profile(session).jurisdiction == shipped("eu")
    own = tmp_path / "own.json"
    own.write_text(json.dumps({**shipped("eu").as_json(), "key": "own", "shadow_days": 3}))
    assert main(["jurisdiction", str(own)]) == 0
    with database.read() as session:
        assert current_profile(session).jurisdiction.shadow_days == 3
    own.write_text("{}")
    assert main(["jurisdiction", str(own)]) != 0
    assert main(["jurisdiction", "nowhere"]) != 0


def test_assessments_are_judged_again_and_what_differs_is_said(
    database: Database, vault: Vault, capsys: pytest.CaptureFixture[str]
) -> None:
    now = system_clock()
    with database.transaction() as session:
        lifecycle.install_ruleset(session, SYSTEM, now)
        flight = add_flight(session)
        passenger = add_passenger(session, flight)
        add_booking(session, flight, [passenger])
    assert assess_due(database, vault, now - timedelta(hours=1)) == 1
    assert main(["rules", "recompute"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {
        "same": 1, "different": 0, "not-comparable": 0,
    }  # fmt: skip
    with database.transaction() as session:
        session.query(Assessment).update({"score": 99})
    assert main(["rules", "recompute"]) == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told[0]["differing"] == ["score"]
    assert told[-1]["different"] == 1
