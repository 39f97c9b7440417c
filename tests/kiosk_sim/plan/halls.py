"""Parties made by hand, and days that queueing theory knows."""

import random
from collections.abc import Sequence
from dataclasses import replace
from math import factorial

from kiosk_sim.plan.model import Day, Place, Visit
from kiosk_sim.plan.people import Party, Way


def party(number: int, comes: float, **more: object) -> Party:
    """Somebody who is served at once everywhere, unless ``more`` says so."""
    made = Party(f"XX1/{number}", "XX1", 1, 0, comes, comes)
    return replace(made, **more)  # type: ignore[arg-type]


def memoryless(count: int, rate: float, kiosk: float, lane: float, seed: int) -> list[Party]:
    """Arrivals of a Poisson process, exponential service of those means at kiosk and lane, no bags, nobody referred."""
    chance, now, found = random.Random(seed), 0.0, []
    for number in range(count):
        now += chance.expovariate(rate)
        found.append(
            party(
                number, now, kiosk=chance.expovariate(1 / kiosk), lane=chance.expovariate(1 / lane)
            )
        )
    return found


def erlang_c(servers: int, load: float) -> float:
    """The share of those who wait in M/M/c; ``load`` in erlangs."""
    top = load**servers / factorial(servers) * servers / (servers - load)
    return top / (sum(load**n / factorial(n) for n in range(servers)) + top)


def at(day: Day, place: Place) -> list[Visit]:
    return [visit for visit in day.visits if visit.place is place]


def most_at_once(visits: Sequence[Visit]) -> int:
    """How many were served at the same time at most; who ends makes room for who begins."""
    changes = sorted(
        [(visit.began, 1) for visit in visits if visit.ended > visit.began]
        + [(visit.ended, -1) for visit in visits if visit.ended > visit.began]
    )
    now = most = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


WAYS = tuple(Way)
