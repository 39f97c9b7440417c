"""How many are needed: enough, and one fewer would not be."""

import pytest

from kiosk_sim.plan.figures import percentile
from kiosk_sim.plan.model import Place, Staffing, Steps, simulate
from kiosk_sim.plan.people import Party, Way
from kiosk_sim.plan.search import MOST, Search, TooManyError, p95
from tests.kiosk_sim.plan.halls import at, memoryless, party

EVERYWHERE = list(Place)


def _crowd(seed: int) -> list[Party]:
    people = memoryless(250, 0.1, 40.0, 12.0, seed)
    goods = [party(1000 + n, 40.0 * n, way=Way.GOODS, officer=200.0) for n in range(40)]
    return [*people, *goods]


@pytest.fixture(scope="module")
def days() -> list[list[Party]]:
    return [_crowd(1), _crowd(2)]


def test_the_fewest_that_keep_the_target_are_found(days: list[list[Party]]) -> None:
    need = Search(days, 60.0).least(Staffing(1, 1, 1), EVERYWHERE)
    assert all(mean <= 60.0 for mean, _ in need.p95.values())
    assert all(wait > 60.0 for wait in need.with_one_less.values())
    assert set(need.with_one_less) == {
        place for place, count in zip(Place, (need.staffing.kiosks, need.staffing.lanes, need.staffing.officers), strict=True)
        if count > 1
    }  # fmt: skip


def test_from_above_the_same_is_found(days: list[list[Party]]) -> None:
    search = Search(days, 60.0)
    low = search.least(Staffing(1, 1, 1), EVERYWHERE)
    assert search.least(Staffing(40, 30, 20), EVERYWHERE) == low


def test_what_is_fixed_stays(days: list[list[Party]]) -> None:
    need = Search(days, 60.0).least(Staffing(9, 3, 1), [Place.OFFICER])
    assert (need.staffing.kiosks, need.staffing.lanes) == (9, 3)
    assert set(need.with_one_less) == {Place.OFFICER}


def test_a_tighter_target_needs_no_fewer_kiosks(days: list[list[Party]]) -> None:
    found = [
        Search(days, target).least(Staffing(1, 9, 9), [Place.KIOSK]).staffing.kiosks
        for target in (5.0, 30.0, 120.0, 600.0)
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1]


def test_a_one_step_hall_looks_for_gates(days: list[list[Party]]) -> None:
    need = Search(days, 60.0).least(Staffing(1, 0, 4, Steps.ONE), [Place.KIOSK])
    assert set(need.p95) == {Place.KIOSK, Place.OFFICER}
    assert need.staffing.lanes == 0


def test_what_no_number_can_do_is_said() -> None:
    everybody = [party(n, 0.0, kiosk=100.0) for n in range(MOST * 2)]
    with pytest.raises(TooManyError):
        Search([everybody], 50.0).least(Staffing(1, 1, 1), [Place.KIOSK])


def test_p95_counts_people(days: list[list[Party]]) -> None:
    day = simulate(days[0], Staffing(4, 2, 2))
    waits = sorted(v.waited for v in at(day, Place.KIOSK) for _ in range(v.party.people))
    assert p95(day)[Place.KIOSK] == percentile(waits, 95)
