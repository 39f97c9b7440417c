"""The mapping of a sender as a form: one rule a line, and back. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from app.kernel.errors import FieldProblem
from app.messages.rules import Rules
from app.web.forms import Fields
from app.web.translation import N_, Words, gettext

TABLES: Mapping[str, tuple[str, str]] = {
    "carriers": (N_("Carriers"), "Z9X = ZZ"),
    "airports": (N_("Airports"), "TOK = NRT"),
    "qualifiers": (N_("Qualifiers"), "LOC+22 = 87 header"),
    "documents": (N_("Types of document"), "PP = P"),
    "types": (N_("Types of message"), "PAXLIS = PAXLST"),
}
"""Name, label and example of what is written as lines."""

SINGLES = ("charset", "separators", "list_dates", "booking_dates", "border")

WRONG: Mapping[str, str] = Words(
    {
        "carriers": N_(
            "Carriers: write a code, =, and two or three letters of the carrier on each line"
        ),
        "airports": N_(
            "Airports: write a code, =, and the three letters of the airport on each line"
        ),
        "qualifiers": N_(
            "Qualifiers: write tag+qualifier = qualifier on each line, then header or body if it is meant there only"
        ),
        "documents": N_(
            "Types of document: write a code, =, and one to three letters on each line"
        ),
        "types": N_("Types of message: write a type, =, and PAXLST or PNRGOV"),
        "charset": N_("Choose a character set of the list"),
        "separators": N_("Separators are six different characters, as in UNA"),
        "list_dates": N_("Choose an order of the list"),
        "booking_dates": N_("Choose an order of the list"),
        "border": N_("Border leg: write two airports, like SYD-NRT"),
        "reason": N_("Say why"),
    }
)
_QUALIFIER = re.compile(
    r"([A-Z]{3})\+([A-Z0-9]{1,3})\s*=\s*([A-Z0-9]{1,3})(?:\s+(HEADER|BODY|ANY))?"
)


def shown(rules: Rules) -> dict[str, str]:
    """The rules as the fields of the form hold them."""
    plain = rules.plain()
    lines = {
        name: "\n".join(f"{sent} = {meant}" for sent, meant in plain.get(name, {}).items())
        for name in TABLES
        if name != "qualifiers"
    }
    lines["qualifiers"] = "\n".join(
        f"{one.tag}+{one.sent} = {one.meant}{'' if one.where == 'any' else f' {one.where}'}"
        for one in rules.qualifiers
    )
    return lines | {name: str(plain.get(name, "")) for name in SINGLES}


def typed(form: Fields) -> dict[str, Any]:
    """The JSON of rules that a form says; what is no rule is passed on to be refused there."""
    data: dict[str, Any] = {name: form.text(name) for name in SINGLES if form.text(name)}
    for name in TABLES:
        lines = [line.strip().upper() for line in form.text(name).split("\n") if line.strip()]
        if lines:
            data[name] = _qualifiers(lines) if name == "qualifiers" else _table(lines)
    return data


def _table(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition("=") for line in lines)
    return {sent.strip(): meant.strip() for sent, _, meant in pairs}


def _qualifiers(lines: list[str]) -> list[dict[str, str]]:
    found = (_QUALIFIER.fullmatch(line) for line in lines)
    return [
        {"tag": one[1], "sent": one[2], "meant": one[3], "where": (one[4] or "any").lower()}
        if one else {}
        for one in found
    ]  # fmt: skip


def problems_of(fields: tuple[FieldProblem, ...]) -> list[tuple[str, str]]:
    """What is wrong, by field of the form, each once."""
    names = dict.fromkeys(one.pointer.split("/")[1] for one in fields)
    return [(name, WRONG.get(name, gettext("These rules cannot be used"))) for name in names]
