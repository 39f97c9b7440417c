"""Figures of a day, and of the same day under several seeds. Pure; times in seconds, people counted each."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kiosk_sim.plan.model import Day, Place, Staffing, Steps, Visit, Work

PERCENTS = (50, 95, 99)
HOUR = 3600.0
_PART, _PARTS = 300.0, 12
_STUDENT = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
"""Quantiles 0.975 of Student's t for 1 to 30 degrees of freedom."""


def figures(day: Day) -> dict[str, Any]:
    """Waiting, queues and use by place; what officers had to do; how long people were in the hall."""
    places = {
        _name(place, day.staffing): _of_place([v for v in day.visits if v.place is place], servers)
        for place, servers in servers_of(day.staffing).items()
    }
    parties = {visit.party.key: visit.party for visit in day.visits}
    stays = _each((day.left[key] - party.comes, party.people) for key, party in parties.items())
    waits: dict[str, float] = defaultdict(float)
    for visit in day.visits:
        waits[visit.party.key] += visit.waited
    queued = _each((waits[key], party.people) for key, party in parties.items())
    return {
        "people": sum(party.people for party in parties.values()),
        "parties": len(parties),
        "places": places,
        "in_hall_seconds": summary(stays),
        "queued_seconds": summary(queued),
        "officers": _load(day),
    }


def servers_of(staffing: Staffing) -> dict[Place, int]:
    """The places that a hall has, with how many serve there."""
    found = {
        Place.KIOSK: staffing.kiosks,
        Place.LANE: staffing.lanes,
        Place.OFFICER: staffing.officers,
    }
    if staffing.steps is Steps.ONE:
        del found[Place.LANE]
    return found


def _name(place: Place, staffing: Staffing) -> str:
    return "gate" if place is Place.KIOSK and staffing.steps is Steps.ONE else str(place)


def _of_place(visits: Sequence[Visit], servers: int) -> dict[str, Any]:
    waits = _each((visit.waited, visit.party.people) for visit in visits)
    queue = queue_lengths(visits)
    return {
        "servers": servers,
        "served_people": len(waits),
        "wait_seconds": summary(waits),
        "longest_queue": max((length for _, length in queue), default=0),
        "utilisation": _use(visits, servers),
        "utilisation_busiest_hour": busiest_hour(visits, servers),
    }


def _each(values: Iterable[tuple[float, int]]) -> list[float]:
    """A value for each person of a party, in order of size."""
    return sorted(value for value, people in values for _ in range(people))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """By linear interpolation between the two nearest; 0 of nothing."""
    if not ordered:
        return 0.0
    place = (len(ordered) - 1) * percent / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def summary(values: Sequence[float]) -> dict[str, float]:
    """Mean, percentiles and the most."""
    ordered = sorted(values)
    found = {f"p{percent}": percentile(ordered, percent) for percent in PERCENTS}
    mean = sum(ordered) / len(ordered) if ordered else 0.0
    return {"mean": mean, **found, "max": ordered[-1] if ordered else 0.0}


def queue_lengths(visits: Sequence[Visit]) -> list[tuple[float, int]]:
    """People in the queue from each moment on. Who is served at once was never in it."""
    changes: dict[float, int] = defaultdict(int)
    for visit in visits:
        if visit.began > visit.came:
            changes[visit.came] += visit.party.people
            changes[visit.began] -= visit.party.people
    length, found = 0, []
    for moment, change in sorted(changes.items()):
        length += change
        found.append((moment, length))
    return found


def _use(visits: Sequence[Visit], servers: int) -> float:
    """Share of the time from the first arrival to the last departure in which a server was at work."""
    if not visits:
        return 0.0
    first, last = min(v.came for v in visits), max(v.ended for v in visits)
    return (
        sum(v.ended - v.began for v in visits) / (servers * (last - first)) if last > first else 0.0
    )


def busiest_hour(visits: Sequence[Visit], servers: int) -> float:
    """The same in the hour in which most was done; hours begin every five minutes."""
    work: dict[int, float] = defaultdict(float)
    for visit in visits:
        part = int(visit.began // _PART)
        while part * _PART < visit.ended:
            work[part] += min(visit.ended, (part + 1) * _PART) - max(visit.began, part * _PART)
            part += 1
    hours = (sum(work.get(first + n, 0.0) for n in range(_PARTS)) for first in list(work))
    return max(hours, default=0.0) / (servers * HOUR)


def _load(day: Day) -> dict[str, Any]:
    """What referrals cost: parties by kind of work, an officer's hours and parties, and who was referred."""
    served = [visit for visit in day.visits if visit.place is Place.OFFICER]
    hours = sum(visit.ended - visit.began for visit in served) / HOUR
    kinds = {str(work): sum(visit.work is work for visit in served) for work in Work}
    parties = {visit.party.key for visit in served}
    return {
        "parties_by_work": kinds,
        "parties_per_officer": len(served) / day.staffing.officers,
        "hours_per_officer": hours / day.staffing.officers,
        "share_of_parties": len(parties) / len(day.left) if day.left else 0.0,
        "held_without_answer": day.unserved,
    }


# --- several seeds --------------------------------------------------------------------------------


def over_seeds(found: Sequence[Any]) -> Any:
    """The same shape, each number as its mean with the 95 % interval of the mean, and the highest of the seeds."""
    first = found[0]
    if isinstance(first, Mapping):
        return {name: over_seeds([one[name] for one in found]) for name in first}
    if not isinstance(first, int | float):
        return first
    mean, half = interval(found)
    return {
        "mean": round(mean, 3), "low": round(max(0.0, mean - half), 3), "high": round(mean + half, 3),
        "worst": round(max(found), 3),
    }  # fmt: skip


def rounded(found: Any) -> Any:
    """The same shape with a thousandth of a second and no more."""
    if isinstance(found, Mapping):
        return {name: rounded(one) for name, one in found.items()}
    return round(found, 3) if isinstance(found, float) else found


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half the width of its 95 % interval by Student's t; 0 of a single value."""
    count = len(values)
    mean = sum(values) / count
    if count < 2:
        return mean, 0.0
    variance = sum((value - mean) ** 2 for value in values) / (count - 1)
    t = _STUDENT[count - 2] if count - 2 < len(_STUDENT) else 1.96
    return mean, t * math.sqrt(variance / count)
