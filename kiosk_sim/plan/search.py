"""The smallest hall that keeps waiting short: how many kiosks, lanes and officers these flights need."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kiosk_sim.plan.figures import interval, percentile, servers_of
from kiosk_sim.plan.model import Day, Place, Staffing, simulate
from kiosk_sim.plan.people import Party

MOST = 400
_FIELDS = {Place.KIOSK: "kiosks", Place.LANE: "lanes", Place.OFFICER: "officers"}


class TooManyError(ValueError):
    """No number within reason keeps the target."""


@dataclass(frozen=True, slots=True)
class Need:
    """What was found: the staffing; p95 of waiting by place with half its 95 % interval; and p95 with one fewer of a
    place, where fewer were allowed.
    """

    staffing: Staffing
    p95: Mapping[Place, tuple[float, float]]
    with_one_less: Mapping[Place, float]


@dataclass(slots=True)
class Search:
    """``days``: the people of each seed. ``run`` lets them through a hall; what it found is remembered."""

    days: Sequence[Sequence[Party]]
    target: float
    run: Callable[[Sequence[Party], Staffing], Day] = simulate
    _known: dict[Staffing, dict[Place, tuple[float, float]]] = field(default_factory=dict)

    def least(self, start: Staffing, free: Sequence[Place]) -> Need:
        """The fewest of each place that is ``free``, the others as in ``start``. Raises TooManyError.

        Kiosks come first: their queue does not depend on what stands behind them. Lanes and officers feed each other
        (an identity look goes back to the lane), so they are gone through until nothing changes any more.
        """
        found, seen = start, set[Staffing]()
        while found not in seen:  # the last once more, or a pair that would take turns for ever
            seen.add(found)
            for place in _FIELDS:
                if place in free and place in servers_of(start):
                    found = self._least_of(found, place)
        fewer = {
            place: self.waits(_with(found, place, count - 1))[place][0]
            for place in free
            if place in servers_of(start) and (count := getattr(found, _FIELDS[place])) > 1
        }
        return Need(found, self.waits(found), fewer)

    def waits(self, staffing: Staffing) -> dict[Place, tuple[float, float]]:
        """Mean over the seeds of the 95th percentile of waiting, and half its interval, by place."""
        if staffing not in self._known:
            by_seed = [p95(self.run(people, staffing)) for people in self.days]
            self._known[staffing] = {
                place: interval([one[place] for one in by_seed]) for place in by_seed[0]
            }
        return self._known[staffing]

    def _least_of(self, staffing: Staffing, place: Place) -> Staffing:
        """From where it stands by ever longer steps until the answer turns, then by halving. One kiosk more makes
        nobody wait longer (tests show it); one fewer than what is found was tried, in any case.
        """
        name, step, short = _FIELDS[place], 1, 0
        enough: int = getattr(staffing, name)

        def is_enough(count: int) -> bool:
            return self.waits(_with(staffing, place, count))[place][0] <= self.target

        while not is_enough(enough):
            if enough >= MOST:
                raise TooManyError(f"even {MOST} {name} do not keep waiting below the target")
            short, enough, step = enough, min(MOST, enough + step), 2 * step
        if not short:
            while enough > step and is_enough(enough - step):
                enough, step = enough - step, 2 * step
            short = max(0, enough - step)
        while enough - short > 1:
            middle = (enough + short) // 2
            enough, short = (middle, short) if is_enough(middle) else (enough, middle)
        return _with(staffing, place, enough)


def p95(day: Day) -> dict[Place, float]:
    """The 95th percentile of people's waiting, by place."""
    waits: dict[Place, list[float]] = {place: [] for place in servers_of(day.staffing)}
    for visit in day.visits:
        waits[visit.place] += [visit.waited] * visit.party.people
    return {place: percentile(sorted(found), 95) for place, found in waits.items()}


def _with(staffing: Staffing, place: Place, count: int) -> Staffing:
    changed: dict[str, Any] = {_FIELDS[place]: count}
    return replace(staffing, **changed)
