"""Charts of a load as SVG, light and dark alike; the same figures always give the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 640, 240, 56, 34, 40, 12
COLOURS = ("#1a6fb5", "#c2571a", "#3b8f4b", "#8a4fb0")
"""Each at least 3 : 1 against white and against the dark of a page (WCAG 2.2, 1.4.11)."""


@dataclass(frozen=True, slots=True)
class Series:
    """A named line of (x, y)."""

    name: str
    points: Sequence[tuple[float, float]]


def lines(title: str, x: str, y: str, series: Sequence[Series]) -> str:
    """A chart from nought to the largest value of each axis."""
    right = max(point[0] for one in series for point in one.points) or 1
    top = max(point[1] for one in series for point in one.points) * 1.1 or 1
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(point: tuple[float, float]) -> str:
        return f"{LEFT + point[0] / right * across:.1f},{HEIGHT - BOTTOM - point[1] / top * up:.1f}"

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            f' font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        ),
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="16" font-weight="bold">{escape(title)}</text>',
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{escape(x)}</text>',
        f'<text x="4" y="{TOP - 4}">{escape(y)}</text>',
    ]
    for share in (0.0, 0.5, 1.0):
        level = HEIGHT - BOTTOM - share / 1.1 * up
        value, at = share * top / 1.1, LEFT + share * across
        parts.append(
            f'<path d="M{LEFT} {level:.1f}H{WIDTH - RIGHT}" stroke="#ccc"/>'
            f'<text x="{LEFT - 4}" y="{level + 4:.1f}" text-anchor="end">{value:.3g}</text>'
            f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">{share * right:.4g}</text>'
        )
    for number, one in enumerate(series):
        colour, key = COLOURS[number % len(COLOURS)], WIDTH - RIGHT - 110 * (len(series) - number)
        drawn = " ".join(place(point) for point in one.points)
        parts.append(
            f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{key}" y="16" fill="{colour}">{escape(one.name)}</text>'
        )
    return "".join([*parts, "</svg>\n"])
