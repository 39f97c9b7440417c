"""A condition in plain words, for whoever signs it: the same tree, read aloud.

Each piece is a whole message with named places. ``gettext`` is handed in and says it in a language; without one the
messages themselves are said, which are English.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

from risk_rules.facts import Catalogue, Fact, ManagedList
from risk_rules.language.tree import Node


class Translate(Protocol):
    """Says a message in a language, with ``values`` set into its places (``%(name)s``)."""

    def __call__(self, message: str, /, **values: object) -> str: ...


def N_(message: str) -> str:  # noqa: N802  # the name by which catalogues are extracted everywhere
    """Mark a message where it stands."""
    return message


def NP_(context: str, message: str) -> str:  # noqa: N802  # likewise
    """The same for a message that is another word elsewhere: the context stands before it, as catalogues keep it."""
    return f"{context}\x04{message}"


_JOINED: Mapping[str, str] = {"and": NP_("clauses", " and "), "or": NP_("clauses", " or ")}

_COMPARED: Mapping[str, str] = {
    "=": N_("%(left)s is %(right)s"), "!=": N_("%(left)s is not %(right)s"),
    "<": N_("%(left)s is less than %(right)s"), "<=": N_("%(left)s is at most %(right)s"),
    ">": N_("%(left)s is more than %(right)s"), ">=": N_("%(left)s is at least %(right)s"),
}  # fmt: skip
_DATES: Mapping[str, str] = {
    "<": N_("%(left)s is before %(right)s"), "<=": N_("%(left)s is on or before %(right)s"),
    ">": N_("%(left)s is after %(right)s"), ">=": N_("%(left)s is on or after %(right)s"),
}  # fmt: skip
_ARITHMETIC: Mapping[str, str] = {
    "+": N_("(%(left)s plus %(right)s)"), "-": N_("(%(left)s minus %(right)s)"),
    "*": N_("(%(left)s times %(right)s)"), "/": N_("(%(left)s divided by %(right)s)"),
}  # fmt: skip
_CALLS: Mapping[str, str] = {
    "days": N_("the days from %(one)s to %(other)s"), "starts_with": N_("%(one)s begins with %(other)s"),
    "contains": N_("%(one)s contains %(other)s"), "length": N_("the length of %(one)s"),
}  # fmt: skip
_OF_LISTS: Mapping[str, str] = {
    "any": N_("for at least one of %(list)s, %(body)s"), "all": N_("for each of %(list)s, %(body)s"),
    "count": N_("the number of %(list)s where %(body)s"), "sum": N_("the sum of %(body)s over %(list)s"),
    "min": N_("the least of %(body)s over %(list)s"), "max": N_("the greatest of %(body)s over %(list)s"),
}  # fmt: skip


def in_english(message: str, /, **values: object) -> str:
    """The message itself, without its context."""
    message = message.rpartition("\x04")[2]
    return message % values if values else message


def read_aloud(
    tree: Node,
    catalogue: Catalogue,
    lists: Mapping[str, ManagedList],
    gettext: Translate = in_english,
) -> str:
    """One sentence that says what a checked condition asks."""
    said = _Reader(catalogue, lists, gettext).say(tree, {})
    return gettext("It is a hit when %(condition)s.", condition=said)


class _Reader:
    def __init__(
        self, catalogue: Catalogue, lists: Mapping[str, ManagedList], gettext: Translate
    ) -> None:
        self._catalogue = catalogue
        self._lists = lists
        self.gettext = gettext

    def say(self, node: Node, fields: Mapping[str, Fact]) -> str:
        if node.op in ("and", "or"):
            parts = [self._inner(part, node, fields) for part in node.args]
            return self.gettext(_JOINED[node.op]).join(parts)
        if node.op == "not":
            return self._denied(self._inner(node.args[0], node, fields))
        if node.op in _COMPARED:
            return self._comparison(node, fields)
        if node.op in _ARITHMETIC:
            left, right = (self.say(arg, fields) for arg in node.args)
            return self.gettext(_ARITHMETIC[node.op], left=left, right=right)
        if node.op in _OF_LISTS:
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
            return said if wanted else self._denied(said)
        verb = _COMPARED[node.op]
        if left.type == "date":
            verb = _DATES.get(node.op, verb)
        return self.gettext(verb, left=self.say(left, fields), right=self.say(right, fields))

    def _denied(self, said: str) -> str:
        return self.gettext("it is not so that %(condition)s", condition=said)

    def _of_list(self, node: Node) -> str:
        item = self._catalogue.lists[node.args[0].name]
        name = self._named(item.text)
        if len(node.args) == 1:
            return self.gettext("the number of %(list)s", list=name)
        body = self.say(node.args[1], item.fields)
        return self.gettext(_OF_LISTS[node.op], list=name, body=body)

    def _named(self, text: str) -> str:
        """A text of the catalogue up to its remark: translated, or as the middle of an English sentence."""
        bare = text.split(":", maxsplit=1)[0].split(", ", maxsplit=1)[0]
        said = self.gettext(bare)
        return said if said != bare else _in_a_sentence(bare)

    def _leaf(self, node: Node, fields: Mapping[str, Fact]) -> str:  # noqa: PLR0911  # a word for each kind
        match node.op:
            case "fact":
                return self._named(self._catalogue.facts[node.name].text)
            case "element":
                return self._named(fields[node.name].text)
            case "literal":
                return self._value(node.value)
            case "between":
                x, low, high = (self.say(arg, fields) for arg in node.args)
                return self.gettext(
                    "%(value)s is between %(low)s and %(high)s", value=x, low=low, high=high
                )
            case "in":
                one, items = self.say(node.args[0], fields), self._items(node, fields)
                return self.gettext("%(left)s is %(right)s", left=one, right=items)
            case "missing":
                return self.gettext("%(value)s is not known", value=self.say(node.args[0], fields))
            case "negate":
                return self.gettext("minus %(value)s", value=self.say(node.args[0], fields))
            case _:
                given = (self.say(arg, fields) for arg in node.args)
                places = dict(zip(("one", "other"), given, strict=False))
                return self.gettext(_CALLS[node.name], **places)

    def _items(self, node: Node, fields: Mapping[str, Fact]) -> str:
        first = node.args[1]
        if first.op == "managed":
            title = self._lists[first.name].title or first.name
            return self.gettext("on the list '%(title)s'", title=self.gettext(title))
        return self.gettext(" or ").join(self.say(item, fields) for item in node.args[1:])

    def _value(self, value: object) -> str:
        if isinstance(value, bool):
            return self.gettext("yes") if value else self.gettext("no")
        if isinstance(value, dt.date):
            return value.isoformat()
        return f"'{value}'" if isinstance(value, str) else str(value)


def _in_a_sentence(bare: str) -> str:
    """A noun begins small, an abbreviation does not."""
    first = bare.split(" ", 1)[0]
    return bare if first.isupper() and len(first) > 1 else bare[:1].lower() + bare[1:]
