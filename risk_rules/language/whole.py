"""Sums of whole numbers and what is compared with them, in one form: each thing read with how often it counts.

Exact: doubles hold whole numbers up to 2**53, and what a record holds stays far below. What cancels out stays
in the form, counted 0 times, because the whole is unknown where it is.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil, floor, gcd
from typing import Any, NamedTuple

from risk_rules.language.tree import FOLDS, Node

Form = tuple[Any, ...]
Read = Callable[[Node], Form]

TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
"""A comparison with its sides changed."""
_NEAREST: Mapping[str, tuple[str, Callable[[Fraction], int]]] = {
    ">": (">=", lambda n: floor(n) + 1), ">=": (">=", ceil),
    "<": ("<=", lambda n: ceil(n) - 1), "<=": ("<=", floor),
}  # fmt: skip
"""The least or the greatest whole number that fits."""


class _Sum(NamedTuple):
    """How often each thing read counts, and what is added."""

    times: Mapping[Form, int]
    more: Fraction

    def plus(self, other: "_Sum", factor: int = 1) -> "_Sum":
        found = dict(self.times)
        for form, times in other.times.items():
            found[form] = found.get(form, 0) + factor * times
        return _Sum(found, self.more + factor * other.more)


_NOTHING = _Sum({}, Fraction(0))


def compared(op: str, left: Node, right: Node, read: Read) -> Form | None:
    """A comparison with what is read on its left and one number on its right; None where doubles are computed."""
    ours, theirs = _sum(left, read), _side(right, read)
    if ours is None or theirs is None or not (ours.times or theirs.times):
        return None
    found = ours.plus(theirs, -1)
    times = sorted(found.times.items(), key=repr)
    first = next((n for _, n in times if n), 1)
    share = (gcd(*(n for _, n in times)) or 1) * (1 if first > 0 else -1)
    op = TURNED.get(op, op) if share < 0 else op
    more = -found.more / share
    if op in _NEAREST:
        op, nearest = _NEAREST[op]
        more = Fraction(nearest(more))
    return (op, _read([(form, n // share) for form, n in times]), ("literal", str(more)))


def summed(node: Node, read: Read) -> Form | None:
    """A sum of whole numbers; None where doubles are computed."""
    found = _sum(node, read)
    if found is None or not found.times:
        return None
    form = _read(sorted(found.times.items(), key=repr))
    return form if not found.more else ("sum of", form, ("literal", str(found.more)))


def _read(times: list[tuple[Form, int]]) -> Form:
    return times[0][0] if len(times) == 1 and times[0][1] == 1 else ("times", *times)


def _side(node: Node, read: Read) -> _Sum | None:
    """A literal alone may have a fraction: beside it nothing is rounded."""
    if node.op == "literal" and isinstance(node.value, float):
        return _Sum({}, Fraction(node.value))
    return _sum(node, read)


def _sum(node: Node, read: Read) -> _Sum | None:
    match node.op:
        case "literal":
            number = isinstance(node.value, (int, float)) and float(node.value).is_integer()
            return _Sum({}, Fraction(node.value)) if number else None  # type: ignore[arg-type]  # seen above
        case "negate":
            return _scaled(_sum(node.args[0], read), -1)
        case "+" | "-":
            one, other = (_sum(part, read) for part in node.args)
            both = one is not None and other is not None
            return one.plus(other, 1 if node.op == "+" else -1) if both else None  # type: ignore[union-attr,arg-type]  # seen above
        case "*" | "/":
            return _product(node, read)
    return _Sum({read(node): 1}, Fraction(0)) if _is_whole(node, read) else None


def _is_whole(node: Node, read: Read) -> bool:
    return node.type == "int" or (node.op in FOLDS and _sum(node.args[1], read) is not None)


def _product(node: Node, read: Read) -> _Sum | None:
    """Something a whole number of times; divided by 1 or -1 alone, all else is rounded."""
    one, other = (_sum(part, read) for part in node.args)
    if one is None or other is None:
        return None
    if node.op == "*" and not one.times:
        one, other = other, one
    is_exact = not other.times and (node.op == "*" or abs(other.more) == 1)
    return _scaled(one, int(other.more)) if is_exact else None


def _scaled(one: _Sum | None, factor: int) -> _Sum | None:
    return one and _NOTHING.plus(one, factor)
