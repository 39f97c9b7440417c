"""Shapes of the charts: numbers in, places of rectangles out; templates draw them as SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600.0, 120.0
_GAP = 0.2  # of a column


@dataclass(frozen=True, slots=True)
class Column:
    """One column of ``value``, of which ``part`` is marked; y grows downwards, as in SVG."""

    label: str
    value: int
    part: int
    x: float
    width: float
    height: float
    part_height: float

    @property
    def y(self) -> float:
        return HEIGHT - self.height

    @property
    def part_y(self) -> float:
        return HEIGHT - self.part_height


@dataclass(frozen=True, slots=True)
class Columns:
    """A chart of columns over a shared scale from 0 to ``top``."""

    columns: tuple[Column, ...]
    top: int


def columns(values: Sequence[tuple[str, int, int]]) -> Columns:
    """Columns of (label, value, marked part); whatever is there is seen, be it one in a thousand."""
    top = max((value for _, value, _ in values), default=0)
    step = WIDTH / max(len(values), 8)
    made = [
        Column(
            label, value, part, round(place * step, 1), round(step * (1 - _GAP), 1),
            _height(value, top), _height(part, top),
        )
        for place, (label, value, part) in enumerate(values)
    ]  # fmt: skip
    return Columns(tuple(made), top)


def _height(value: int, top: int) -> float:
    return max(1.0, round(value * HEIGHT / top, 1)) if value and top else 0.0


@dataclass(frozen=True, slots=True)
class Whisker:
    """An interval on a scale from 0 to 100, with a mark at the value."""

    start: float
    width: float
    mark: float


def whisker(low: float, value: float, high: float, top: float) -> Whisker:
    """The place of an interval on a shared scale from 0 to ``top``; it is seen, however narrow."""
    scale = 100 / top if top else 0.0
    start, end = min(low * scale, 99.0), min(high * scale, 100.0)
    return Whisker(
        round(start, 1), round(max(end - start, 1.0), 1), round(min(value * scale, 99.0), 1)
    )
