"""What the simulated people send is what the service takes."""

from typing import Any

import pytest

from app.formats.lane import LaneState, LaneWord
from app.referrals.kinds import DispositionKind, FindingKind, ReferralKind
from app.referrals.outcome import Disposal, FoundThing, Outcome, check
from kiosk_sim.world import NOTHING_FOUND, Officer


@pytest.mark.parametrize("kind", ReferralKind)
def test_an_inspection_that_found_nothing_is_complete(kind: ReferralKind) -> None:
    outcome = Outcome(
        tuple(NOTHING_FOUND["steps"]),
        tuple(FoundThing(FindingKind(one["kind"])) for one in NOTHING_FOUND["findings"]),
        tuple(Disposal(DispositionKind(one["kind"])) for one in NOTHING_FOUND["dispositions"]),
    )
    check(outcome, None, in_full=kind is ReferralKind.EXAMINATION)


def test_lanes_that_stopped_are_put_back_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    lanes = [{"id": f"lane-{state}", "state": state} for state in [None, *map(str, LaneState)]]
    asked: list[tuple[str, str, Any]] = []

    def call(_: Officer, method: str, path: str, **more: Any) -> Any:
        asked.append((method, path, more.get("json")))
        return {"lanes": lanes}

    monkeypatch.setattr(Officer, "call", call)
    Officer.__new__(Officer).reset_lanes()
    reset = ("POST", f"/api/v1/lanes/lane-{LaneState.STOPPED}/orders", {"word": LaneWord.RESET})
    assert asked == [("GET", "/api/v1/lanes", None), reset]
