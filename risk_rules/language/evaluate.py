"""A typed tree to a Python closure with three-valued logic: True, False or None (unknown).

Missing facts are the only source of the unknown, with division by zero and the least or greatest of
nothing (the checker has refused what could leave the doubles). and/or/not follow Kleene: what the known parts decide
is decided. There is no eval, no loop but over the lists of the record, no clock: the cost is linear
in the record. The order of the branches below is a measured hot path: 200 rules for 300 passengers
have to fit into 50 ms.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

from risk_rules.facts import Facts, ManagedList, Value
from risk_rules.language.tree import ARITHMETIC, QUANTIFIERS, Node

Closure = Callable[[Facts, Facts], Any]
"""(record, element of the list being walked) -> value or None; outside of lists: an empty one."""

NO_ELEMENT: Facts = {}

Lists = Mapping[str, ManagedList]
Fold = Callable[[Iterable[Any]], Any]

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COST: Mapping[str, int] = dict.fromkeys(QUANTIFIERS, 20)
_CALLS: Mapping[str, Callable[..., Any]] = {
    "days": lambda start, end: (end - start).days,
    "starts_with": str.startswith,
    "contains": operator.contains,
    "length": len,
}
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def any_of(values: Iterable[bool | None]) -> bool | None:
    """Kleene's or: one True decides, else one unknown makes it unknown; nothing is False."""
    unknown = False
    for value in values:
        if value:
            return True
        if value is None:
            unknown = True
    return None if unknown else False


def all_of(values: Iterable[bool | None]) -> bool | None:
    """Kleene's and: one False decides, else one unknown makes it unknown; nothing is True."""
    unknown = False
    for value in values:
        if value is None:
            unknown = True
        elif not value:
            return False
    return None if unknown else True


def build(node: Node, lists: Lists) -> Closure:
    """The closure of a typed tree. Every fact it reads must be a key of the record (None: missing).

    The values of managed lists are taken now: a changed list needs a new closure.
    """
    return _BUILDERS[node.op](node, lists)


def _literal(node: Node, _lists: Lists) -> Closure:
    value = node.value
    return lambda _facts, _element: value


def _fact(node: Node, _lists: Lists) -> Closure:
    name = node.name
    return lambda facts, _element: facts[name]


def _element(node: Node, _lists: Lists) -> Closure:
    name = node.name
    return lambda _facts, element: element[name]


def _by_cost(parts: Sequence[Node]) -> list[Node]:
    """Cheap parts first: in Kleene's logic the order of and/or changes the time, not the result."""
    return sorted(parts, key=lambda part: sum(_COST.get(node.op, 1) for node in part.walk()))


def _and(node: Node, lists: Lists) -> Closure:
    parts = tuple(build(arg, lists) for arg in _by_cost(node.args))
    if len(parts) == 2:
        return _and_two(*parts)

    def conjunction(facts: Facts, element: Facts) -> bool | None:
        unknown = False
        for part in parts:
            value = part(facts, element)
            if not value:
                if value is not None:
                    return False
                unknown = True
        return None if unknown else True

    return conjunction


def _and_two(left: Closure, right: Closure) -> Closure:
    def conjunction(facts: Facts, element: Facts) -> Any:
        first = left(facts, element)
        if first:
            return right(facts, element)
        if first is None:
            return False if right(facts, element) is False else None
        return False

    return conjunction


def _or(node: Node, lists: Lists) -> Closure:
    parts = tuple(build(arg, lists) for arg in _by_cost(node.args))

    def disjunction(facts: Facts, element: Facts) -> bool | None:
        unknown = False
        for part in parts:
            value = part(facts, element)
            if value:
                return True
            if value is None:
                unknown = True
        return None if unknown else False

    return disjunction


def _not(node: Node, lists: Lists) -> Closure:
    inner = build(node.args[0], lists)

    def negation(facts: Facts, element: Facts) -> bool | None:
        value = inner(facts, element)
        return None if value is None else not value

    return negation


def _comparison(node: Node, lists: Lists) -> Closure:
    left, right = node.args
    compare = _COMPARE[node.op]
    if left.op == "fact" and right.op == "literal":
        return _fact_beside_literal(compare, left.name, right.value)
    if left.op == "element" and right.op == "literal":
        return _element_beside_literal(compare, left.name, right.value)
    return _both(compare, build(left, lists), build(right, lists))


def _fact_beside_literal(
    compare: Callable[[Any, Any], bool], name: str, value: Value | None
) -> Closure:
    def comparison(facts: Facts, _element: Facts) -> bool | None:
        found = facts[name]
        return None if found is None else compare(found, value)

    return comparison


def _element_beside_literal(
    compare: Callable[[Any, Any], bool], name: str, value: Value | None
) -> Closure:
    def comparison(_facts: Facts, element: Facts) -> bool | None:
        found = element[name]
        return None if found is None else compare(found, value)

    return comparison


def _both(apply: Callable[[Any, Any], Any], left: Closure, right: Closure) -> Closure:
    def binary(facts: Facts, element: Facts) -> Any:
        first = left(facts, element)
        if first is None:
            return None
        second = right(facts, element)
        return None if second is None else apply(first, second)

    return binary


def _between(node: Node, lists: Lists) -> Closure:
    x, low, high = (build(arg, lists) for arg in node.args)

    def between(facts: Facts, element: Facts) -> bool | None:
        value = x(facts, element)
        if value is None:
            return None
        least, most = low(facts, element), high(facts, element)
        return all_of(
            (
                None if least is None else value >= least,
                None if most is None else value <= most,
            )
        )

    return between


def _in(node: Node, lists: Lists) -> Closure:
    x = build(node.args[0], lists)
    items = node.args[1:]
    if items[0].op == "managed":
        return _in_set(x, lists[items[0].name].values)
    if all(item.op == "literal" for item in items):
        return _in_set(x, frozenset(item.value for item in items))
    return _in_computed(x, tuple(build(item, lists) for item in items))


def _in_set(x: Closure, values: frozenset[Any]) -> Closure:
    def membership(facts: Facts, element: Facts) -> bool | None:
        value = x(facts, element)
        return None if value is None else value in values

    return membership


def _in_computed(x: Closure, items: tuple[Closure, ...]) -> Closure:
    def membership(facts: Facts, element: Facts) -> bool | None:
        value = x(facts, element)
        if value is None:
            return None
        others = (item(facts, element) for item in items)
        return any_of(None if other is None else value == other for other in others)

    return membership


def _missing(node: Node, lists: Lists) -> Closure:
    x = build(node.args[0], lists)
    return lambda facts, element: x(facts, element) is None


def _arithmetic(node: Node, lists: Lists) -> Closure:
    apply = _ARITHMETIC[node.op]

    def computed(left: float, right: float) -> float | None:
        if node.op == "/" and not right:
            return None
        return apply(float(left), float(right))

    return _both(computed, build(node.args[0], lists), build(node.args[1], lists))


def _negate(node: Node, lists: Lists) -> Closure:
    inner = build(node.args[0], lists)

    def negated(facts: Facts, element: Facts) -> float | None:
        value = inner(facts, element)
        return None if value is None else -float(value)

    return negated


def _call(node: Node, lists: Lists) -> Closure:
    function = _CALLS[node.name]
    args = tuple(build(arg, lists) for arg in node.args)

    def call(facts: Facts, element: Facts) -> Any:
        values = [arg(facts, element) for arg in args]
        return None if None in values else function(*values)

    return call


def _any(node: Node, lists: Lists) -> Closure:
    name, body = node.args[0].name, build(node.args[1], lists)

    def some(facts: Facts, _element: Facts) -> bool | None:
        items = facts[name]
        return None if items is None else any_of(body(facts, item) for item in items)

    return some


def _all(node: Node, lists: Lists) -> Closure:
    name, body = node.args[0].name, build(node.args[1], lists)

    def every(facts: Facts, _element: Facts) -> bool | None:
        items = facts[name]
        return None if items is None else all_of(body(facts, item) for item in items)

    return every


def _count(node: Node, lists: Lists) -> Closure:
    name = node.args[0].name
    if len(node.args) == 1:
        return lambda facts, _element: None if facts[name] is None else len(facts[name])
    body = build(node.args[1], lists)

    def count(facts: Facts, _element: Facts) -> int | None:
        items = facts[name]
        return None if items is None else sum(body(facts, item) is True for item in items)

    return count


def _sum(node: Node, lists: Lists) -> Closure:
    # Missing items are skipped and the sum of nothing is 0, as SQL's coalesce(sum(x), 0).
    return _folded(node, lists, sum if node.type == "int" else _in_order)


def _in_order(values: Iterable[float]) -> float:
    """Doubles added one after the other, as engines do: `sum` of newer Pythons makes up for lost digits."""
    return reduce(operator.add, values, 0.0)


def _least(node: Node, lists: Lists) -> Closure:
    return _folded(node, lists, lambda values: min(values, default=None))


def _greatest(node: Node, lists: Lists) -> Closure:
    return _folded(node, lists, lambda values: max(values, default=None))


def _folded(node: Node, lists: Lists, fold: Fold) -> Closure:
    name, body = node.args[0].name, build(node.args[1], lists)

    def folded(facts: Facts, _element: Facts) -> Any:
        items = facts[name]
        if items is None:
            return None
        values = (body(facts, item) for item in items)
        return fold(value for value in values if value is not None)

    return folded


_BUILDERS: Mapping[str, Callable[[Node, Lists], Closure]] = {
    "literal": _literal,
    "fact": _fact,
    "element": _element,
    "and": _and,
    "or": _or,
    "not": _not,
    "between": _between,
    "in": _in,
    "missing": _missing,
    "negate": _negate,
    "call": _call,
    "any": _any,
    "all": _all,
    "count": _count,
    "sum": _sum,
    "min": _least,
    "max": _greatest,
    **dict.fromkeys(_COMPARE, _comparison),
    **dict.fromkeys(ARITHMETIC, _arithmetic),
}
