"""A condition in plain English, for whoever signs it: the same tree, read aloud."""

import datetime as dt
from collections.abc import Mapping

from risk_rules.facts import Catalogue, Fact, ManagedList
from risk_rules.language.tree import Node

_COMPARED: Mapping[str, str] = {
    "=": "is", "!=": "is not", "<": "is less than", "<=": "is at most", ">": "is more than",
    ">=": "is at least",
}  # fmt: skip
_DATES: Mapping[str, str] = {
    "<": "is before", "<=": "is on or before", ">": "is after", ">=": "is on or after",
}  # fmt: skip
_ARITHMETIC: Mapping[str, str] = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}
_CALLS: Mapping[str, str] = {
    "days": "the days from {} to {}", "starts_with": "{} begins with {}",
    "contains": "{} contains {}", "length": "the length of {}",
}  # fmt: skip
_FOLDS: Mapping[str, str] = {"sum": "the sum", "min": "the least", "max": "the greatest"}


def read_aloud(tree: Node, catalogue: Catalogue, lists: Mapping[str, ManagedList]) -> str:
    """One sentence that says what a checked condition asks."""
    said = _Reader(catalogue, lists).say(tree, {})
    return f"It is a hit when {said}."


class _Reader:
    def __init__(self, catalogue: Catalogue, lists: Mapping[str, ManagedList]) -> None:
        self._catalogue = catalogue
        self._lists = lists

    def say(self, node: Node, fields: Mapping[str, Fact]) -> str:
        if node.op in ("and", "or"):
            parts = [self._inner(part, node, fields) for part in node.args]
            return f" {node.op} ".join(parts)
        if node.op == "not":
            return f"it is not so that {self._inner(node.args[0], node, fields)}"
        if node.op in _COMPARED:
            return self._comparison(node, fields)
        if node.op in _ARITHMETIC:
            left, right = (self.say(arg, fields) for arg in node.args)
            return f"({left} {_ARITHMETIC[node.op]} {right})"
        if node.op in ("any", "all", "count", "sum", "min", "max"):
            return self._of_list(node)
        return self._leaf(node, fields)

    def _inner(self, part: Node, parent: Node, fields: Mapping[str, Fact]) -> str:
        said = self.say(part, fields)
        return f"({said})" if part.op in ("and", "or") and part.op != parent.op else said

    def _comparison(self, node: Node, fields: Mapping[str, Fact]) -> str:
        left, right = node.args
        if left.type == "bool" and right.op == "literal":
            wanted = right.value is (node.op == "=")
            said = self.say(left, fields)
            return said if wanted else f"it is not so that {said}"
        verb = (
            _DATES.get(node.op, _COMPARED[node.op]) if left.type == "date" else _COMPARED[node.op]
        )
        return f"{self.say(left, fields)} {verb} {self.say(right, fields)}"

    def _of_list(self, node: Node) -> str:
        item = self._catalogue.lists[node.args[0].name]
        name = _short(item.text)
        if len(node.args) == 1:
            return f"the number of {name}"
        body = self.say(node.args[1], item.fields)
        if node.op in _FOLDS:
            return f"{_FOLDS[node.op]} of {body} over {name}"
        which = {"any": "for at least one of", "all": "for each of", "count": "the number of"}
        return f"{which[node.op]} {name}{' where' if node.op == 'count' else ','} {body}"

    def _leaf(self, node: Node, fields: Mapping[str, Fact]) -> str:  # noqa: PLR0911  # a word for each kind
        match node.op:
            case "fact":
                return _short(self._catalogue.facts[node.name].text)
            case "element":
                return _short(fields[node.name].text)
            case "literal":
                return _value(node.value)
            case "between":
                x, low, high = (self.say(arg, fields) for arg in node.args)
                return f"{x} is between {low} and {high}"
            case "in":
                return f"{self.say(node.args[0], fields)} is {self._items(node, fields)}"
            case "missing":
                return f"{self.say(node.args[0], fields)} is not known"
            case "negate":
                return f"minus {self.say(node.args[0], fields)}"
            case _:
                return _CALLS[node.name].format(*(self.say(arg, fields) for arg in node.args))

    def _items(self, node: Node, fields: Mapping[str, Fact]) -> str:
        first = node.args[1]
        if first.op == "managed":
            return f"on the list '{self._lists[first.name].title or first.name}'"
        return " or ".join(self.say(item, fields) for item in node.args[1:])


def _short(text: str) -> str:
    """The catalogue's text up to its remark, as the middle of a sentence."""
    bare = text.split(":", maxsplit=1)[0].split(", ", maxsplit=1)[0]
    first = bare.split(" ", 1)[0]
    return bare if first.isupper() and len(first) > 1 else bare[:1].lower() + bare[1:]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (
        value.isoformat()
        if isinstance(value, dt.date)
        else f"'{value}'"
        if isinstance(value, str)
        else str(value)
    )
