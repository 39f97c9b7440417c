"""Two charts of a plan as SVG: queues over the day, and waiting by place. Pure; no script, no outside font."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kiosk_sim.plan.figures import queue_lengths, servers_of
from kiosk_sim.plan.model import Day, Place, Staffing, Steps

WIDTH, LEFT, RIGHT = 760, 64, 16
_PLOT = WIDTH - LEFT - RIGHT
_PANEL, _GAP, _TOP, _BOTTOM = 110, 34, 48, 34
_INK, _FAINT, _GRID = "#1b2733", "#5b6b7a", "#dfe5ea"
_COLOURS = {Place.KIOSK: "#1565c0", Place.LANE: "#2e7d32", Place.OFFICER: "#b45309"}
_COMES = "#90a4ae"
_POINTS = 240
_BARS = (("p50", 0.35), ("p95", 0.65), ("p99", 1.0))


@dataclass(frozen=True, slots=True)
class _Axis:
    """From ``low`` to ``high`` on a stretch of pixels from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        return round(self.start + share * (self.end - self.start), 1)


def queues(days: Sequence[Day], title: str) -> str:
    """Who comes, and the queue before each place until the last has gone: the mean of the days, and from the least to
    the most of them.
    """
    staffing = days[0].staffing
    places = list(servers_of(staffing))
    visits = [visit for day in days for visit in day.visits]
    first = min((visit.party.comes for visit in visits), default=0.0)
    last = max(
        [first + 1, *(v.party.comes for v in visits), *(v.began for v in visits if v.waited)]
    )
    height = _TOP + (len(places) + 1) * (_PANEL + _GAP) + _BOTTOM - _GAP
    time = _Axis(first, last, LEFT, WIDTH - RIGHT)
    parts = [_text(LEFT, 22, title, size=15, weight=600), *_hours(time, height)]
    parts += _arrivals(days, time, _TOP)
    for row, place in enumerate(places, 1):
        parts += _queue(days, place, time, _TOP + row * (_PANEL + _GAP))
    return _svg(height, parts)


def _queue(days: Sequence[Day], place: Place, time: _Axis, top: float) -> list[str]:
    moments = [time.low + (time.high - time.low) * n / _POINTS for n in range(_POINTS + 1)]
    rows = [
        _sampled(queue_lengths([v for v in day.visits if v.place is place]), moments)
        for day in days
    ]
    columns = list(zip(*rows, strict=True))
    peak = max(map(max, columns))
    up = _Axis(0, nice(peak), top + _PANEL, top)
    colour = _COLOURS[place]
    most = [(time.at(at), up.at(max(found))) for at, found in zip(moments, columns, strict=True)]
    least = [(time.at(at), up.at(min(found))) for at, found in zip(moments, columns, strict=True)]
    mean = [
        (time.at(at), up.at(sum(found) / len(found)))
        for at, found in zip(moments, columns, strict=True)
    ]
    label = f"Queue before {_count(days[0].staffing, place)}, people"
    return [
        *_scale(up, label),
        f'<polygon points="{_points([*most, *reversed(least)])}" fill="{colour}" fill-opacity=".18"/>',
        f'<polyline points="{_points(mean)}" fill="none" stroke="{colour}" stroke-width="1.6"/>',
    ]


def _arrivals(days: Sequence[Day], time: _Axis, top: float) -> list[str]:
    """People who come to the hall, in spans of five minutes, the mean of the days."""
    span = 300.0
    count = max(1, math.ceil((time.high - time.low) / span))
    found = [0.0] * count
    for day in days:
        parties = {visit.party.key: visit.party for visit in day.visits}
        for party in parties.values():
            found[min(count - 1, int((party.comes - time.low) // span))] += party.people / len(days)
    up = _Axis(0, nice(max(found)), top + _PANEL, top)
    width = time.at(time.low + span) - time.at(time.low)
    bars = [
        f'<rect x="{time.at(time.low + place * span)}" y="{up.at(value)}" width="{max(0.5, width - 1):.1f}" '
        f'height="{up.start - up.at(value):.1f}" fill="{_COMES}"/>'
        for place, value in enumerate(found)
        if value
    ]
    return [*_scale(up, "People who come, in five minutes"), *bars]


def _sampled(steps: Sequence[tuple[float, int]], moments: Sequence[float]) -> list[int]:
    """The longest that the queue was in the span up to each moment: a chart must not miss a peak."""
    found, place, length = [], 0, 0
    for moment in moments:
        longest = length
        while place < len(steps) and steps[place][0] <= moment:
            length = steps[place][1]
            longest = max(longest, length)
            place += 1
        found.append(longest)
    return found


def waits(report: Mapping[str, Any], staffing: Staffing, title: str, target: float | None) -> str:
    """p50, p95 and p99 of waiting by place, each with the interval of its mean; ``target`` as a line."""
    found = report["places"]
    names = list(found)
    values = [found[name]["wait_seconds"][bar]["high"] for name in names for bar, _ in _BARS]
    height = _TOP + len(names) * (3 * 20 + 40) + _BOTTOM
    across = _Axis(0, nice(max([*values, target or 0.0])), LEFT + 90, WIDTH - RIGHT - 24)
    parts = [_text(LEFT, 22, title, size=15, weight=600)]
    for value in ticks(across.high):
        x = across.at(value)
        parts.append(_line(x, _TOP - 4, x, height - _BOTTOM, _GRID))
        parts.append(_text(x, height - 12, f"{value:g} s", anchor="middle", fill=_FAINT))
    if target is not None:
        x = across.at(target)
        parts.append(_line(x, _TOP - 8, x, height - _BOTTOM, "#b00020", dash="5 4"))
        parts.append(_text(x + 4, _TOP - 4, f"target {target:g} s for p95", fill="#b00020"))
    for row, (name, place) in enumerate(zip(names, servers_of(staffing), strict=True)):
        parts += _bars(found[name], place, staffing, across, _TOP + row * 100)
    return _svg(height, parts)


def _bars(
    found: Mapping[str, Any], place: Place, staffing: Staffing, across: _Axis, top: float
) -> list[str]:
    use = found["utilisation_busiest_hour"]["mean"]
    label = f"Before {_count(staffing, place)}, at work {use:.0%} of the busiest hour"
    parts = [_text(LEFT, top + 16, label, weight=600)]
    for line, (bar, shade) in enumerate(_BARS):
        value, y = found["wait_seconds"][bar], top + 24 + line * 20
        mean = across.at(value["mean"])
        parts.append(_text(across.start - 8, y + 12, bar, anchor="end", fill=_FAINT))
        parts.append(
            f'<rect x="{across.start}" y="{y}" width="{max(1.0, mean - across.start):.1f}" height="15" '
            f'fill="{_COLOURS[place]}" fill-opacity="{shade}"/>'
        )
        low, high = across.at(value["low"]), across.at(value["high"])
        parts.append(_line(low, y + 7.5, high, y + 7.5, _INK))
        parts += [_line(end, y + 4, end, y + 11, _INK) for end in (low, high)]
    return parts


# --- strokes --------------------------------------------------------------------------------------


def nice(value: float, steps: Sequence[float] = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)) -> float:
    """The next of the steps times a power of ten that is not below ``value``; at least 1."""
    if value <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in steps if step * power >= value * (1 - 1e-9))


def ticks(high: float) -> list[float]:
    """Some round values from 0 to ``high``, which is one of :func:`nice`."""
    step = nice(high / 6, (1, 2, 5, 10))
    return [step * n for n in range(int(high / step + 1e-9) + 1)]


def _scale(up: _Axis, label: str) -> list[str]:
    parts = [_text(LEFT, up.end - 6, label, fill=_INK)]
    for value in (0.0, up.high / 2, up.high):
        y = up.at(value)
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y, _GRID))
        parts.append(_text(LEFT - 8, y + 4, f"{value:g}", anchor="end", fill=_FAINT))
    return parts


def _hours(time: _Axis, height: float) -> list[str]:
    """Lines at full spans of time; clock times at the foot."""
    spans = (900, 1800, 3600, 7200, 10800, 14400)
    span = next((s for s in spans if (time.high - time.low) / s <= 12), spans[-1])
    parts = []
    for number in range(math.ceil(time.low / span), int(time.high // span) + 1):
        x, minutes = time.at(number * span), number * span // 60
        parts.append(_line(x, _TOP, x, height - _BOTTOM, _GRID))
        clock = f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
        parts.append(_text(x, height - 12, clock, anchor="middle", fill=_FAINT))
    return parts


def _count(staffing: Staffing, place: Place) -> str:
    count = servers_of(staffing)[place]
    word = "gate" if place is Place.KIOSK and staffing.steps is Steps.ONE else str(place)
    return f"{count} {word}{'' if count == 1 else 's'}"


def _points(found: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in found)


def _line(x: float, y: float, to_x: float, to_y: float, colour: str, dash: str = "") -> str:
    more = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x:g}" y1="{y:g}" x2="{to_x:g}" y2="{to_y:g}" stroke="{colour}"{more}/>'


def _text(
    x: float, y: float, text: str, *, size: int = 12, weight: int = 400, anchor: str = "start", fill: str = _INK
) -> str:  # fmt: skip
    said = text.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="{fill}" stroke="#fff" stroke-width="3" paint-order="stroke">{said}</text>'
    )


def _svg(height: float, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" '
        f'height="{height:g}" font-family="system-ui, sans-serif">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )
