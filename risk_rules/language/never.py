"""Comparisons that no record fulfils, by the type and the bounds of what they read: slips that are told, not refused.

Nothing is said but what is certain: a fact, a count or a length beside values that it cannot have
(`fact_rows.BOUNDS`, `LENGTHS`, `CHOICES`), a whole number beside a broken one, a range that is empty, a list of
values that has none.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from math import inf

from risk_rules import fact_rows
from risk_rules.facts import ManagedList, Value
from risk_rules.language.tree import COMPARISONS, QUANTIFIERS, Node, Span

_WITHIN = frozenset({"starts_with", "contains"})
_SAMPLED = "random.u"
"""Its bounds are those that are tried: a draw lies between them too."""


def never_true(tree: Node, lists: Mapping[str, ManagedList]) -> list[Span]:
    """Where a typed condition holds a comparison, or an item of one, that nothing can fulfil."""
    return [node.span for node in _never(tree, lists, "")]


def of_places(node: Node, owner: str = "") -> Iterator[tuple[Node, str]]:
    """Every node with the list whose elements it is asked of ('' outside of any)."""
    yield node, owner
    below = node.args[0].name if node.op in QUANTIFIERS else owner
    for part in node.args:
        yield from of_places(part, below)


def _never(tree: Node, lists: Mapping[str, ManagedList], owner: str) -> Iterator[Node]:
    denied = {id(node.args[0]) for node, _ in of_places(tree) if node.op == "not"}
    for node, of_list in of_places(tree, owner):
        if node.op in COMPARISONS:
            if not _can(of_list, node.op, *node.args):
                yield node
        elif node.op == "between" and id(node) not in denied:  # `not between` is always so
            x, low, high = node.args
            parts = ((">=", x, low), ("<=", x, high), ("<=", low, high))
            if not all(_can(of_list, op, *sides) for op, *sides in parts):
                yield node
        elif node.op == "call" and node.name in _WITHIN:
            if not _holds(of_list, *node.args):
                yield node
        elif node.op == "in":
            yield from _members(node, lists, of_list)


def _members(node: Node, lists: Mapping[str, ManagedList], of_list: str) -> Iterator[Node]:
    x, *items = node.args
    if items[0].op == "managed":
        held = lists[items[0].name].values
        if not any(_can_be(x, value, of_list) for value in held):
            yield node
        return
    yield from (item for item in items if not _can(of_list, "=", x, item))


def _holds(of_list: str, whole: Node, part: Node) -> bool:
    """Whether some text of a fact is long enough to hold the other, or to begin with it."""
    if part.op != "literal" or not isinstance(part.value, str):
        return True
    return len(part.value) <= _lengths(whole, of_list)[1]


def _can(of_list: str, op: str, left: Node, right: Node) -> bool:
    """Whether some values of both sides fulfil the comparison; True where that is not known."""
    if op == "!=":
        return True
    if op == "=":
        return _can_equal(of_list, left, right)
    if op in (">", ">="):
        left, right, op = right, left, op.replace(">", "<")
    least, greatest = _range(left, of_list)[0], _range(right, of_list)[1]
    return least < greatest or (op == "<=" and least == greatest)


def _can_equal(of_list: str, left: Node, right: Node) -> bool:
    if left.op == "literal":
        left, right = right, left
    if right.op == "literal":
        return _can_be(left, right.value, of_list)
    (least, most), (low, high) = _range(left, of_list), _range(right, of_list)
    return least <= high and low <= most


def _can_be(node: Node, value: Value | None, of_list: str) -> bool:
    """Whether what a node reads can be this value."""
    if isinstance(value, str):
        name = _name(node, of_list)
        if name in fact_rows.CHOICES:
            return value in fact_rows.CHOICES[name]
        return len(value) == fact_rows.LENGTHS.get(name, len(value))
    if isinstance(value, bool) or value is None:
        return True
    if node.type == "int" and isinstance(value, float) and not value.is_integer():
        return False
    least, most = _range(node, of_list)
    return least <= _number(value) <= most


def _range(node: Node, of_list: str) -> tuple[float, float]:
    """The least and the greatest that a node can be; dates as the number of their day."""
    if node.op == "literal" and not isinstance(node.value, (bool, str)) and node.value is not None:
        return (_number(node.value),) * 2
    if node.op == "negate":
        least, most = _range(node.args[0], of_list)
        return -most, -least
    if node.op == "call" and node.name == "length":
        return _lengths(node.args[0], of_list)
    if node.op == "count":
        return 0, inf
    name = _name(node, of_list)
    return fact_rows.BOUNDS.get(name, (-inf, inf)) if name != _SAMPLED else (0, 1)


def _lengths(node: Node, of_list: str) -> tuple[float, float]:
    """How short and how long the text of a node can be."""
    name = _name(node, of_list)
    if name in fact_rows.CHOICES:
        sizes = [len(one) for one in fact_rows.CHOICES[name]]
        return min(sizes), max(sizes)
    return (fact_rows.LENGTHS[name],) * 2 if name in fact_rows.LENGTHS else (0, inf)


def _name(node: Node, of_list: str) -> str:
    if node.op == "element":
        return f"{of_list}.{node.name}"
    return node.name if node.op == "fact" else ""


def _number(value: float | dt.date) -> float:
    return value.toordinal() if isinstance(value, dt.date) else value
