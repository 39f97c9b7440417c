"""Whether what a rule asks beside who somebody is sets anybody apart, weighed on people of late.

:mod:`grounds` refuses what no journey can fail. What journeys are like it cannot know: at an airport without
connections everybody has the same destination, nearly everybody is on the passenger list, carries a passport that
is valid, and is no crew. So a rule that reads protected facts is asked about those assessed last, and where it
fires for more than :data:`MOST` of a group that it singles out (everybody of a nationality, of a sex; whomever a
condition on the age fits), what it asks beside that is no ground. At each airport of arrival by itself, too.
Chance and the timetable count as fulfilled: nobody does anything to be drawn, or to be aboard with the others.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from risk_rules.facts import CATALOGUE, Catalogue, Facts, ManagedList
from risk_rules.language.evaluate import NO_ELEMENT, build
from risk_rules.language.grounds import flat
from risk_rules.language.tree import Node, RuleError
from risk_rules.language.trial import is_ground, reads

MOST = 0.2
"""A rule may fire for up to this share of a group that it singles out."""
LEAST = 30
"""A group of fewer people says nothing; nor may one learn of a smaller one by a refusal."""
_TOLD = 3

Test = Callable[[Facts], bool]


def reads_protected(tree: Node, catalogue: Catalogue = CATALOGUE) -> bool:
    """Whether a checked condition reads who somebody is at all."""
    return any(fact is not None and fact.is_protected for _, fact in reads(tree, catalogue))


@dataclass(frozen=True, slots=True)
class _Group:
    """Some people, and in words what they have in common."""

    words: str
    people: Sequence[Facts]

    def share(self, test: Test) -> float:
        return sum(map(test, self.people)) / len(self.people)


def weigh(
    text: str,
    tree: Node,
    lists: Mapping[str, ManagedList],
    people: Sequence[Facts],
    catalogue: Catalogue = CATALOGUE,
) -> None:
    """Refuse a condition whose ground sets too few apart. ``people``: records of those assessed last where it is
    asked; they need to hold what the condition reads, and `flight.destination`.

    Raises RuleError `no_ground`, which says what is fulfilled by how many of whom, and `too_few_to_judge`.
    """
    weighed = _Weighed(text, flat(tree), lists, catalogue)
    if not reads_protected(tree, catalogue):
        return
    places = {one["flight.destination"] for one in people}
    for airport in (None, *sorted(filter(None, places))):
        here = [one for one in people if airport in (None, one["flight.destination"])]
        weighed.expect_ground(here, "" if airport is None else f" at {airport}")
    weighed.expect_enough(people)


@dataclass(frozen=True, slots=True)
class _Weighed:
    text: str
    tree: Node
    lists: Mapping[str, ManagedList]
    catalogue: Catalogue

    def expect_ground(self, people: Sequence[Facts], where: str) -> None:
        fires = self._test(self._with_true(self.tree, self._says_nothing))
        groups = [one for one in self._groups(people) if len(one.people) >= LEAST]
        worst = max(groups, key=lambda one: one.share(fires), default=None)
        if worst is None or worst.share(fires) <= MOST:
            return
        empty = [one for one in self._leaves() if self._is_empty(one, worst)]
        told = ", ".join(f"`{_written(one, self.text)}`" for one in empty[:_TOLD])
        reason = f"{told} is no ground" if told else "the rest is no ground"
        message = (
            f"{reason} beside who somebody is: of the {len(worst.people)} assessed last{where} {worst.words}, "
            f"{worst.share(fires):.0%} fulfil all of this, and at most {MOST:.0%} may"
        )
        raise RuleError("no_ground", message, empty[0].span if empty else self.tree.span)

    def expect_enough(self, people: Sequence[Facts]) -> None:
        meant = self._meant(people)
        few = [] if len(meant) >= LEAST else ["of the kind that this singles out"]
        for name, value in self._named():
            if sum(one[name] == value for one in people) < LEAST:
                few.append(f"with {name} '{value}'")
        if few:
            message = (
                f"of people {few[0]} fewer than {LEAST} were assessed of late: too few to see whether the rest is a "
                "ground"
            )
            raise RuleError("too_few_to_judge", message, self.tree.span)

    def _is_empty(self, leaf: Node, group: _Group) -> bool:
        return self._says_nothing(leaf) or group.share(self._test(leaf)) > MOST

    def _leaves(self) -> list[Node]:
        """What is asked beside who somebody is."""
        return [one for one in _leaves_of(self.tree) if not reads_protected(one, self.catalogue)]

    # ------------------------------------------------------------ groups

    def _meant(self, people: Sequence[Facts]) -> list[Facts]:
        """Those for whom it can fire by who they are, whatever their journey."""
        test = self._test(self._with_true(self.tree, self._is_of_journey))
        return [one for one in people if test(one)]

    def _groups(self, people: Sequence[Facts]) -> Iterator[_Group]:
        meant = self._meant(people)
        yield _Group("whom it singles out", meant)
        for name in self._codes():
            for value in sorted({one[name] for one in meant if one[name] is not None}):
                yield _Group(f"with {name} '{value}'", [x for x in meant if x[name] == value])
        for leaf in _leaves_of(self.tree):
            if reads_protected(leaf, self.catalogue):
                test = self._test(leaf)
                yield _Group(
                    f"with `{_written(leaf, self.text)}`", [one for one in meant if test(one)]
                )

    def _codes(self) -> list[str]:
        """The protected facts that are read whose every value is a group: nationality, sex, states."""
        read = {name: fact for name, fact in reads(self.tree, self.catalogue)}  # noqa: C416  # pairs, not a mapping
        facts = self.catalogue.facts
        return sorted(
            name for name, fact in read.items()
            if fact is not None and fact.is_protected and fact.type == "str" and name in facts
        )  # fmt: skip

    def _named(self) -> Iterator[tuple[str, Any]]:
        """(fact, value) of what stands beside a protected code: a group that the author has in mind."""
        for leaf in _leaves_of(self.tree):
            for name in self._codes():
                if any(part.op == "fact" and part.name == name for part in leaf.walk()):
                    yield from ((name, value) for value in self._values(leaf))

    def _values(self, leaf: Node) -> Iterator[Any]:
        for part in leaf.walk():
            if part.op == "literal" and isinstance(part.value, str):
                yield part.value
            elif part.op == "managed":
                yield from sorted(self.lists[part.name].values, key=str)

    # ------------------------------------------------------------ trees

    def _says_nothing(self, leaf: Node) -> bool:
        """Chance, the timetable, what is always so."""
        return all(
            fact is not None and not fact.is_protected and not is_ground(fact)
            for _, fact in reads(leaf, self.catalogue)
        )

    def _is_of_person(self, leaf: Node) -> bool:
        return all(
            fact is not None and fact.is_protected for _, fact in reads(leaf, self.catalogue)
        )

    def _is_of_journey(self, leaf: Node) -> bool:
        """Whether a leaf reads something else than who somebody is."""
        return not self._is_of_person(leaf)

    def _with_true(self, node: Node, unasked: Callable[[Node], bool]) -> Node:
        """The condition with some of its leaves taken for fulfilled."""
        if node.op in ("and", "or"):
            return replace(node, args=tuple(self._with_true(one, unasked) for one in node.args))
        return Node("literal", node.span, value=True, type="bool") if unasked(node) else node

    def _test(self, node: Node) -> Test:
        closure = build(node, self.lists)
        return lambda facts: closure(facts, NO_ELEMENT) is True


def _leaves_of(node: Node) -> Iterable[Node]:
    if node.op not in ("and", "or"):
        return (node,)
    return (leaf for part in node.args for leaf in _leaves_of(part))


def _written(leaf: Node, text: str) -> str:
    start, end = leaf.span
    return f"not ({text[start:end]})" if leaf.op == "not" else text[start:end]
