"""Whether a condition holds whatever is known about the journey, tried on telling values.

An abuser chooses the protected values (and the draw and the flight); the journey fills the rest. A value that no
journey has (`fact_rows.BOUNDS`, `LENGTHS`, `CHOICES`) is not tried: `flight.arrival_hour < 100` excludes nobody.
"""

import datetime as dt
import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from risk_rules import fact_rows
from risk_rules.facts import Catalogue, Fact, ManagedList, blank
from risk_rules.language.evaluate import NO_ELEMENT, Closure, build
from risk_rules.language.tree import QUANTIFIERS, Node

MAX_TRIALS = 4000
BY_CHANCE = (32, 200)
"""Choices of an abuser, and journeys for each, where there are more trials than that."""

_NEUTRAL = frozenset({"flight", "random"})
"""Sources of no ground by itself: what all aboard share, and what nobody does."""

# Documents may end long before or after the flight, wherever an abuser puts its date.
_LONG_AGO, _TODAY, _FAR_AHEAD = dt.date(1900, 1, 1), dt.date(2000, 1, 1), dt.date(2300, 1, 1)


def is_ground(fact: Fact) -> bool:
    """Whether a fact says something of the journey, which nobody chooses by who somebody is."""
    return not fact.is_protected and fact.source not in _NEUTRAL


def reads(
    node: Node, catalogue: Catalogue, owner: str | None = None
) -> Iterator[tuple[str, Fact | None]]:
    """(name of fact or list, the fact or element field read; None: only the size of the list)."""
    if node.op == "fact":
        yield node.name, catalogue.facts[node.name]
    elif node.op == "element":
        assert owner is not None
        yield owner, catalogue.lists[owner].fields[node.name]
    elif node.op in QUANTIFIERS:
        yield from _of_list(node, catalogue)
    else:
        for part in node.args:
            yield from reads(part, catalogue, owner)


def _of_list(node: Node, catalogue: Catalogue) -> Iterator[tuple[str, Fact | None]]:
    name = node.args[0].name
    body = [read for part in node.args[1:] for read in reads(part, catalogue, name)]
    yield from body or [(name, None)]


@dataclass(frozen=True, slots=True)
class _Column:
    """One fact, or one field of the only element of a list, and the values to try on it."""

    owner: str
    field: str | None
    values: tuple[Any, ...]

    def put(self, record: dict[str, Any], value: Any) -> None:
        if self.field is None:
            record[self.owner] = value
        elif record[self.owner]:
            record[self.owner][0][self.field] = value


@dataclass(frozen=True, slots=True)
class Trial:
    """Tries conditions of one catalogue."""

    catalogue: Catalogue
    lists: Mapping[str, ManagedList]

    def names(self, node: Node, *, free: bool) -> set[str]:
        """The facts of the journey that a condition reads (with their lists), or those that are chosen."""
        return {
            owner
            for owner, fact in reads(node, self.catalogue)
            if (free and owner in self.catalogue.lists) or (fact is None or is_ground(fact)) is free
        }

    def fits(self, node: Node) -> bool:
        """Whether every combination can be tried."""
        columns = itertools.chain(*self._columns(node))
        return math.prod(len(column.values) for column in columns) <= MAX_TRIALS

    def fires_whatever(self, node: Node) -> bool:
        """Whether some choice makes the condition true for every journey."""
        chosen, free = self._columns(node)
        closure, record = build(node, self.lists), blank(self.catalogue)
        every = list(itertools.product(*(column.values for column in free)))
        return any(
            _fires_always(closure, record, dict(zip(chosen, values, strict=True)), free, every)
            for values in itertools.product(*(column.values for column in chosen))
        )

    def fires_by_chance(self, node: Node) -> bool:
        """The same for what cannot be tried whole: whether some of many choices met no journey that fails it.
        The same text is tried alike each time.
        """
        chosen, free = self._columns(node)
        closure, record = build(node, self.lists), blank(self.catalogue)
        dice = random.Random(0)  # noqa: S311  # no secret
        choices, journeys = BY_CHANCE
        some = [[column.values[edge] for column in free] for edge in (0, -1)]
        some += [[dice.choice(column.values) for column in free] for _ in range(journeys)]
        for _ in range(choices):
            fixed = {column: dice.choice(column.values) for column in chosen}
            if _fires_always(closure, record, fixed, free, some):
                return True
        return False

    def _columns(self, node: Node) -> tuple[list[_Column], list[_Column]]:
        """Columns that an abuser may choose, and columns that the journey fills. Lists come first."""
        read = list(dict.fromkeys(reads(node, self.catalogue)))
        telling = _telling_values(node, self.lists)
        chosen: list[_Column] = []
        free = [
            _list_column(name, read, self.catalogue)
            for name in self.catalogue.lists
            if _among(name, read)
        ]
        for name, fact in read:
            if fact is not None:
                field = fact.name if name in self.catalogue.lists else None
                values = _possible(name if field is None else f"{name}.{field}", telling[fact.type])
                (free if is_ground(fact) else chosen).append(_Column(name, field, values))
        return chosen, free


def _possible(name: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Those of the values that the fact can have, with the outermost."""
    if name in fact_rows.CHOICES:
        return fact_rows.CHOICES[name]
    if name in fact_rows.BOUNDS:
        least, most = fact_rows.BOUNDS[name]
        return tuple(sorted({least, most, *(v for v in values if least <= v <= most)}))
    if name in fact_rows.LENGTHS:
        long = fact_rows.LENGTHS[name]
        return tuple(sorted({"^" * long, "~" * long, *(v for v in values if len(v) == long)}))
    if name == "flight.date":
        return tuple(v for v in values if v not in (_LONG_AGO, _FAR_AHEAD))
    return values


def _fires_always(
    closure: Closure,
    record: dict[str, Any],
    fixed: Mapping[_Column, Any],
    free: Sequence[_Column],
    journeys: Sequence[Sequence[Any]],
) -> bool:
    for values in journeys:
        for column, value in zip(free, values, strict=True):
            column.put(record, _fresh(value))
        for column, value in fixed.items():
            column.put(record, value)
        if closure(record, NO_ELEMENT) is not True:
            return False
    return True


def _fresh(value: Any) -> Any:
    return [dict(item) for item in value] if isinstance(value, tuple) else value


def _among(name: str, reads: Sequence[tuple[str, Fact | None]]) -> bool:
    return any(owner == name for owner, _ in reads)


def _list_column(
    name: str, reads: Sequence[tuple[str, Fact | None]], catalogue: Catalogue
) -> _Column:
    one: Any = (tuple(dict.fromkeys(catalogue.lists[name].fields).items()),)
    protected = any(o == name and f is not None and f.is_protected for o, f in reads)
    return _Column(name, None, (one,) if protected else ((), one))


def _telling_values(tree: Node, lists: Mapping[str, ManagedList]) -> dict[str, tuple[Any, ...]]:
    """Per type: what stands in the rule, its neighbours, and something far from all of it."""
    literals = [part.value for part in tree.walk() if part.op == "literal"]
    for part in tree.walk():
        if part.op == "managed":
            literals += sorted(lists[part.name].values, key=str)[:2]
    numbers = [x for x in literals if isinstance(x, (int, float)) and not isinstance(x, bool)]
    near = {y for x in numbers for y in (x - 1, x, x + 1) if y >= 0}
    dates = [x for x in literals if isinstance(x, dt.date)]
    day = dt.timedelta(1)
    around = {y for x in dates if dt.date.min < x < dt.date.max for y in (x - day, x, x + day)}
    whole = {math.floor(x) for x in near}
    return {
        "bool": (True, False),
        "int": tuple(sorted(whole | {0, 10**9})),
        "num": tuple(sorted(near | {0, 10**9})),
        "str": tuple(sorted({x for x in literals if isinstance(x, str)} | {"", "~" * 80})),
        "date": tuple(sorted(around | {_TODAY, _LONG_AGO, _FAR_AHEAD})),
    }
