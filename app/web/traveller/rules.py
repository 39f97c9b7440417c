"""What each field of the form demands: one catalogue for the server and, as HTML attributes, for the phone.

Limits and patterns are those of the API's models; nothing is stated twice. Patterns are written so that
Python and a browser (``u`` flag, ``v`` flag of ``pattern``) read them alike, without anchors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.declarations.schemas import (
    CompanionIn,
    ContactIn,
    DocumentIn,
    GoodsIn,
    JourneyIn,
    Strict,
    Submission,
    TravellerIn,
)
from app.formats import codes
from app.web.traveller.draft import LONGEST

LATIN_NAME = r"[\p{Script=Latin}\p{M}'\u2019.,<\- ]*"
"""The letters of :func:`app.web.traveller.typed.is_latin_name`, as browsers write them."""

BAGS, NIGHTS = r"[0-9]{1,2}", r"[0-9]{1,3}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-5][0-9]|3660"
"""What :class:`Submission` takes of each: up to 99, up to 3660."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One field. ``kind`` says how what is typed is made tidy before it is looked at:
    text | name | code | number | flight | state | port | whole | amount.

    ``longest`` characters may be left then, ``typing`` may be typed; ``error`` is the key of the words.
    """

    error: str
    kind: str
    required: bool
    longest: int
    pattern: str = ""
    typing: int = LONGEST


@cache
def rules() -> Mapping[str, Rule]:
    """The rules of all fields by name, without the start of a list's line."""
    who, document = _limits(TravellerIn), _limits(DocumentIn)
    journey, contact, whole = _limits(JourneyIn), _limits(ContactIn), _limits(Submission)
    return {
        "surname": _rule("surname", "name", who["surname"], LATIN_NAME),
        "given_names": _rule("given_names", "name", who["given_names"], LATIN_NAME),
        "document_number": _rule("document_number", "number", document["number"], typing=30),
        "companion_number": _rule(
            "document_number", "number", _limits(CompanionIn)["document_number"], typing=30
        ),
        "nationality": _rule("nationality", "state", who["nationality"], typing=3),
        "issuer": _rule("issuer", "state", document["issuer"], typing=3),
        "flight": _rule("flight", "flight", journey["flight"], codes.FLIGHT, typing=12),
        "from": _rule("from", "port", journey["from"], typing=3),
        "to": _rule("to", "port", journey["to"], typing=3),
        "arrival_date": _rule("arrival_date", "code", journey["arrival_date"]),
        "purpose": _rule("purpose", "code", journey["purpose"]),
        "address": _rule("address", "text", contact["address"]),
        "phone": _rule("phone", "text", contact["phone"]),
        "bags": _rule("count", "text", whole["bags"], BAGS, typing=4),
        "stay_nights": _rule("count", "text", whole["stay_nights"], NIGHTS, typing=6),
        "category": _rule("category", "code", _limits(GoodsIn)["category"]),
        "description": _rule("description", "text", _limits(GoodsIn)["description"]),
        "quantity": _rule("quantity", "whole", _limits(GoodsIn)["quantity"], typing=12),
        "value": _rule("value", "amount", _limits(GoodsIn)["value"], typing=20),
        "currency": _rule("currency", "code", _limits(GoodsIn)["currency"]),
    }


def _rule(
    error: str, kind: str, limits: Mapping[str, Any], pattern: str = "", typing: int = LONGEST
) -> Rule:
    asked = limits.get("pattern", "").removeprefix("^").removesuffix("$")
    must = "default" not in limits and limits.get("minLength", 1 if asked else 0) > 0
    counted = limits.get("type") == "integer" or limits.get("format") == "date"
    counted = counted and "default" not in limits
    return Rule(
        f"error_{error}", kind, must or counted, limits.get("maxLength", typing),
        pattern or asked, typing,
    )  # fmt: skip


def _limits(model: type[Strict]) -> dict[str, dict[str, Any]]:
    """What the JSON Schema of a model says of each member; of one that may be null, what it says else."""
    found = {}
    for name, said in model.model_json_schema()["properties"].items():
        choices = [one for one in said.get("anyOf", ()) if one.get("type") != "null"]
        found[name] = said | (choices[0] if choices else {})
    return found
