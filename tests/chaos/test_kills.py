"""Any process is killed while people pass: what was acknowledged is there once, and no door opened without cause."""

import pytest

from tests.chaos.kills import one_kill, random_kills
from tests.chaos.promises import exactly_once, no_door_without_cause
from tests.chaos.world import FAULTS, chaos


@pytest.mark.slow
def test_each_kind_of_kill_breaks_no_promise() -> None:
    with chaos() as world:
        for number, fault in enumerate(FAULTS):
            assert one_kill(world, fault, 0.3 * number) == []
        passed = [one for one in world.client.written if one.path == "/api/v1/passages"]
        assert passed  # people did come through
        with world.made.owner() as owner:  # the checks find what is wrong
            owner.execute("set session_replication_role = replica")
            lost = passed[0].answer["id"]
            owner.execute("delete from passage where id = %s", [lost])
        assert list(exactly_once(world)) == ["passage: 1 lost"]
        assert list(no_door_without_cause(world)) == ["a clearance was consumed and nobody passed"]


@pytest.mark.slow
def test_random_kills_break_no_promise() -> None:
    with chaos() as world:
        report = random_kills(world, 20, seed=1)
    assert report.violated == []
    assert report.kills.total() == 20
