"""In what each number is counted and how each code is written, and that no condition mixes two of them.

`bag.weight_g > itinerary.stay_nights` is well typed and says nothing; `traveller.nationality = itinerary.origin_country`
compares `GBR` with `GB` and is never true. Numbers and texts of an author bear no unit and go with all; a product or a
quotient bears none either, so that `booking.hours_before / 24 < booking.days_before` can be written.
"""

from collections.abc import Iterable, Mapping

from risk_rules.language.tree import ARITHMETIC, COMPARISONS, FOLDS, QUANTIFIERS, Node, RuleError

_SAME: Mapping[str, str] = {"nights": "days"}
"""Units that may stand beside each other."""

_ENDINGS: Mapping[str, str] = {
    "_minutes": "minutes", "weight_g": "grams", "_nights": "nights", "hours_before": "hours", "_hour": "hour of the day", "_weekday": "day of the week",
    "goods_value": "minor units", "declared_value_5y": "minor units", ".value": "minor units", ".age": "years",
    "country": "ISO 3166 alpha-2", "nationality": "ISO 3166 alpha-3", "residence": "ISO 3166 alpha-3",
    "document.issuer": "ISO 3166 alpha-3", ".origin": "IATA airport", ".destination": "IATA airport",
}  # fmt: skip

WORDS = frozenset({*_ENDINGS.values(), "days"})
"""Every unit there is."""


def unit_of(name: str) -> str:
    """The unit of a fact or of a field (`bags[].weight_g`); '' where the text of the fact says all."""
    if ".days_" in name:
        return "days"
    return next((unit for ending, unit in _ENDINGS.items() if name.endswith(ending)), "")


def expect_one_unit(tree: Node) -> None:
    """Raises RuleError `unit_mismatch` where a typed condition adds or compares what is counted differently."""
    _unit(tree, "")


def unit_among(parts: Iterable[Node], of_list: str) -> str:
    """The unit of what stands beside each other, within a list of this name ('': in none); '' where nothing has one."""
    try:
        return next(filter(None, (_unit(part, of_list) for part in parts)), "")
    except RuleError:  # kept from before units were looked at
        return ""


def _unit(node: Node, of_list: str) -> str:
    match node.op:
        case "fact":
            return unit_of(node.name)
        case "element":
            return unit_of(f"{of_list}[].{node.name}")
        case op if op in QUANTIFIERS:
            of_each = [_unit(part, node.args[0].name) for part in node.args[1:]]
            return of_each[0] if op in FOLDS else ""
    units = [_unit(part, of_list) for part in node.args]
    if node.op in COMPARISONS or node.op in ("between", "in", "+", "-"):
        shared = _shared(node, units)
        return shared if node.op in ARITHMETIC else ""
    if node.op == "call" and node.name == "days":
        return "days"
    return units[0] if node.op == "negate" else ""


def _shared(node: Node, units: Iterable[str]) -> str:
    """The unit that all parts have which have one."""
    known = [unit for unit in units if unit]
    first = known[0] if known else ""
    for other in known[1:]:
        if _SAME.get(other, other) != _SAME.get(first, first):
            verb = "add or take away" if node.op in ARITHMETIC else "compare"
            raise RuleError("unit_mismatch", f"cannot {verb} {first} and {other}", node.span)
    return first
