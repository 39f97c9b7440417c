"""How long something takes: distributions that an operator can write down in JSON. Pure."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

_Z95 = 1.6448536269514722
"""The standard normal distribution's quantile at 0.95."""


class Spread(Protocol):
    """A distribution of seconds."""

    def draw(self, chance: random.Random) -> float:
        """One value, >= 0."""
        ...

    def plain(self) -> Any:
        """As :func:`spread_of` reads it."""
        ...


@dataclass(frozen=True, slots=True)
class Handling:
    """What people do: lognormal, by the two numbers that a stop watch gives. ``p95`` >= ``median`` > 0."""

    median: float
    p95: float

    def draw(self, chance: random.Random) -> float:
        return self.median * math.exp(chance.gauss(0, math.log(self.p95 / self.median) / _Z95))

    def plain(self) -> Any:
        return {"median": self.median, "p95": self.p95}


@dataclass(frozen=True, slots=True)
class Memoryless:
    """Exponential, for comparison with the closed forms of queueing theory."""

    mean: float

    def draw(self, chance: random.Random) -> float:
        return chance.expovariate(1 / self.mean)

    def plain(self) -> Any:
        return {"mean": self.mean}


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured, each value as likely as the others; of one value: a constant."""

    values: tuple[float, ...]

    def draw(self, chance: random.Random) -> float:
        return self.values[int(chance.random() * len(self.values))]

    def plain(self) -> Any:
        return self.values[0] if len(self.values) == 1 else {"values": list(self.values)}


def spread_of(given: Any) -> Spread:
    """A number, ``{"median", "p95"}``, ``{"mean"}`` or ``{"values"}``; seconds. Raises ValueError."""
    if _is_time(given):
        return Measured((float(given),))
    if isinstance(given, Mapping):
        names = set(given)
        if names == {"median", "p95"} and all(map(_is_time, given.values())):
            if 0 < given["median"] <= given["p95"]:
                return Handling(float(given["median"]), float(given["p95"]))
        elif names == {"mean"} and _is_time(given["mean"]) and given["mean"] > 0:
            return Memoryless(float(given["mean"]))
        elif names == {"values"} and _are_times(given["values"]):
            return Measured(tuple(map(float, given["values"])))
    raise ValueError(
        'seconds are a number, {"median", "p95"}, {"mean"} or {"values"}, none of them negative'
    )


def _is_time(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value >= 0
    )


def _are_times(values: Any) -> bool:
    return isinstance(values, list) and bool(values) and all(map(_is_time, values))
