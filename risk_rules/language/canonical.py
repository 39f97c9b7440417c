"""What a checked condition says, whatever way it is written: two texts with one canonical form are one rule.

Brackets, white space, forms of numbers, the sides of a comparison, the order of `and` and `or`, what stands twice,
`not` before a comparison, `between`, lists of one, whole numbers counted from the other side (`> 50`, `>= 51`): all
the same. So is what can be worked out (`1 + 1`, `and 1 = 1`), nothing added, once or taken twice the other way
(`x + 0`, `x * 1`, `-(-x)`), and of whole numbers every sum (`language/whole.py`: `x + 2 > 4`, `2 * x > y + x`).
Only steps that keep the three-valued meaning are taken: `x - x` is not 0, for it is unknown with x. It is no proof:
what two texts mean alike can be hidden in arithmetic of doubles, where brackets matter, and in what facts have to do
with each other.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from risk_rules.language import whole
from risk_rules.language.evaluate import build
from risk_rules.language.grounds import flat
from risk_rules.language.tree import ARITHMETIC, QUANTIFIERS, Node

_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
_COMMUTE = frozenset({"=", "!=", "+", "*"})

Form = tuple[Any, ...]


def canonical(tree: Node) -> str:
    """The canonical form of a typed tree, as text to compare."""
    return repr(_form(flat(_worked_out(tree))))


def _worked_out(node: Node) -> Node:
    """The tree with a value for every part that reads nothing, as evaluation has it; `1 / 0` has none and stays."""
    node = replace(node, args=tuple(map(_worked_out, node.args)))
    if not node.args or any(part.op != "literal" for part in node.args):
        return node
    value = build(node, {})({}, {})
    return node if value is None else Node("literal", node.span, value=value, type=node.type)


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
    """Sorted, each once, without an `and` in an `and`; what is always so decides it, or adds nothing."""
    found: set[Form] = set()
    for part in parts:
        found.update(part[1:] if part[0] == op else (part,))
    nothing, all_of_it = ("literal", op == "and"), ("literal", op == "or")
    if all_of_it in found:
        return all_of_it
    found.discard(nothing)
    return (op, *sorted(found, key=repr)) if len(found) > 1 else (found or {nothing}).pop()


def _comparison(op: str, left: Node, right: Node) -> Form:
    if left.op == "literal" and right.op != "literal":
        left, right, op = right, left, whole.TURNED.get(op, op)
    if right.op == "literal" and isinstance(right.value, bool):
        wanted = right.value is (op == "=")
        return _form(flat(left)) if wanted else _form(flat(left, want=False))
    if found := whole.compared(op, left, right, _other):
        return found
    one, other = _form(left), _form(right)
    if right.op == "literal":
        if left.type == "num" and repr(_minus(one)) < repr(one):
            op, one, other = whole.TURNED.get(op, op), _minus(one), _minus(other)
    elif op in (">", ">="):
        op, one, other = whole.TURNED[op], other, one
    elif op in _COMMUTE:
        one, other = sorted((one, other), key=repr)
    return (op, one, other)


def _other(node: Node) -> Form:
    if node.op == "literal":
        return ("literal", _value(node.value))
    if node.op in QUANTIFIERS:
        return (node.op, node.args[0].name, *(_form(flat(part)) for part in node.args[1:]))
    if node.op in ARITHMETIC or node.op == "negate":
        return whole.summed(node, _other) or _computed(node)
    return (node.op, node.value, *map(_form, node.args))


def _computed(node: Node) -> Form:
    """Arithmetic of doubles, by what is exact there: signs, order, nothing added, once."""
    parts = [_form(part) for part in node.args]
    if node.op == "negate":
        return _minus(parts[0])
    one, other = parts
    if node.op == "-":
        return _plus(one, _minus(other))
    if node.op == "+":
        return _plus(one, other)
    once = ("literal", 1)
    if once in (one, other) and (node.op == "*" or other == once):
        return other if one == once else one
    return ("*", None, *sorted(parts, key=repr)) if node.op == "*" else ("/", None, *parts)


def _plus(one: Form, other: Form) -> Form:
    zero = ("literal", 0)
    if zero in (one, other):
        return other if one == zero else one
    return ("+", None, *sorted((one, other), key=repr))


def _minus(form: Form) -> Form:
    """The opposite: doubles have a sign of their own, so it is exact, also of a sum by its parts."""
    match form[0]:
        case "literal":
            return ("literal", -form[1])
        case "negate":
            return form[2]  # type: ignore[no-any-return]  # a form, as all below the first two
        case "+":
            return _plus(_minus(form[2]), _minus(form[3]))
    return ("negate", None, form)


def _value(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
