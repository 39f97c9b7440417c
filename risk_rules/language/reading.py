"""Which sources of data a condition reads, and where."""

from collections.abc import Iterable, Iterator, Mapping

from risk_rules.facts import CATALOGUE, Catalogue, Fact
from risk_rules.language.tree import QUANTIFIERS, Node


def sources(tree: Node, catalogue: Catalogue = CATALOGUE) -> Mapping[str, Node]:
    """The sources that a checked condition reads, each with the first place that reads it."""
    return _first(_read(tree, catalogue))


def through(tree: Node, catalogue: Catalogue = CATALOGUE) -> Mapping[str, Node]:
    """The sources by which the results that a checked condition reads may have been found (`Fact.through`), each
    with the first place that reads such a result.
    """
    return _first(
        (source, node) for fact, node in _facts(tree, catalogue) for source in fact.through
    )


def _first(read: Iterable[tuple[str, Node]]) -> Mapping[str, Node]:
    found: dict[str, Node] = {}
    for source, node in sorted(read, key=lambda pair: pair[1].span):
        found.setdefault(source, node)
    return found


def _read(tree: Node, catalogue: Catalogue) -> Iterator[tuple[str, Node]]:
    for node in tree.walk():
        if node.op == "fact":
            yield catalogue.facts[node.name].source, node
        elif node.op == "list":
            yield catalogue.lists[node.name].source, node


def _facts(tree: Node, catalogue: Catalogue) -> Iterator[tuple[Fact, Node]]:
    """The facts that are read, fields of lists too."""
    for node in tree.walk():
        if node.op == "fact":
            yield catalogue.facts[node.name], node
        elif node.op in QUANTIFIERS and len(node.args) > 1:
            fields = catalogue.lists[node.args[0].name].fields
            yield from ((fields[n.name], n) for n in node.args[1].walk() if n.op == "element")
