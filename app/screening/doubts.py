"""What is doubtful in a rule that can be used: told to its author and its approver, never refused.

A comparison that nothing fulfils, a code that no list of codes knows. Carriers' lists may hold such a code all the
same, and what is impossible today may be a fact's new value tomorrow: so somebody decides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.formats import codes
from app.kernel.texts import N_
from app.screening.models import RuleVersion
from app.screening.rules import RuleInvalidError, managed_lists, parse_text, scope_of
from app.travel.models import Flight
from risk_rules.language.never import never_true, of_places
from risk_rules.language.tree import Node, Span
from risk_rules.language.units import unit_of
from risk_rules.score import EVERYWHERE, Scope

_SAID = {
    "never_true": N_("No traveller can fulfil this"),
    "unknown_code": N_("No list of codes knows this code"),
    "unknown_airport": N_("No airport that we know has this code"),
    "unknown_carrier": N_("No carrier that we know has this designator"),
}
_KNOWN = {
    "ISO 3166 alpha-2": codes.is_alpha2,
    "ISO 3166 alpha-3": codes.is_alpha3,
    "IATA airport": codes.is_location,
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """One doubt: its code, the field and, in the text, the characters; ``said`` is English, ``value`` what is doubted."""

    code: str
    pointer: str
    value: str
    span: Span | None = None

    @property
    def said(self) -> str:
        return _SAID[self.code]


def doubts(session: Session, text: str, tree: Node, scope: Scope = EVERYWHERE) -> list[Doubt]:
    """What is doubtful in a text, whose typed tree this is, and in its scope; in order of places."""
    ahead = len(text) - len(text.lstrip())
    found = dict.fromkeys(never_true(tree, managed_lists()), "never_true")
    found |= dict.fromkeys(_unknown_codes(tree), "unknown_code")
    in_text = ((code, (start + ahead, end + ahead)) for (start, end), code in sorted(found.items()))
    told = [Doubt(code, "/text", text[slice(*span)], span) for code, span in in_text]
    return [*told, *_of_scope(session, scope)]


def doubts_of(session: Session, version: RuleVersion) -> list[Doubt]:
    """The same of a version that is kept; nothing where the program no longer reads it."""
    try:
        made = parse_text(version.text, "read again")
    except RuleInvalidError:
        return []
    return doubts(session, version.text, made.tree, scope_of(version))


def _unknown_codes(tree: Node) -> Iterator[Span]:
    """Texts beside a fact that is a code of a state or an airport, and none that is known."""
    for node, owner in of_places(tree):
        if node.op not in ("=", "!=", "in"):
            continue
        units = {_unit(part, owner) for part in node.args} & _KNOWN.keys()
        for part in node.args:
            if part.op == "literal" and not all(_KNOWN[unit](str(part.value)) for unit in units):
                yield part.span


def _unit(node: Node, owner: str) -> str:
    if node.op == "element":
        return unit_of(f"{owner}[].{node.name}")
    return unit_of(node.name) if node.op == "fact" else ""


def _of_scope(session: Session, scope: Scope) -> Iterator[Doubt]:
    for pointer, ports in (("/airports", scope.airports), ("/routes", scope.routes)):
        for code in sorted(ports):
            if not all(codes.is_location(port) for port in code.split("-")):
                yield Doubt("unknown_airport", pointer, code)
    for code in _unknown_carriers(session, sorted(scope.carriers)):
        yield Doubt("unknown_carrier", "/carriers", code)


def _unknown_carriers(session: Session, carriers: Sequence[str]) -> list[str]:
    """Those of the designators that are of no carrier of the table and that no flight here has had."""
    strange = [code for code in carriers if not codes.is_known_carrier(code)]
    return [
        code
        for code in strange
        if not session.scalar(sa.select(sa.exists().where(Flight.carrier == code)))
    ]
