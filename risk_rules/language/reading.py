"""Which sources of data a condition reads, and where."""

from collections.abc import Iterator, Mapping

from risk_rules.facts import CATALOGUE, Catalogue
from risk_rules.language.tree import Node


def sources(tree: Node, catalogue: Catalogue = CATALOGUE) -> Mapping[str, Node]:
    """The sources that a checked condition reads, each with the first place that reads it."""
    found: dict[str, Node] = {}
    for source, node in sorted(_read(tree, catalogue), key=lambda pair: pair[1].span):
        found.setdefault(source, node)
    return found


def _read(tree: Node, catalogue: Catalogue) -> Iterator[tuple[str, Node]]:
    for node in tree.walk():
        if node.op == "fact":
            yield catalogue.facts[node.name].source, node
        elif node.op == "list":
            yield catalogue.lists[node.name].source, node
