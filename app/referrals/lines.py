"""The lines of a declaration at the goods counter: which of them wait for what becomes of them. Pure.

Whatever a traveller declared and has along is disposed of, or taken out of the declaration by a correction. A line is
the same in another version, and settled by an earlier receipt, where everything that is declared of it is the same.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.declarations.articles import PACKAGES
from app.kernel.errors import FieldProblem
from app.referrals.disposals import Disposal

Line = Mapping[str, Any]
"""A line of the goods, as a version of a declaration keeps it."""
Same = frozenset[tuple[str, Any]]
NOT_DISPOSED = "not-disposed-of"
"""The code of a declared line that nothing becomes of."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt that counts, and how often it settled which line."""

    number: str
    lines: Counter[Same]


def same(line: Line) -> Same:
    """What a line has in common with itself in another version: everything that is declared of it."""
    return frozenset(line.items())


def is_here(line: Line) -> bool:
    """Goods that the traveller has along: packages that follow have a copy of their own."""
    return bool(line["category"] != PACKAGES)


def settled_by(goods: Sequence[Line], receipts: Sequence[Receipt]) -> dict[int, str]:
    """The numbers of lines that are settled already, each with the receipt that says so. Of lines that are the same,
    so many count as one receipt settled.
    """
    found: dict[int, str] = {}
    seen: Counter[Same] = Counter()
    for number, line in enumerate(goods):
        key = same(line)
        seen[key] += 1
        if by := next((one.number for one in receipts if one.lines[key] >= seen[key]), None):
            found[number] = by
    return found


def undisposed_of(problems: Sequence[FieldProblem]) -> list[int]:
    """The numbers of the lines which :func:`line_problems` named."""
    return [int(one.pointer.rpartition("/")[2]) for one in problems if one.code == NOT_DISPOSED]


def beside_lines(problems: Sequence[FieldProblem]) -> list[FieldProblem]:
    """The other problems; where lines are named, that nothing at all was chosen is none of its own."""
    beside = [one for one in problems if one.code != NOT_DISPOSED]
    is_named = len(beside) < len(problems)
    return [one for one in beside if not (is_named and one.pointer == "/dispositions")]


def line_problems(
    goods: Sequence[Line], disposals: Sequence[Disposal], settled: Collection[int]
) -> Iterator[FieldProblem]:
    """Lines that nothing becomes of, as pointers below ``/goods`` of the declaration, and dispositions of none."""
    for index, one in enumerate(disposals):
        if one.line is not None and not 0 <= one.line < len(goods):
            yield FieldProblem(f"/dispositions/{index}/line", "unknown")
    done = {one.line for one in disposals} | set(settled)
    for number, line in enumerate(goods):
        if is_here(line) and number not in done:
            yield FieldProblem(f"/goods/{number}", NOT_DISPOSED)
