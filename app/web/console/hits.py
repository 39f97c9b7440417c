"""Hits in words: the conditions of a rule with the values that matched, the parts of a list match. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.screening.views import HitView
from app.screening.words import BIRTH_RELATIONS, fact_text
from app.web.console.words import plain

Json = Mapping[str, Any]

AGREEMENTS: Mapping[str, str] = {
    "same": "same", "different": "different", "unknown": "unknown on one side",
    "same when folded": "same but for look-alike characters",
}  # fmt: skip
HOWS: Mapping[str, str] = {
    "typo": "spelt otherwise",
    "sound": "sounds alike",
    "article": "with another article",
    "initial": "initial",
    "extra": "traveller only",
    "missing": "list only",
}
COMPARED: Mapping[str, str] = {
    "name": "Name match", "document": "Document match", "seat": "Seat match",
    "bag-tag": "Bag tag match",
}  # fmt: skip
WEIGHTS = ("_g",)


@dataclass(frozen=True, slots=True)
class Value:
    """A fact and what it was: ``Form of payment`` / ``cash``."""

    label: str
    said: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A part of a rule's text with the values that it read."""

    text: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of evidence of a watch list match."""

    label: str
    said: str


@dataclass(frozen=True, slots=True)
class ListMatch:
    """How a traveller matches an entry. ``score`` 0..1 is of what ``label`` names, the name or the
    document, and of nothing else; ``needed`` is from where on it alerts.
    """

    label: str
    score: float
    alert: bool
    parts: tuple[Part, ...]
    needed: str = ""


def conditions(hit: HitView) -> list[Condition]:
    """The decisive conditions of a rule."""
    return explained(hit.conditions)


def explained(evidence: Sequence[Json]) -> list[Condition]:
    """Conditions that decided, with the values in words."""
    return [Condition(one["text"], tuple(_values(one["values"]))) for one in evidence]


def rule_text(hit: HitView) -> str:
    """The whole condition of a rule as its author wrote it."""
    return " ".join(str(hit.explanation.get("text", "")).split())


def _values(values: Json) -> Iterator[Value]:
    for name, value in values.items():
        if isinstance(value, list):
            yield Value(short(fact_text(name)), _elements(name, value))
        elif isinstance(value, Mapping):
            yield Value(short(fact_text(name)), f"{value.get('size', '?')} in all")
        else:
            yield Value(short(fact_text(name)), said(name, value))


def _elements(name: str, elements: Sequence[Json]) -> str:
    told = [
        ", ".join(f"{short(fact_text(f'{name}.{k}'))}: {said(k, v)}" for k, v in one.items())
        for one in elements
    ]
    return "; ".join(told) or "none"


def short(text: str) -> str:
    """The catalogue's text without its list of values or units."""
    return text.partition(":")[0].partition(",")[0] if not text.startswith("Says:") else text


def said(name: str, value: Any) -> str:
    """A value in words; weights in kilograms."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith(WEIGHTS) and isinstance(value, int):
        return f"{value / 1000:.1f} kg"
    return str(value)


def list_matches(hit: HitView) -> list[ListMatch]:
    """The matches of an entry, as the screening stored them."""
    return match_parts(hit.explanation)


def match_parts(explanation: Json) -> list[ListMatch]:
    """The matches of an entry out of its explanation."""
    return [
        ListMatch(
            COMPARED.get(str(one.get("kind")), "Match"), float(one.get("score", 0)), one.get("alert") is True,
            tuple(_parts(one)), _needed(one),
        )
        for one in explanation.get("matches", [])
    ]  # fmt: skip


def _needed(match: Json) -> str:
    """The score from which it alerts; '' where no threshold was asked."""
    if "threshold" not in match:
        return ""
    least = match["threshold"]
    return "never" if least is None else f"{least * 100:.0f} of 100"


def _parts(match: Json) -> Iterator[Part]:
    if names := match.get("words"):
        yield Part("Name", ", ".join(_words(word) for word in names))
    if birth := match.get("birth_date"):
        yield Part("Date of birth", _birth(birth))
    if "nationality" in match:
        yield Part("Nationality", _agrees(match["nationality"]))
    if "number" in match:
        yield Part("Document number", _agrees(match["number"]))
    if "issuer" in match:
        yield Part("Issuing state", _agrees(match["issuer"]))
    if "seat" in match:
        yield Part("Seat", str(match["seat"]))
    if "tag" in match:
        yield Part("Bag tag", str(match["tag"]))


def suppressed(hit: HitView) -> str:
    """Until when an officer's word holds that the traveller is not that entry."""
    until = hit.explanation.get("suppressed_by", {}).get("until", "")
    return f"An officer has cleared this pair; on flights up to {until} it alerts nobody."


def _words(word: Json) -> str:
    own, listed, how = word.get("traveller"), word.get("entry"), str(word.get("how", ""))
    if own == listed:
        return str(own)
    return f"{own or 'nothing'} / {listed or 'nothing'} ({HOWS.get(how, plain(how).lower())})"


def _birth(birth: Json) -> str:
    relation = str(birth.get("relation", ""))
    listed = ", ".join(str(day) for day in birth.get("entry", [])) or "none"
    return (
        f"{BIRTH_RELATIONS.get(relation, plain(relation))} "
        f"(traveller {birth.get('traveller') or 'unknown'}, list {listed})"
    )


def _agrees(text: Any) -> str:
    return AGREEMENTS.get(str(text), str(text))
