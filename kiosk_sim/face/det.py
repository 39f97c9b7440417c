"""A DET plot (ISO/IEC 19795-1): false non-match over false match, both on the scale of normal deviates, as SVG."""

from collections.abc import Mapping
from html import escape
from statistics import NormalDist
from typing import Final

from kiosk_sim.face.scores import Scores

SIZE, LEFT, TOP, BOTTOM = 480, 84, 36, 64
TICKS: Final = (1e-5, 1e-4, 1e-3, 1e-2, 0.05, 0.2, 0.5)
LINES: Final = ("#0b5cad", "#a3121f", "#0a6b3d", "#7a4b00", "#5a6570")
_DEVIATE: Final = NormalDist().inv_cdf
MOST: Final = 0.6
"""A line ends where half of all are confused: further out there is nothing to read."""
_LOW, _HIGH = _DEVIATE(5e-6), _DEVIATE(MOST)


def draw(groups: Mapping[str, Scores]) -> str:
    """One line a group, in the order given."""
    width, height = LEFT + SIZE + 24, TOP + SIZE + BOTTOM + 18 * len(groups)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12" role="img" '
        'aria-label="DET plot: false non-match over false match">'
    )
    parts = [head, f'<rect width="{width}" height="{height}" fill="#ffffff"/>', *_grid()]
    for number, (name, scores) in enumerate(groups.items()):
        colour = LINES[number % len(LINES)]
        shown = (point for point in scores.curve() if max(point) <= MOST)
        points = " ".join(f"{_x(match):.1f},{_y(miss):.1f}" for match, miss in shown)
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        y = TOP + SIZE + BOTTOM + 18 * number
        parts.append(f'<rect x="{LEFT}" y="{y - 8}" width="18" height="4" fill="{colour}"/>')
        parts.append(f'<text x="{LEFT + 26}" y="{y}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _grid() -> list[str]:
    right, low = LEFT + SIZE, TOP + SIZE
    parts = []
    for tick in TICKS:
        x, y, said = _x(tick), _y(tick), f"{tick * 100:g} %"
        parts.append(f'<path d="M{x:.1f} {TOP}V{low}M{LEFT} {y:.1f}H{right}" stroke="#c9d1d9"/>')
        parts.append(f'<text x="{x:.1f}" y="{low + 18}" text-anchor="middle">{said}</text>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{said}</text>')
    middle = LEFT + SIZE / 2
    parts.append(f'<text x="{middle}" y="{low + 40}" text-anchor="middle">false match (FMR)</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 14}">false non-match (FNMR)</text>')
    return parts


def _x(rate: float) -> float:
    return LEFT + SIZE * _along(rate)


def _y(rate: float) -> float:
    return TOP + SIZE * (1 - _along(rate))


def _along(rate: float) -> float:
    deviate = _DEVIATE(min(max(rate, 1e-9), 1 - 1e-9))
    return (min(max(deviate, _LOW), _HIGH) - _LOW) / (_HIGH - _LOW)
