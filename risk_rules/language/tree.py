"""The tree of a condition, shared by parser, checker, evaluator, explanation and SQL printer.

Operators (`op`) and what they carry:

    literal   value                         fact, element   value = name
    and or    args = parts                  not             args = (condition,)
    = != < <= > >=   args = (left, right)   between         args = (x, low, high)
    in        args = (x, item...) or (x, managed)           managed  value = name of the list
    missing   args = (fact or element,)     + - * /         args = (left, right)
    negate    args = (x,)                   call            value = function, args
    any all count sum min max               args = (list,) or (list, body); list: value = name
    name      value, only before the check: becomes fact or element
"""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from risk_rules.facts import Type, Value

Span = tuple[int, int]
"""First character and the one after the last, in the text of the rule."""

QUANTIFIERS = frozenset({"any", "all", "count", "sum", "min", "max"})
FOLDS = frozenset({"sum", "min", "max"})
"""Quantifiers over numbers: of what a field says, or of what is computed for each element."""
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
ARITHMETIC = frozenset({"+", "-", "*", "/"})
LOGIC = frozenset({"and", "or", "not"})


class RuleError(ValueError):
    """A rule text that cannot become a rule: stable `code`, words for the analyst, and where."""

    def __init__(self, code: str, message: str, span: Span) -> None:
        self.code = code
        self.message = message
        self.span = span
        super().__init__(f"{message} (at {span[0]}..{span[1]})")


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """The end of a message: what of the known is nearest to what was written, '' where nothing is near."""
    near = difflib.get_close_matches(name.lower(), known, 1)
    return f", did you mean '{near[0]}'?" if near else ""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of a condition. `type` is None until the checker has set it."""

    op: str
    span: Span
    args: tuple["Node", ...] = ()
    value: Value | None = None
    type: Type | None = None

    @property
    def name(self) -> str:
        """The name that a fact, element, list, managed list or call carries."""
        assert isinstance(self.value, str)
        return self.value

    def walk(self) -> Iterator["Node"]:
        """The node and all below it, without recursion."""
        todo = [self]
        while todo:
            node = todo.pop()
            yield node
            todo.extend(node.args)


def height(tree: Node) -> int:
    """Levels of the tree; iterative, because `1+1+1+...` is as deep as it is long."""
    levels = 0
    level = [tree]
    while level:
        levels += 1
        level = [below for node in level for below in node.args]
    return levels
