"""A compiled rule: text in, answers about records out."""

from collections.abc import Collection, Mapping
from typing import Any

from risk_rules.facts import CATALOGUE, Catalogue, Facts, ManagedList
from risk_rules.language import explain as explaining
from risk_rules.language.check import check
from risk_rules.language.evaluate import NO_ELEMENT
from risk_rules.language.grounds import decided_by, ground_is_hollow
from risk_rules.language.parse import parse
from risk_rules.language.reading import sources, through
from risk_rules.language.tree import Node, RuleError

_NO_LISTS: Mapping[str, ManagedList] = {}


class Rule:
    """A checked condition. Immutable and free of state, so threads may share it.

    Records must hold every fact of the catalogue (`facts.conform` makes such a record). `sources` are those
    of the facts it reads, `rests_on` also those by which the results that it reads may have been found.
    """

    __slots__ = ("_closure", "_plan", "on_protected", "rests_on", "sources", "text", "tree")

    def __init__(
        self,
        text: str,
        tree: Node,
        lists: Mapping[str, ManagedList],
        *,
        sources: Collection[str] = (),
        through: Collection[str] = (),
        on_protected: bool = False,
    ) -> None:
        self.text = text
        self.tree = tree
        self.sources = frozenset(sources)
        self.rests_on = self.sources.union(through)
        self.on_protected = on_protected
        self._plan = explaining.plan(tree, lists)
        self._closure = self._plan.closure

    def evaluate(self, facts: Facts) -> bool | None:
        """True, False, or None where missing facts leave it undecided. Only True fires."""
        result: bool | None = self._closure(facts, NO_ELEMENT)
        return result

    def explain(self, facts: Facts) -> dict[str, Any]:
        """The tree of conditions with spans, results and values, as JSON values."""
        return explaining.explain(self._plan, self.text, facts)

    def missing(self, facts: Facts) -> list[str]:
        """The facts that leave the rule undecided; empty when it is decided."""
        return explaining.missing(self._plan, facts)

    def reads(self) -> frozenset[str]:
        """Names of all facts and lists that the condition mentions."""
        return frozenset(n.name for n in self.tree.walk() if n.op in ("fact", "list"))


def compile_rule(
    text: str,
    catalogue: Catalogue = CATALOGUE,
    lists: Mapping[str, ManagedList] = _NO_LISTS,
    *,
    allow_protected: bool = False,
) -> Rule:
    """Parse, check and compile a rule text.

    `allow_protected`: a rule that protected facts alone can make true is not refused but marked
    (`Rule.on_protected`): it needs a written justification and a legal approver.

    Raises RuleError (`code`, `message`, `span`): text_too_long, bad_character, syntax, too_deep,
    bad_literal, unknown_fact, unknown_list, unknown_function, type_mismatch, out_of_range,
    not_a_condition, protected_only.
    """
    tree = check(parse(text), catalogue, lists)
    hollow = decided_by(tree, catalogue) or ground_is_hollow(tree, catalogue, lists)
    read, found_by = sources(tree, catalogue), through(tree, catalogue)
    rule = Rule(text, tree, lists, sources=read, through=found_by, on_protected=hollow)
    if not rule.reads():
        raise RuleError("not_a_condition", "the condition reads no fact", tree.span)
    if hollow and not allow_protected:
        message = (
            "who somebody is (nationality, sex, age and what stands for them) cannot be the only "
            "ground: add a condition about the journey that not every journey meets"
        )
        raise RuleError("protected_only", message, tree.span)
    return rule
