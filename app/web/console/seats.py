"""The seat map of a flight around one passenger: where everybody sits as numbers, places as an SVG needs them. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.screening.models import Level

STEP, GAP = 12, 2
LEFT, TOP = 14, 14
"""Of a seat, between seats, and beside the seats for letters and above them for row numbers; in units of the drawing."""
EVERY = 5
_SEAT = re.compile(r"0*([1-9]\d?)([A-Z])")


@dataclass(frozen=True, slots=True)
class Sitting:
    """Somebody with a seat, and the level that may be shown."""

    passenger_id: UUID
    surname: str
    given_names: str
    seat: str
    level: Level | None


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in the drawing; ``kind``: own, party, high, attention or taken."""

    x: int
    y: int
    kind: str
    seat: str


@dataclass(frozen=True, slots=True)
class SeatMap:
    """``marked``: who is told of in the table, by seat, each with what marks them."""

    seats: Sequence[Seat]
    letters: Sequence[tuple[str, int]]
    rows: Sequence[tuple[int, int]]
    width: int
    height: int
    marked: Sequence[tuple[Sitting, str]]


def seat_map(people: Sequence[Sitting], own: UUID, party: Collection[UUID]) -> SeatMap | None:
    """The aircraft as far as its seats are known, rows from left to right; None where the passenger's own is not."""
    placed = [
        (one, found) for one in people if (found := _SEAT.fullmatch(one.seat.strip().upper()))
    ]
    if all(one.passenger_id != own for one, _ in placed):
        return None
    letters = sorted({found[2] for _, found in placed})
    across = {letter: TOP + place * STEP for place, letter in enumerate(letters)}
    first = min(int(found[1]) for _, found in placed)
    last = max(int(found[1]) for _, found in placed)
    kinds = {one.passenger_id: _kind(one, own, party) for one, _ in placed}
    seats = [
        Seat(
            LEFT + (int(found[1]) - first) * STEP,
            across[found[2]],
            kinds[one.passenger_id],
            one.seat,
        )
        for one, found in placed
    ]
    return SeatMap(
        seats=seats,
        letters=[(letter, y + STEP - GAP - 1) for letter, y in across.items()],
        rows=[
            (row, LEFT + (row - first) * STEP)
            for row in range(first, last + 1)
            if row % EVERY == 0 or row == first
        ],
        width=LEFT + (last - first + 1) * STEP,
        height=TOP + len(letters) * STEP,
        marked=_marked(placed, kinds),
    )


def _kind(one: Sitting, own: UUID, party: Collection[UUID]) -> str:
    if one.passenger_id == own:
        return "own"
    if one.passenger_id in party:
        return "party"
    return str(one.level) if one.level in (Level.HIGH, Level.ATTENTION) else "taken"


def _marked(
    placed: Sequence[tuple[Sitting, re.Match[str]]], kinds: Mapping[UUID, str]
) -> list[tuple[Sitting, str]]:
    ordered = sorted(placed, key=lambda pair: (int(pair[1][1]), pair[1][2]))
    return [
        (one, kinds[one.passenger_id]) for one, _ in ordered if kinds[one.passenger_id] != "taken"
    ]
