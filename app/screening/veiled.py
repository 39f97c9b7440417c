"""What of a hit's evidence is masked for whoever looks (:mod:`app.identity.sight`): the values, never how they relate."""

from collections.abc import Mapping
from typing import Any

from app.identity.permissions import FieldGroup
from app.identity.sight import Seen

_FACTS = {"booking.email_domain": FieldGroup.CONTACT}
_WORDS = dict.fromkeys(("traveller", "entry"), FieldGroup.NAME)
_BIRTH = dict.fromkeys(("traveller", "entry"), FieldGroup.BIRTH)


def veil_conditions(conditions: list[dict[str, Any]], seen: Seen) -> list[dict[str, Any]]:
    """The decisive parts of a rule with the facts that they read."""
    return [{**one, "values": seen.record(one.get("values"), _FACTS)} for one in conditions]


def veil_explanation(explanation: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
    """All of a rule, or the matches of a list's entry: words of two names, two dates of birth."""
    told = dict(seen.record(explanation, _FACTS))
    if "matches" in told:
        told["matches"] = [_match(one, seen) for one in told["matches"]]
    return told


def _match(match: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
    keys = {"words": _WORDS, "birth_date": _BIRTH}
    return {
        name: seen.record(value, keys[name]) if name in keys else value
        for name, value in match.items()
    }
