"""A day at an airport whose clocks run out."""

import pytest

from app.audit.log import SYSTEM
from app.gate import halls
from app.gate.models import HallSteps
from app.identity.models import DeviceKind
from app.kernel.http import Kernel
from app.screening.lifecycle import install_ruleset
from tests.support import NOW
from tests.support.busy import Busy, fill


@pytest.fixture
def busy(kernel: Kernel, enrolled, scenes) -> Busy:
    def make() -> Busy:
        with kernel.database.transaction() as session:
            install_ruleset(session, SYSTEM, NOW)
            hall = halls.create_hall(
                session, "NRT", "Hall", HallSteps.ONE, NOW, halls.WITHOUT_READERS
            )
        enrolled(DeviceKind.LANE, hall.id)
        with kernel.database.transaction() as session:
            return fill(session, hall.id, NOW, people=60, referrals=14, out=20)

    return scenes.enter("busy for keeping", make)
