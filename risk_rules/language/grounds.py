"""No rule may select on who somebody is: the check that protected facts alone decide nothing.

Nationality, sex, age and their proxies may narrow a rule, never be its ground (EU PNR Directive
Art. 6(4), ICAO Annex 9 ch. 9). Two tests, both at the moment a rule is compiled:

1. *By structure* (`decided_by`): could protected facts, with constants, chance and the timetable (which is
   the same for all aboard), make the condition true while nothing is known about the journey itself?
2. *By trial* (`ground_is_hollow`): a side condition that no journey can fail
   (`booking.changes >= 0`, `x = 'a' or x != 'a'`) is no ground either. The condition is taken
   apart where its parts share no fact, and each part is tried (:mod:`trial`). What is too large even
   so is tried by chance, and counts as hollow where no trial fails it: a legal approver decides.

What nearly everybody fulfils in fact is found by asking about people of late (:mod:`weigh`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import IntEnum
from itertools import chain

from risk_rules.facts import Catalogue, ManagedList
from risk_rules.language.tree import Node
from risk_rules.language.trial import Trial, is_ground, reads


class _Without(IntEnum):
    """Whether a condition can get a result without any fact about the journey, and by what."""

    IMPOSSIBLE = 0
    BY_CHANCE = 1
    BY_PROTECTED = 2


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
    read = [fact for _, fact in reads(node, catalogue, owner)]
    if any(fact is None or is_ground(fact) for fact in read):
        return _Without.IMPOSSIBLE
    protected = any(fact is not None and fact.is_protected for fact in read)
    return _Without.BY_PROTECTED if protected else _Without.BY_CHANCE


# ---------------------------------------------------------------- by trial


def ground_is_hollow(tree: Node, catalogue: Catalogue, lists: Mapping[str, ManagedList]) -> bool:
    """True when some protected values fire the rule whatever is known about the journey.

    Only for rules that read protected facts.
    """
    if not any(fact is not None and fact.is_protected for _, fact in reads(tree, catalogue)):
        return False
    return _is_hollow(flat(tree), Trial(catalogue, lists))


def flat(node: Node, *, want: bool = True) -> Node:
    """The same condition (or, not ``want``, its opposite) with `not` beside the leaves alone, and no `and` in
    an `and`, no `or` in an `or`.
    """
    if node.op == "not":
        return flat(node.args[0], want=not want)
    if node.op not in ("and", "or"):
        return node if want else Node("not", node.span, (node,), type="bool")
    op = node.op if want else {"and": "or", "or": "and"}[node.op]
    parts = [flat(part, want=want) for part in node.args]
    below = chain.from_iterable(part.args if part.op == op else (part,) for part in parts)
    return replace(node, op=op, args=tuple(below))


def _is_hollow(node: Node, trial: Trial) -> bool:
    """Parts of an `and` that share no protected fact must all be hollow; of an `or` whose parts share nothing
    of the journey one is enough.
    """
    if node.op in ("and", "or"):
        shared = _groups(node.args, trial, free=node.op == "or")
        if len(shared) > 1:
            every = all if node.op == "and" else any
            return every(_is_hollow(_joined(node, group), trial) for group in shared)
    if trial.fits(node):
        return trial.fires_whatever(node)
    if node.op == "and":
        return all(_is_hollow(part, trial) for part in node.args)
    return trial.fires_by_chance(node)


def _joined(node: Node, parts: Sequence[Node]) -> Node:
    return parts[0] if len(parts) == 1 else replace(node, args=tuple(parts))


def _groups(parts: Iterable[Node], trial: Trial, *, free: bool) -> list[list[Node]]:
    """The parts, together where they read a fact in common: of the journey (``free``), or a chosen one."""
    groups: list[tuple[set[str], list[Node]]] = []
    for part in parts:
        names = trial.names(part, free=free)
        touched = [group for group in groups if not names.isdisjoint(group[0])]
        groups = [group for group in groups if group not in touched]
        groups.append((
            names.union(*(group[0] for group in touched)),
            [*chain.from_iterable(group[1] for group in touched), part],
        ))  # fmt: skip
    return [group[1] for group in groups]
