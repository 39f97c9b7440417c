"""The catalogue: every fact that a rule may read, with type, source and sensitivity.

A *record* holds one passenger on one flight at one moment: flat dotted names to values, None where
missing. Every name of the catalogue is present in every record; `blank` makes the empty one and
`conform` fills one and refuses what does not belong. What may never be known about a traveller
(`fact_rows.FORBIDDEN`: belief, ethnic origin, meals and medical services that tell of them) cannot be made
a fact, and therefore no rule can ask for it.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from risk_rules import fact_rows
from risk_rules.fact_rows import FORBIDDEN, Row

SCHEMA_VERSION = 1
"""Raised whenever a fact is renamed, retyped or removed: stored snapshots name the version."""

MAX_INT = 2**53
"""Whole numbers up to here are the same in every engine, as doubles too."""

NUM = (1e-20, 1e20)
"""Least and greatest size of a number that is not whole, nor zero."""

Type = fact_rows.Type
Source = fact_rows.Source
Sensitivity = Literal["normal", "protected", "forbidden"]
Value = bool | int | float | str | dt.date
Facts = Mapping[str, Any]


class FactError(ValueError):
    """A record that does not fit the catalogue. `code` is stable, `name` says which fact."""

    def __init__(self, code: str, name: str) -> None:
        self.code = code
        self.name = name
        super().__init__(f"{code}: {name}")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact, or one field of the elements of a list."""

    name: str
    type: Type
    source: Source
    sensitivity: Sensitivity
    text: str
    through: tuple[Source, ...] = ()
    """Sources beside its own by which what it tells may have been found, see `fact_rows.THROUGH`."""

    @property
    def is_protected(self) -> bool:
        return self.sensitivity == "protected"


@dataclass(frozen=True, slots=True)
class ListFact:
    """A list of small records (bags, legs); rules reach its fields by any, all, count, sum..."""

    name: str
    source: Source
    text: str
    fields: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class ManagedList:
    """A list of values that analysts keep (`@free_mail` in a rule)."""

    name: str
    type: Type
    values: frozenset[Value]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All facts and lists of one schema version."""

    facts: Mapping[str, Fact]
    lists: Mapping[str, ListFact] = field(default_factory=dict)
    version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        """Raises FactError `forbidden_fact`: data that no rule may ever see cannot become a fact."""
        fields = (f for item in self.lists.values() for f in item.fields.values())
        for fact in (*self.facts.values(), *fields):
            if fact.sensitivity == "forbidden" or forbidden_reason(fact.name):
                raise FactError("forbidden_fact", fact.name)

    def only(self, names: Collection[str]) -> "Catalogue":
        """The facts and lists of these names: records of it hold no more."""
        facts = {name: one for name, one in self.facts.items() if name in names}
        lists = {name: one for name, one in self.lists.items() if name in names}
        return Catalogue(facts, lists, self.version)

    def sha256(self) -> str:
        """Fingerprint of names, types, sources and sensitivities (texts may be reworded)."""
        rows = [[f.name, f.type, f.source, f.sensitivity] for f in self.facts.values()]
        for item in self.lists.values():
            rows += [
                [f"{item.name}[].{f.name}", f.type, f.source, f.sensitivity]
                for f in item.fields.values()
            ]
        return hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()


def forbidden_reason(name: str) -> str:
    """Why what a name, or a part of it, stands for may never be a fact; '' where it may."""
    parts = [part for dotted in name.lower().split(".") for part in (dotted, *dotted.split("_"))]
    return next((FORBIDDEN[part] for part in parts if part in FORBIDDEN), "")


def blank(catalogue: "Catalogue | None" = None) -> dict[str, Any]:
    """A record with every fact and list of the catalogue present and missing (None)."""
    chosen = CATALOGUE if catalogue is None else catalogue
    return dict.fromkeys([*chosen.facts, *chosen.lists])


def restore(stored: Facts, catalogue: "Catalogue | None" = None) -> dict[str, Any]:
    """A complete record from its JSON: dates are ISO text there. What the catalogue does not know (any more)
    is left out, what is newer than the record is missing. Raises FactError and ValueError.
    """
    chosen = CATALOGUE if catalogue is None else catalogue
    record: dict[str, Any] = {}
    for name, value in stored.items():
        if fact := chosen.facts.get(name):
            record[name] = _restored(fact, value)
        elif item := chosen.lists.get(name):
            record[name] = (
                None if value is None else [_restored_element(item, one) for one in value]
            )
    return conform(record, chosen)


def _restored(fact: Fact, value: Any) -> Any:
    is_text_of_date = fact.type == "date" and isinstance(value, str)
    return dt.date.fromisoformat(value) if is_text_of_date else value


def _restored_element(item: ListFact, one: Mapping[str, Any]) -> dict[str, Any]:
    return {n: _restored(item.fields[n], value) for n, value in one.items() if n in item.fields}


def conform(values: Facts, catalogue: "Catalogue | None" = None) -> dict[str, Any]:
    """A complete record from the known values.

    Raises FactError `unknown_fact`, `wrong_type` (a value of another type, a float that is not
    finite, a date with a time) or `unknown_field`; the error never holds the value.
    """
    chosen = CATALOGUE if catalogue is None else catalogue
    record = blank(chosen)
    for name, value in values.items():
        if name in chosen.lists:
            record[name] = None if value is None else _elements(chosen.lists[name], value)
        elif name in chosen.facts:
            record[name] = _typed(name, chosen.facts[name].type, value)
        else:
            raise FactError("unknown_fact", name)
    return record


def _elements(fact: ListFact, items: Any) -> list[dict[str, Any]]:
    if not isinstance(items, (list, tuple)):
        raise FactError("wrong_type", fact.name)
    return [_element(fact, item) for item in items]


def _element(fact: ListFact, item: Any) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        raise FactError("wrong_type", fact.name)
    unknown = sorted(set(item) - set(fact.fields))
    if unknown:
        raise FactError("unknown_field", fact.name)
    return {
        name: _typed(f"{fact.name}.{name}", part.type, item.get(name))
        for name, part in fact.fields.items()
    }


def _typed(name: str, want: Type, value: Any) -> Any:
    if value is None or _fits(want, value):
        return value
    raise FactError("wrong_type", name)


def _fits(want: Type, value: Any) -> bool:
    # bool is an int and datetime is a date in Python; neither may pass for the other here.
    match want:
        case "bool":
            return isinstance(value, bool)
        case "int":
            # Snapshots are asked by databases too, which compare with doubles.
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INT
        case "num":
            return (
                isinstance(value, (int, float))
                and not isinstance(value, bool)
                and (value == 0 or NUM[0] <= abs(value) <= NUM[1])
            )
        case "str":
            return isinstance(value, str)
        case "date":
            return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _fact(row: Row, source: Source, owner: str = "") -> Fact:
    name, kind, text = row
    protected = f"{owner}{name}" in fact_rows.PROTECTED
    sensitivity: Sensitivity = "protected" if protected else "normal"
    through = fact_rows.THROUGH.get(f"{owner}{name}", ())
    return Fact(name, kind, source, sensitivity, text, through)


def _facts(source: Source, rows: Iterable[Row]) -> dict[str, Fact]:
    return {row[0]: _fact(row, source) for row in rows}


def _list(name: str, source: Source, text: str, rows: Iterable[Row]) -> ListFact:
    return ListFact(name, source, text, {r[0]: _fact(r, source, f"{name}.") for r in rows})


CATALOGUE = Catalogue(
    facts={
        **_facts("flight", fact_rows.FLIGHT),
        **_facts("api", fact_rows.API),
        **_facts("kiosk", fact_rows.KIOSK),
        **_facts("pnr", fact_rows.PNR),
        **_facts("declaration", fact_rows.DECLARATION),
        **_facts("history", fact_rows.HISTORY),
        **_facts("list", fact_rows.LIST),
        **_facts("random", fact_rows.RANDOM),
    },
    lists={name: _list(name, source, text, rows) for name, source, text, rows in fact_rows.LISTS},
)
