"""The rows of the goods counter: one for each declared line that is here, and such for something else. Pure.

A declared line's row has the line's number, from 0; rows of something else come after the last line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.referrals.lines import Line, is_here
from app.web.console.declared import Goods
from app.web.console.outcomes import MOST_ROWS, Problem
from app.web.translation import N_, gettext

TYPED = ("kind", "amount", "currency", "ref", "method", "authority", "to", "goods")
"""What an officer types in a row."""
NO_ROW = "done-0-kind"
"""Where the outcome's form says that nothing was chosen: at the counter the first row may have another number."""


@dataclass(frozen=True, slots=True)
class CounterRow:
    """A row with the ``number`` of its fields; ``goods`` in words and ``line`` of what was declared, ``receipt`` of
    what was settled already.
    """

    number: int
    goods: str = ""
    line: int | None = None
    receipt: str = ""


def rows_of(
    said: Sequence[Goods],
    declared: Sequence[Line],
    settled: Mapping[int, str],
    typed: Mapping[str, str],
) -> list[CounterRow]:
    """The rows of a page: of what was declared, of what else was typed, and an empty one."""
    found = [
        CounterRow(
            number, f"{one.what}, {one.count}, {one.worth}"[:300], number, settled.get(number, "")
        )
        for number, (one, line) in enumerate(zip(said, declared, strict=True))
        if is_here(line)
    ]
    others = [
        CounterRow(number) for number in range(len(declared), MOST_ROWS) if is_begun(typed, number)
    ]
    empty = max([len(declared), *(one.number + 1 for one in others)])
    return [*found, *others, *([CounterRow(empty)] if empty < MOST_ROWS else [])]


def is_begun(typed: Mapping[str, str], number: int) -> bool:
    """Something stands in a row."""
    return any(typed.get(f"done-{number}-{name}") for name in TYPED)


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
