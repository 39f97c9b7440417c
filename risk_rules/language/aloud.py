"""A condition in plain words, for whoever signs it: the same tree, read aloud.

Each piece is a whole message with named places. ``gettext`` is handed in and says it in a language; without one the
messages themselves are said, which are English.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from risk_rules.facts import Catalogue, ManagedList
from risk_rules.language.tree import ARITHMETIC, COMPARISONS, FOLDS, LOGIC, QUANTIFIERS, Node
from risk_rules.language.units import unit_among


class Translate(Protocol):
    """Says a message in a language, with ``values`` set into its places (``%(name)s``)."""

    def __call__(self, message: str, /, **values: object) -> str: ...


def N_(message: str) -> str:  # noqa: N802  # the name by which catalogues are extracted everywhere
    """Mark a message where it stands."""
    return message


def NP_(context: str, message: str) -> str:  # noqa: N802  # likewise
    """The same for a message that is another word elsewhere: the context stands before it, as catalogues keep it."""
    return f"{context}\x04{message}"


_CHAINS = frozenset({"and", "or"})
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
    "any": N_("for at least one of %(list)s %(condition)s"), "all": N_("for each of %(list)s %(condition)s"),
    "count": N_("the number of %(list)s for which %(condition)s"),
}  # fmt: skip
_DENIED = N_("it is not so that %(condition)s")
_FOLDED: Mapping[str, str] = {
    "sum": N_("the sum of %(body)s over %(list)s"),
    "min": N_("the least of %(body)s over %(list)s"), "max": N_("the greatest of %(body)s over %(list)s"),
}  # fmt: skip

_AMOUNTS: Mapping[str, tuple[str, str]] = {
    "grams": (N_("%(number)s g"), N_("%(number)s g")),
    "minutes": (N_("%(number)s minute"), N_("%(number)s minutes")),
    "hours": (N_("%(number)s hour"), N_("%(number)s hours")),
    "days": (N_("%(number)s day"), N_("%(number)s days")),
    "nights": (N_("%(number)s night"), N_("%(number)s nights")),
    "years": (N_("%(number)s year"), N_("%(number)s years")),
    "minor units": (N_("%(number)s minor unit of the currency"), N_("%(number)s minor units of the currency")),
    "hour of the day": (N_("%(number)s o'clock"), N_("%(number)s o'clock")),
}  # fmt: skip
"""Numbers of a unit: of one, and of any other."""
_WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))  # fmt: skip
_WEEKDAY = "day of the week"
_POINTS = frozenset({_WEEKDAY, "hour of the day"})
"""Units of points in time: what is added to one is none."""


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
    said = _Reader(catalogue, lists, gettext).say(tree)
    return gettext("It is a hit when %(condition)s.", condition=said)


class _Reader:
    def __init__(
        self, catalogue: Catalogue, lists: Mapping[str, ManagedList], gettext: Translate
    ) -> None:
        self._catalogue = catalogue
        self._lists = lists
        self.gettext = gettext

    def say(self, node: Node, of: str = "", unit: str = "") -> str:
        """What a part says, within the list ``of`` and beside what is counted in ``unit``; what it rules over is in brackets, so that its end is heard."""
        node = _plain(node)
        if node.op in LOGIC:
            return self._logic(node, of)
        if node.op in COMPARISONS:
            return self._comparison(node, of)
        if node.op in ARITHMETIC:
            unit = self._unit_within(node, of, unit)
            left, right = (self.say(arg, of, unit) for arg in node.args)
            return self.gettext(_ARITHMETIC[node.op], left=left, right=right)
        if node.op in QUANTIFIERS:
            return self._of_list(node, unit)
        return self._leaf(node, of, unit)

    def _unit_within(self, node: Node, of: str, unit: str) -> str:
        """Of what is added or taken away; what is multiplied bears none."""
        if node.op not in ("+", "-"):
            return ""
        unit = unit or unit_among(node.args, of)
        return "" if unit in _POINTS else unit

    def _logic(self, node: Node, of: str) -> str:
        if node.op == "not":
            return self._over(_DENIED, node.args[0], of)
        parts = (self._part(_plain(part), node.op, of) for part in node.args)
        return self.gettext(_JOINED[node.op]).join(parts)

    def _part(self, part: Node, op: str, of: str) -> str:
        return self._bracketed(part, of) if part.op in _CHAINS - {op} else self.say(part, of)

    def _bracketed(self, node: Node, of: str) -> str:
        return self.gettext("(%(condition)s)", condition=self.say(node, of))

    def _over(self, message: str, body: Node, of: str, **values: str) -> str:
        """A message that rules over a condition."""
        return self.gettext(message, condition=self._bracketed(body, of), **values)

    def _beside(self, parts: Sequence[Node], of: str) -> list[str]:
        """What is compared: numbers in the unit of the others, conditions in brackets."""
        unit = unit_among(parts, of)
        return [
            self._bracketed(one, of) if _is_condition(one) else self.say(one, of, unit)
            for one in parts
        ]

    def _comparison(self, node: Node, of: str) -> str:
        verb = _COMPARED[node.op]
        if node.args[0].type == "date" or unit_among(node.args, of) == _WEEKDAY:
            verb = _DATES.get(node.op, verb)
        left, right = self._beside(node.args, of)
        return self.gettext(verb, left=left, right=right)

    def _of_list(self, node: Node, unit: str) -> str:
        item = self._catalogue.lists[node.args[0].name]
        name = self._named(item.text)
        if len(node.args) == 1:
            return self.gettext("the number of %(list)s", list=name)
        body = node.args[1]
        if node.op in FOLDS:
            return self.gettext(_FOLDED[node.op], list=name, body=self.say(body, item.name, unit))
        return self._over(_OF_LISTS[node.op], body, item.name, list=name)

    def _named(self, text: str) -> str:
        """A text of the catalogue up to its remark: translated, or as the middle of an English sentence."""
        bare = text.split(":", maxsplit=1)[0].split(", ", maxsplit=1)[0]
        said = self.gettext(bare)
        return said if said != bare else _in_a_sentence(bare)

    def _leaf(self, node: Node, of: str, unit: str) -> str:  # noqa: PLR0911  # a word for each kind
        match node.op:
            case "fact":
                return self._fact(node.name, of)
            case "element":
                return self._named(self._catalogue.lists[of].fields[node.name].text)
            case "literal":
                return self._value(node.value, unit)
            case "between":
                x, low, high = self._beside(node.args, of)
                return self.gettext(
                    "%(value)s is between %(low)s and %(high)s", value=x, low=low, high=high
                )
            case "in":
                return self._membership(node, of)
            case "missing":
                return self.gettext("%(value)s is not known", value=self._beside(node.args, of)[0])
            case "negate":
                return self.gettext("minus %(value)s", value=self.say(node.args[0], of, unit))
            case _:
                given = (self.say(arg, of) for arg in node.args)
                places = dict(zip(("one", "other"), given, strict=False))
                return self.gettext(_CALLS[node.name], **places)

    def _fact(self, name: str, of: str) -> str:
        """A fact; within a list whose elements have a field of the same words, as one that is not of the list."""
        said = self._named(self._catalogue.facts[name].text)
        fields = self._catalogue.lists[of].fields.values() if of else ()
        if any(self._named(field.text) == said for field in fields):
            return self.gettext("this traveller's own %(fact)s", fact=said)
        return said

    def _membership(self, node: Node, of: str) -> str:
        first, *items = node.args
        if items[0].op == "managed":
            left, said = self._beside([first], of)[0], self._managed(self._lists[items[0].name])
        else:
            left, *each = self._beside(node.args, of)
            said = self.gettext(" or ").join(each)
            if any(item.op != "literal" or item.type == "bool" for item in items):
                said = self.gettext("(%(condition)s)", condition=said)
        return self.gettext("%(left)s is %(right)s", left=left, right=said)

    def _managed(self, item: ManagedList) -> str:
        """A list by its title; by its name, too, where another bears the same one."""
        title = self.gettext(item.title) if item.title else item.name
        alike = [one for one in self._lists.values() if (one.title or one.name) == item.title]
        named = f"{title} @{item.name}" if len(alike) > 1 else title
        return self.gettext("on the list '%(title)s'", title=named)

    def _value(self, value: object, unit: str) -> str:
        if isinstance(value, bool):
            return self.gettext("yes") if value else self.gettext("no")
        if isinstance(value, dt.date):
            return value.isoformat()
        if isinstance(value, str):
            return "'" + value.replace("'", "''") + "'"
        if unit == _WEEKDAY and value in range(1, 8) and isinstance(value, int):
            return self.gettext(_WEEKDAYS[value - 1])
        if unit not in _AMOUNTS:
            return str(value)
        one, many = _AMOUNTS[unit]
        return self.gettext(one if value == 1 else many, number=value)


def _is_condition(node: Node) -> bool:
    return node.type == "bool" and node.op != "literal"


def _plain(node: Node) -> Node:
    """Without ``= true`` and the like: the condition itself, or its denial."""
    if node.op not in ("=", "!="):
        return node
    left, right = node.args
    if left.type != "bool" or right.op != "literal":
        return node
    if right.value is (node.op == "="):
        return _plain(left)
    return replace(node, op="not", args=(left,))


def _in_a_sentence(bare: str) -> str:
    """A noun begins small, an abbreviation does not."""
    first = bare.split(" ", 1)[0]
    return bare if first.isupper() and len(first) > 1 else bare[:1].lower() + bare[1:]
