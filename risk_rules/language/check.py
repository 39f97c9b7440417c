"""The type checker: an unchecked tree to a typed one, or an error that points at its cause."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from risk_rules.facts import Catalogue, Fact, ListFact, ManagedList, Type, forbidden_reason
from risk_rules.language.bounds import size
from risk_rules.language.tree import (
    ARITHMETIC,
    COMPARISONS,
    FOLDS,
    QUANTIFIERS,
    Node,
    RuleError,
    did_you_mean,
)

FUNCTIONS: Mapping[str, tuple[tuple[Type, ...], Type]] = {
    "days": (("date", "date"), "int"),
    "starts_with": (("str", "str"), "bool"),
    "contains": (("str", "str"), "bool"),
    "length": (("str",), "int"),
}
"""Arguments and result of each function; days(a, b) counts from a to b."""

_NUMBERS = frozenset({"int", "num"})
_LITERALS: Mapping[type, Type] = {bool: "bool", int: "int", float: "num", str: "str"}

Scope = Mapping[str, Fact] | None
"""Fields of the list whose condition is being checked; None outside of any list."""


def check(tree: Node, catalogue: Catalogue, lists: Mapping[str, ManagedList]) -> Node:
    """The typed tree of a condition.

    Raises RuleError `unknown_fact`, `unknown_list`, `unknown_function`, `type_mismatch`, `out_of_range`,
    `bad_literal` or `not_a_condition`.
    """
    checker = _Checker(catalogue, lists)
    typed = checker.check(tree, None)
    if typed.type != "bool":
        message = f"a condition must be true or false, this is {typed.type}"
        raise RuleError("not_a_condition", message, typed.span)
    return typed


def _mismatch(message: str, node: Node) -> RuleError:
    return RuleError("type_mismatch", message, node.span)


@dataclass(frozen=True, slots=True)
class _Checker:
    catalogue: Catalogue
    lists: Mapping[str, ManagedList]

    def check(self, node: Node, scope: Scope) -> Node:
        return _HANDLERS[node.op](self, node, scope)

    def expect(self, node: Node, want: Type, scope: Scope) -> Node:
        typed = self.check(node, scope)
        if typed.type == want or (want == "num" and typed.type == "int"):
            return typed
        if want == "date" and typed.op == "literal" and typed.type == "str":
            return _as_date(typed)
        raise _mismatch(f"expected {want}, found {typed.type}", typed)

    def literal(self, node: Node, _scope: Scope) -> Node:
        return replace(node, type=_LITERALS[type(node.value)])

    def named(self, node: Node, scope: Scope) -> Node:
        name = node.name
        if scope is not None and name in scope:
            return replace(node, op="element", type=scope[name].type)
        if fact := self.catalogue.facts.get(name):
            return replace(node, op="fact", type=fact.type)
        if name in self.catalogue.lists:
            raise _mismatch(f"'{name}' is a list: use any({name}: ...) or count({name})", node)
        if why := forbidden_reason(name):
            raise RuleError("forbidden_fact", f"there is no fact '{name}': {why}", node.span)
        hint = did_you_mean(name, [*(scope or ()), *self.catalogue.facts])
        raise RuleError("unknown_fact", f"unknown fact '{name}'{hint}", node.span)

    def logic(self, node: Node, scope: Scope) -> Node:
        parts = tuple(self.expect(part, "bool", scope) for part in node.args)
        return replace(node, args=parts, type="bool")

    def comparison(self, node: Node, scope: Scope) -> Node:
        left, right = (self.check(arg, scope) for arg in node.args)
        left, right = _comparable(node, left, right)
        if node.op not in ("=", "!=") and left.type == "bool":
            raise _mismatch("true and false can only be compared with = or !=", node)
        return replace(node, args=(left, right), type="bool")

    def between(self, node: Node, scope: Scope) -> Node:
        x, low, high = (self.check(arg, scope) for arg in node.args)
        if x.type == "bool":
            raise _mismatch("true and false have no order", x)
        x, low = _comparable(node, x, low)
        x, high = _comparable(node, x, high)
        x, low = _comparable(node, x, low)  # once more: x may have become a date beside `high`
        return replace(node, args=(x, low, high), type="bool")

    def member(self, node: Node, scope: Scope) -> Node:
        x = self.check(node.args[0], scope)
        if node.args[1].op == "managed":
            return replace(node, args=(x, self.managed(node.args[1], x)), type="bool")
        items = []
        for item in node.args[1:]:
            x, typed = _comparable(item, x, self.check(item, scope))
            items.append(typed)
        items = [_comparable(item, x, item)[1] for item in items]  # x may have become a date late
        return replace(node, args=(x, *items), type="bool")

    def managed(self, node: Node, x: Node) -> Node:
        found = self.lists.get(node.name)
        if found is None:
            hint = did_you_mean(node.name, list(self.lists))
            raise RuleError("unknown_list", f"unknown list '@{node.name}'{hint}", node.span)
        if found.type != x.type:
            raise _mismatch(f"@{node.name} holds {found.type}, not {x.type}", node)
        return replace(node, type=found.type)

    def missing(self, node: Node, scope: Scope) -> Node:
        x = self.check(node.args[0], scope)
        if x.op not in ("fact", "element"):
            raise _mismatch("only a fact can be tested with 'is missing'", x)
        return replace(node, args=(x,), type="bool")

    def arithmetic(self, node: Node, scope: Scope) -> Node:
        parts = tuple(self.expect(part, "num", scope) for part in node.args)
        typed = replace(node, args=parts, type="num")
        if not size(typed).fits:
            raise RuleError("out_of_range", "this can become too large or too small", node.span)
        return typed

    def call(self, node: Node, scope: Scope) -> Node:
        if node.name not in FUNCTIONS:
            hint = did_you_mean(node.name, [*FUNCTIONS, *QUANTIFIERS])
            raise RuleError("unknown_function", f"unknown function '{node.name}'{hint}", node.span)
        wanted, result = FUNCTIONS[node.name]
        if len(node.args) != len(wanted):
            raise _mismatch(f"{node.name} takes {len(wanted)} argument(s)", node)
        args = [self.expect(a, t, scope) for a, t in zip(node.args, wanted, strict=True)]
        return replace(node, args=tuple(args), type=result)

    def quantified(self, node: Node, scope: Scope) -> Node:
        if scope is not None:
            raise _mismatch("a list inside a list is not supported", node)
        items = self.list_of(node.args[0])
        if len(node.args) == 1:
            if node.op != "count":
                raise _mismatch(f"{node.op} needs an expression after a colon", node)
            return replace(node, type="int")
        body = self.check(node.args[1], items.fields)
        if node.op in FOLDS:
            return self.folded(node, body)
        if body.type != "bool":
            raise _mismatch(f"expected bool inside {node.op}(...), found {body.type}", body)
        result: Type = "int" if node.op == "count" else "bool"
        return replace(node, args=(node.args[0], body), type=result)

    def folded(self, node: Node, body: Node) -> Node:
        """A sum, least or greatest has the type of what it is of; a sum of doubles must fit like them."""
        if body.type not in _NUMBERS:
            raise _mismatch(f"expected a number inside {node.op}(...), found {body.type}", body)
        typed = replace(node, args=(node.args[0], body), type=body.type)
        if not size(typed).fits:
            raise RuleError("out_of_range", "this can become too large or too small", node.span)
        return typed

    def list_of(self, node: Node) -> ListFact:
        found = self.catalogue.lists.get(node.name)
        if found is None:
            hint = did_you_mean(node.name, list(self.catalogue.lists))
            raise RuleError("unknown_fact", f"unknown list '{node.name}'{hint}", node.span)
        return found


def _as_date(literal: Node) -> Node:
    text = literal.name
    try:
        value = dt.date.fromisoformat(text)
    except ValueError:
        value = None
    if value is None or value.isoformat() != text:
        raise RuleError("bad_literal", "not a date: write '2026-01-31'", literal.span)
    return replace(literal, value=value, type="date")


def _comparable(parent: Node, left: Node, right: Node) -> tuple[Node, Node]:
    """Both operands of a comparison; an ISO text beside a date becomes a date."""
    if left.type == "date" and right.op == "literal" and right.type == "str":
        return left, _as_date(right)
    if right.type == "date" and left.op == "literal" and left.type == "str":
        return _as_date(left), right
    if left.type == right.type or {left.type, right.type} <= _NUMBERS:
        return left, right
    raise _mismatch(f"cannot compare {left.type} with {right.type}", parent)


_HANDLERS: Mapping[str, Callable[[_Checker, Node, Scope], Node]] = {
    "literal": _Checker.literal,
    "name": _Checker.named,
    "and": _Checker.logic,
    "or": _Checker.logic,
    "not": _Checker.logic,
    "between": _Checker.between,
    "in": _Checker.member,
    "missing": _Checker.missing,
    "negate": _Checker.arithmetic,
    "call": _Checker.call,
    **dict.fromkeys(COMPARISONS, _Checker.comparison),
    **dict.fromkeys(ARITHMETIC, _Checker.arithmetic),
    **dict.fromkeys(QUANTIFIERS, _Checker.quantified),
}
