"""What a checked condition says, whatever way it is written: two texts with one canonical form are one rule.

Brackets, white space, forms of numbers, the sides of a comparison, the order of `and` and `or`, what stands twice,
`not` before a comparison, `between`, lists of one, whole numbers counted from the other side (`> 50`, `>= 51`): all
the same. Only steps that keep the three-valued meaning are taken. It is no proof: what two texts mean alike can be
hidden in arithmetic.
"""

from collections.abc import Callable, Iterable, Mapping
from math import ceil, floor
from typing import Any

from risk_rules.language.grounds import flat
from risk_rules.language.tree import QUANTIFIERS, Node

_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
_WHOLE: Mapping[str, tuple[str, Callable[[float], int]]] = {
    ">": (">=", lambda n: floor(n) + 1), ">=": (">=", ceil),
    "<": ("<=", lambda n: ceil(n) - 1), "<=": ("<=", floor),
}  # fmt: skip
"""A whole number beside a literal: the least or the greatest that fits."""
_COMMUTE = frozenset({"=", "!=", "+", "*"})

Form = tuple[Any, ...]


def canonical(tree: Node) -> str:
    """The canonical form of a typed tree, as text to compare."""
    return repr(_form(flat(tree)))


def _form(node: Node) -> Form:
    if node.op in ("and", "or"):
        return _joined(node.op, (_form(part) for part in node.args))
    if node.op == "not":
        return _negated(node.args[0])
    if node.op in _OPPOSITE:
        return _comparison(node.op, *node.args)
    if node.op == "between":
        x, low, high = node.args
        return _joined("and", (_comparison(">=", x, low), _comparison("<=", x, high)))
    if node.op == "in" and node.args[1].op != "managed":
        return _joined("or", (_comparison("=", node.args[0], item) for item in node.args[1:]))
    return _other(node)


def _negated(node: Node) -> Form:
    if node.op in _OPPOSITE:
        return _comparison(_OPPOSITE[node.op], *node.args)
    if node.op == "between":
        x, low, high = node.args
        return _joined("or", (_comparison("<", x, low), _comparison(">", x, high)))
    if node.op == "in" and node.args[1].op != "managed":
        return _joined("and", (_comparison("!=", node.args[0], item) for item in node.args[1:]))
    return ("not", _other(node))


def _joined(op: str, parts: Iterable[Form]) -> Form:
    """Sorted, each once, without an `and` in an `and`."""
    found: set[Form] = set()
    for part in parts:
        found.update(part[1:] if part[0] == op else (part,))
    return (op, *sorted(found, key=repr)) if len(found) > 1 else found.pop()


def _comparison(op: str, left: Node, right: Node) -> Form:
    if left.op == "literal" and right.op != "literal":
        left, right, op = right, left, _TURNED.get(op, op)
    if right.op == "literal" and isinstance(right.value, bool):
        wanted = right.value is (op == "=")
        return _form(flat(left)) if wanted else _form(flat(left, want=False))
    if left.type == "int" and isinstance(right.value, (int, float)) and op in _WHOLE:
        op, nearest = _WHOLE[op]
        return (op, _form(left), ("literal", nearest(right.value)))
    sides = [_form(left), _form(right)]
    if right.op != "literal":
        if op in (">", ">="):
            op, sides = _TURNED[op], sides[::-1]
        elif op in _COMMUTE:
            sides.sort(key=repr)
    return (op, *sides)


def _other(node: Node) -> Form:
    if node.op == "literal":
        return ("literal", _value(node.value))
    if node.op == "negate" and node.args[0].op == "literal":
        return ("literal", _value(-node.args[0].value))  # type: ignore[operator]  # the checker saw a number
    if node.op in QUANTIFIERS:
        return (node.op, node.args[0].name, *(_form(flat(part)) for part in node.args[1:]))
    parts = [_form(part) for part in node.args]
    if node.op in _COMMUTE:
        parts.sort(key=repr)
    return (node.op, node.value, *parts)


def _value(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
