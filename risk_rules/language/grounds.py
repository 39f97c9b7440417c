"""No rule may select on who somebody is: the check that protected facts alone decide nothing.

Nationality, sex, age and their proxies may narrow a rule, never be its ground (EU PNR Directive
Art. 6(4), ICAO Annex 9 ch. 9). Two tests, both at the moment a rule is compiled:

1. *By structure* (`decided_by`): could protected facts, with constants, chance and the date of the
   flight, make the condition true while nothing is known about the journey itself?
2. *By trial* (`ground_is_hollow`): a side condition that no journey can fail
   (`booking.changes >= 0`, `x = 'a' or x != 'a'`) is no ground either. Small rules are tried
   on every combination of telling values; what is too large to try is left to the second person.
"""

import datetime as dt
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from risk_rules.facts import Catalogue, Fact, ManagedList, blank
from risk_rules.language.evaluate import NO_ELEMENT, Closure, build
from risk_rules.language.tree import QUANTIFIERS, Node

MAX_TRIALS = 4000

_NEUTRAL = frozenset({"flight.date"})
"""Says when, not what somebody does: no ground by itself, like the facts of the source random."""


class _Without(IntEnum):
    """Whether a condition can get a result without any fact about the journey, and by what."""

    IMPOSSIBLE = 0
    BY_CHANCE = 1
    BY_PROTECTED = 2


def _is_ground(fact: Fact) -> bool:
    return not fact.is_protected and fact.source != "random" and fact.name not in _NEUTRAL


# ---------------------------------------------------------------- by structure


def decided_by(tree: Node, catalogue: Catalogue) -> bool:
    """True when protected facts alone could make the condition true."""
    return _can(tree, catalogue, None, want=True) is _Without.BY_PROTECTED


def _can(node: Node, catalogue: Catalogue, owner: str | None, *, want: bool) -> _Without:
    if node.op == "not":
        return _can(node.args[0], catalogue, owner, want=not want)
    if node.op in ("and", "or"):
        parts = [_can(part, catalogue, owner, want=want) for part in node.args]
        needs_all = (node.op == "and") is want
        return _every(parts) if needs_all else max(parts)
    if node.op in ("any", "all"):
        return _can(node.args[1], catalogue, node.args[0].name, want=want)
    if node.op == "literal":
        return _Without.BY_CHANCE if node.value is want else _Without.IMPOSSIBLE
    return _leaf(node, catalogue, owner)


def _every(parts: Sequence[_Without]) -> _Without:
    return _Without.IMPOSSIBLE if _Without.IMPOSSIBLE in parts else max(parts)


def _leaf(node: Node, catalogue: Catalogue, owner: str | None) -> _Without:
    read = [fact for _, fact in _reads(node, catalogue, owner)]
    if any(fact is None or _is_ground(fact) for fact in read):
        return _Without.IMPOSSIBLE
    protected = any(fact is not None and fact.is_protected for fact in read)
    return _Without.BY_PROTECTED if protected else _Without.BY_CHANCE


def _reads(
    node: Node, catalogue: Catalogue, owner: str | None
) -> Iterator[tuple[str, Fact | None]]:
    """(name of fact or list, the fact or element field read; None: only the size of the list)."""
    if node.op == "fact":
        yield node.name, catalogue.facts[node.name]
    elif node.op == "element":
        assert owner is not None
        yield owner, catalogue.lists[owner].fields[node.name]
    elif node.op in QUANTIFIERS:
        yield from _list_reads(node, catalogue)
    else:
        for part in node.args:
            yield from _reads(part, catalogue, owner)


def _list_reads(node: Node, catalogue: Catalogue) -> Iterator[tuple[str, Fact | None]]:
    name = node.args[0].name
    body = [read for part in node.args[1:] for read in _reads(part, catalogue, name)]
    yield from body or [(name, None)]


# ---------------------------------------------------------------- by trial

# Documents may end long before or after the flight, wherever an abuser puts its date.
_LONG_AGO, _TODAY, _FAR_AHEAD = dt.date(1900, 1, 1), dt.date(2000, 1, 1), dt.date(2300, 1, 1)


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


def ground_is_hollow(tree: Node, catalogue: Catalogue, lists: Mapping[str, ManagedList]) -> bool:
    """True when some protected values fire the rule whatever is known about the journey.

    Only for rules that read protected facts. Conditions joined by `and` that no journey can fail
    are put aside first, so that many of them do not hide each other behind MAX_TRIALS.
    """
    if not _reads_protected(tree, catalogue):
        return False
    core = _without_hollow_parts(tree, catalogue, lists)
    return decided_by(core, catalogue) or _fires_whatever(core, catalogue, lists)


def _reads_protected(tree: Node, catalogue: Catalogue) -> bool:
    return any(fact is not None and fact.is_protected for _, fact in _reads(tree, catalogue, None))


def _without_hollow_parts(
    tree: Node, catalogue: Catalogue, lists: Mapping[str, ManagedList]
) -> Node:
    if tree.op != "and":
        return tree
    kept = [
        part
        for part in tree.args
        if _reads_protected(part, catalogue) or not _fires_whatever(part, catalogue, lists)
    ]
    return replace(tree, args=tuple(kept)) if kept else tree


def _fires_whatever(tree: Node, catalogue: Catalogue, lists: Mapping[str, ManagedList]) -> bool:
    reads = list(dict.fromkeys(_reads(tree, catalogue, None)))
    chosen, free = _columns(tree, reads, catalogue, lists)
    trials = math.prod(len(column.values) for column in (*chosen, *free))
    if trials > MAX_TRIALS:
        return False
    closure, record = build(tree, lists), blank(catalogue)
    return any(
        _fires_always(closure, record, dict(zip(chosen, values, strict=True)), free)
        for values in itertools.product(*(column.values for column in chosen))
    )


def _fires_always(
    closure: Closure,
    record: dict[str, Any],
    fixed: Mapping[_Column, Any],
    free: Sequence[_Column],
) -> bool:
    for values in itertools.product(*(column.values for column in free)):
        for column, value in zip(free, values, strict=True):
            column.put(record, _fresh(value))
        for column, value in fixed.items():
            column.put(record, value)
        if closure(record, NO_ELEMENT) is not True:
            return False
    return True


def _fresh(value: Any) -> Any:
    return [dict(item) for item in value] if isinstance(value, tuple) else value


def _columns(
    tree: Node,
    reads: Sequence[tuple[str, Fact | None]],
    catalogue: Catalogue,
    lists: Mapping[str, ManagedList],
) -> tuple[list[_Column], list[_Column]]:
    """Columns that an abuser may choose, and columns that the journey fills. Lists come first."""
    telling = _telling_values(tree, lists)
    chosen: list[_Column] = []
    free = [_list_column(name, reads, catalogue) for name in catalogue.lists if _among(name, reads)]
    for name, fact in reads:
        if fact is not None:
            field = fact.name if name in catalogue.lists else None
            values = telling[fact.type]
            if name in _NEUTRAL:
                values = tuple(v for v in values if v not in (_LONG_AGO, _FAR_AHEAD))
            (free if _is_ground(fact) else chosen).append(_Column(name, field, values))
    return chosen, free


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
