"""Reviewed rule sets: TOML files to checked, compiled, fingerprinted rules.

A file of `rulesets/` holds `[[rules]]` with key, version, title, text, points, floor (optional),
purpose, handling, justification, owner, review_by, `texts` (title and justification by language, beside English) and
`[[rules.examples]]` (facts, expect).
`lists.toml` holds the managed lists that the rules name with @.
"""

import datetime as dt
import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal, TypeVar

from risk_rules.facts import CATALOGUE, SCHEMA_VERSION, Catalogue, ManagedList, conform
from risk_rules.language import RuleError, compile_rule
from risk_rules.score import Handling, Level, Purpose, ScoredRule, Texts

LISTS_FILE = "lists.toml"

T = TypeVar("T", str, int, dt.date)
Expectation = Literal["fires", "quiet", "unknown"]
_EXPECTED: Mapping[bool | None, Expectation] = {True: "fires", False: "quiet", None: "unknown"}


class RuleSetError(ValueError):
    """A rule set that cannot be used. `code` is stable, `where` names file and rule."""

    def __init__(self, code: str, where: str, message: str) -> None:
        self.code = code
        self.where = where
        super().__init__(f"{where}: {message}")


@dataclass(frozen=True, slots=True)
class Example:
    """Facts and what the rule must say about them."""

    facts: Mapping[str, Any]
    expect: Expectation


@dataclass(frozen=True, slots=True)
class ReviewedRule:
    """A rule of a file with everything that its review needs."""

    scored: ScoredRule
    theme: str
    justification: str
    owner: str
    review_by: dt.date
    examples: tuple[Example, ...]

    @property
    def key(self) -> str:
        return self.scored.key


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules and lists that were loaded together; `sha256` names exactly this content."""

    rules: tuple[ReviewedRule, ...]
    lists: Mapping[str, ManagedList]
    sha256: str
    schema_version: int = SCHEMA_VERSION

    def scored(self) -> tuple[ScoredRule, ...]:
        """The rules as `score.assess` takes them."""
        return tuple(rule.scored for rule in self.rules)


def load_ruleset(folder: Traversable | None = None, catalogue: Catalogue = CATALOGUE) -> RuleSet:
    """The rule set of a folder; by default the starting set that comes with the program.

    Raises RuleSetError `bad_file`, `bad_rule` or `duplicate_key`.
    """
    root = resources.files("risk_rules.rulesets") if folder is None else folder
    lists = _load_lists(root.joinpath(LISTS_FILE))
    rules = [rule for file in _rule_files(root) for rule in _load_rules(file, catalogue, lists)]
    rules.sort(key=lambda rule: rule.key)
    _refuse_duplicates(rules)
    return RuleSet(tuple(rules), lists, fingerprint(rules, lists.values()))


def fingerprint(rules: Iterable[ReviewedRule], lists: Iterable[ManagedList]) -> str:
    """SHA-256 of what decides: rule texts, points, floors and list values; not of the layout."""
    content = {
        "schema": SCHEMA_VERSION,
        "rules": sorted(_canonical_rule(rule.scored) for rule in rules),
        "lists": sorted([item.name, item.type, sorted(map(str, item.values))] for item in lists),
    }
    packed = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(packed.encode()).hexdigest()


def failing_examples(rules: Iterable[ReviewedRule]) -> list[str]:
    """`key example-number: expected, found` for every example that does not hold."""
    failures = []
    for rule in rules:
        for number, example in enumerate(rule.examples, 1):
            found = _EXPECTED[rule.scored.rule.evaluate(conform(example.facts))]
            if found != example.expect:
                failures.append(f"{rule.key} example {number}: {example.expect}, found {found}")
    return failures


def _canonical_rule(rule: ScoredRule) -> list[Any]:
    floor = rule.floor or ""
    head = [rule.key, rule.version, rule.rule.text, rule.points]
    return [*head, floor, rule.purpose, rule.handling]


def _rule_files(root: Traversable) -> list[Traversable]:
    files = [file for file in root.iterdir() if file.name.endswith(".toml")]
    return sorted((f for f in files if f.name != LISTS_FILE), key=lambda file: file.name)


def _read(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RuleSetError("bad_file", file.name, "not readable as TOML") from error


def _load_lists(file: Traversable) -> dict[str, ManagedList]:
    found = {}
    for name, entry in _read(file).items():
        try:
            found[name] = _managed_list(name, entry)
        except (KeyError, TypeError) as error:
            raise RuleSetError("bad_file", f"{file.name} {name}", "incomplete list") from error
    return found


def _managed_list(name: str, entry: Mapping[str, Any]) -> ManagedList:
    wanted = {"str": str, "int": int}[entry["type"]]
    values = frozenset(entry["values"])
    if not all(type(value) is wanted for value in values):
        raise TypeError(name)
    return ManagedList(name, entry["type"], values, entry["title"])


def _load_rules(
    file: Traversable, catalogue: Catalogue, lists: Mapping[str, ManagedList]
) -> list[ReviewedRule]:
    theme = file.name.removesuffix(".toml")
    return [_load_rule(theme, raw, catalogue, lists) for raw in _read(file).get("rules", [])]


def _load_rule(
    theme: str, raw: Mapping[str, Any], catalogue: Catalogue, lists: Mapping[str, ManagedList]
) -> ReviewedRule:
    where = f"{theme}.toml {raw.get('key', '?')}"
    try:
        return _reviewed(theme, raw, catalogue, lists)
    except RuleError as error:
        raise RuleSetError("bad_rule", where, str(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise RuleSetError("bad_rule", where, f"missing or wrong: {error}") from error


def _reviewed(
    theme: str, raw: Mapping[str, Any], catalogue: Catalogue, lists: Mapping[str, ManagedList]
) -> ReviewedRule:
    return ReviewedRule(
        scored=_scored(raw, catalogue, lists),
        theme=theme,
        justification=_typed(raw, "justification", str),
        owner=_typed(raw, "owner", str),
        review_by=_typed(raw, "review_by", dt.date),
        examples=tuple(Example(e["facts"], _expectation(e["expect"])) for e in raw["examples"]),
    )


def _scored(
    raw: Mapping[str, Any], catalogue: Catalogue, lists: Mapping[str, ManagedList]
) -> ScoredRule:
    return ScoredRule(
        key=_typed(raw, "key", str),
        version=_typed(raw, "version", int),
        rule=compile_rule(_typed(raw, "text", str).strip(), catalogue, lists),
        points=_typed(raw, "points", int),
        floor=Level(raw["floor"]) if "floor" in raw else None,
        title=_typed(raw, "title", str),
        purpose=Purpose(raw["purpose"]),
        handling=Handling(raw["handling"]),
        texts=_texts(raw.get("texts", {})),
    )


def _texts(raw: Mapping[str, Mapping[str, Any]]) -> Texts:
    """Title and justification in other languages, each whole."""
    return {
        tag: {name: _typed(said, name, str) for name in ("title", "justification")}
        for tag, said in raw.items()
    }


def _typed(raw: Mapping[str, Any], name: str, want: type[T]) -> T:
    value = raw[name]
    if type(value) is not want:  # exactly: true is no integer, a moment is no day
        raise TypeError(name)
    return value


def _expectation(value: Any) -> Expectation:
    for known in _EXPECTED.values():
        if value == known:
            return known
    raise ValueError("expect")


def _refuse_duplicates(rules: Iterable[ReviewedRule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.key in seen:
            raise RuleSetError("duplicate_key", rule.theme, rule.key)
        seen.add(rule.key)
