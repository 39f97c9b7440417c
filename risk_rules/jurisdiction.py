"""The jurisdiction profile: which source of facts may serve which purpose, and what acts unreviewed.

Data, not code: a TOML file with key, title, note, `act_from` (the least level at which unreviewed rules
act, or "never"), `lists_act`, `review_first` (sources whose hits act only once an officer has confirmed
them), `shadow_days` (how long an approved rule runs on live traffic before it may act) and `[sources]`.
The sources `flight` (the timetable) and `random` say nothing of a person and serve every purpose.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, get_args

from risk_rules.facts import CATALOGUE, Catalogue, Source
from risk_rules.language.reading import sources, through
from risk_rules.language.tree import Node, RuleError
from risk_rules.score import Level, Purpose

SHIPPED = ("neutral", "eu")
FREE = frozenset({"flight", "random"})
NEVER = "never"
SOURCE_WORDS: Mapping[str, str] = {
    "api": "the passenger list", "pnr": "bookings", "declaration": "declarations",
    "history": "earlier journeys", "list": "watch lists", "kiosk": "passports that were shown",
    "flight": "the timetable", "random": "chance",
}  # fmt: skip


class JurisdictionError(ValueError):
    """A profile that cannot be used; the text names the field, never its value."""


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """One profile. `act_from` None: no rule acts before an officer has confirmed its hit."""

    key: str
    title: str
    note: str
    sources: Mapping[str, frozenset[Purpose]]
    act_from: Level | None = Level.ATTENTION
    lists_act: bool = True
    review_first: frozenset[str] = frozenset()
    shadow_days: int = 0

    def allows(self, source: str, purpose: str) -> bool:
        """Whether facts of a source may serve a purpose."""
        return source in FREE or purpose in self.sources.get(source, frozenset())

    def limits(self, source: str) -> bool:
        """Whether some purpose may not use a source."""
        return any(not self.allows(source, purpose) for purpose in Purpose)

    def as_json(self) -> dict[str, Any]:
        """The profile as it is written down with what was decided under it; `read` takes it back."""
        return {
            "key": self.key, "title": self.title, "note": self.note,
            "act_from": self.act_from or NEVER, "lists_act": self.lists_act,
            "review_first": sorted(self.review_first), "shadow_days": self.shadow_days,
            "sources": {name: sorted(found) for name, found in sorted(self.sources.items())},
        }  # fmt: skip


def read(content: Mapping[str, Any]) -> Jurisdiction:
    """A profile out of TOML or JSON. Raises JurisdictionError."""
    known = {
        "key",
        "title",
        "note",
        "act_from",
        "lists_act",
        "review_first",
        "shadow_days",
        "sources",
    }
    if set(content) != known:
        raise JurisdictionError(f"missing or unknown: {sorted(known ^ set(content))}")
    least = content["act_from"]
    try:
        return Jurisdiction(
            key=_text(content, "key"), title=_text(content, "title"), note=_text(content, "note"),
            sources={_source(name): frozenset(map(Purpose, one)) for name, one in content["sources"].items()},
            act_from=None if least == NEVER else Level(least),
            lists_act=_exactly(content, "lists_act", bool),
            review_first=frozenset(map(_source, content["review_first"])),
            shadow_days=_exactly(content, "shadow_days", int),
        )  # fmt: skip
    except (ValueError, AttributeError, TypeError) as error:
        raise JurisdictionError(
            "a value of another type, or a source or purpose nobody knows"
        ) from error


def _text(content: Mapping[str, Any], name: str) -> str:
    return str(_exactly(content, name, str))


def _exactly(content: Mapping[str, Any], name: str, want: type) -> Any:
    if type(content[name]) is not want:  # exactly: true is no number of days
        raise JurisdictionError(name)
    return content[name]


def _source(name: str) -> str:
    if name not in get_args(Source):
        raise JurisdictionError("sources")
    return name


@cache
def shipped(key: str) -> Jurisdiction:
    """A profile that comes with the program. Raises JurisdictionError."""
    if key not in SHIPPED:
        raise JurisdictionError("no such profile")
    file = resources.files("risk_rules.jurisdictions").joinpath(f"{key}.toml")
    return read(tomllib.loads(file.read_text(encoding="utf-8")))


NEUTRAL = shipped("neutral")


def check_purpose(
    tree: Node, purpose: Purpose, jurisdiction: Jurisdiction, catalogue: Catalogue = CATALOGUE
) -> None:
    """Refuse a condition that reads what may not serve its purpose, or the results of what may not.

    Raises RuleError `purpose_not_allowed` at the first fact of that source.
    """
    read = [("comes from", sources(tree, catalogue)), ("can rest on", through(tree, catalogue))]
    for how, found in read:
        for source, node in found.items():
            if not jurisdiction.allows(source, purpose):
                serves = sorted(jurisdiction.sources.get(source, ()))
                message = (
                    f"'{node.name}' {how} {SOURCE_WORDS[source]}, which may not serve the purpose "
                    f"{words(purpose)} ({jurisdiction.title}: {', '.join(map(words, serves)) or 'none'})"
                )
                raise RuleError("purpose_not_allowed", message, node.span)


def words(purpose: str) -> str:
    """A purpose as people write it."""
    return purpose.replace("_", " ")
