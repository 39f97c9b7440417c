"""Hits in words: the conditions of a rule with the values that matched, the parts of a list match. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.screening.views import HitView
from app.screening.words import BIRTH_RELATIONS, BIRTH_YEARS, fact_text, short
from app.web.console.words import plain
from app.web.translation import N_, Words, gettext, said_in

Json = Mapping[str, Any]

AGREEMENTS: Final[Words[str]] = Words({
    "same": N_("same"), "different": N_("different"), "unknown": N_("unknown on one side"),
    "same when folded": N_("same but for look-alike characters"),
})  # fmt: skip
HOWS: Final[Words[str]] = Words(
    {
        "typo": N_("spelt otherwise"),
        "sound": N_("sounds alike"),
        "article": N_("with another article"),
        "initial": N_("initial"),
        "extra": N_("traveller only"),
        "missing": N_("list only"),
    }
)
COMPARED: Final[Words[str]] = Words({
    "name": N_("Name match"), "document": N_("Document match"), "seat": N_("Seat match"),
    "bag-tag": N_("Bag tag match"),
})  # fmt: skip
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


def title_of(hit: HitView) -> str:
    """The title of the rule or list in the language of the request: as it was written in it, else what catalogues know."""
    return said_in(hit.titles, gettext(hit.title))


def conditions(hit: HitView) -> list[Condition]:
    """The decisive conditions of a rule."""
    return explained(hit.conditions)


def explained(evidence: Sequence[Json]) -> list[Condition]:
    """Conditions that decided, with the values in words."""
    return [Condition(one["text"], tuple(_values(one["values"]))) for one in evidence]


def rule_text(hit: HitView) -> str:
    """The whole condition of a rule as its author wrote it."""
    return " ".join(str(hit.explanation.get("text", "")).split())


def fact(name: str) -> str:
    """What a fact is called."""
    return gettext(short(fact_text(name)))


def _values(values: Json) -> Iterator[Value]:
    for name, value in values.items():
        if isinstance(value, list):
            yield Value(fact(name), _elements(name, value))
        elif isinstance(value, Mapping):
            yield Value(fact(name), gettext("%(n)s in all", n=value.get("size", "?")))
        else:
            yield Value(fact(name), said(name, value))


def _elements(name: str, elements: Sequence[Json]) -> str:
    told = [
        ", ".join(f"{fact(f'{name}.{k}')}: {said(k, v)}" for k, v in one.items())
        for one in elements
    ]
    return "; ".join(told) or gettext("none")


def said(name: str, value: Any) -> str:
    """A value in words; weights in kilograms."""
    if value is None:
        return gettext("not known")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name.endswith(WEIGHTS) and isinstance(value, int):
        return f"{value / 1000:.1f} kg"
    return gettext(str(value))  # ``cash``; most values are no message


def list_matches(hit: HitView) -> list[ListMatch]:
    """The matches of an entry, as the screening stored them."""
    return match_parts(hit.explanation)


def match_parts(explanation: Json) -> list[ListMatch]:
    """The matches of an entry out of its explanation."""
    return [
        ListMatch(
            COMPARED.get(str(one.get("kind")), gettext("Match")), float(one.get("score", 0)), one.get("alert") is True,
            tuple(_parts(one)), _needed(one),
        )
        for one in explanation.get("matches", [])
    ]  # fmt: skip


def _needed(match: Json) -> str:
    """The score from which it alerts; '' where no threshold was asked."""
    if "threshold" not in match:
        return ""
    least = match["threshold"]
    return gettext("never") if least is None else gettext("%(n)s of 100", n=round(least * 100))


def _parts(match: Json) -> Iterator[Part]:
    if names := match.get("words"):
        yield Part(gettext("Name"), ", ".join(_words(word) for word in names))
    if birth := match.get("birth_date"):
        yield Part(gettext("Date of birth"), _birth(birth))
    if "nationality" in match:
        yield Part(gettext("Nationality"), _agrees(match["nationality"]))
    if "number" in match:
        yield Part(gettext("Document number"), _agrees(match["number"]))
    if "issuer" in match:
        yield Part(gettext("Issuing state"), _agrees(match["issuer"]))
    if "seat" in match:
        yield Part(gettext("Seat"), str(match["seat"]))
    if "tag" in match:
        yield Part(gettext("Bag tag"), str(match["tag"]))


def suppressed(hit: HitView) -> str:
    """Until when an officer's word holds that the traveller is not that entry."""
    until = hit.explanation.get("suppressed_by", {}).get("until", "")
    return gettext(
        "An officer has cleared this pair; on flights up to %(day)s it alerts nobody.", day=until
    )


def _words(word: Json) -> str:
    own, listed, how = word.get("traveller"), word.get("entry"), str(word.get("how", ""))
    if own == listed:
        return str(own)
    nothing = gettext("nothing")
    return f"{own or nothing} / {listed or nothing} ({HOWS.get(how, plain(how).lower())})"


def _birth(birth: Json) -> str:
    relation = str(birth.get("relation", ""))
    listed = ", ".join(str(day) for day in birth.get("entry", [])) or gettext("none")
    return gettext(
        "%(relation)s (traveller %(own)s, list %(listed)s)",
        relation=birth_relation(relation),
        own=birth.get("traveller") or gettext("unknown"), listed=listed,
    )  # fmt: skip


def birth_relation(relation: str) -> str:
    """How two dates of birth relate, in words."""
    if relation not in BIRTH_RELATIONS:
        return plain(relation)
    return gettext(BIRTH_RELATIONS[relation], **BIRTH_YEARS)


def _agrees(text: Any) -> str:
    return AGREEMENTS.get(str(text), str(text))
