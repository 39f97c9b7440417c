"""The rows of the goods counter: one for each declared line that is here, and such for something else. Pure.

A declared line's row has the line's number, from 0; rows of something else come after the last line. Where the
declaration was corrected while somebody typed, the rows are those of its newest version: what was typed goes along with
lines that are the same still. What was typed of another line stands among the rows of something else, with no kind
chosen, so that it is not lost and does not count.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.referrals.lines import Line, is_here, same
from app.web.console.declared import Goods
from app.web.console.outcomes import MOST_ROWS, Problem, whole
from app.web.translation import N_, gettext

TYPED = ("kind", "amount", "currency", "ref", "method", "authority", "to", "goods")
"""What an officer types in a row; the goods are filled in."""
NO_ROW = "done-0-kind"
"""Where the outcome's form says that nothing was chosen: at the counter the first row may have another number."""


@dataclass(frozen=True, slots=True)
class CounterRow:
    """A row with the ``number`` of its fields; ``goods`` in words and ``line`` of what was declared, ``receipt`` of
    what was settled already, ``is_new``: declared since the officer looked, ``chosen``: the kind that was chosen for
    a line that is declared so no longer, ``-`` for none.
    """

    number: int
    goods: str = ""
    line: int | None = None
    receipt: str = ""
    is_new: bool = False
    chosen: str = ""


def rows_of(
    said: Sequence[Goods],
    declared: Sequence[Line],
    settled: Mapping[int, str],
    typed: Mapping[str, str],
    new: Collection[int] = (),
) -> list[CounterRow]:
    """The rows of a page: of what was declared, of what else was typed, and an empty one. ``new``: lines declared
    since the officer looked.
    """
    found = [
        CounterRow(
            number,
            f"{one.what}, {one.count}, {one.worth}"[:300],
            number,
            settled.get(number, ""),
            is_new=number in new,
        )
        for number, (one, line) in enumerate(zip(said, declared, strict=True))
        if is_here(line)
    ]
    others = [
        CounterRow(number, chosen=typed.get(f"done-{number}-chosen", ""))
        for number in range(len(declared), MOST_ROWS)
        if is_begun(typed, number)
    ]
    empty = max([len(declared), *(one.number + 1 for one in others)])
    return [*found, *others, *([CounterRow(empty)] if empty < MOST_ROWS else [])]


def is_begun(typed: Mapping[str, str], number: int, names: Sequence[str] = TYPED) -> bool:
    """Something stands in a row."""
    return any(typed.get(f"done-{number}-{name}") for name in names)


def carried(
    typed: Mapping[str, str], before: Sequence[Line], now: Sequence[Line]
) -> tuple[dict[str, str], set[int]]:
    """What was typed for the lines ``before``, at the rows of the lines ``now``; and which of these are new."""
    places = _places(before, now)
    found = {name: value for name, value in typed.items() if not name.startswith("done-")}
    free = iter(range(len(now), MOST_ROWS))
    for number in range(MOST_ROWS):
        line = whole(typed.get(f"done-{number}-line", ""))
        if line in places:
            found |= _moved(typed, number, places[line])
        elif line is None and is_begun(typed, number):
            found |= _moved(typed, number, next(free, number))
        elif is_begun(typed, number, TYPED[:-1]):
            place = next(free, number)
            kind = typed.get(f"done-{number}-kind") or "-"
            found |= _moved(typed, number, place)
            found |= {f"done-{place}-kind": "", f"done-{place}-chosen": kind}
    return found, set(range(len(now))) - set(places.values())


def _places(before: Sequence[Line], now: Sequence[Line]) -> dict[int | None, int]:
    """Where lines stand now that are the same still."""
    left = {number: same(line) for number, line in enumerate(now)}
    found: dict[int | None, int] = {}
    for number, line in enumerate(before):
        place = next((at for at, other in left.items() if other == same(line)), None)
        if place is not None:
            found[number] = place
            del left[place]
    return found


def _moved(typed: Mapping[str, str], number: int, place: int) -> dict[str, str]:
    """The fields of one row under another number."""
    names = (*TYPED, "chosen")
    return {
        f"done-{place}-{name}": typed[f"done-{number}-{name}"]
        for name in names
        if f"done-{number}-{name}" in typed
    }


def at_rows(
    rows: Sequence[CounterRow], problems: Sequence[Problem], undone: Sequence[int]
) -> list[Problem]:
    """What a page says: ``problems`` of what was typed, and at their rows that nothing becomes of the lines ``undone``.
    That nothing was chosen in any row is said at the first.
    """
    first = f"done-{rows[0].number}-kind"
    found = [Problem(first, one.said) if one.field == NO_ROW else one for one in problems]
    said = N_("Say what becomes of “%(goods)s”, or correct the declaration with the traveller")
    return found + [
        Problem(f"done-{row.number}-kind", gettext(said, goods=row.goods))
        for row in rows
        if row.line in undone
    ]
