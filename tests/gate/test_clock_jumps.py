"""The program's clock jumps, forward or back: no door opens on it, nothing is lost, and it goes on when the clock is right again."""

from datetime import timedelta
from typing import Any

import pytest

from app.audit.log import SYSTEM, record
from app.audit.sealing import seal, signer
from app.audit.verify import Fault, verify
from app.identity.models import DeviceKind
from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from tests.gate.world import ASTRID, NOW, World

DAY = timedelta(days=1)


def test_a_jump_forward_between_kiosk_and_lane_opens_nothing(
    two_step: World, clock: SettableClock, enrolled: Any
) -> None:
    code = two_step.ready()
    assert two_step.answer(two_step.kiosk, ASTRID.mrz, code)["answer"] == "registered"
    clock.now += DAY
    assert two_step.present(two_step.lane, ASTRID.mrz).status_code == 401  # its token is over
    fresh = enrolled(DeviceKind.LANE, two_step.hall)
    assert two_step.answer(fresh, ASTRID.mrz)["answer"] == "refer"
    clock.now -= DAY
    assert two_step.answer(two_step.lane, ASTRID.mrz)["answer"] == "cleared"


def test_a_code_from_the_future_opens_nothing(two_step: World, clock: SettableClock) -> None:
    code = two_step.ready()
    clock.now -= DAY
    assert two_step.answer(two_step.kiosk, ASTRID.mrz, code)["answer"] == "counter"
    clock.now += DAY
    assert two_step.answer(two_step.kiosk, ASTRID.mrz, code)["answer"] == "registered"


def test_a_clearance_is_used_once_whatever_the_clock_says(
    two_step: World, clock: SettableClock
) -> None:
    code = two_step.ready()
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    shown = two_step.answer(two_step.lane, ASTRID.mrz)
    assert two_step.pass_through(two_step.lane, shown["id"], "a" * 32).status_code == 201
    clock.now -= DAY
    two_step.pass_through(two_step.lane, shown["id"], "b" * 32)
    assert [row.n for row in two_step.rows("select count(*) as n from passage")] == [1]


@pytest.mark.parametrize(("back", "told"), [(timedelta(minutes=30), []), (DAY, [Fault.BACKDATED])])
def test_the_trail_tells_of_a_long_jump_back_and_of_nothing_else(
    database: Database, vault: Vault, back: timedelta, told: list[Fault]
) -> None:
    for at in (NOW, NOW - back):
        with database.transaction() as session:
            record(session, SYSTEM, "case.closed", "case", None, at)
            assert seal(session, vault, at) == 1
    with database.read(snapshot=True) as session:
        report = verify(session, [signer(session, vault).verifier()], NOW)
    assert report.entries == 2
    assert [(one.fault, one.first, one.last) for one in report.faults] == [
        (fault, 1, 1) for fault in told
    ]
