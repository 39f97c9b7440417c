"""How large and how small the numbers of a rule can get: what could leave the doubles is refused.

Engines disagree beyond that (PostgreSQL ends the query, DuckDB goes on with infinity, Python may give
either), so a rule whose numbers could get there is no rule. Facts keep to `facts.MAX_INT` and the range of
`facts.NUM`, literals to fifteen digits: no sensible computation comes near.
"""

from typing import NamedTuple

from risk_rules.facts import MAX_INT, NUM
from risk_rules.language.tree import ARITHMETIC, FOLDS, Node

SMALLEST, GREATEST = 1e-290, 1e290
MOST_ELEMENTS = 2.0**31
"""No list of a record comes near."""
_WHOLE = 2.0**63
_DIGITS = 2.0**-53


class Size(NamedTuple):
    """Least and greatest size of a value that is not zero."""

    least: float
    greatest: float

    @property
    def fits(self) -> bool:
        return self.least >= SMALLEST and self.greatest <= GREATEST


def size(node: Node) -> Size:
    """The size of a typed expression of numbers whose parts fit."""
    if node.op == "literal":
        value = abs(float(node.value or 0))  # type: ignore[arg-type]  # numbers alone come here
        return Size(value or 1.0, value)
    if node.op == "negate":
        return size(node.args[0])
    if node.op in ARITHMETIC:
        return _combined(node.op, size(node.args[0]), size(node.args[1]))
    if node.op in FOLDS and node.type == "num":
        return _folded(node.op, size(node.args[1]))
    if node.op in ("fact", "element"):
        return Size(*NUM) if node.type == "num" else Size(1.0, float(MAX_INT))
    return Size(1.0, _WHOLE)


def _folded(op: str, one: Size) -> Size:
    """Of many doubles: a sum is as many additions as the list has elements."""
    return Size(one.least * _DIGITS, one.greatest * MOST_ELEMENTS) if op == "sum" else one


def _combined(op: str, left: Size, right: Size) -> Size:
    match op:
        case "*":
            return Size(left.least * right.least, left.greatest * right.greatest)
        case "/":
            return Size(left.least / (right.greatest or 1.0), left.greatest / right.least)
        case _:
            # Two doubles that differ do so by at least the last digit of the smaller.
            least = min(left.least, right.least) * _DIGITS
            return Size(least, left.greatest + right.greatest)
