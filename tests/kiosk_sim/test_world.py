"""What the simulated people send is what the service takes."""

import pytest

from app.referrals.kinds import DispositionKind, FindingKind, ReferralKind
from app.referrals.outcome import Disposal, FoundThing, Outcome, check
from kiosk_sim.world import NOTHING_FOUND


@pytest.mark.parametrize("kind", ReferralKind)
def test_an_inspection_that_found_nothing_is_complete(kind: ReferralKind) -> None:
    outcome = Outcome(
        tuple(NOTHING_FOUND["steps"]),
        tuple(FoundThing(FindingKind(one["kind"])) for one in NOTHING_FOUND["findings"]),
        tuple(Disposal(DispositionKind(one["kind"])) for one in NOTHING_FOUND["dispositions"]),
    )
    check(outcome, None, in_full=kind is ReferralKind.EXAMINATION)
